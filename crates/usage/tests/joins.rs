//! What ran is joined with the packages that own it; what is not known is said so.
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use model::{
    Ecosystem, Finding, Fingerprint, FoundBy, LayerPath, Location, Package, Report, Severity, Target,
    TargetKind, UseState, Vulnerability, path_hash,
};
use usage::{Book, How, ImageNames, ImageUse, Limits, PackageFiles, UseError, mark, mark_unknown};

const DPKG: &str = "var/lib/dpkg/status";

fn report(packages: &[(Ecosystem, &str, &str)]) -> Report {
    let package = |(ecosystem, name, path): &(Ecosystem, &str, &str)| {
        let found = if ecosystem.is_system() { FoundBy::PackageManager } else { FoundBy::Installed };
        Package::new(*ecosystem, name, "1.0", found, &LayerPath::new(path))
    };
    let finding = |(_, name, path): &(Ecosystem, &str, &str)| Finding {
        rule: format!("CVE-2026-{}", name.len()),
        title: String::new(),
        severity: Severity::High,
        location: Location { path: Some(LayerPath::new(path)), ..Location::default() },
        evidence: Vec::new(),
        remedy: None,
        references: Vec::new(),
        fingerprint: Fingerprint::of(&[name, path]),
        aliases: Vec::new(),
        fix: None,
        vulnerability: Some(Box::new(Vulnerability {
            id: format!("CVE-2026-{}", name.len()),
            package: (*name).to_owned(),
            installed_version: "1.0".to_owned(),
            ..Vulnerability::default()
        })),
    };
    Report {
        packages: packages.iter().map(package).collect(),
        findings: packages.iter().map(finding).collect(),
        ..Report::new("0", Target::new(TargetKind::Docker, "web".to_owned()))
    }
}

fn seen(paths: &[&str]) -> ImageUse {
    let mut seen = ImageUse::new("sha256:ab");
    seen.sees_opened = true;
    seen.watched_secs = 7200;
    seen.containers = 2;
    let mut book = Book::new("host", true, Limits::default());
    book.load(&seen);
    let image = ImageNames { id: "sha256:ab".to_owned(), ..ImageNames::default() };
    for path in paths {
        let how = if path.contains(".so") { How::Mapped } else { How::Executed };
        book.seen(&image, path, how, 2, 1_767_323_045);
    }
    book.watched("sha256:ab", 0, 0);
    book.take_changed().remove(0)
}

/// Names of packages with what became of them, as the report lists its findings.
fn marked(
    packages: &[(Ecosystem, &str, &str)],
    recorded: &[(&str, &str)],
    seen: &ImageUse,
) -> Vec<(String, UseState, String)> {
    let mut report = report(packages);
    let is_system =
        |name: &str| packages.iter().any(|(ecosystem, other, _)| *other == name && ecosystem.is_system());
    let recorded = recorded.iter().map(|(path, name)| (path_hash(path), *name, is_system(name)));
    let links = [
        (LayerPath::new("bin"), LayerPath::new("usr/bin")),
        (LayerPath::new("lib"), LayerPath::new("usr/lib")),
    ];
    let files = PackageFiles::of(&report, recorded, &links);
    let files = PackageFiles::parse(files.to_json().as_bytes()).unwrap();
    mark(&mut report, &files, seen);
    let row = |finding: &Finding| {
        let vulnerability = finding.vulnerability.as_ref().unwrap();
        let in_use = vulnerability.in_use.as_ref().unwrap();
        (vulnerability.package.clone(), in_use.state, in_use.detail.clone())
    };
    report.findings.iter().map(row).collect()
}

#[test]
fn packages_whose_files_ran_come_first_and_others_are_not_seen() {
    let packages =
        [(Ecosystem::Deb, "idle", DPKG), (Ecosystem::Deb, "server", DPKG), (Ecosystem::Deb, "zlib1g", DPKG)];
    // Recorded below /bin and /lib, which are links: the kernel tells where files really lie.
    let recorded =
        [("bin/server", "server"), ("usr/bin/idle", "idle"), ("lib/x86_64-linux-gnu/libz.so.1.3", "zlib1g")];
    let rows = marked(
        &packages,
        &recorded,
        &seen(&["/usr/bin/server", "/usr/lib/x86_64-linux-gnu/libz.so.1.3", "/opt/other"]),
    );
    let states: Vec<_> = rows.iter().map(|(name, state, _)| (name.as_str(), *state)).collect();
    assert_eq!(
        states,
        [("server", UseState::InUse), ("zlib1g", UseState::InUse), ("idle", UseState::NotSeen)]
    );
    assert_eq!(rows[0].2, "executed 2 times, last 2026-01-02T03:04:05Z (/usr/bin/server)");
    assert!(rows[2].2.contains("in 2 h of 2 containers"), "{}", rows[2].2);
}

#[test]
fn packages_of_languages_are_in_use_when_their_code_is_loaded() {
    let packages = [
        (Ecosystem::Npm, "inner", "app/node_modules/outer/node_modules/inner/package.json"),
        (Ecosystem::Npm, "outer", "app/node_modules/outer/package.json"),
        (Ecosystem::PyPI, "six", "venv/lib/six-1.0.dist-info/METADATA"),
        (Ecosystem::Maven, "log4j", "srv/app.jar"),
        (Ecosystem::PyPI, "egg", "venv/lib/egg.egg-info"),
    ];
    let recorded = [("venv/lib/six.py", "six")];
    let seen = seen(&[
        "/app/node_modules/outer/node_modules/inner/index.js",
        "/venv/lib/__pycache__/six.cpython-311.pyc",
        "/srv/app.jar",
    ]);
    let states: std::collections::BTreeMap<_, _> =
        marked(&packages, &recorded, &seen).into_iter().map(|(name, state, _)| (name, state)).collect();
    let state = |name: &str| states[name];
    assert_eq!((state("inner"), state("outer")), (UseState::InUse, UseState::NotSeen));
    assert_eq!(
        (state("six"), state("log4j"), state("egg")),
        (UseState::InUse, UseState::InUse, UseState::Unknown)
    );
}

#[test]
fn what_is_not_known_is_never_called_unused() {
    let packages = [(Ecosystem::Deb, "idle", DPKG), (Ecosystem::Deb, "no-files", DPKG)];
    let recorded = [("usr/bin/idle", "idle")];
    let state =
        |seen: &ImageUse| marked(&packages, &recorded, seen).into_iter().map(|row| row.1).collect::<Vec<_>>();
    assert_eq!(
        state(&seen(&[])),
        [UseState::Unknown, UseState::NotSeen],
        "a package without recorded files is not known"
    );
    let whole = seen(&[]);
    for doubtful in [
        ImageUse { lost: 1, ..whole.clone() },
        ImageUse { left_out: 1, ..whole.clone() },
        ImageUse { sees_opened: false, ..whole.clone() },
        ImageUse { watched_secs: 0, ..whole },
    ] {
        assert_eq!(state(&doubtful), [UseState::Unknown; 2]);
    }
    let mut unknown = report(&packages);
    mark_unknown(&mut unknown, "no record");
    assert!(
        unknown.packages.iter().all(|package| package.in_use.as_ref().unwrap().state == UseState::Unknown)
    );
    assert_eq!(unknown.gaps.len(), 1);
}

#[test]
fn records_of_several_hosts_are_one() {
    let (mut one, mut other) = (seen(&["/usr/bin/a"]), seen(&["/usr/bin/a", "/usr/bin/b"]));
    one.hosts = ["a".to_owned()].into();
    other.hosts = ["b".to_owned()].into();
    let before = one.clone();
    one.merge(&other);
    assert_eq!((one.watched_secs, one.containers, one.hosts.len()), (14_400, 4, 2));
    assert_eq!((one.files["/usr/bin/a"].executed, one.files["/usr/bin/b"].executed), (4, 2));
    assert_eq!(ImageUse::parse(one.to_json().as_bytes()).unwrap(), one);
    assert!(one.sees_opened);
    one.merge(&ImageUse { sees_opened: false, ..before });
    assert!(!one.sees_opened, "what one of them did not see, nobody knows of all");
}

#[test]
fn a_book_has_bounds_and_says_when_they_are_reached() {
    let mut book = Book::new("host", true, Limits { images_max: 1, files_max: 1 });
    let image = |id: &str| ImageNames { id: id.to_owned(), ..ImageNames::default() };
    book.seen(&image("a"), "/x", How::Executed, 1, 5);
    book.seen(&image("a"), "/y", How::Executed, 1, 5);
    book.seen(&image("a"), "/x", How::Executed, 1, 6);
    book.seen(&image("b"), "/x", How::Executed, 1, 5);
    let pages = book.take_changed();
    assert_eq!((pages.len(), pages[0].left_out, book.images_left_out()), (1, 1, 1));
    assert_eq!((pages[0].files["/x"].executed, pages[0].files["/x"].last), (2, 6));
    assert!(book.take_changed().is_empty());
}

#[test]
fn damaged_records_are_refused_and_do_not_panic() {
    let good = seen(&["/usr/bin/a"]).to_json().into_bytes();
    for at in 0..good.len() * 8 {
        let mut bytes = good.clone();
        bytes[at / 8] ^= 1 << (at % 8);
        let _ = ImageUse::parse(&bytes);
    }
    assert!(ImageUse::parse(b"").is_err() && ImageUse::parse(b"{}").is_err());
    let newer = String::from_utf8(good).unwrap().replacen(":1,", ":2,", 1);
    assert!(matches!(ImageUse::parse(newer.as_bytes()), Err(UseError::Version { found: 2 })));
}
