//! What is demanded of the signatures of an image.

use crate::PublicKey;
use std::collections::BTreeSet;

/// What is demanded of an image.
#[derive(Clone, Debug)]
pub struct Demand {
    keys: Vec<PublicKey>,
    pub(crate) threshold: usize,
    /// Names under which the image must have been signed: an exact repository (`registry.example/app`), or one
    /// that ends in `/*`. Empty: any, as with cosign, whose signatures may move between repositories. Only the
    /// tag scheme carries a name; with names demanded, bundles do not count.
    pub names: Vec<String>,
    /// What must be signed: nothing but the image itself, or an attestation of this predicate type.
    pub predicate_type: Option<String>,
}

/// Why a demand cannot be met by anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DemandError {
    /// There is no key.
    #[error("there is no key to verify with")]
    NoKeys,
    /// The threshold is zero, or greater than the number of different keys.
    #[error("{threshold} signatures are demanded of {keys} different keys")]
    Threshold {
        /// How many must sign.
        threshold: usize,
        /// How many there are.
        keys: usize,
    },
}

impl Demand {
    /// At least `threshold` of the keys must have signed the image. The same key given twice counts once.
    ///
    /// # Errors
    /// When there is no key, or the threshold is zero or more than there are keys.
    pub fn new(keys: Vec<PublicKey>, threshold: usize) -> Result<Self, DemandError> {
        let mut seen = BTreeSet::new();
        let keys: Vec<PublicKey> = keys.into_iter().filter(|key| seen.insert(key.id().clone())).collect();
        if keys.is_empty() {
            return Err(DemandError::NoKeys);
        }
        if threshold == 0 || threshold > keys.len() {
            return Err(DemandError::Threshold { threshold, keys: keys.len() });
        }
        Ok(Self { keys, threshold, names: Vec::new(), predicate_type: None })
    }

    /// The different keys.
    #[must_use]
    pub fn keys(&self) -> &[PublicKey] {
        &self.keys
    }

    pub(crate) fn accepts_name(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|accepted| is_named(name, accepted))
    }
}

/// Whether a signed name is an accepted repository. Tag and digest of the name do not matter; Docker Hub has
/// two spellings (cosign writes `index.docker.io`).
fn is_named(name: &str, accepted: &str) -> bool {
    let (name, accepted) = (repository(name), repository(accepted));
    match accepted.strip_suffix("/*") {
        None => name == accepted,
        Some(prefix) => name.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/')),
    }
}

fn repository(name: &str) -> String {
    let name = name.split('@').next().unwrap_or("");
    let name = match name.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => repository,
        _ => name,
    };
    match name.strip_prefix("index.docker.io/") {
        Some(rest) => format!("docker.io/{rest}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_compared_as_a_repository() {
        for (name, accepted, expected) in [
            ("registry.example/app", "registry.example/app", true),
            ("registry.example/app:1", "registry.example/app", true),
            ("registry.example:5000/app", "registry.example:5000/app", true),
            ("index.docker.io/library/alpine", "docker.io/library/alpine", true),
            ("registry.example/app", "registry.example/*", true),
            ("registry.example.evil/app", "registry.example/*", false),
            ("registry.example", "registry.example/*", false),
            ("registry.example/apple", "registry.example/app", false),
            ("", "registry.example/app", false),
        ] {
            assert_eq!(is_named(name, accepted), expected, "{name} {accepted}");
        }
    }
}
