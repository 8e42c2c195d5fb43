//! Programs that are told by their file name and a text inside.
//!
//! A classifier is asked only for files with the right name, and searches only what is loaded and is no code. Its
//! pattern names the whole text around the version, so that the version of a library that was linked in, or of a
//! feature that a help text mentions, is not taken for that of the program.

mod names;
mod table;

use crate::{Inspection, ReadAt, elf::Elf, text_files, windows::for_each_window};
use model::{Ecosystem, FoundBy, GapReason, LayerPath, Package};
use regex::bytes::Regex;
use std::{collections::BTreeSet, io, ops::Range, sync::OnceLock};
use table::CLASSIFIERS;

/// How one program is told.
pub(crate) struct Classifier {
    /// As upstream names itself.
    package: &'static str,
    is_named: fn(&str) -> bool,
    /// One after the other, until one finds something; the first group is the version.
    patterns: &'static [&'static str],
    /// Takes out versions that cannot be the program's, by file name and version.
    is_possible: fn(&str, &str) -> bool,
    /// A text that begins with the version too, for programs where the version alone stands between two zero
    /// bytes, as many others do.
    confirmation: Option<&'static str>,
    compiled: OnceLock<Vec<Regex>>,
}

/// Whether a classifier looks at files of this name.
pub(crate) fn is_named(name: &str) -> bool {
    CLASSIFIERS.iter().any(|classifier| (classifier.is_named)(name))
}

pub(crate) fn look(file: &dyn ReadAt, elf: &Elf, path: &LayerPath, found: &mut Inspection) -> io::Result<()> {
    let name = path.file_name();
    let mut ranges = None;
    for classifier in CLASSIFIERS.iter().filter(|classifier| (classifier.is_named)(name)) {
        let ranges = ranges.get_or_insert_with(|| elf.text_ranges(file.size()));
        let versions = classifier.versions(file, name, ranges)?;
        let mut versions = versions.iter();
        match (versions.next(), versions.next()) {
            (Some(version), None) => {
                // `1.8.0_392` is `8u392` to OpenJDK.
                let version = match classifier.package {
                    "openjdk" => text_files::normal_java_version(version).unwrap_or_else(|| version.clone()),
                    _ => version.clone(),
                };
                let name = classifier.package;
                found.packages.push(Package::new(
                    Ecosystem::Generic,
                    name,
                    &version,
                    FoundBy::Classifier,
                    path,
                ));
            }
            (Some(one), Some(other)) => {
                let detail = format!("may be {} {one}, {other} or others", classifier.package);
                found.gap(path, GapReason::Unsupported, detail);
            }
            (None, _) => {}
        }
    }
    Ok(())
}

/// Different versions that are collected before a classifier gives up.
const VERSIONS_MAX: usize = 200;

impl Classifier {
    fn versions(&self, file: &dyn ReadAt, name: &str, ranges: &[Range<u64>]) -> io::Result<BTreeSet<String>> {
        let compiled = self.compiled.get_or_init(|| {
            let all = self.patterns.iter().copied().chain(self.confirmation);
            all.map(|pattern| Regex::new(pattern).expect("the patterns of the table are tested")).collect()
        });
        for pattern in &compiled[..self.patterns.len()] {
            let mut versions = search(file, ranges, pattern)?;
            versions.retain(|version| (self.is_possible)(name, version));
            if self.confirmation.is_some() && !versions.is_empty() {
                let texts = search(file, ranges, &compiled[self.patterns.len()])?;
                let confirmed = versions
                    .iter()
                    .filter(|version| texts.iter().any(|text| text.starts_with(version.as_str())));
                // `7.0.1` is the beginning of `7.0.15…` too.
                versions = confirmed.max_by_key(|version| version.len()).cloned().into_iter().collect();
            }
            if !versions.is_empty() {
                return Ok(versions);
            }
        }
        Ok(BTreeSet::new())
    }
}

fn search(file: &dyn ReadAt, ranges: &[Range<u64>], pattern: &Regex) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for_each_window(file, ranges, |_, window| {
        let mut at = 0;
        while let Some(captures) = pattern.captures_at(window, at) {
            let (Some(whole), Some(text)) = (captures.get(0), captures.get(1)) else { break };
            found.insert(String::from_utf8_lossy(text.as_bytes()).into_owned());
            // The zero byte behind one text is the one before the next.
            at = (whole.end() - 1).max(whole.start() + 1);
        }
        found.len() < VERSIONS_MAX
    })?;
    Ok(found)
}
