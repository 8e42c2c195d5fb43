//! Real databases of three distributions, against facts and against rpm itself.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test that reads sample databases and runs rpm"
)]

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const MARINER: &str = "cbl-mariner-2.0-rpmdb.sqlite.gz";
const SLE: &str = "sle15-bci-ndb-Packages.db.gz";
const LIBUUID: &str = "libuuid-bdb-Packages.gz";

/// The bytes of a sample database, or nothing, said aloud, when the samples are not at hand.
fn sample(name: &str) -> Option<Vec<u8>> {
    let shared = std::env::var_os("SEAWALL_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = shared.join("images/rpmdb").join(name);
    let Ok(compressed) = std::fs::read(&path) else {
        eprintln!("skipped: no {}", path.display());
        return None;
    };
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&compressed[..]).read_to_end(&mut bytes).unwrap();
    Some(bytes)
}

/// One line for each package, in the words of [`PACKAGE_FORMAT`].
fn packages(bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    let summary = rpmdb::read(bytes, &mut |header| {
        let or_none =
            |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().unwrap_or("(none)").to_owned();
        lines.push(format!(
            "{}|{}|{}-{}|{}|{}|{}|{}|{}|{}|{}",
            header.name,
            header.epoch.map_or("(none)".to_owned(), |epoch| epoch.to_string()),
            header.version,
            header.release,
            or_none(&header.arch),
            or_none(&header.source_rpm),
            or_none(&header.vendor),
            or_none(&header.license),
            or_none(&header.modularity_label),
            header.install_time_secs.unwrap_or_default(),
            header.size_bytes.unwrap_or_default(),
        ));
    });
    assert_eq!(summary.problems, []);
    assert_eq!(summary.packages, lines.len() as u64);
    lines.sort();
    lines
}

const PACKAGE_FORMAT: &str = "%{NAME}|%{EPOCH}|%{VERSION}-%{RELEASE}|%{ARCH}|%{SOURCERPM}|%{VENDOR}|%{LICENSE}\
                              |%{MODULARITYLABEL}|%{INSTALLTIME}|%{SIZE}\\n";

/// One line for each file, in the words of [`FILE_FORMAT`].
fn files(bytes: &[u8]) -> Vec<String> {
    let mut lines = Vec::new();
    rpmdb::read(bytes, &mut |header| {
        for file in header.files().unwrap() {
            lines.push(format!(
                "{} {}{} {}",
                header.name,
                String::from_utf8_lossy(file.directory),
                String::from_utf8_lossy(file.name),
                file.digest.unwrap_or_default(),
            ));
        }
    });
    lines.sort();
    lines
}

const FILE_FORMAT: &str = "[%{=NAME} %{FILENAMES} %{FILEDIGESTS}\\n]";

/// What rpm says of a database, sorted; nothing, said aloud, when there is no rpm that reads this kind.
fn rpm_query(bytes: &[u8], file_name: &str, backend: &str, format: &str) -> Option<Vec<String>> {
    let directory =
        std::env::temp_dir().join(format!("rpmdb-{}-{backend}-{}", std::process::id(), format.len()));
    std::fs::create_dir_all(&directory).unwrap();
    std::fs::write(directory.join(file_name), bytes).unwrap();
    let output = Command::new("rpm")
        .args(["--define", &format!("_db_backend {backend}"), "--dbpath"])
        .arg(&directory)
        .args(["-qa", "--qf", format])
        .output();
    std::fs::remove_dir_all(&directory).unwrap();
    let Ok(output) = output else {
        eprintln!("skipped: no rpm command");
        return None;
    };
    if String::from_utf8_lossy(&output.stderr).contains("dummy database") {
        eprintln!("skipped: this rpm does not read {backend}");
        return None;
    }
    let text = String::from_utf8(output.stdout).unwrap();
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    lines.sort();
    Some(lines)
}

#[track_caller]
fn check(name: &str, kind: rpmdb::Kind, package_count: usize, file_count: usize, some: &[&str]) {
    let Some(bytes) = sample(name) else { return };
    assert_eq!(rpmdb::read(&bytes, &mut |_| {}).kind, Some(kind));
    let packages = packages(&bytes);
    assert_eq!((packages.len(), files(&bytes).len()), (package_count, file_count));
    for start in some {
        assert!(packages.iter().any(|line| line.starts_with(start)), "{start} is not in {packages:#?}");
    }
}

#[test]
fn sqlite_database_of_mariner_holds_its_129_packages() {
    let some = [
        "glibc|(none)|2.34-2.cm2|x86_64|glibc-2.34-2.cm2.src.rpm|Microsoft Corporation|BSD AND GPLv2+ AND Inner-Net",
        "ca-certificates-base|1|2.0.0-1.cm2|noarch|ca-certificates-2.0.0-1.cm2.src.rpm|Microsoft Corporation|MPLv2.0|(none)|",
    ];
    check(MARINER, rpmdb::Kind::Sqlite, 129, 7269, &some);
}

#[test]
fn ndb_database_of_sle_holds_its_35_packages() {
    let some = [
        "libgmp10|(none)|6.1.2-4.6.1|x86_64|gmp-6.1.2-4.6.1.src.rpm|SUSE LLC <https://www.suse.com/>|LGPL-3.0-or-later",
        "libpcre1|(none)|8.45-20.10.1|x86_64|pcre-8.45-20.10.1.src.rpm|",
    ];
    check(SLE, rpmdb::Kind::Ndb, 35, 2837, &some);
}

#[test]
fn berkeley_database_of_libuuid_holds_its_package() {
    let some = [
        "libuuid|(none)|2.32.1-42.el8_8|x86_64|util-linux-2.32.1-42.el8_8.src.rpm|Red Hat, Inc.|BSD|(none)|",
    ];
    check(LIBUUID, rpmdb::Kind::BerkeleyHash, 1, 7, &some);
    let Some(bytes) = sample(LIBUUID) else { return };
    let copying = "libuuid /usr/share/licenses/libuuid/COPYING \
                   f051c5b2e7ed25acac4b79d22b9e5df80447c16f9ec543d6ed21c213c576f6aa";
    assert!(files(&bytes).iter().any(|line| line == copying));
}

#[test]
fn rpm_reads_the_same_packages_and_files() {
    let kinds =
        [(MARINER, "rpmdb.sqlite", "sqlite"), (SLE, "Packages.db", "ndb"), (LIBUUID, "Packages", "bdb_ro")];
    for (name, file_name, backend) in kinds {
        let Some(bytes) = sample(name) else { continue };
        if let Some(expected) = rpm_query(&bytes, file_name, backend, PACKAGE_FORMAT) {
            assert_eq!(packages(&bytes), expected, "{name}");
        }
        if let Some(expected) = rpm_query(&bytes, file_name, backend, FILE_FORMAT) {
            assert_eq!(files(&bytes), expected, "{name}");
        }
    }
}

#[test]
fn changed_bytes_of_real_databases_lose_some_packages_and_never_panic() {
    for name in [MARINER, SLE, LIBUUID] {
        let Some(mut bytes) = sample(name) else { continue };
        let whole = packages(&bytes).len() as u64;
        let mut state = 7_u64;
        for _ in 0..40 {
            for _ in 0..20 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let at = (state >> 24) as usize % bytes.len();
                bytes[at] = state as u8;
            }
            let summary = rpmdb::read(&bytes, &mut |header| {
                let _ = header.files().map(Iterator::count);
            });
            assert!(summary.packages <= whole);
        }
    }
}
