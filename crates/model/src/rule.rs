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
    RuleInfo {
        id: "image/package-config-modified",
        title: "a configuration file differs from what its package installed",
        severity: Severity::Negligible,
        why: "Configuration is meant to be changed, so this is a note: it tells which files of packages the image \
              builder edited.",
        remedy: "Nothing to do when the change is yours.",
        references: &["https://www.debian.org/doc/debian-policy/ap-pkg-conffiles.html"],
    },
    RuleInfo {
        id: "image/package-file-missing",
        title: "files that a package installed are missing",
        severity: Severity::Low,
        why: "The package manager says that the file is there. A build step removed it by hand, or a later layer \
              hides it; updates of the package bring it back, and tools that rely on the record are misled.",
        remedy: "Remove the package instead of its files, or build from a smaller base.",
        references: &[],
    },
    RuleInfo {
        id: "image/package-file-modified",
        title: "a file differs from what its package installed",
        severity: Severity::High,
        why: "The digest that the package manager recorded when it installed the file does not fit any more. A \
              replaced program is the plainest sign of tampering; a build step that patches packaged files is the \
              usual honest reason, and hides the version that really runs from every scanner.",
        remedy: "Look at the layer and instruction that changed it; reinstall the package, or ship the changed file \
                 under a path of its own (dpkg-divert, a directory before it in PATH).",
        references: &["https://manpages.debian.org/bookworm/dpkg/dpkg.1.en.html"],
    },
    RuleInfo {
        id: "image/package-record-edited",
        title: "the package manager's record of a package was edited",
        severity: Severity::High,
        why: "A later layer says other digests of the same version of a package than the layer that installed it. \
              Package managers do not do that; somebody who replaces a file and wants the record to fit does.",
        remedy: "Compare the files of the package with those of its repository; rebuild the image from its base.",
        references: &[],
    },
];
