//! `data/debian-N.txt`, as `cargo xtask advisories debian` writes it.

use advisories::{Advisory, Affected, Range};
use model::{Ecosystem, Status};
use std::collections::BTreeMap;

/// What the list holds, for people.
pub(crate) const NOTE: &str = "fixes that the archive's changelogs name; vulnerabilities without a fix, and ratings, \
    are not in it";

/// A list and the day it was made.
pub(crate) struct List {
    pub(crate) date: String,
    pub(crate) advisories: Vec<Advisory>,
}

/// Reads the list of one release. The file is ours: a malformed line is a panic.
pub(crate) fn parse(release: &str, text: &str) -> List {
    let shard = format!("debian:{release}");
    let date = text
        .lines()
        .find_map(|line| line.strip_prefix("# Mined ")?.split(' ').next())
        .expect("a line tells the day");
    let mut by_id: BTreeMap<String, Vec<Affected>> = BTreeMap::new();
    let mut package = "";
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let Some(row) = line.strip_prefix(' ') else {
            package = line;
            continue;
        };
        let (version, ids) = row.split_once(' ').unwrap_or_else(|| panic!("no ids in '{row}' of {package}"));
        for id in ids.split(' ') {
            by_id.entry(format!("CVE-{id}")).or_default().push(Affected {
                shard: shard.clone(),
                ecosystem: Ecosystem::Deb,
                package: package.to_owned(),
                is_source: true,
                status: Status::Fixed,
                ranges: vec![Range { fixed: version.to_owned(), ..Range::default() }],
                versions: Vec::new(),
                module: String::new(),
                arches: Vec::new(),
                channel: String::new(),
                rating: None,
            });
        }
    }
    let advisory = |(id, affected): (String, Vec<Affected>)| Advisory {
        references: vec![format!("https://security-tracker.debian.org/tracker/{id}")],
        id,
        source: "debian-changelog".to_owned(),
        affected,
        ..Advisory::default()
    };
    List { date: date.to_owned(), advisories: by_id.into_iter().map(advisory).collect() }
}
