//! The comparison tables that other scanners publish (google/osv-scalibr, `semantic/testdata`) agree.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests read tables from disk and may fail loudly"
)]

use std::{cmp::Ordering, io::Read, path::PathBuf};
use versions::{Scheme, compare};

/// Rows that do not hold, each with the reason. A row that holds after all fails the test.
const EXPLAINED: &[(&str, &str, &str)] = &[
    (MAVEN, "1.0.0-RC16 < 1.0.0.RC8-beta", OLD_MAVEN),
    (MAVEN, "1.0.0-gradle-rework-beta3 < 1.0.0.RC7-3", OLD_MAVEN),
    (MAVEN, "2.9.0-1 < 2.9.0.RC1", OLD_MAVEN),
    (MAVEN, "6.1.12.rc5 < 6.1.12rc1", OLD_MAVEN),
    (MAVEN, "1.1.31.sec10 < 1.1.31_noneautotype", OLD_MAVEN),
    (MAVEN, "1.1.34.sec10 < 1.1.34_noneautotype", OLD_MAVEN),
    (MAVEN, "1.1.46.sec10 < 1.1.46_noneautotype", OLD_MAVEN),
    (MAVEN, "1.2.8.sec10_noneautotype < 1.2.8_noneautotype", OLD_MAVEN),
    (MAVEN, "1.2.31.sec10 < 1.2.31_noneautotype", OLD_MAVEN),
    (MAVEN, "1.2.48.sec10 < 1.2.48_noneautotype", OLD_MAVEN),
    (MAVEN, "1.2.50.sec10 < 1.2.50_noneautotype", OLD_MAVEN),
    (MAVEN, "1.2.54.sec10 < 1.2.54_noneautotype", OLD_MAVEN),
    (MAVEN, "1.2.57.sec10 < 1.2.57_noneautotype", OLD_MAVEN),
    (MAVEN, "1.2.60.sec10 < 1.2.60_noneautotype", OLD_MAVEN),
    (MAVEN, "1.2.67.sec10 < 1.2.67_noneautotype", OLD_MAVEN),
    (MAVEN, "1.0.0rc0 < 1.0.beta8", OLD_MAVEN),
    (MAVEN, "1.5.9.RC1 < 1.5.9-RC0", OLD_MAVEN),
    (MAVEN, "1.1.0-01-glassfish < 1.1.0.Beta1", OLD_MAVEN),
    (
        MAVEN,
        "3.5.0-CR-2 < 3.5.0.Beta-1",
        "Maven 4.0.0-rc-3 says greater; 3.9.9 agrees with the row, against transitivity",
    ),
    ("packagist-versions.txt", "1.2.3.# = 1.2.3.1", "1.2.3.# = 1.2.3 and 1.2.3 < 1.2.3.1 are rows too"),
];

const MAVEN: &str = "maven-versions-generated.txt.gz";
/// Decided before MNG-7644; asked with `java org.apache.maven.artifact.versioning.ComparableVersion A B`.
const OLD_MAVEN: &str = "Maven 3.8.7, 3.9.9 and 4.0.0-rc-3 all say greater";

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
    let explained = EXPLAINED.iter().filter(|(table, ..)| *table == name).count();
    eprintln!("{name}: {} of {rows} rows agree, {explained} are explained", rows - explained);
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
