//! Which image.

use super::{Rule, Verdict};
use crate::spec::{ContainerSpec, Origin, Stated};
use model::{RuleInfo, Severity};

/// The tag and the digest of a reference, as written.
fn parts(image: &str) -> (Option<&str>, Option<&str>) {
    let (name, digest) = match image.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (image, None),
    };
    let last = name.rsplit('/').next().unwrap_or(name);
    (last.split_once(':').map(|(_, tag)| tag), digest)
}

/// Whether it is a digest of the length that its algorithm has (OCI image-spec, descriptor.md).
fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else { return false };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        "blake3" => 64,
        // Others may be used among those who know them.
        _ => return !algorithm.is_empty() && !hex.is_empty() && !hex.contains([':', '@', '/']),
    };
    hex.len() == length && hex.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn named(spec: &ContainerSpec) -> Result<&str, Verdict> {
    match &spec.image {
        Stated::Given(image) if image.starts_with("sha256:") => Err(Verdict::passed("named by its id")),
        Stated::Given(image) => Ok(image),
        Stated::Unknown(reason) => Err(Verdict::Unknown(reason.clone())),
        Stated::Absent if spec.is_built => {
            Err(Verdict::NotApplicable("the image is built from this file".to_owned()))
        }
        Stated::Absent => Err(Verdict::NotApplicable("no image is named".to_owned())),
    }
}

pub(super) const IMAGE_TAG_LATEST: Rule = Rule {
    info: RuleInfo {
        id: "container/image-tag-latest",
        title: "the image is 'latest'",
        severity: Severity::Low,
        why: "Nobody can tell which version runs, two hosts run two, and going back is impossible.",
        remedy: "Name a version, better the digest.",
        references: &["https://docs.docker.com/build/building/best-practices/#pin-base-image-versions"],
    },
    aliases: &["C-0075", "CIS-Docker-5.28", "CKV_K8S_14", "KSV-0013"],
    check: |spec, _| {
        let image = match named(spec) {
            Ok(image) => image,
            Err(verdict) => return verdict,
        };
        let shown: String =
            image.chars().take(160).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
        if spec.is_built {
            return Verdict::NotApplicable("the image is built from this file".to_owned());
        }
        match parts(image) {
            (_, Some(_)) => Verdict::passed("pinned by digest"),
            (Some("latest"), None) => {
                Verdict::failed("the image is 'latest'", "image", format!("image: {shown}"))
            }
            (None, None) => {
                Verdict::failed("the image has no tag, so it is 'latest'", "image", format!("image: {shown}"))
            }
            (Some(_), None) => Verdict::passed(format!("image: {shown}")),
        }
    },
};

pub(super) const IMAGE_WITHOUT_DIGEST: Rule = Rule {
    info: RuleInfo {
        id: "container/image-without-digest",
        title: "the image is not pinned by digest",
        severity: Severity::Negligible,
        why: "A tag can be moved by whoever may push: what was reviewed is not what is pulled tomorrow.",
        remedy: "Add the digest behind the tag: name:1.2@sha256:….",
        references: &["https://docs.docker.com/dhi/core-concepts/digests/"],
    },
    aliases: &["C-0236", "CKV_K8S_43"],
    check: |spec, _| {
        // The engine knows which image runs; a digest matters where one is chosen.
        if spec.origin == Origin::EngineInspect {
            return Verdict::NotApplicable("the container has its image already".to_owned());
        }
        let image = match named(spec) {
            Ok(image) => image,
            Err(verdict) => return verdict,
        };
        if spec.is_built {
            return Verdict::NotApplicable("the image is built from this file".to_owned());
        }
        let shown: String =
            image.chars().take(160).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
        match parts(image) {
            (_, Some(digest)) if is_digest(digest) => Verdict::passed("pinned by digest"),
            (_, Some(_)) => {
                Verdict::failed("what stands behind '@' is no digest", "image", format!("image: {shown}"))
            }
            _ => Verdict::failed("the image is not pinned by digest", "image", format!("image: {shown}")),
        }
    },
};
