//! Damaged feeds: no importer panics, hangs or stays silent.

#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

use feeds::{FeedLimits, Record, import_bytes, vex};
use std::io::Write;

/// A small valid feed of each kind.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("a.json", zip::write::SimpleFileOptions::default()).unwrap();
    zip.write_all(seed("osv", "npm.json").as_bytes()).unwrap();
    let zip = zip.finish().unwrap().into_inner();
    let mut tar = tar::Builder::new(Vec::new());
    let yaml = seed("rubysec", "gem.yml");
    let mut header = tar::Header::new_gnu();
    header.set_size(yaml.len() as u64);
    tar.append_data(&mut header, "gems/x/CVE-2020-1.yml", yaml.as_bytes()).unwrap();
    let tar = tar.into_inner().unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).unwrap();
    let mut all = vec![
        ("all.zip", zip),
        ("x.tar.zst", zstd::encode_all(&tar[..], 1).unwrap()),
        ("x.tar", tar),
        ("x.tar.gz", gzip.finish().unwrap()),
    ];
    for (target, name) in SEEDS {
        all.push((name, seed(target, name).into_bytes()));
    }
    all
}

const SEEDS: [(&str, &str); 13] = [
    ("osv", "npm.json"),
    ("osv", "alma.json"),
    ("debian_tracker", "json"),
    ("debian_tracker", "DSA.list"),
    ("alpine_secdb", "main.json"),
    ("csaf", "redhat.json"),
    ("rpm_xml", "updateinfo.xml"),
    ("rpm_xml", "oval.xml"),
    ("rubysec", "gem.yml"),
    ("epss_kev", "epss.csv"),
    ("epss_kev", "kev.json"),
    ("epss_kev", "java.txt"),
    ("vex", "openvex.json"),
];

/// A seed of a fuzz target.
fn seed(target: &str, name: &str) -> String {
    let path = format!("{}/../../fuzz/seeds/{target}/{name}", env!("CARGO_MANIFEST_DIR"));
    #[expect(clippy::disallowed_methods, reason = "tests read files")]
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What an import understood of the bytes; it must not panic.
fn feed(name: &str, bytes: &[u8]) -> (usize, u64) {
    let mut records = 0;
    let limits = FeedLimits { file_bytes_max: 1 << 20, record_bytes_max: 1 << 18, ..FeedLimits::default() };
    let result = import_bytes(name, bytes, &limits, &mut |record| {
        if let Record::Advisory(advisory) = &record {
            assert!(!advisory.affected.is_empty() && !advisory.id.is_empty());
        }
        records += 1;
    });
    let _ = vex::read(bytes);
    match result {
        Ok(imported) => (records, imported.problem_count()),
        Err(_) => (records, 1),
    }
}

#[test]
fn every_seed_is_understood_whole() {
    for (name, bytes) in samples() {
        if name == "openvex.json" {
            let document = vex::read(&bytes).unwrap();
            assert!(!document.statements.is_empty() && document.problems.is_empty());
            continue;
        }
        let (records, problems) = feed(name, &bytes);
        assert!(records > 0 && problems == 0, "{name}: {records} records, {problems} problems");
    }
}

#[test]
fn flipped_bits_and_truncation_never_panic() {
    for (name, bytes) in samples() {
        let step = (bytes.len() / 400).max(1);
        for at in (0..bytes.len()).step_by(step) {
            for bit in [0, 3, 6] {
                let mut damaged = bytes.clone();
                damaged[at] ^= 1 << bit;
                feed(name, &damaged);
            }
            feed(name, &bytes[..at]);
        }
    }
}

#[test]
fn truncated_feed_is_never_taken_for_a_whole_one() {
    for (name, bytes) in samples() {
        // Text formats of lines end anywhere.
        if matches!(name, "DSA.list" | "epss.csv" | "gem.yml" | "openvex.json" | "x.tar") {
            continue;
        }
        let (_, problems) = feed(name, &bytes[..bytes.len() * 3 / 4]);
        assert!(problems > 0, "{name}");
    }
}

#[test]
fn spliced_tokens_never_panic() {
    const TOKENS: [&str; 16] = [
        "null",
        "[]",
        "{}",
        "\"\"",
        "-1",
        "1e999",
        "\\u0000",
        "\u{feff}",
        "CVE-",
        "0",
        "::",
        "/",
        "%00",
        "<x",
        "&#0;",
        "\u{10ffff}",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for (target, name) in SEEDS {
        let text: Vec<char> = seed(target, name).chars().collect();
        for _ in 0..300 {
            let (from, length) = (random(text.len()), random(24));
            let to = (from + length).min(text.len());
            let mut spliced: String = text[..from].iter().collect();
            spliced.push_str(TOKENS[random(TOKENS.len())]);
            spliced.extend(&text[to..]);
            feed(name, spliced.as_bytes());
        }
    }
}

#[test]
fn deep_nesting_is_refused_and_not_recursed_into() {
    for open in ["[", "{\"a\":", "{\"product_tree\":{\"branches\":[{\"branches\":["] {
        let text = format!("{{\"csaf_version\":\"2.0\",\"x\":{}", open.repeat(100_000));
        let (records, problems) = feed("x.json", text.as_bytes());
        assert!(records == 0 && problems > 0);
        assert!(vex::read(text.as_bytes()).is_err());
    }
    for (open, count) in [("[", 100_000), ("- ", 50_000), ("? ", 50_000), ("a:\n", 20_000)] {
        let yaml = format!("gem: x\na: {}", open.repeat(count));
        assert!(feed("x.yml", yaml.as_bytes()).1 > 0);
    }
    let xml = format!("<updates>{}", "<update>".repeat(100_000));
    assert!(feed("x.xml", xml.as_bytes()).1 > 0);
}

#[test]
fn archive_that_unpacks_to_more_than_the_limit_is_cut_and_told() {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..4 {
        let options =
            zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        zip.start_file(format!("{index}.json"), options).unwrap();
        let padding = " ".repeat(200_000);
        let id = format!("GHSA-{index}");
        let record = seed("osv", "npm.json").replacen("GHSA-0000-0000-0001", &id, 1);
        zip.write_all(format!("{}{padding}}}", record.trim_end().strip_suffix('}').unwrap()).as_bytes())
            .unwrap();
    }
    let bytes = zip.finish().unwrap().into_inner();
    let mut records = 0;
    let limits = FeedLimits { file_bytes_max: 500_000, ..FeedLimits::default() };
    let imported = import_bytes("all.zip", &bytes, &limits, &mut |_| records += 1).unwrap();
    assert_eq!(records, 2);
    assert!(
        imported.problems.iter().any(|problem| problem.detail.contains("limit")),
        "{:?}",
        imported.problems
    );
    // One record alone that is too long loses only itself.
    let limits = FeedLimits { record_bytes_max: 100_000, ..FeedLimits::default() };
    let imported = import_bytes("all.zip", &bytes, &limits, &mut |_| records += 1).unwrap();
    assert_eq!((records, imported.problem_count()), (2, 4));
}
