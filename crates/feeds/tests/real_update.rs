//! One update over all real data that is at hand, and one over as many records as npm has: what comes out, how
//! long it takes and how much memory it needs.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]
#![expect(clippy::disallowed_methods, reason = "tests write files")]

mod site;

use feeds::Sources;
use site::Machine;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Instant;

/// Greatest memory of this process so far, of which shared pages of files are no part.
fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) >> 10
}

fn report(machine: &Machine) -> BTreeMap<String, u64> {
    let mut rows = BTreeMap::new();
    for status in machine.database().status() {
        eprintln!(
            "    {:16} {:7} advisories {:7} rows {:9} bytes",
            status.name, status.counts.advisories, status.counts.rows, status.size_bytes
        );
        rows.insert(status.name, status.counts.rows);
    }
    rows
}

#[test]
fn all_real_data_becomes_one_database() {
    let Some(shared) = testkit::shared_dir() else { return };
    let real = shared.join("advisories");
    if !real.exists() {
        eprintln!("skipped: {} is not there", real.display());
        return;
    }
    let layout = tempfile::tempdir().unwrap();
    let link = |from: &str, to: &str| {
        let to = layout.path().join(to);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(real.join(from), to).unwrap();
    };
    link("debian/tracker-bookworm.json", "debian/tracker/data/json");
    link("debian/DSA.list", "lists/data/DSA/list");
    link("debian/DLA.list", "lists/data/DLA/list");
    link("rubysec/ruby-advisory-db.tar.gz", "rubysec/master.tar.gz");
    let mut sources = Sources {
        alpine_releases: (7..12).map(|minor| format!("v3.{minor}")).collect(),
        ..Sources::default()
    };
    let names =
        ["almalinux", "go", "pypi", "crates.io", "alpine", "debian", "debian-lists", "rubysec", "kev"];
    sources.feeds = names.iter().map(|&name| name.to_owned()).collect();
    let mut mirror = |publisher: &str, path: &Path| {
        sources.mirrors.insert(publisher.to_owned(), vec![path.display().to_string()]);
    };
    mirror("osv", &real.join("osv"));
    mirror("alpine", &real.join("alpine-secdb"));
    mirror("cisa", &real.join("kev"));
    mirror("debian", &layout.path().join("debian"));
    mirror("debian-lists", &layout.path().join("lists"));
    mirror("rubysec", &layout.path().join("rubysec"));
    let machine = Machine::new();
    let before_mib = peak_mib();
    let started = Instant::now();
    let summary = machine.update(&sources, &[]).unwrap();
    eprintln!("update: {:?}, memory at most {} MiB (before {before_mib})", started.elapsed(), peak_mib());
    assert!(summary.failed_groups.is_empty(), "{:?}", summary.failed_groups);
    let rows = report(&machine);
    assert!(rows["almalinux:8"] > 20_000 && rows["debian:12"] > 15_000 && rows["kev"] == 1_404);
    let started = Instant::now();
    assert_eq!(machine.update(&sources, &[]).unwrap().version, None);
    eprintln!("update without news: {:?}", started.elapsed());
}

#[test]
#[ignore = "a measurement: run it alone, in release"]
fn archive_as_large_as_that_of_npm_stays_below_half_a_gibibyte() {
    let layout = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(layout.path().join("npm")).unwrap();
    let file = std::fs::File::create(layout.path().join("npm/all.zip")).unwrap();
    let mut zip = zip::ZipWriter::new(std::io::BufWriter::new(file));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    // 228,000 records in 2026, nearly all of malicious packages with a few versions and a text.
    let mut json_bytes = 0;
    for number in 0..228_000 {
        let record = format!(
            r#"{{"schema_version":"1.7.4","id":"MAL-2025-{number}","modified":"2025-01-02T03:04:05Z","published":"2025-01-02T03:04:05Z",
            "summary":"Malicious code in package-{number} (npm)","details":"{}",
            "affected":[{{"package":{{"ecosystem":"npm","name":"package-{number}"}},"versions":["1.0.{}","99.{}.1","1.1.{number}"],
            "database_specific":{{"cwes":[{{"cweId":"CWE-506","name":"Embedded Malicious Code"}}]}}}}],
            "references":[{{"type":"WEB","url":"https://example.org/{number}"}}],"database_specific":{{"malicious-packages-origins":[{{"source":"x","sha256":"{number:064}"}}]}}}}"#,
            "The package communicates with a domain associated with malicious activity. ".repeat(6),
            number % 7,
            number % 13,
        );
        json_bytes += record.len();
        zip.start_file(format!("MAL-2025-{number}.json"), options).unwrap();
        zip.write_all(record.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner().unwrap();
    let mut sources = Sources { feeds: vec!["npm".to_owned()], ..Sources::default() };
    sources.mirrors.insert("osv".to_owned(), vec![layout.path().display().to_string()]);
    let machine = Machine::new();
    let before_mib = peak_mib();
    let started = Instant::now();
    machine.update(&sources, &[]).unwrap();
    eprintln!(
        "npm: {json_bytes} bytes of JSON, {:?}, at most {} MiB (before {before_mib})",
        started.elapsed(),
        peak_mib()
    );
    report(&machine);
    assert!(peak_mib() < 512);
}
