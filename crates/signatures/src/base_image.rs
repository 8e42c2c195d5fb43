//! The image that an image was built on, and whether it has moved on.

use crate::encoding::shown;
use model::Digest;
use serde::Serialize;
use std::collections::BTreeMap;

/// The image that an image was built on, as its builder wrote it down
/// (OCI image-spec, annotations.md, "Pre-Defined Annotation Keys").
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BaseImage {
    /// `docker.io/library/debian:12`.
    pub name: String,
    /// What that name meant at the time.
    pub digest: Option<Digest>,
}

/// Whether a base image has moved on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Freshness {
    /// The name still means what was built on.
    Current,
    /// The name means another image.
    Outdated {
        /// What was built on.
        built_on: Digest,
        /// What it means at present.
        current: Digest,
    },
    /// Nobody can say.
    Unknown {
        /// Why.
        reason: String,
    },
}

const NAME: &str = "org.opencontainers.image.base.name";
const DIGEST: &str = "org.opencontainers.image.base.digest";

impl BaseImage {
    /// Reads annotations of a manifest, or labels of a configuration, under which some builders put the same
    /// words. `None` when they name no base image; a malformed digest counts as none.
    #[must_use]
    pub fn from_annotations(words: &BTreeMap<String, String>) -> Option<Self> {
        let name = words.get(NAME).map(|name| name.trim()).filter(|name| !name.is_empty())?;
        let digest = words.get(DIGEST).and_then(|digest| digest.trim().parse().ok());
        Some(Self { name: shown(name), digest })
    }

    /// Whether the name was pinned to a digest, so that no registry needs to be asked.
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        crate::is_pinned(&self.name)
    }

    /// Compares with what the registry says that the name means at present: the digest of the manifest or index,
    /// and of the manifests in that index, since builders record either.
    #[must_use]
    pub fn freshness(&self, current: &[Digest]) -> Freshness {
        let unknown = |reason: &str| Freshness::Unknown { reason: reason.to_owned() };
        let Some(built_on) = &self.digest else {
            return unknown("the image does not tell the digest of its base");
        };
        match current.first() {
            None => unknown("the registry does not know the base any more"),
            Some(_) if current.contains(built_on) => Freshness::Current,
            Some(current) => Freshness::Outdated { built_on: built_on.clone(), current: current.clone() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(letter: &str) -> Digest {
        format!("sha256:{}", letter.repeat(64)).parse().unwrap()
    }

    fn words(name: &str, digest: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(NAME.to_owned(), name.to_owned()), (DIGEST.to_owned(), digest.to_owned())])
    }

    #[test]
    fn a_base_that_moved_on_is_outdated() {
        let base = BaseImage::from_annotations(&words("debian:12", digest("a").as_str())).unwrap();
        assert_eq!(base.freshness(&[digest("b"), digest("a")]), Freshness::Current);
        let outdated = Freshness::Outdated { built_on: digest("a"), current: digest("b") };
        assert_eq!(base.freshness(&[digest("b"), digest("c")]), outdated);
        assert!(matches!(base.freshness(&[]), Freshness::Unknown { .. }));
    }

    #[test]
    fn without_a_digest_nobody_can_say() {
        for text in ["", "sha256:short"] {
            let base = BaseImage::from_annotations(&words("debian:12", text)).unwrap();
            assert!(matches!(base.freshness(&[digest("a")]), Freshness::Unknown { .. }), "{text}");
        }
        assert_eq!(BaseImage::from_annotations(&words(" ", digest("a").as_str())), None);
        assert_eq!(BaseImage::from_annotations(&BTreeMap::new()), None);
    }
}
