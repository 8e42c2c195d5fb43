//! What is the same for every hit of a rule.

use crate::Severity;

/// What is the same for every hit of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuleInfo {
    /// `engine/bad-state`; never reused.
    pub id: &'static str,
    /// One line.
    pub title: &'static str,
    /// Severity unless the finding says otherwise.
    pub severity: Severity,
    /// Why it matters, for a tired operator at night.
    pub why: &'static str,
    /// How to repair it.
    pub remedy: &'static str,
    /// Addresses to read on.
    pub references: &'static [&'static str],
}

/// Every rule of the scanner, sorted by id.
pub static RULES: &[RuleInfo] = &[
    RuleInfo {
        id: "image/digest-mismatch",
        title: "content does not match its digest",
        severity: Severity::Critical,
        why: "A blob or an uncompressed layer hashes to something else than the manifest or the image \
              configuration promises. What runs is then not what was pushed: storage corruption, a truncated \
              copy, or someone replaced it.",
        remedy: "Pull the image again by digest from a registry you trust and compare; if it persists, \
                 rebuild the image and look for who can write to the registry or the storage.",
        references: &["https://github.com/opencontainers/image-spec/blob/main/descriptor.md#verification"],
    },
    RuleInfo {
        id: "image/end-of-life-distribution",
        title: "the distribution release gets no security updates any more",
        severity: Severity::High,
        why: "Vulnerabilities found after the end of support are not fixed and often not even recorded, so a \
              short list of findings says nothing.",
        remedy: "Rebuild on a supported release.",
        references: &["https://endoflife.date"],
    },
    RuleInfo {
        id: "image/link-outside-root",
        title: "a link points outside the image",
        severity: Severity::Medium,
        why: "An absolute or climbing hard link in a layer has no honest use; it is how archives try to make an \
              extractor read or overwrite files of the host.",
        remedy: "Find out which build step made the layer; do not unpack it with tools that follow links.",
        references: &["https://github.com/opencontainers/image-spec/blob/main/layer.md"],
    },
];
