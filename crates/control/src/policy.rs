//! A policy, read.

use crate::decision::{Decision, Verdict};
use crate::{Client, Date, Facts, Need};
use calls::{Call, Limits};

/// A policy, read and checked.
#[derive(Debug)]
pub struct Policy {
    limits: Limits,
}

/// Something in a policy that is no error and should be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// 1-based line; 0 when it is about the whole.
    pub line: u32,
    /// What.
    pub message: String,
}

/// A text that is no policy. A guard without a policy refuses every call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct PolicyError {
    /// 1-based line; 0 when it is about the whole.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

/// A call and what is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Who asks.
    pub client: &'a Client,
    /// What is asked.
    pub call: &'a Call,
    /// What was found for [`Policy::needs`].
    pub facts: &'a Facts,
    /// The day, for waivers.
    pub today: Date,
}

impl Policy {
    /// How calls are to be read.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What has to be looked up before the call can be judged.
    #[must_use]
    pub fn needs(&self, _client: &Client, _call: &Call) -> Vec<Need> {
        Vec::new()
    }

    /// Judges a call.
    #[must_use]
    pub fn decide(&self, asked: &Asked<'_>) -> Decision {
        Decision {
            verdict: Verdict::Deny,
            client: None,
            access: "no client of the policy matches".to_owned(),
            rules: Vec::new(),
            rewrites: Vec::new(),
            call: asked.call.clone(),
            status: 403,
            message: Some("refused: no client of the policy matches".to_owned()),
            warnings: Vec::new(),
        }
    }
}
