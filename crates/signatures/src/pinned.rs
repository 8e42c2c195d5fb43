//! Whether a name of an image says which image it means.

use model::Digest;

/// Whether an image is named by digest (`alpine@sha256:…`): a tag may mean another image tomorrow.
///
/// ```
/// let digest = "a".repeat(64);
/// assert!(signatures::is_pinned(&format!("alpine:3.18@sha256:{digest}")));
/// assert!(!signatures::is_pinned("alpine:3.18"));
/// ```
#[must_use]
pub fn is_pinned(reference: &str) -> bool {
    reference
        .split_once('@')
        .is_some_and(|(name, digest)| !name.is_empty() && digest.parse::<Digest>().is_ok())
}
