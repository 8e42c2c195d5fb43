//! Sets of paths that fold when they grow.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Files of one directory that are told apart; above, `DIRECTORY/*` stands for all of them.
pub const FILES_OF_DIRECTORY_MAX: usize = 24;
/// Entries of a whole set; above, the deepest directories become `DIRECTORY/**`.
const ENTRIES_MAX: usize = 2000;
/// Components that are kept of a path at least when a set is too large.
const COMPONENTS_MIN: usize = 1;

/// Paths, `DIRECTORY/*` for all files of a directory, `DIRECTORY/**` for everything below.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FileSet {
    entries: BTreeSet<String>,
}

impl FileSet {
    /// Adds a path. Returns whether it was not in the set.
    pub fn add(&mut self, path: &str) -> bool {
        let path = generalised(path);
        if self.holds(&path) {
            return false;
        }
        let directory = directory_of(&path).to_owned();
        self.entries.insert(path);
        let siblings = self.of_directory(&directory).count();
        if siblings > FILES_OF_DIRECTORY_MAX {
            self.fold(&directory);
        }
        if self.entries.len() > ENTRIES_MAX {
            self.fold_deepest();
        }
        true
    }

    /// Whether a path is in the set.
    #[must_use]
    pub fn has(&self, path: &str) -> bool {
        self.holds(&generalised(path))
    }

    /// Entries, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(String::as_str)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Adds everything of another set.
    pub fn merge(&mut self, other: &Self) {
        for entry in &other.entries {
            if entry.ends_with("/*") || entry.ends_with("/**") {
                self.entries.insert(entry.clone());
            } else {
                self.add(entry);
            }
        }
    }

    fn holds(&self, path: &str) -> bool {
        if self.entries.contains(path) || self.entries.contains(&format!("{}/*", directory_of(path))) {
            return true;
        }
        let mut above = path;
        while let Some((parent, _)) = above.rsplit_once('/') {
            if self.entries.contains(&format!("{parent}/**")) {
                return true;
            }
            above = parent;
        }
        false
    }

    /// Files of a directory alone.
    fn of_directory<'a>(&'a self, directory: &'a str) -> impl Iterator<Item = &'a String> {
        let start = format!("{directory}/");
        let inside = self.entries.range(start.clone()..).take_while(move |entry| entry.starts_with(&start));
        inside.filter(move |entry| !entry[directory.len() + 1..].contains('/'))
    }

    fn fold(&mut self, directory: &str) {
        let inside: Vec<String> = self.of_directory(directory).cloned().collect();
        for entry in inside {
            self.entries.remove(&entry);
        }
        self.entries.insert(format!("{directory}/*"));
    }

    /// Replaces the entries with the most components by what is two levels above them.
    fn fold_deepest(&mut self) {
        let depth = |entry: &str| entry.matches('/').count();
        let deepest = self.entries.iter().map(|entry| depth(entry)).max().unwrap_or(0);
        let keep = deepest.saturating_sub(2).max(COMPONENTS_MIN);
        let entries = std::mem::take(&mut self.entries);
        for entry in entries {
            if depth(&entry) <= keep.max(1) {
                self.entries.insert(entry);
                continue;
            }
            let end = entry.match_indices('/').nth(keep).map_or(entry.len(), |(at, _)| at);
            self.entries.insert(format!("{}/**", &entry[..end]));
        }
        let folded: Vec<String> =
            self.entries.iter().filter(|entry| entry.ends_with("/**")).cloned().collect();
        for above in folded {
            let stem = above.trim_end_matches("**").to_owned();
            self.entries.retain(|entry| *entry == above || !entry.starts_with(&stem));
        }
    }
}

fn directory_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// Numbers of processes, and names that are random by convention, stand for all of their kind.
fn generalised(path: &str) -> String {
    let mut parts: Vec<String> = path.split('/').map(str::to_owned).collect();
    let is_proc = parts.get(1).is_some_and(|part| part == "proc");
    for (at, part) in parts.iter_mut().enumerate() {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && (is_proc || at > 2) {
            "[0-9]".clone_into(part);
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_stands_for_many_files_of_it() {
        let mut set = FileSet::default();
        for number in 0..=FILES_OF_DIRECTORY_MAX {
            assert!(set.add(&format!("/var/cache/f{number}")));
        }
        set.add("/etc/hosts");
        assert_eq!(set.iter().collect::<Vec<_>>(), ["/etc/hosts", "/var/cache/*"]);
        assert!(
            set.has("/var/cache/another") && !set.has("/var/cache/deeper/file") && !set.has("/etc/passwd")
        );
        assert!(!set.add("/var/cache/f999"));
    }

    #[test]
    fn numbers_of_processes_are_one() {
        let mut set = FileSet::default();
        set.add("/proc/17/status");
        assert!(set.has("/proc/4242/status") && !set.has("/proc/4242/mem"));
    }

    #[test]
    fn a_set_has_a_bound_whatever_is_put_in() {
        let mut set = FileSet::default();
        for one in 0..300 {
            for other in 0..20 {
                set.add(&format!("/srv/d{one}/x/y/f{other}"));
            }
        }
        assert!(set.iter().count() <= ENTRIES_MAX);
        assert!(set.has("/srv/d7/x/y/f3"));
        set.add("relative");
        set.add("");
    }
}
