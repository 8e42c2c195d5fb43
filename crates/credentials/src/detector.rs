//! The detector.

use crate::files::{self, Places};
use crate::keys::{self, Markers};
use crate::keystores;
use crate::rules::RULES;
use crate::sink::{self, Sink};
use content::{Budget, Detector, FileClass, FileView, Halt, Hit, Pieces, Sifted};
use model::GapReason;
use std::borrow::Cow;
use std::ops::ControlFlow;

/// Credential files are read up to this size; all known ones are far smaller.
const FILE_BYTES_MAX: usize = 32 << 20;

/// Executables and other binaries are searched for private keys up to this size.
const BINARY_BYTES_MAX: u64 = 256 << 20;

/// Changes whenever the same bytes could get another answer.
const REVISION: u32 = 1;

/// Reads credential files and decodes private keys.
pub struct Credentials {
    places: Places,
    markers: Markers,
}

impl Default for Credentials {
    fn default() -> Self {
        Self::new()
    }
}

impl Credentials {
    /// The detector with all its formats.
    #[must_use]
    pub fn new() -> Self {
        Self { places: Places::new(), markers: Markers::new() }
    }

    /// The rules of this detector, sorted by id.
    #[must_use]
    pub fn rules() -> &'static [model::RuleInfo] {
        RULES
    }

    /// Judges variables as in the environment of an image: `NAME=value` each. Lines of the hits are the 1-based
    /// numbers of the variables.
    #[must_use]
    pub fn examine_environment(&self, variables: &[String]) -> Vec<Hit> {
        let path = model::LayerPath::new(".env");
        let file = FileView {
            path: &path,
            nested: &[],
            class: FileClass::Config,
            size: 0,
            mode: 0,
            uid: 0,
            package: None,
            is_verified: false,
        };
        let text: String = variables.iter().map(|variable| variable.replace('\n', "\\n") + "\n").collect();
        let (mut hits, budget) = (Vec::new(), Budget::new(std::time::Duration::from_secs(10)));
        // Bounds are of no concern: an image configuration has few variables, and the document as a whole is bounded.
        let _ = self.examine(&file, text.as_bytes(), &budget, &mut hits);
        hits
    }
}

impl Detector for Credentials {
    fn name(&self) -> &'static str {
        "credentials"
    }

    fn digest(&self) -> String {
        format!("credentials {REVISION} {} {:016x}", env!("CARGO_PKG_VERSION"), keys::known_keys_hash())
    }

    fn wants(&self, file: &FileView<'_>) -> bool {
        if !self.places.of(file.inner_path()).is_empty() {
            return true;
        }
        match file.class {
            FileClass::Image | FileClass::Archive => false,
            // Keys in an unchanged packaged file are known to everybody who has the package.
            _ if file.is_verified => false,
            class if class.is_text() => true,
            _ => file.size <= BINARY_BYTES_MAX,
        }
    }

    fn context(&self, file: &FileView<'_>) -> u64 {
        let path = file.inner_path();
        let place = if self.places.of(path).is_empty() { "" } else { path };
        let lowering = sink::lowering(file).unwrap_or_default();
        model::path_hash(&format!("{place}\n{lowering}\n{}\n{:?}", keys::role(path) as u8, file.class))
    }

    fn examine(
        &self,
        file: &FileView<'_>,
        bytes: &[u8],
        budget: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Halt> {
        let mut sink = Sink::new(file, budget, hits);
        let families = self.places.of(file.inner_path());
        let decoded: Cow<'_, [u8]> = content::as_text(bytes);
        if !families.is_empty() {
            let shown = &decoded[..decoded.len().min(FILE_BYTES_MAX)];
            if shown.len() < decoded.len() {
                let detail = format!("credential file read up to {FILE_BYTES_MAX} bytes");
                sink.halt(GapReason::LimitReached, detail);
            }
            files::read(&families, shown, &mut sink);
        }
        keystores::examine(bytes, &mut sink);
        keys::examine(&self.markers, &decoded, &mut sink);
        sink.finish()?;
        budget.check()
    }

    /// Of programs and other bytes, only a key that stands in them counts.
    fn sift(
        &self,
        file: &FileView<'_>,
        pieces: &Pieces<'_>,
        budget: &Budget,
        _: &mut Vec<Hit>,
    ) -> Result<Sifted, Halt> {
        let path = file.inner_path();
        let unreadable = |error| Halt::unreadable(&error);
        let is_parsed = !self.places.of(path).is_empty() || keys::is_told_by_path(path);
        if file.class.is_text()
            || is_parsed
            || keystores::may_be(&pieces.head(keystores::HEAD_BYTES).map_err(unreadable)?)
        {
            return Ok(Sifted::NeedsWhole);
        }
        let mut nothing = Vec::new();
        let sink = Sink::new(file, budget, &mut nothing);
        let mut end = Ok(Sifted::Judged);
        let look = |offset: u64, piece: &[u8]| {
            let is_last = offset + piece.len() as u64 == pieces.len();
            if let Err(halt) = budget.check() {
                end = Err(halt);
            } else if keys::may_hold(&self.markers, piece, is_last, &sink) {
                end = Ok(Sifted::NeedsWhole);
            } else {
                return ControlFlow::Continue(());
            }
            ControlFlow::Break(())
        };
        pieces.each(look).map_err(unreadable)?;
        end
    }
}
