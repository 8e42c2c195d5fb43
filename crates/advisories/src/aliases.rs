//! Which ids name the same vulnerability.

use std::collections::{BTreeMap, HashMap};

/// Ids united by the aliases that publishers give (union-find with path halving).
#[derive(Debug, Default)]
pub(crate) struct Aliases {
    parents: Vec<usize>,
    ids: Vec<String>,
    positions: HashMap<String, usize>,
}

impl Aliases {
    /// Makes an id known.
    pub(crate) fn add(&mut self, id: &str) -> usize {
        if let Some(&position) = self.positions.get(id) {
            return position;
        }
        let position = self.ids.len();
        self.parents.push(position);
        self.ids.push(id.to_owned());
        self.positions.insert(id.to_owned(), position);
        position
    }

    /// Says that two ids name the same vulnerability.
    pub(crate) fn unite(&mut self, a: &str, b: &str) {
        let (a, b) = (self.add(a), self.add(b));
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b)] = a.min(b);
    }

    fn root(&mut self, mut at: usize) -> usize {
        while self.parents[at] != at {
            self.parents[at] = self.parents[self.parents[at]];
            at = self.parents[at];
        }
        at
    }

    /// The groups, each with the id to show first, and the group of each id.
    pub(crate) fn groups(mut self) -> (Vec<Vec<String>>, HashMap<String, u32>) {
        self.positions = HashMap::new();
        let mut by_root: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for position in 0..self.ids.len() {
            let root = self.root(position);
            by_root.entry(root).or_default().push(std::mem::take(&mut self.ids[position]));
        }
        let mut groups: Vec<Vec<String>> = by_root.into_values().collect();
        for group in &mut groups {
            group.sort_by(|a, b| (display_rank(a), a).cmp(&(display_rank(b), b)));
        }
        groups.sort();
        let mut of_id = HashMap::new();
        for (index, group) in groups.iter().enumerate() {
            for id in group {
                of_id.insert(id.clone(), index as u32);
            }
        }
        (groups, of_id)
    }
}

/// CVE ids are shown first, since every tool knows them; then GHSA ids.
pub(crate) fn display_rank(id: &str) -> u8 {
    match id {
        id if id.starts_with("CVE-") => 0,
        id if id.starts_with("GHSA-") => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_of_aliases_are_one_group_with_the_cve_first() {
        let mut aliases = Aliases::default();
        aliases.unite("PYSEC-2021-1", "GHSA-a");
        aliases.unite("CVE-2021-1", "GHSA-b");
        aliases.add("CVE-2021-9");
        aliases.unite("GHSA-b", "PYSEC-2021-1");
        let (groups, of_id) = aliases.groups();
        assert_eq!(groups, [vec!["CVE-2021-1", "GHSA-a", "GHSA-b", "PYSEC-2021-1"], vec!["CVE-2021-9"]]);
        assert_eq!(of_id["GHSA-a"], of_id["PYSEC-2021-1"]);
        assert_ne!(of_id["GHSA-a"], of_id["CVE-2021-9"]);
    }
}
