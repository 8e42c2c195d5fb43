//! Shards of advisories: open, and ask for everything.
//!
//! The input is either a shard, or edits of a genuine one (offset u16, value u8) behind its checksummed header,
//! so that the fuzzer gets past the header.
#![no_main]

use advisories::{Advisory, Affected, Database, DatabaseOptions, MatchOptions, Range, Rated, Shard, ShardBuilder};
use model::{Ecosystem, FoundBy, LayerPath, Package, Severity, Status};
use std::sync::LazyLock;

const HEADER_BYTES: usize = 256;

static GENUINE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut builder = ShardBuilder::new("npm", Default::default());
    for n in 0..6 {
        let affected = |package: &str| Affected {
            shard: "npm".into(),
            ecosystem: Ecosystem::Npm,
            package: package.into(),
            is_source: false,
            status: if n == 3 { Status::NotAffected } else { Status::Fixed },
            ranges: vec![Range { introduced: "1.0.0".into(), fixed: format!("2.{n}.0"), ..Range::default() }],
            versions: vec!["0.1.0".into()],
            module: String::new(),
            arches: vec!["x86_64".into()],
            channel: String::new(),
            rating: Some(Rated { source: "npm".into(), severity: Severity::Low, cvss: String::new() }),
        };
        builder.add(Advisory {
            id: format!("GHSA-{n}"),
            aliases: vec![format!("CVE-2024-{}", n / 2)],
            vulnerabilities: if n == 5 { vec!["CVE-2024-0".into(), "CVE-2024-9".into()] } else { vec![] },
            summary: "summary".into(),
            references: vec!["https://a.example".into()],
            affected: vec![affected("left"), affected("right")],
            ..Advisory::default()
        });
    }
    builder.finish().expect("a shard")
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut bytes = input.to_vec();
    if !input.starts_with(b"SEAWALLS") {
        bytes.clone_from(&GENUINE);
        for edit in input.chunks_exact(3).take(64) {
            let body = bytes.len() - HEADER_BYTES;
            bytes[HEADER_BYTES + usize::from(u16::from_le_bytes([edit[0], edit[1]])) % body] = edit[2];
        }
    }
    let Ok(shard) = Shard::from_bytes(&bytes) else { return };
    let _ = shard.meta();
    let _ = shard.to_advisories();
    let _ = shard.known_exploited("CVE-2024-1");
    let _ = shard.java_archive(&[0; 20]);
    let _ = shard.exploit_prediction("CVE-2024-1");
    for id in ["GHSA-1", "CVE-2024-0", "CVE-2024-9", "x"] {
        let _ = shard.advisories_of(id);
    }
    // A database of embedded shards wants bytes that live for ever; the few that get here are given back below.
    let leaked: &'static mut [u8] = Box::leak(bytes.into_boxed_slice());
    let pointer: *mut [u8] = leaked;
    let list: &'static mut [(&'static str, &'static [u8])] = Box::leak(Box::new([("npm", &*leaked)]));
    let list_pointer: *mut [(&'static str, &'static [u8])] = list;
    {
        let options = DatabaseOptions { embedded: list, ..DatabaseOptions::default() };
        let database = Database::open(&options).expect("embedded shards are opened on first use");
        let path = LayerPath::new("x");
        let packages = ["left", "right", "absent"]
            .map(|name| Package::new(Ecosystem::Npm, name, "1.5.0", FoundBy::Installed, &path));
        let _ = advisories::match_packages(&database, &packages, None, &MatchOptions::default());
        let _ = database.search("left");
        let _ = database.status();
    }
    // SAFETY: both came from Box::leak above, and the database that borrowed them is gone.
    unsafe {
        drop(Box::from_raw(list_pointer));
        drop(Box::from_raw(pointer));
    }
});
