//! The unit of extension: one engine that looks at bytes.

use crate::{FileView, Hit, Pieces, Sifted};
use std::time::{Duration, Instant};

/// An engine that looks at the bytes of files.
pub trait Detector: Send + Sync {
    /// A short name for gaps: `secrets`, `yara`.
    fn name(&self) -> &'static str;

    /// Changes whenever the same bytes could get another answer: engine version and digest of the rules. Kept
    /// verdicts of another digest are not used.
    fn digest(&self) -> String;

    /// Whether the file is to be shown. Asked for every file that is not verified, once its class is known: cheap.
    fn wants(&self, file: &FileView<'_>) -> bool;

    /// Everything of the file, besides its bytes, that the answer depends on. Files with the same bytes and the
    /// same context are judged once. The path and the nested path unless a detector knows better.
    fn context(&self, file: &FileView<'_>) -> u64 {
        let mut text = file.path.as_str().to_owned();
        for nested in file.nested {
            text.push('\n');
            text.push_str(nested);
        }
        model::path_hash(&text)
    }

    /// Judges bytes: the whole file, or its beginning when `bytes` is shorter than [`FileView::size`] (the engine
    /// tells that gap).
    ///
    /// # Errors
    /// When it could not look at everything; hits found until then stay.
    fn examine(
        &self,
        file: &FileView<'_>,
        bytes: &[u8],
        budget: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Halt>;

    /// Judges a file that is too large to be held, from the same bytes and with the same hits as [`Self::examine`], or
    /// tells that this needs them as a whole; no hit is told then. Files of hundreds of megabytes in which nothing is found
    /// are never held if every detector can tell so.
    ///
    /// # Errors
    /// When it could not look at everything; hits found until then stay.
    fn sift(
        &self,
        _file: &FileView<'_>,
        _pieces: &Pieces<'_>,
        _budget: &Budget,
        _hits: &mut Vec<Hit>,
    ) -> Result<Sifted, Halt> {
        Ok(Sifted::NeedsWhole)
    }
}

/// Why a detector did not look at everything; becomes a gap of that file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halt {
    /// The kind.
    pub reason: model::GapReason,
    /// The concrete circumstances, one line.
    pub detail: String,
}

impl Halt {
    /// The file could not be read.
    #[must_use]
    pub fn unreadable(error: &std::io::Error) -> Self {
        Self { reason: model::GapReason::Unreadable, detail: error.to_string() }
    }
}

/// How long a detector may take for one file.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// `None` is further away than the clock can tell.
    until: Option<Instant>,
}

impl Budget {
    /// A budget that begins now.
    #[must_use]
    pub fn new(duration: Duration) -> Self {
        Self { until: Instant::now().checked_add(duration) }
    }

    /// What is left; zero when it is used up.
    #[must_use]
    pub fn left(&self) -> Duration {
        self.until.map_or(Duration::MAX, |until| until.saturating_duration_since(Instant::now()))
    }

    /// Ends the work when the budget is used up; to be asked in every loop over untrusted input, every few
    /// thousand steps.
    ///
    /// # Errors
    /// When it is used up.
    pub fn check(&self) -> Result<(), Halt> {
        if self.left().is_zero() {
            let detail = "the time for one file was used up".to_owned();
            return Err(Halt { reason: model::GapReason::LimitReached, detail });
        }
        Ok(())
    }
}

/// An engine that looks at the short texts of an image's configuration and history.
pub trait TextDetector: Send + Sync {
    /// Judges one text. `place` says where it stands (`environment`, `label`, `history` …), `name` is what it is
    /// called there (the variable, the label), or empty.
    fn examine_text(&self, place: &str, name: &str, value: &str) -> Vec<Hit>;
}
