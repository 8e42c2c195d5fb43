//! The comparison tables that other scanners publish (google/osv-scalibr, `semantic/testdata`) agree.
#![allow(clippy::disallowed_methods, reason = "tests read tables from disk")]

use std::{cmp::Ordering, io::Read, path::PathBuf};
use versions::{Scheme, compare};

/// Rows that cannot hold in a total order, each with the reason.
const EXPLAINED: &[(&str, &str, &str)] = &[];

fn table(name: &str) -> Option<String> {
    let shared = std::env::var_os("SEAWALL_SHARED").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        PathBuf::from,
    );
    let Ok(bytes) = std::fs::read(shared.join("versions").join(name)) else {
        eprintln!("skipped: no table {name} in {}", shared.display());
        return None;
    };
    if !name.ends_with(".gz") {
        return Some(String::from_utf8(bytes).unwrap());
    }
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    Some(text)
}

#[track_caller]
fn check(scheme: Scheme, name: &str, rows_min: usize) {
    let Some(text) = table(name) else { return };
    let mut rows = 0;
    let mut wrong = Vec::new();
    for line in text.lines() {
        let parts: Vec<&str> = line.split_whitespace().collect();
        if line.starts_with("# ") || line.starts_with("// ") || parts.is_empty() {
            continue;
        }
        let [a, sign, b] = parts[..] else { panic!("{name}: row '{line}' is not understood") };
        let expected = match sign {
            "<" => Ordering::Less,
            "=" => Ordering::Equal,
            ">" => Ordering::Greater,
            other => panic!("{name}: sign '{other}'"),
        };
        rows += 1;
        let is_explained = EXPLAINED.iter().any(|(table, row, _)| *table == name && *row == line.trim());
        let agrees = compare(scheme, a, b) == expected && compare(scheme, b, a) == expected.reverse();
        if agrees == is_explained {
            wrong.push(format!("{line} (is {:?})", compare(scheme, a, b)));
        }
    }
    assert!(rows >= rows_min, "{name}: only {rows} rows");
    assert!(
        wrong.is_empty(),
        "{name}: {} of {rows} rows are wrong:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(60)].join("\n")
    );
    eprintln!("{name}: {rows} rows agree");
}

#[test]
fn alpine_table_agrees() {
    check(Scheme::Apk, "alpine-versions.txt", 700);
    check(Scheme::Apk, "alpine-versions-generated.txt.gz", 13_000);
}

#[test]
fn debian_table_agrees() {
    check(Scheme::Dpkg, "debian-versions.txt", 25);
    check(Scheme::Dpkg, "debian-versions-generated.txt.gz", 14_000);
}

#[test]
fn red_hat_table_agrees() {
    check(Scheme::Rpm, "redhat-versions.txt", 100);
}

#[test]
fn python_table_agrees() {
    check(Scheme::Pep440, "pypi-versions.txt", 30);
    check(Scheme::Pep440, "pypi-versions-generated.txt.gz", 12_000);
}

#[test]
fn semver_table_agrees() {
    for scheme in [Scheme::Semver, Scheme::Npm, Scheme::Go] {
        check(scheme, "semver-versions.txt", 70);
    }
}

#[test]
fn maven_table_agrees() {
    check(Scheme::Maven, "maven-versions.txt", 100);
    check(Scheme::Maven, "maven-versions-generated.txt.gz", 14_000);
}

#[test]
fn gem_table_agrees() {
    check(Scheme::Gem, "rubygems-versions.txt", 25);
    check(Scheme::Gem, "rubygems-versions-generated.txt.gz", 4_000);
}

#[test]
fn packagist_table_agrees() {
    check(Scheme::Packagist, "packagist-versions.txt", 90);
    check(Scheme::Packagist, "packagist-versions-generated.txt.gz", 10_000);
}

#[test]
fn nuget_table_agrees() {
    check(Scheme::Nuget, "nuget-versions.txt", 30);
}

#[test]
fn pub_table_agrees() {
    check(Scheme::Pub, "pub-versions.txt", 90);
}

#[test]
fn cran_table_agrees() {
    check(Scheme::Cran, "cran-versions.txt", 15);
}

#[test]
fn hackage_table_agrees() {
    check(Scheme::Hackage, "hackage-versions.txt", 10);
}
