//! What a decision depends on besides the report.

use crate::Date;
use serde::{Deserialize, Serialize};

/// What a decision depends on besides the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circumstances {
    /// The day of the decision.
    pub date: Date,
    /// The name by which the image was asked for (`registry.example/app:1`). Without it the name of a target of
    /// the kinds `docker` and `registry` counts, which the user typed. Names that stand inside an image never
    /// count: anyone may write them there to be matched by a milder target.
    pub image: Option<String>,
    /// What came out of verifying its signatures with the keys of the policy.
    pub signature: SignatureState,
    /// The name of the image that it was built on, when it is known.
    pub base: Option<String>,
}

/// What came out of verifying signatures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignatureState {
    /// Nobody has looked.
    #[default]
    NotChecked,
    /// Enough keys signed.
    Verified,
    /// There is no signature.
    Unsigned,
    /// There are signatures, and too few count.
    Invalid,
    /// Not everything could be read.
    Unreadable,
}

impl Circumstances {
    /// Nothing is known but the day.
    #[must_use]
    pub fn on(date: Date) -> Self {
        Self { date, image: None, signature: SignatureState::NotChecked, base: None }
    }
}
