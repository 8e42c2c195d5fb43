//! `seawall watch --top`: containers, their events, alerts and losses, live on a terminal.

mod draw;
mod scene;
mod terminal;
mod view;

use super::observed::Observed;
use anyhow::{Context, Result};
use scene::{Scene, SceneMaker};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use terminal::Terminal;
use view::{View, keys};
use watch::{Live, Sinks};

pub(super) use terminal::check;

/// How long a key, another size or a new scene waits to be seen at most.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long the end waits for a terminal that does not read.
const FINISH: Duration = Duration::from_secs(1);

/// The view, on a thread of its own: a terminal that hangs does not hold up the watch.
pub(super) struct Top {
    shared: Arc<Shared>,
    terminal: Arc<Terminal>,
    maker: SceneMaker,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    /// The newest scene, until the view takes it.
    scene: Mutex<Option<Scene>>,
    /// The user, or the loss of the terminal, ended the view.
    is_closed: AtomicBool,
    is_ending: AtomicBool,
}

/// Closes the view when its thread ends, in whichever way.
struct Closing<'s>(&'s Shared);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.is_closed.store(true, Ordering::Release);
    }
}

impl Top {
    pub(super) fn open() -> Result<Self> {
        let terminal = Arc::new(Terminal::take()?);
        give_back_before_panics(&terminal);
        let shared = Arc::new(Shared::default());
        let (showing, theirs) = (Arc::clone(&shared), Arc::clone(&terminal));
        let thread = std::thread::Builder::new()
            .name("top".to_owned())
            .spawn(move || {
                let _closing = Closing(&showing);
                // An error means that the terminal is gone.
                let _ = show(&showing, &theirs);
            })
            .context("cannot show the view")?;
        Ok(Self { shared, terminal, maker: SceneMaker::new(), thread: Some(thread) })
    }

    /// Tells what there is to see.
    pub(super) fn show(&mut self, live: &mut Live, observed: &Observed, sinks: &Sinks) {
        let scene = self.maker.scene(live, observed, sinks);
        *self.shared.scene.lock().unwrap_or_else(PoisonError::into_inner) = Some(scene);
    }

    /// Whether the user has ended it, or the terminal is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.shared.is_closed.load(Ordering::Acquire)
    }
}

impl Drop for Top {
    fn drop(&mut self) {
        self.shared.is_ending.store(true, Ordering::Release);
        let end = Instant::now() + FINISH;
        if let Some(thread) = self.thread.take() {
            while !thread.is_finished() && Instant::now() < end {
                std::thread::park_timeout(Duration::from_millis(10));
            }
        }
        self.terminal.give_back();
    }
}

fn show(shared: &Shared, terminal: &Terminal) -> std::io::Result<()> {
    let (width, height) = Terminal::size();
    let (mut view, mut scene) = (View::new(width, height), Scene::default());
    let mut drawn = None;
    while !shared.is_ending.load(Ordering::Acquire) {
        for key in keys(&Terminal::typed(PATIENCE)?) {
            if view.press(key, scene.rows.len()) {
                return Ok(());
            }
        }
        (view.width, view.height) = Terminal::size();
        view.said = terminal.said();
        if !view.is_paused
            && let Some(newest) = shared.scene.lock().unwrap_or_else(PoisonError::into_inner).take()
        {
            scene = newest;
        }
        let lines = draw::draw(&scene, &view);
        if drawn.as_ref() != Some(&lines) {
            terminal.draw(&lines)?;
            drawn = Some(lines);
        }
    }
    Ok(())
}

/// A message on the other screen would be gone with it.
fn give_back_before_panics(terminal: &Arc<Terminal>) {
    let terminal = Arc::downgrade(terminal);
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if let Some(terminal) = terminal.upgrade() {
            terminal.give_back();
        }
        usual(panic);
    }));
}
