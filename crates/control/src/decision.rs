//! What is decided, and why.

use crate::archive::Inspection;
use calls::Call;
use model::Severity;
use serde::{Deserialize, Serialize};

/// What is decided, and why.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Whether the call goes on.
    pub verdict: Verdict,
    /// The client's name in the policy; none when no entry matches.
    pub client: Option<String>,
    /// Why access was given or not: the line of the policy, in words.
    pub access: String,
    /// The rules that say something of the call, worst first.
    pub rules: Vec<Matched>,
    /// What was changed.
    pub rewrites: Vec<Rewrite>,
    /// The call that goes on: canonical, rewritten, pinned. The daemon gets this one and no other.
    pub call: Call,
    /// The status for the answer when it does not.
    pub status: u16,
    /// The message for the answer when it does not.
    pub message: Option<String>,
    /// For the user: `Warnings` of the answer.
    pub warnings: Vec<String>,
    /// What looks at the archive of the call while it passes; none when it carries none.
    pub inspection: Option<Box<Inspection>>,
    /// A name that the image gets once it is here: it was asked for by name and is pulled by digest.
    pub tag_after: Option<Tagging>,
}

impl Decision {
    /// Whether the call goes no further for the one reason that what it names is not there: the engine would say the same.
    #[must_use]
    pub fn is_absent(&self) -> bool {
        let is_error = matches!(self.status, 400 | 404) && self.verdict == Verdict::Deny;
        is_error && self.rules.iter().all(|hit| hit.mode != Mode::Deny)
    }

    /// The verdict in a word; `absent` of calls that name what is not there, which nobody need be told of as refused.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.is_absent() { "absent" } else { self.verdict.as_str() }
    }
}

/// A name that an image gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tagging {
    /// The image, by digest.
    pub image: String,
    /// Its repository, as the client wrote it.
    pub repository: String,
    /// Its tag.
    pub tag: String,
}

/// Whether a call goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It goes on.
    Allow,
    /// It goes on, and the user is told.
    Warn,
    /// It does not.
    Deny,
}

impl Verdict {
    /// The lower-case word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Warn => "warn",
            Self::Deny => "deny",
        }
    }
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing.
    Off,
    /// It is logged.
    Audit,
    /// The user is told.
    Warn,
    /// The call is changed so that the rule holds; refused when that cannot be.
    Rewrite,
    /// The call is refused.
    Deny,
}

impl Mode {
    /// The lower-case word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Audit => "audit",
            Self::Warn => "warn",
            Self::Rewrite => "rewrite",
            Self::Deny => "deny",
        }
    }
}

/// A rule that says something of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Matched {
    /// The rule.
    pub rule: String,
    /// What it does here.
    pub mode: Mode,
    /// How bad it is here.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// The setting that is wrong.
    #[serde(skip_serializing_if = "String::is_empty", default)]
    pub field: String,
    /// What was seen.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub evidence: Vec<String>,
    /// Why it is let through all the same, and until when.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub waived: Option<String>,
}

/// One change of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewrite {
    /// The rule that asked for it.
    pub rule: String,
    /// The setting (`HostConfig.CapDrop`).
    pub field: String,
    /// What it is now.
    pub value: String,
}
