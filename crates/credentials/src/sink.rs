//! Where readers of files put what they saw.

use crate::{naming, placeholder, rules};
use content::{Budget, FileView, Halt, Hit};
use model::{GapReason, RuleInfo, Severity};
use sha2::{Digest, Sha256};

/// Bound on the findings of one file.
const HITS_MAX: usize = 200;

/// Collects the findings of one file: drops placeholders and repetitions, redacts, lowers what lies in the test
/// files of an installed package.
pub(crate) struct Sink<'a> {
    pub(crate) file: &'a FileView<'a>,
    pub(crate) budget: &'a Budget,
    hits: &'a mut Vec<Hit>,
    first: usize,
    halt: Option<Halt>,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(file: &'a FileView<'a>, budget: &'a Budget, hits: &'a mut Vec<Hit>) -> Self {
        let first = hits.len();
        Self { file, budget, hits, first, halt: None }
    }

    /// A credential in clear: `password of user deploy for db.example.com`.
    pub(crate) fn secret(&mut self, rule: &RuleInfo, line: u32, title: String, value: &str) {
        self.secret_with(rule, line, title, value, Vec::new());
    }

    /// A credential in clear with further facts.
    pub(crate) fn secret_with(
        &mut self,
        rule: &RuleInfo,
        line: u32,
        title: String,
        value: &str,
        facts: Vec<String>,
    ) {
        let value = value.trim();
        if placeholder::is_placeholder(value) {
            return;
        }
        let mut hit = Hit::of(rule, title);
        hit.line = Some(line);
        hit.evidence = vec![content::redact(value)];
        hit.evidence.extend(facts);
        hit.identity = identity(value.as_bytes());
        hit.clear = vec![value.to_owned()];
        self.push(hit);
    }

    /// Anything else; the caller has redacted it.
    pub(crate) fn push(&mut self, mut hit: Hit) {
        let mine = &self.hits[self.first..];
        if mine
            .iter()
            .any(|other| other.rule == hit.rule && other.identity == hit.identity && other.line == hit.line)
        {
            return;
        }
        if mine.len() >= HITS_MAX {
            self.halt(
                GapReason::LimitReached,
                format!("more than {HITS_MAX} credentials; the rest is not listed"),
            );
            return;
        }
        if let Some(fact) = lowering(self.file) {
            hit.severity = hit.severity.min(Severity::Low);
            hit.evidence.push(fact);
        }
        hit.title = naming::shown_title(&hit.title);
        self.hits.push(hit);
    }

    /// Whether a credential with this beginning is already told.
    pub(crate) fn has_clear(&self, beginning: &str) -> bool {
        self.hits[self.first..].iter().any(|hit| hit.clear.iter().any(|clear| clear.starts_with(beginning)))
    }

    /// Notes that not everything was looked at; the first reason is kept.
    pub(crate) fn halt(&mut self, reason: GapReason, detail: String) {
        self.halt.get_or_insert(Halt { reason, detail });
    }

    /// Ends the work.
    pub(crate) fn finish(self) -> Result<(), Halt> {
        debug_assert!(self.hits[self.first..].iter().all(|hit| rules::find(&hit.rule).is_some()));
        self.halt.map_or(Ok(()), Err)
    }
}

/// What tells secrets apart: 64 bits of SHA-256.
pub(crate) fn identity(secret: &[u8]) -> String {
    Sha256::digest(secret).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// Why a credential in this file is known to everybody: a packaged file as published, or a test of a library that a
/// package manager installed.
pub(crate) fn lowering(file: &FileView<'_>) -> Option<String> {
    if file.is_verified
        && let Some(package) = file.package
    {
        return Some(format!("unchanged file of package {}: everybody has it", naming::shown(package)));
    }
    (content::library_place(file.inner_path()) == Some(content::LibraryPlace::Test))
        .then(|| "lies among the tests or examples of an installed library: everybody has it".to_owned())
}
