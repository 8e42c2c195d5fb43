//! What a policy decides about an image. Its JSON form is stable: fields are added, never changed.

use crate::{Exception, action::Action};
use model::Severity;
use serde::Serialize;
use std::fmt;

/// Version of the JSON form of [`Verdict`]; the second number grows with added fields.
pub const VERDICT_SCHEMA_VERSION: &str = "1.0";

/// What a policy decides about an image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// [`VERDICT_SCHEMA_VERSION`].
    pub schema_version: &'static str,
    /// Whether the image passes.
    pub decision: Decision,
    /// The repository that targets and exceptions were compared with, when the image has a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Why it does not pass.
    pub blocks: Vec<Reason>,
    /// What is told.
    pub warnings: Vec<Reason>,
    /// What would have blocked or warned, and is let through on somebody's word.
    pub excepted: Vec<Excepted>,
    /// Exceptions that count no more.
    pub expired: Vec<Expired>,
    /// How many findings and gaps the policy has nothing against.
    pub allowed: usize,
}

/// Whether an image passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It passes, and there is nothing to tell.
    Pass,
    /// It passes, and something is told.
    Warn,
    /// It does not pass.
    Block,
}

/// One thing that blocks or warns, and by which words of the policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// What is done.
    pub action: Action,
    /// The rule of the finding, or `gap/…`, or `policy/…` for what the policy itself asks for.
    pub rule: String,
    /// What is wrong.
    pub title: String,
    /// How bad it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// Name and version of the package.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The file, or what a gap is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The fingerprint of the finding.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// The fact that decided: `severity high`, `known to be exploited`.
    pub because: String,
    /// The words of the policy that decided: `vulnerability.block = "high"`.
    pub clause: String,
    /// How many of the same there are; gaps of one reason are counted together.
    pub count: usize,
}

/// Something that was let through.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Excepted {
    /// What it is, and what would have been done.
    pub reason: Reason,
    /// On whose word.
    pub exception: Exception,
}

/// An exception that counts no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Expired {
    /// The exception.
    pub exception: Exception,
    /// How many things it would have let through.
    pub matched: usize,
}

impl Verdict {
    /// Whether the image passes.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.decision != Decision::Block
    }
}

impl fmt::Display for Verdict {
    /// One line: the decision and the counts.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decision = match self.decision {
            Decision::Pass => "passed",
            Decision::Warn => "passed with warnings",
            Decision::Block => "blocked",
        };
        write!(
            f,
            "{decision}: {} blocking, {} warned, {} excepted, {} allowed",
            self.blocks.len(),
            self.warnings.len(),
            self.excepted.len(),
            self.allowed
        )?;
        if self.expired.is_empty() {
            Ok(())
        } else {
            write!(f, ", {} exceptions expired", self.expired.len())
        }
    }
}

impl fmt::Display for Reason {
    /// One line: what, where, why, and by which words.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.rule)?;
        if let Some(package) = &self.package {
            write!(f, " in {package}")?;
        }
        if let (Some(path), 1) = (&self.path, self.count) {
            write!(f, " at {path}")?;
        }
        if !self.title.is_empty() {
            write!(f, ": {}", self.title)?;
        }
        if self.count > 1 {
            write!(f, ", and {} more", self.count - 1)?;
        }
        write!(f, " ({}; {})", self.because, self.clause)
    }
}

impl fmt::Display for Excepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} let through: {}", self.reason, self.exception)
    }
}

impl fmt::Display for Expired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expired, {} matched: {}", self.matched, self.exception)
    }
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exception for {} (line {}): {}", self.names, self.line, self.reason)?;
        if let Some(owner) = &self.owner {
            write!(f, ", {owner}")?;
        }
        match self.expires {
            Some(date) => write!(f, ", until {date}"),
            None => f.write_str(", without end"),
        }
    }
}
