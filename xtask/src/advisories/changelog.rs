//! Debian changelogs (deb-changelog(5)).

use std::collections::BTreeMap;
use versions::{Scheme, compare};

/// The first version whose entry names each CVE, among entries of a year or later. Lines that say that the
/// package is not affected name no fix.
pub(crate) fn first_fixed(changelog: &str, source: &str, first_year: u16) -> BTreeMap<String, String> {
    let mut fixed: BTreeMap<String, String> = BTreeMap::new();
    for entry in entries(changelog).filter(|entry| entry.source == source && entry.year >= first_year) {
        for id in entry.cves() {
            let is_earlier = |known: &String| compare(Scheme::Dpkg, &entry.version, known).is_lt();
            if fixed.get(&id).is_none_or(is_earlier) {
                fixed.insert(id, entry.version.clone());
            }
        }
    }
    // A CVE that an older entry already names was fixed before; later mentions complete or repeat it.
    for entry in entries(changelog).filter(|entry| entry.year < first_year) {
        for id in entry.cves() {
            fixed.remove(&id);
        }
    }
    fixed
}

struct Entry {
    source: String,
    version: String,
    year: u16,
    text: String,
}

fn entries(changelog: &str) -> impl Iterator<Item = Entry> {
    let mut lines = changelog.lines();
    std::iter::from_fn(move || {
        let (source, version) = lines.by_ref().find_map(parse_header)?;
        let mut text = String::new();
        let mut year = 0;
        for line in lines.by_ref() {
            if let Some(trailer) = line.strip_prefix(" -- ") {
                year = year_of(trailer).unwrap_or(0);
                break;
            }
            text.push_str(line);
            text.push('\n');
        }
        Some(Entry { source, version, year, text })
    })
}

// `source (version) distributions; metadata`
fn parse_header(line: &str) -> Option<(String, String)> {
    if line.starts_with([' ', '\t', '#']) {
        return None;
    }
    let (source, rest) = line.split_once(" (")?;
    let (version, _) = rest.split_once(')')?;
    line.contains(';').then(|| (source.to_owned(), version.to_owned()))
}

// `Name <mail>  Sat, 10 Jun 2023 12:00:00 +0200`
fn year_of(trailer: &str) -> Option<u16> {
    trailer.rsplit_once(", ")?.1.split_whitespace().nth(2)?.parse().ok()
}

impl Entry {
    fn cves(&self) -> impl Iterator<Item = String> {
        let denies = |line: &&str| {
            let line = line.to_ascii_lowercase();
            [
                "not affect",
                "unaffected",
                "not vulnerable",
                "does not apply",
                "doesn't apply",
                "revert",
                "only affects",
            ]
            .iter()
            .any(|words| line.contains(words))
        };
        self.text
            .lines()
            .filter(move |line| !denies(line))
            .flat_map(ids_of_line)
            .collect::<Vec<_>>()
            .into_iter()
    }
}

fn ids_of_line(line: &str) -> Vec<String> {
    let mut ids = Vec::new();
    for (at, _) in line.match_indices("CVE-") {
        let id: String = line[at..]
            .chars()
            .take_while(|c| c.is_ascii_digit() || *c == '-' || "CVE".contains(*c))
            .take(24)
            .collect();
        let id = id.trim_end_matches('-').to_owned();
        let parts: Vec<&str> = id.split('-').collect();
        if let ["CVE", year, number] = parts[..]
            && year.len() == 4
            && (4..=7).contains(&number.len())
        {
            ids.push(id);
        }
    }
    ids
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str = "\
foo (1.2-1+deb12u2) bookworm-security; urgency=high

  * Complete the fix of CVE-2024-0001, fix CVE-2024-0002.
  * CVE-2024-0009 does not affect this version: not affected.

 -- A Name <a@example.org>  Mon, 01 Apr 2024 10:00:00 +0000

foo (1.2-1+deb12u1) bookworm-security; urgency=high

  * CVE-2024-0001: stop the overflow. CVE-2019-1234 again.

 -- A Name <a@example.org>  Mon, 01 Jan 2024 10:00:00 +0000

foo (1.1-1) unstable; urgency=medium

  * CVE-2019-1234

 -- A Name <a@example.org>  Tue, 01 Jan 2019 10:00:00 +0000
";

    #[test]
    fn the_first_version_that_names_a_cve_fixes_it() {
        let fixed = first_fixed(CHANGELOG, "foo", 2023);
        let rows: Vec<_> = fixed.iter().map(|(id, version)| (id.as_str(), version.as_str())).collect();
        assert_eq!(rows, [("CVE-2024-0001", "1.2-1+deb12u1"), ("CVE-2024-0002", "1.2-1+deb12u2")]);
    }

    #[test]
    fn entries_of_another_source_are_not_its_own() {
        assert!(first_fixed(CHANGELOG, "bar", 2023).is_empty());
    }
}
