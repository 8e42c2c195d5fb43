//! `data/known-*.toml`: advisories that matter most, written by hand.

use crate::SOURCE;
use advisories::{Advisory, Affected, Range, Rated};
use model::{Ecosystem, KnownExploited, Status};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What the list holds, for people.
pub(crate) const NOTE: &str = "a hand-written list of the vulnerabilities that matter most, by far not all";

/// The list and the day it was last looked through.
pub(crate) struct List {
    pub(crate) date: String,
    pub(crate) advisories: Vec<Advisory>,
    pub(crate) exploited: BTreeMap<String, KnownExploited>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    date: String,
    advisory: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    title: String,
    cvss: String,
    #[serde(default)]
    weaknesses: Vec<String>,
    published: String,
    exploited: Option<Exploited>,
    #[serde(default)]
    references: Vec<String>,
    /// Ecosystem (package URL type) → package → ranges: `A .. B` from A to before B, `.. B` all before B,
    /// `A ..` from A on without a fix, `A ..= B` from A to B.
    affected: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exploited {
    added: String,
    due: String,
    ransomware: bool,
}

/// Reads the files. They are ours: a malformed entry is a panic that names it.
pub(crate) fn parse(files: &[String]) -> List {
    let mut list = List { date: String::new(), advisories: Vec::new(), exploited: BTreeMap::new() };
    for text in files {
        let file: File = toml::from_str(text).unwrap_or_else(|error| panic!("known advisories: {error}"));
        list.date = list.date.max(file.date);
        for entry in file.advisory {
            if let Some(Exploited { added, due, ransomware }) = &entry.exploited {
                let known = KnownExploited {
                    date_added: added.clone(),
                    due_date: due.clone(),
                    is_used_by_ransomware: *ransomware,
                };
                list.exploited.insert(entry.id.clone(), known);
            }
            let ratings = Advisory { affected: Vec::new(), ..convert(&entry) };
            list.advisories.push(convert(&entry));
            // Once more without packages: its rating then also shows in distributions that tell none.
            if ratings.id.starts_with("CVE-") {
                list.advisories.push(ratings);
            }
        }
    }
    list
}

fn convert(entry: &Entry) -> Advisory {
    let mut references = entry.references.clone();
    if entry.id.starts_with("CVE-") {
        references.insert(0, format!("https://nvd.nist.gov/vuln/detail/{}", entry.id));
    }
    let mut affected = Vec::new();
    for (purl_type, packages) in &entry.affected {
        let ecosystem = Ecosystem::from_purl_type(purl_type)
            .unwrap_or_else(|| panic!("{}: ecosystem {purl_type}", entry.id));
        for (package, ranges) in packages {
            let ranges: Vec<Range> = ranges.iter().map(|text| range(text, &entry.id)).collect();
            let has_fix = ranges.iter().any(|range| !range.fixed.is_empty());
            affected.push(Affected {
                shard: purl_type.clone(),
                ecosystem,
                package: package.clone(),
                is_source: false,
                status: if has_fix { Status::Fixed } else { Status::Affected },
                ranges,
                versions: Vec::new(),
                module: String::new(),
                arches: Vec::new(),
                channel: String::new(),
                rating: None,
            });
        }
    }
    Advisory {
        id: entry.id.clone(),
        aliases: entry.aliases.clone(),
        summary: entry.title.clone(),
        references,
        ratings: vec![Rated { source: SOURCE.to_owned(), cvss: entry.cvss.clone(), ..Rated::default() }],
        weaknesses: entry.weaknesses.clone(),
        published: entry.published.clone(),
        modified: entry.published.clone(),
        source: SOURCE.to_owned(),
        affected,
        ..Advisory::default()
    }
}

fn range(text: &str, id: &str) -> Range {
    let (introduced, rest) =
        text.split_once("..").unwrap_or_else(|| panic!("{id}: no '..' in the range '{text}'"));
    let introduced = introduced.trim().to_owned();
    match rest.strip_prefix('=') {
        Some(last) => Range { introduced, last_affected: last.trim().to_owned(), ..Range::default() },
        None => Range { introduced, fixed: rest.trim().to_owned(), ..Range::default() },
    }
}
