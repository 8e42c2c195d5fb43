//! What is demanded of the signatures of an image.

use crate::{Keyless, Notation, PublicKey, outcome::Signer};
use std::collections::BTreeSet;

/// Who may sign.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    /// Each of these keys is one signer.
    pub keys: Vec<PublicKey>,
    /// Each identity of it is one signer.
    pub keyless: Option<Keyless>,
    /// All that it trusts are one signer.
    pub notation: Option<Notation>,
}

/// What is demanded of an image.
#[derive(Clone, Debug)]
pub struct Demand {
    pub(crate) trust: Trust,
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
    /// There is no key, and nothing else that may sign.
    #[error("there is no key or identity to verify with")]
    NoKeys,
    /// The threshold is zero, or greater than the number of different signers.
    #[error("{threshold} signatures are demanded of {keys} different keys or identities")]
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
        Self::of(Trust { keys, ..Trust::default() }, threshold)
    }

    /// At least `threshold` of those who may sign must have signed the image. The same key given twice counts once.
    ///
    /// # Errors
    /// When nobody may sign, or the threshold is zero or more than there are signers.
    pub fn of(mut trust: Trust, threshold: usize) -> Result<Self, DemandError> {
        let mut seen = BTreeSet::new();
        trust.keys.retain(|key| seen.insert(key.id().clone()));
        let identities = trust.keyless.as_ref().map_or(0, |keyless| keyless.identities.len());
        let signers = trust.keys.len() + identities + usize::from(trust.notation.is_some());
        if signers == 0 {
            return Err(DemandError::NoKeys);
        }
        if threshold == 0 || threshold > signers {
            return Err(DemandError::Threshold { threshold, keys: signers });
        }
        Ok(Self { trust, threshold, names: Vec::new(), predicate_type: None })
    }

    /// The different keys.
    #[must_use]
    pub fn keys(&self) -> &[PublicKey] {
        &self.trust.keys
    }

    /// Which of those who may sign a signer is: several identities may fit one pattern, which is one signer.
    pub(crate) fn place_of(&self, signer: &Signer) -> Option<usize> {
        let (keys, keyless) = (&self.trust.keys, &self.trust.keyless);
        let identities = keyless.as_ref().map_or(&[][..], |keyless| &keyless.identities);
        match signer {
            Signer::Key { key } => keys.iter().position(|known| known.id() == key),
            Signer::Identity { identity, .. } => {
                let place = identities.iter().position(|pattern| pattern.fits(identity))?;
                Some(keys.len() + place)
            }
            Signer::Subject { .. } => Some(keys.len() + identities.len()),
        }
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
