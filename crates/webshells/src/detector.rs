//! The detector.

use crate::{context::Context, language, merge, pattern_file, patterns::PatternSet, php, rules::RULES};
use content::{Budget, Detector, FileClass, FileView, Halt, Hit, as_text};
use sha2::{Digest, Sha256};
use std::{
    collections::hash_map::DefaultHasher,
    hash::{Hash, Hasher},
};

/// Changes with every change of the code that could change an answer.
const VERSION: u32 = 1;

/// How far the detector goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Patterns alone.
    Patterns,
    /// Patterns, and the syntax tree of candidates.
    Syntax,
}

/// Finds webshells in PHP, JSP, ASP, Python, Perl, Node and shell CGI, and the directory settings that wake them.
pub struct Webshells {
    patterns: PatternSet,
    stage: Stage,
    digest: String,
}

impl Webshells {
    /// The detector with its built-in patterns.
    ///
    /// # Errors
    /// When a built-in pattern does not compile, which tests rule out.
    pub fn new() -> Result<Self, pattern_file::PatternError> {
        Self::up_to(Stage::Syntax)
    }

    /// The detector without its later stages, to measure what each costs.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn up_to(stage: Stage) -> Result<Self, pattern_file::PatternError> {
        let mut hash = Sha256::new();
        hash.update(format!("{VERSION} {} {stage:?} {}", env!("CARGO_PKG_VERSION"), RULES.len()));
        for (name, text) in pattern_file::FILES {
            hash.update(name);
            hash.update(text);
        }
        let digest = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { patterns: PatternSet::built_in()?, stage, digest })
    }
}

impl Detector for Webshells {
    fn name(&self) -> &'static str {
        "webshells"
    }

    fn digest(&self) -> String {
        self.digest.clone()
    }

    fn wants(&self, file: &FileView<'_>) -> bool {
        let is_of_interest = matches!(file.class, FileClass::Web | FileClass::Script | FileClass::Image)
            || language::is_settings(file.name());
        is_of_interest && !file.is_verified
    }

    fn context(&self, file: &FileView<'_>) -> u64 {
        let mut hasher = DefaultHasher::new();
        (Context::of(file), file.class as u8, language::is_settings(file.name()), file.extension())
            .hash(&mut hasher);
        hasher.finish()
    }

    fn examine(
        &self,
        file: &FileView<'_>,
        bytes: &[u8],
        budget: &Budget,
        hits: &mut Vec<Hit>,
    ) -> Result<(), Halt> {
        let context = Context::of(file);
        let text = as_text(bytes);
        let mut seen = Vec::new();
        let mut outcome = Ok(());
        for language in language::languages(file, &text) {
            match self.patterns.search(language, &text, budget, &mut seen) {
                Ok(signs) => {
                    let is_php = language == language::Language::Php;
                    if is_php && self.stage == Stage::Syntax && signs.is_candidate(&text) {
                        outcome = outcome.and(php::examine(&self.patterns, &text, budget, &mut seen));
                    }
                }
                Err(halt) => outcome = outcome.and(Err(halt)),
            }
        }
        if context.is_image && file.class == FileClass::Image && !seen.is_empty() {
            let worst = seen.iter().map(|one| one.severity).max().unwrap_or_default();
            if worst >= model::Severity::Medium {
                let line = seen[0].line;
                let facts = vec!["PHP tags and dangerous code inside a picture".to_owned()];
                seen.push(merge::Seen {
                    state: "code-in-image",
                    severity: model::Severity::High,
                    line,
                    facts,
                });
            }
        }
        merge::merge(seen, context, hits);
        outcome
    }
}
