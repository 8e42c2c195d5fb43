//! What the files of one layer gave.

use crate::short_digest::Algorithm;
use checks::TreeEntry;
use content::Hit;
use model::{ContentCoverage, Gap, LayerPath};
use serde::{Deserialize, Serialize};

/// What the files of one layer gave, before it is known which of them a later layer hides.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct LayerContent {
    /// What detectors saw.
    pub(crate) hits: Vec<FileHit>,
    /// Files that differ from their package's record.
    pub(crate) modified: Vec<Modified>,
    /// Executables that no package owns.
    pub(crate) executables: Vec<Unowned>,
    /// Entries that the checks want.
    #[serde(default)]
    pub(crate) tree: Vec<TreeEntry>,
    /// What was not looked at.
    pub(crate) gaps: Vec<Gap>,
    /// How much was looked at.
    pub(crate) coverage: ContentCoverage,
}

/// What one detector saw in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileHit {
    /// The file.
    pub(crate) path: LayerPath,
    /// Path inside nested archives.
    pub(crate) nested: Vec<String>,
    /// What was seen.
    pub(crate) hit: Hit,
    /// How far the file is known.
    pub(crate) trust: Trust,
}

/// How far a file is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Trust {
    /// No package owns it.
    Unowned,
    /// A package owns it, but recorded no digest.
    Owned(String),
    /// It is as a language package installed it, whose makers anybody may be.
    Installed(String),
    /// It equals the digest in the record of a package of the operating system.
    Verified(String),
    /// It differs from the record of its package.
    Modified(String),
}

impl Trust {
    /// One line of evidence.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Unowned => "trust: no package owns this file".to_owned(),
            Self::Owned(package) => format!("trust: {package} owns this file and records no digest of it"),
            Self::Installed(package) => format!("trust: the file is as {package} installed it"),
            Self::Verified(package) => format!("trust: the file equals the record of {package}"),
            Self::Modified(package) => format!("trust: the file differs from the record of {package}"),
        }
    }
}

/// A file that differs from its package's record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Modified {
    /// The file.
    pub(crate) path: LayerPath,
    /// The package whose record names it.
    pub(crate) package: String,
    /// The digest that was found, one for each algorithm of the records.
    pub(crate) found: Vec<(Algorithm, [u8; 16])>,
    /// The recorded digest, as text.
    pub(crate) recorded: String,
    /// What it is.
    pub(crate) kind: FileKind,
    /// What lies there, when it is no file at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instead: Option<String>,
}

/// What is at stake when a packaged file changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum FileKind {
    /// Machine code, a script, or anything in a directory of programs.
    Code,
    /// Configuration, which administrators change.
    Config,
    /// Anything else.
    Data,
}

/// An executable that no package owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Unowned {
    /// The file.
    pub(crate) path: LayerPath,
    /// SHA-256 in hexadecimal.
    pub(crate) sha256: String,
    /// Size in bytes.
    pub(crate) size_bytes: u64,
}

impl LayerContent {
    /// Whether it may be kept between runs: nothing was cut short.
    pub(crate) fn is_whole(&self) -> bool {
        use model::GapReason::{Internal, LimitReached, Truncated, Unreadable};
        !self.gaps.iter().any(|gap| matches!(gap.reason, LimitReached | Truncated | Unreadable | Internal))
    }

    /// The order of results does not depend on which file was judged first.
    pub(crate) fn sort(&mut self) {
        self.hits.sort_by(|a, b| {
            let key = |h: &FileHit| (h.path.clone(), h.nested.clone(), h.hit.rule.clone(), h.hit.line);
            key(a).cmp(&key(b)).then_with(|| a.hit.identity.cmp(&b.hit.identity))
        });
        self.modified.sort_by(|a, b| a.path.cmp(&b.path));
        self.executables.sort_by(|a, b| a.path.cmp(&b.path));
        self.tree.sort_by(|a, b| a.path.cmp(&b.path));
        self.gaps.sort();
        self.gaps.dedup();
    }

    /// Adds to the totals of an image.
    pub(crate) fn add_to(&self, total: &mut ContentCoverage) {
        total.files += self.coverage.files;
        total.bytes += self.coverage.bytes;
        total.verified_files += self.coverage.verified_files;
        total.verified_bytes += self.coverage.verified_bytes;
        total.members += self.coverage.members;
    }
}
