//! What one layer contributes, before any other layer is known.

use crate::owned::OwnedFiles;
use model::{Gap, LayerPath, Package};
use oci::Mismatch;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// What one layer contributes. Depends on the layer's content alone, so it can be kept by diff id and shared by
/// every image that has the layer.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayerFacts {
    /// Everything that was parsed.
    pub(crate) parsed: Parsed,
    /// [`LayerPath::hash64`] of every entry that is not a directory, sorted: what hides lower layers.
    pub(crate) files: Vec<u64>,
    /// Of every directory, sorted: what hides a file of the same name in lower layers.
    pub(crate) directories: Vec<u64>,
    /// Of every whiteout, sorted.
    pub(crate) whiteouts: Vec<u64>,
    /// Of every opaque directory, sorted.
    pub(crate) opaques: Vec<u64>,
}

/// The part of [`LayerFacts`] that is not an array of hashes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Parsed {
    /// Files that named packages or owners, in the order of the layer.
    pub(crate) records: Vec<Record>,
    /// Small files that tell which distribution this is.
    pub(crate) release_files: Vec<(LayerPath, String)>,
    /// Symbolic links directly below the root (`lib` → `usr/lib`), with normalised targets.
    pub(crate) root_links: Vec<(LayerPath, LayerPath)>,
    /// Links whose name a parser would want, with normalised targets: their content is read under their name.
    pub(crate) wanted_links: Vec<WantedLink>,
    /// What could not be looked at.
    pub(crate) gaps: Vec<Gap>,
    /// Digests that did not match. Never kept between runs.
    #[serde(skip)]
    pub(crate) mismatches: Vec<Mismatch>,
    /// Links that climb out of the root.
    pub(crate) bad_links: Vec<(LayerPath, String)>,
}

/// One file that named packages or owners.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The file.
    pub(crate) path: LayerPath,
    /// Whether it is the package manager's own database, of which upper layers hold newer editions.
    pub(crate) is_system: bool,
    /// Packages it names.
    pub(crate) packages: Vec<Package>,
    /// Packages that own files.
    pub(crate) owned: Vec<OwnedFiles>,
    /// Paths whose files of packages lie elsewhere: from, to, and the package that keeps the path.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) diversions: Vec<(LayerPath, LayerPath, Option<String>)>,
}

/// A link whose name a parser would want.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WantedLink {
    /// Where the link is.
    pub(crate) path: LayerPath,
    /// Where it points at.
    pub(crate) target: LayerPath,
    /// Whether the target is in the same layer for sure.
    pub(crate) is_hard: bool,
}

impl LayerFacts {
    /// Sorts the arrays, after the last entry.
    pub(crate) fn seal(&mut self) {
        for hashes in [&mut self.files, &mut self.directories, &mut self.whiteouts, &mut self.opaques] {
            hashes.sort_unstable();
            hashes.dedup();
            hashes.shrink_to_fit();
        }
    }

    /// Whether this layer hides a file that a lower layer has at `path`: by an entry of the same name, a
    /// whiteout of it or of an ancestor, an opaque ancestor, or an ancestor that is no directory any more
    /// (OCI image-spec, layer.md, "Applying Changesets").
    pub(crate) fn hides(&self, path: &LayerPath) -> bool {
        let own = path.hash64();
        let has = |hashes: &[u64], hash: u64| hashes.binary_search(&hash).is_ok();
        if has(&self.files, own) || has(&self.directories, own) || has(&self.whiteouts, own) {
            return true;
        }
        if has(&self.opaques, model::path_hash("")) {
            return true;
        }
        path.ancestors().any(|ancestor| {
            let hash = model::path_hash(ancestor);
            has(&self.files, hash) || has(&self.whiteouts, hash) || has(&self.opaques, hash)
        })
    }

    /// Nothing but a gap.
    pub(crate) fn of_gap(gap: Gap) -> Self {
        let mut facts = Self::default();
        facts.parsed.gaps.push(gap);
        facts
    }

    /// Adds what another walk over the same layer gave.
    pub(crate) fn add_late(&mut self, more: Self) {
        self.parsed.records.extend(more.parsed.records);
        self.parsed.release_files.extend(more.parsed.release_files);
        self.parsed.gaps.extend(more.parsed.gaps);
    }

    /// [`LayerPath::hash64`] of everything that was looked at under its own name, or is a link to be followed.
    pub(crate) fn known_paths(&self) -> HashSet<u64> {
        let records = self.parsed.records.iter().map(|record| record.path.hash64());
        let release_files = self.parsed.release_files.iter().map(|(path, _)| path.hash64());
        let links = self.parsed.wanted_links.iter().map(|link| link.path.hash64());
        records.chain(release_files).chain(links).collect()
    }

    /// Whether this layer has a file at `path`.
    pub(crate) fn has_file(&self, path: &LayerPath) -> bool {
        self.files.binary_search(&path.hash64()).is_ok()
    }

    /// Whether the facts may be kept: nothing was cut short, nothing was wrong with the content.
    pub(crate) fn is_whole(&self) -> bool {
        use model::GapReason::{Internal, LimitReached, Truncated, Unreadable};
        self.parsed.mismatches.is_empty()
            && !self
                .parsed
                .gaps
                .iter()
                .any(|gap| matches!(gap.reason, LimitReached | Truncated | Unreadable | Internal))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(files: &[&str], directories: &[&str], whiteouts: &[&str], opaques: &[&str]) -> LayerFacts {
        let hashes = |paths: &[&str]| paths.iter().map(|path| model::path_hash(path)).collect();
        let mut facts = LayerFacts {
            files: hashes(files),
            directories: hashes(directories),
            whiteouts: hashes(whiteouts),
            opaques: hashes(opaques),
            ..LayerFacts::default()
        };
        facts.seal();
        facts
    }

    #[track_caller]
    fn check(facts: &LayerFacts, path: &str, expected: bool) {
        assert_eq!(facts.hides(&LayerPath::new(path)), expected, "{path}");
    }

    #[test]
    fn a_layer_hides_by_entry_whiteout_opaque_directory_and_file_over_directory() {
        let upper = facts(&["a/file", "was-dir"], &["now-dir", "kept"], &["gone", "b/gone"], &["opaque"]);
        for hidden in ["a/file", "was-dir/x/y", "now-dir", "gone", "gone/deep/er", "b/gone", "opaque/x"] {
            check(&upper, hidden, true);
        }
        for seen in ["a/other", "kept/x", "now-dir/x", "b/other", "opaque"] {
            check(&upper, seen, false);
        }
    }

    #[test]
    fn an_opaque_root_hides_everything() {
        check(&facts(&[], &[], &[], &[""]), "etc/passwd", true);
    }
}
