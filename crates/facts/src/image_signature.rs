//! Whether an image is signed.

use serde::{Deserialize, Serialize};

/// What the registry of an image holds in signatures of its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageSignature {
    /// None.
    Unsigned,
    /// Some, of which no key was given that could verify them.
    Unverified {
        /// How many.
        documents: u64,
    },
    /// Enough that the keys given verify.
    Verified,
    /// None that the keys given verify, in words.
    Refused(String),
}
