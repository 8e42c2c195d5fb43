//! Progress on a terminal, and notes for people; standard error is talk.

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::collections::HashMap;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

/// Progress bars on standard error when it is a terminal; nothing in a pipe.
#[derive(Clone)]
pub(crate) struct Progress {
    bars: MultiProgress,
    by_name: Arc<Mutex<HashMap<String, ProgressBar>>>,
    is_quiet: bool,
}

impl Progress {
    pub(crate) fn new(is_quiet: bool) -> Self {
        let is_shown = !is_quiet && std::io::stderr().is_terminal();
        let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self { bars: MultiProgress::with_draw_target(target), by_name: Arc::default(), is_quiet }
    }

    /// A line for people, above the bars.
    pub(crate) fn note(&self, text: &str) {
        if !self.is_quiet {
            let text = report::neutral(text);
            self.bars.suspend(|| eprintln!("{text}"));
        }
    }

    /// Sets a bar; `total` is `None` when it is not known.
    /// Tells what came out, also when no progress is shown.
    pub(crate) fn result(&self, text: &str) {
        let text = report::neutral(text);
        self.bars.suspend(|| eprintln!("{text}"));
    }

    pub(crate) fn set(&self, name: &str, position: u64, total: Option<u64>) {
        let bar = self.bar(name);
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.set_position(position);
    }

    /// Takes a bar away.
    pub(crate) fn finish(&self, name: &str) {
        if let Some(bar) = self.bars_by_name().remove(name) {
            bar.finish_and_clear();
        }
    }

    /// Takes all bars away whose name begins with a word.
    pub(crate) fn finish_all(&self, word: &str) {
        self.bars_by_name().retain(|name, bar| {
            let is_kept = name.split(' ').next() != Some(word);
            if !is_kept {
                bar.finish_and_clear();
            }
            is_kept
        });
    }

    /// A spinner for work of unknown length; it goes when dropped.
    pub(crate) fn spinner(&self, text: String) -> Spinner {
        let bar = self.bars.add(ProgressBar::new_spinner());
        bar.set_message(text);
        bar.enable_steady_tick(std::time::Duration::from_millis(100));
        Spinner(bar)
    }

    fn bar(&self, name: &str) -> ProgressBar {
        let new = || {
            let style = ProgressStyle::with_template(
                "{prefix:24!} {bar:30} {bytes:>10} / {total_bytes:<10} {bytes_per_sec}",
            )
            .expect("the template is valid");
            self.bars.add(ProgressBar::new(0).with_style(style).with_prefix(name.to_owned()))
        };
        self.bars_by_name().entry(name.to_owned()).or_insert_with(new).clone()
    }

    fn bars_by_name(&self) -> std::sync::MutexGuard<'_, HashMap<String, ProgressBar>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A spinner that goes when dropped.
pub(crate) struct Spinner(ProgressBar);

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
