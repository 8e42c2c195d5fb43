//! Two hundred changes to packaged files, of every kind, injected into images of dpkg and of apk: all are found,
//! and the same images without them give nothing.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::Finding;
use oci::OpenOptions;
use scan::{ContentOptions, Options, Session};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{LayerEncoding, Layout, Tar};

/// Changes injected into each of the two images.
const CHANGES_PER_IMAGE: usize = 100;
const PACKAGES: usize = 12;
const FILES_PER_PACKAGE: usize = 15;

/// What is done to one packaged file; an image gets as many of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    /// One bit differs in the layer that installed the package.
    BitFlipped,
    /// Bytes were appended in that layer.
    Appended,
    /// Only the beginning is left in that layer.
    Truncated,
    /// Nothing is left in that layer.
    Emptied,
    /// Recorded, and in no layer.
    NeverThere,
    /// A later layer brings other bytes.
    Overwritten,
    /// A later layer brings other bytes by a hard link to a file of its own.
    HardLinked,
    /// A later layer puts a symbolic link to a file of its own in the place.
    Symlinked,
    /// A later layer deletes it.
    Deleted,
    /// A later layer brings other bytes and writes their digest into the record.
    RecordEdited,
    /// A later layer brings other bytes and takes the file out of the record.
    RecordDropped,
}

const KINDS: &[Change] = &[
    Change::BitFlipped,
    Change::Appended,
    Change::Truncated,
    Change::Emptied,
    Change::NeverThere,
    Change::Overwritten,
    Change::HardLinked,
    Change::Symlinked,
    Change::Deleted,
    Change::RecordEdited,
    Change::RecordDropped,
];

/// The generator of Marsaglia, "Xorshift RNGs", 2003: the same choices in every run.
struct Choices(u64);

impl Choices {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).unwrap()
    }
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}

/// Which package manager keeps the records.
#[derive(Clone, Copy, Debug)]
enum Records {
    Dpkg,
    Apk,
}

#[derive(Clone)]
struct Packaged {
    package: String,
    path: String,
    bytes: Vec<u8>,
}

/// A distribution as built by its maker: programs, libraries, scripts and data.
fn packaged(choices: &mut Choices) -> Vec<Packaged> {
    let mut files = Vec::new();
    for package in 0..PACKAGES {
        for file in 0..FILES_PER_PACKAGE {
            let (path, magic): (String, &[u8]) = match file % 5 {
                0 => (format!("usr/bin/program-{package}-{file}"), b"\x7fELF\x02\x01\x01\0"),
                1 => (format!("usr/lib/library-{package}.so.{file}"), b"\x7fELF\x02\x01\x01\0"),
                2 => (format!("usr/sbin/script-{package}-{file}"), b"#!/bin/sh\n"),
                3 => (format!("usr/share/data-{package}/{file}.dat"), b"data "),
                _ => (format!("usr/lib/python3/module_{package}/{file}.py"), b"import os\n"),
            };
            let size = 40 + choices.below(4000);
            let mut bytes = magic.to_vec();
            bytes.extend((0..size).map(|_| u8::try_from(choices.below(256)).unwrap()));
            files.push(Packaged { package: format!("package-{package}"), path, bytes });
        }
    }
    files
}

/// The record files of the packages, by path.
fn records(kind: Records, files: &[Packaged]) -> BTreeMap<String, Vec<u8>> {
    let mut by_package: BTreeMap<&str, Vec<&Packaged>> = BTreeMap::new();
    for file in files {
        by_package.entry(&file.package).or_default().push(file);
    }
    let mut written = BTreeMap::new();
    let mut index = String::new();
    for (package, files) in by_package {
        match kind {
            Records::Dpkg => {
                index.push_str(&format!(
                    "Package: {package}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n\n"
                ));
                let sums = files.iter().map(|file| format!("{}  {}\n", md5_hex(&file.bytes), file.path));
                written.insert(
                    format!("var/lib/dpkg/info/{package}.md5sums"),
                    sums.collect::<String>().into_bytes(),
                );
            }
            Records::Apk => {
                index.push_str(&format!("P:{package}\nV:1.0-r0\nA:x86_64\n"));
                for file in files {
                    let (directory, name) = file.path.rsplit_once('/').unwrap();
                    let digest = STANDARD.encode(sha1_of(&file.bytes));
                    index.push_str(&format!("F:{directory}\nR:{name}\na:0:0:755\nZ:Q1{digest}\n"));
                }
                index.push('\n');
            }
        }
    }
    let path = match kind {
        Records::Dpkg => "var/lib/dpkg/status",
        Records::Apk => "lib/apk/db/installed",
    };
    written.insert(path.to_owned(), index.into_bytes());
    written
}

fn md5_hex(bytes: &[u8]) -> String {
    use md5::{Digest as _, Md5};
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn sha1_of(bytes: &[u8]) -> Vec<u8> {
    use sha1::{Digest as _, Sha1};
    Sha1::digest(bytes).to_vec()
}

/// The two layers of the image with these changes.
fn layers(kind: Records, files: &[Packaged], changes: &BTreeMap<usize, Change>) -> Vec<Vec<u8>> {
    let release: &[u8] = match kind {
        Records::Dpkg => b"ID=debian\nVERSION_ID=\"12\"\n",
        Records::Apk => b"ID=alpine\nVERSION_ID=3.20.3\n",
    };
    let mut lower = Tar::new().file("etc/os-release", release);
    for (path, bytes) in records(kind, files) {
        lower = lower.file(&path, &bytes);
    }
    let mut upper = Tar::new().file("srv/application", b"of the user");
    let mut rewritten: Vec<Packaged> = files.to_vec();
    let mut dropped = BTreeSet::new();
    for (index, Packaged { path, bytes, .. }) in files.iter().enumerate() {
        let evil = [bytes, b"\0and more".as_slice()].concat();
        let below = match changes.get(&index) {
            Some(Change::BitFlipped) => {
                let mut flipped = bytes.clone();
                flipped[bytes.len() - 1 - index % 30] ^= 1 << (index % 8);
                Some(flipped)
            }
            Some(Change::Appended) => Some(evil),
            Some(Change::Truncated) => Some(bytes[..bytes.len() - 1 - index % 30].to_vec()),
            Some(Change::Emptied) => Some(Vec::new()),
            Some(Change::NeverThere) => None,
            Some(Change::Overwritten) => {
                upper = upper.executable(path, &evil);
                Some(bytes.clone())
            }
            Some(Change::HardLinked) => {
                let own = format!("opt/own-{index}");
                upper = upper.file(&own, &evil).hard_link(path, &own);
                Some(bytes.clone())
            }
            Some(Change::Symlinked) => {
                let own = format!("opt/own-{index}");
                upper = upper.file(&own, &evil).symlink(path, &format!("/{own}"));
                Some(bytes.clone())
            }
            Some(Change::Deleted) => {
                upper = upper.whiteout(path);
                Some(bytes.clone())
            }
            Some(Change::RecordEdited) => {
                upper = upper.executable(path, &evil);
                rewritten[index].bytes = evil;
                Some(bytes.clone())
            }
            Some(Change::RecordDropped) => {
                upper = upper.executable(path, &evil);
                dropped.insert(path.clone());
                Some(bytes.clone())
            }
            None => Some(bytes.clone()),
        };
        if let Some(below) = below {
            lower = lower.executable(path, &below);
        }
    }
    rewritten.retain(|file| !dropped.contains(&file.path));
    let before = records(kind, files);
    for (path, bytes) in records(kind, &rewritten) {
        if before.get(&path) != Some(&bytes) {
            upper = upper.file(&path, &bytes);
        }
    }
    vec![lower.finish(), upper.finish()]
}

fn findings(layers: &[Vec<u8>]) -> Vec<Finding> {
    let directory = tempfile::tempdir().unwrap();
    let mut layout = Layout::new(directory.path());
    let image = layout.image("amd64", layers, LayerEncoding::Plain);
    layout.tag("it", &image);
    let images = oci::open_layout(&layout.finish(), &OpenOptions::default()).unwrap();
    let content = ContentOptions { checks_integrity: true, ..ContentOptions::default() };
    let options = Options { content: Some(content), ..Options::default() };
    let inventory = Session::new(options).inventory(&images[0]);
    assert_eq!(inventory.gaps, []);
    inventory.findings
}

/// Paths that findings call modified or missing, and how many files of edited records they count.
fn told(findings: &[Finding]) -> (BTreeSet<String>, usize) {
    let mut paths = BTreeSet::new();
    let mut edited_files = 0;
    for finding in findings {
        match finding.rule.to_string().as_str() {
            "image/package-file-modified" => {
                paths.insert(finding.location.path.as_ref().unwrap().to_string());
            }
            "image/package-file-missing" => paths.extend(finding.evidence.iter().cloned()),
            "image/package-record-edited" => {
                let count = finding.evidence[0].split(' ').next().unwrap();
                edited_files += count.parse::<usize>().unwrap();
            }
            other => panic!("{other} is about nothing that was injected"),
        }
    }
    (paths, edited_files)
}

/// Injects the changes; returns how many were found.
fn found_of_injected(kind: Records, seed: u64) -> usize {
    let mut choices = Choices(seed);
    let files = packaged(&mut choices);
    assert_eq!(findings(&layers(kind, &files, &BTreeMap::new())), [], "the untouched image is clean");

    let mut order: Vec<usize> = (0..files.len()).collect();
    choices.shuffle(&mut order);
    let changes: BTreeMap<usize, Change> =
        (0..CHANGES_PER_IMAGE).map(|number| (order[number], KINDS[number % KINDS.len()])).collect();
    let (paths, edited_files) = told(&findings(&layers(kind, &files, &changes)));

    let is_in_record = |change: Change| matches!(change, Change::RecordEdited | Change::RecordDropped);
    let expected: BTreeSet<String> = changes
        .iter()
        .filter(|(_, change)| !is_in_record(**change))
        .map(|(index, _)| format!("/{}", files[*index].path))
        .collect();
    let missed: Vec<(Change, &str)> = changes
        .iter()
        .filter(|(index, change)| {
            !is_in_record(**change) && !paths.contains(&format!("/{}", files[**index].path))
        })
        .map(|(index, change)| (*change, files[*index].path.as_str()))
        .collect();
    assert_eq!(missed, [], "{kind:?}, seed {seed}: changes that no finding tells");
    assert_eq!(paths, expected, "{kind:?}, seed {seed}: findings about untouched files");
    let in_records = changes.values().filter(|change| is_in_record(**change)).count();
    assert_eq!(edited_files, in_records, "{kind:?}, seed {seed}: files in edited records");
    paths.len() + edited_files
}

#[test]
fn two_hundred_of_two_hundred_injected_changes_are_found() {
    let found = found_of_injected(Records::Dpkg, 0x5ea_0a11) + found_of_injected(Records::Apk, 0xa11_5ea0);
    assert_eq!(found, 200);
}

#[test]
fn the_choice_of_files_makes_no_difference() {
    for seed in 1..=4 {
        found_of_injected(Records::Dpkg, seed);
        found_of_injected(Records::Apk, seed);
    }
}
