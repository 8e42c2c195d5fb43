//! Records of real systems: this machine's dpkg, minimal Alpine roots, and RPM databases.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    missing_docs,
    reason = "a test that reads records of real systems and runs their package managers"
)]

use model::{LayerPath, Limits, Package};
use packages::{Context, FORMATS, OwnedFile, Problem, Sink, distribution};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

#[derive(Default)]
struct Found {
    packages: Vec<Package>,
    owned: Vec<(String, String, Option<String>)>,
    problems: Vec<Problem>,
}

impl Sink for Found {
    fn package(&mut self, package: Package) {
        self.packages.push(package);
    }
    fn owns(&mut self, package: &str, file: OwnedFile<'_>) {
        self.owned.push((package.to_owned(), file.path.to_owned(), file.digest.map(str::to_owned)));
    }
    fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }
}

/// Parses a file as the engine does: by the first format that matches its path.
fn parse(path: &str, bytes: &[u8]) -> Found {
    let path = LayerPath::new(path);
    let limits = Limits::default();
    let format = FORMATS.iter().find(|format| (format.matches)(&path)).unwrap();
    let mut found = Found::default();
    (format.parse)(&Context { path: &path, limits: &limits }, bytes, &mut found);
    found
}

fn shared(path: &str) -> Option<PathBuf> {
    let shared = std::env::var_os("SEAWALL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join(path);
    if !path.exists() {
        eprintln!("skipped: no {}", path.display());
        return None;
    }
    Some(path)
}

/// What a package manager of this machine prints.
fn output_of(command: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(command).args(arguments).output() {
        Ok(output) if output.status.success() => Some(String::from_utf8(output.stdout).unwrap()),
        _ => {
            eprintln!("skipped: no {command} on this machine");
            None
        }
    }
}

#[test]
fn status_of_this_machine_agrees_with_dpkg_query() {
    let format =
        "${Package}|${Version}|${source:Package}|${source:Version}|${Architecture}|${db:Status-Status}\n";
    let Some(expected) = output_of("dpkg-query", &["-W", "-f", format]) else { return };
    let present = ["installed", "triggers-pending", "triggers-awaited", "unpacked", "half-configured"];
    let expected: BTreeSet<_> = expected
        .lines()
        .filter_map(|line| line.rsplit_once('|'))
        .filter(|(_, state)| present.contains(state))
        .map(|(line, _)| line.to_owned())
        .collect();
    let bytes = std::fs::read("/var/lib/dpkg/status").unwrap();
    let begin = Instant::now();
    let found = parse("var/lib/dpkg/status", &bytes);
    eprintln!("dpkg status: {} packages, {} bytes, {:?}", found.packages.len(), bytes.len(), begin.elapsed());
    let line = |package: &Package| {
        let source = package.source.as_ref().unwrap();
        let arch = package.arch.as_deref().unwrap();
        format!("{}|{}|{}|{}|{arch}", package.name, package.version, source.name, source.version)
    };
    assert_eq!(found.packages.iter().map(line).collect::<BTreeSet<_>>(), expected);
    assert_eq!(found.problems, []);
}

#[test]
fn configuration_files_of_this_machine_agree_with_dpkg_query() {
    let Some(text) = output_of("dpkg-query", &["-W", "-f", "${db:Status-Status}\n${Conffiles}\n"]) else {
        return;
    };
    // A package that was removed still has its configuration files, and is not installed.
    let mut is_installed = false;
    let mut expected = BTreeSet::new();
    for line in text.lines() {
        match line.strip_prefix(" /") {
            Some(conffile) if is_installed => {
                let line = conffile.trim_end_matches(" obsolete").trim_end_matches(" remove-on-upgrade");
                let (path, sum) = line.rsplit_once(' ').unwrap();
                expected.insert((path.to_owned(), Some(format!("md5:{sum}")).filter(|_| sum.len() == 32)));
            }
            Some(_) => {}
            None if line.is_empty() => {}
            None => is_installed = line == "installed",
        }
    }
    let found = parse("var/lib/dpkg/status", &std::fs::read("/var/lib/dpkg/status").unwrap());
    let owned: BTreeSet<_> = found.owned.into_iter().map(|(_, path, digest)| (path, digest)).collect();
    assert_eq!(owned, expected);
}

#[test]
fn lists_of_this_machine_agree_with_dpkg_query() {
    for package in ["bash", "base-files", "libc6"] {
        let Some(expected) = output_of("dpkg-query", &["-L", package]) else { return };
        let expected: BTreeSet<_> = expected
            .lines()
            .filter_map(|line| line.strip_prefix('/'))
            .filter(|path| *path != ".")
            .map(str::to_owned)
            .collect();
        let directory = Path::new("/var/lib/dpkg/info");
        let plain = directory.join(format!("{package}.list"));
        let list = if plain.exists() { plain } else { directory.join(format!("{package}:amd64.list")) };
        let Ok(bytes) = std::fs::read(&list) else { continue };
        let found = parse(list.to_str().unwrap(), &bytes);
        assert!(found.owned.iter().all(|(owner, ..)| owner == package));
        assert_eq!(found.owned.into_iter().map(|(_, path, _)| path).collect::<BTreeSet<_>>(), expected);
    }
}

#[test]
fn md5sums_of_this_machine_are_all_understood() {
    let Ok(entries) = std::fs::read_dir("/var/lib/dpkg/info") else {
        return eprintln!("skipped: no dpkg on this machine");
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "md5sums") {
            let bytes = std::fs::read(&path).unwrap();
            let found = parse(path.to_str().unwrap(), &bytes);
            let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()).count();
            assert_eq!((found.owned.len(), found.problems.len()), (lines, 0), "{}", path.display());
        }
    }
}

/// The regular files of a compressed archive that are asked for.
fn files_of(archive: &Path, is_wanted: &dyn Fn(&LayerPath) -> bool) -> BTreeMap<String, Vec<u8>> {
    let file = std::fs::File::open(archive).unwrap();
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(flate2::read::GzDecoder::new(file)).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = LayerPath::from_bytes(&entry.path_bytes());
        if entry.header().entry_type().is_file() && is_wanted(&path) {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            files.insert(path.as_str().to_owned(), bytes);
        }
    }
    files
}

#[test]
fn alpine_roots_hold_their_packages_and_files() {
    // Release, packages, files, version of musl, and a package with the origin it was built from.
    for (release, package_count, file_count, musl, package, origin) in [
        ("3.7.3", 13, 77, "1.1.18-r3", "ssl_client", "busybox"),
        ("3.10.9", 14, 78, "1.1.22-r4", "ssl_client", "busybox"),
        ("3.18.9", 15, 110, "1.2.4-r2", "libcrypto3", "openssl"),
        ("3.20.3", 14, 107, "1.2.5-r0", "libcrypto3", "openssl"),
    ] {
        let Some(archive) = shared(&format!("images/alpine-minirootfs-{release}-x86_64.tar.gz")) else {
            return;
        };
        let record = "lib/apk/db/installed";
        let files = files_of(&archive, &|path| path.as_str() == record || distribution::wants(path));
        let found = parse(record, &files[record]);
        assert_eq!(found.problems, []);
        assert_eq!((found.packages.len(), found.owned.len()), (package_count, file_count), "{release}");
        let named = |name: &str| found.packages.iter().find(|package| package.name == name).unwrap();
        assert_eq!((named("musl").version.as_str(), named("musl").arch.as_deref()), (musl, Some("x86_64")));
        let source = named(package).source.as_ref().unwrap();
        assert_eq!((&source.name[..], &source.version), (origin, &named(package).version), "{release}");
        let is_whole = |digest: &Option<String>| digest.as_ref().is_some_and(|digest| digest.len() == 45);
        assert!(found.owned.iter().all(|(.., digest)| is_whole(digest)), "{release}");

        let distribution = distribution::detect(&|path| files.get(path).map(Vec::as_slice)).unwrap();
        assert_eq!((&distribution.id[..], &distribution.version[..]), ("alpine", release));
        assert_eq!(distribution.channel, None);
        assert!(distribution::end_of_life(&distribution).is_some(), "{release}");
    }
}

#[test]
fn rpm_databases_are_packages_with_sources() {
    for (sample, path, package_count, name, version, source) in [
        (
            "cbl-mariner-2.0-rpmdb.sqlite.gz",
            "var/lib/rpm/rpmdb.sqlite",
            129,
            "ca-certificates-base",
            "1:2.0.0-1.cm2",
            "ca-certificates",
        ),
        (
            "sle15-bci-ndb-Packages.db.gz",
            "usr/lib/sysimage/rpm/Packages.db",
            35,
            "libpcre1",
            "8.45-20.10.1",
            "pcre",
        ),
        ("libuuid-bdb-Packages.gz", "var/lib/rpm/Packages", 1, "libuuid", "2.32.1-42.el8_8", "util-linux"),
    ] {
        let Some(archive) = shared(&format!("images/rpmdb/{sample}")) else { return };
        let mut bytes = Vec::new();
        flate2::read::GzDecoder::new(std::fs::File::open(archive).unwrap()).read_to_end(&mut bytes).unwrap();
        let begin = Instant::now();
        let found = parse(path, &bytes);
        eprintln!("{path}: {} packages, {} bytes, {:?}", found.packages.len(), bytes.len(), begin.elapsed());
        assert_eq!(found.problems, []);
        assert_eq!(found.packages.len(), package_count);
        let package = found.packages.iter().find(|package| package.name == name).unwrap();
        assert_eq!((&package.version[..], &package.source.as_ref().unwrap().name[..]), (version, source));
        assert!(found.packages.iter().all(|package| package.source.is_some() && package.vendor.is_some()));
    }
}

#[test]
fn distribution_of_this_machine_is_told() {
    let files: BTreeMap<&str, Vec<u8>> = ["etc/os-release", "usr/lib/os-release", "etc/debian_version"]
        .into_iter()
        .filter_map(|path| Some((path, std::fs::read(Path::new("/").join(path)).ok()?)))
        .collect();
    if files.is_empty() {
        return eprintln!("skipped: no os-release on this machine");
    }
    let found = distribution::detect(&|path| files.get(path).map(Vec::as_slice)).unwrap();
    // What a shell makes of the file is what the file means.
    let Some(expected) = output_of("sh", &["-c", ". /etc/os-release; echo \"$ID|$PRETTY_NAME\""]) else {
        return;
    };
    assert_eq!(format!("{}|{}\n", found.id, found.pretty_name.unwrap_or_default()), expected);
}
