//! Reads every file below a directory and prints the findings, then the throughput.
//!
//! `measure [--quiet] [--labels FILE.csv] [--min SEVERITY] DIRECTORY`
//!
//! `--labels` takes leaky-repo's `secrets.csv` (name, risk lines, informative lines) and prints how many labelled
//! lines were found; `--fingerprints` prints fingerprints of private keys alone.
#![allow(clippy::disallowed_methods, reason = "a tool for measuring opens files and asks the time")]

use content::{Budget, Detector, FileView, classify};
use credentials::Credentials;
use model::{LayerPath, Severity};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut labels, mut root, mut is_quiet, mut min, mut only_keys) =
        (None, None, false, Severity::Unknown, false);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--labels" => labels = arguments.next(),
            "--quiet" => is_quiet = true,
            "--fingerprints" => only_keys = true,
            "--min" => min = arguments.next().unwrap_or_default().parse()?,
            _ => root = Some(PathBuf::from(argument)),
        }
    }
    let root = root.ok_or("a directory is needed")?;
    let detector = Credentials::new();
    let mut files = Vec::new();
    list(&root, &mut files);
    let (mut wanted, mut bytes_seen, mut spent, mut count) = (0_u64, 0_u64, Duration::ZERO, BTreeMap::new());
    let mut lines: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for path in &files {
        let Ok(bytes) = std::fs::read(path) else { continue };
        let name = path.strip_prefix(&root)?.to_string_lossy().into_owned();
        let layer_path = LayerPath::new(&name);
        let file = FileView {
            path: &layer_path,
            nested: &[],
            class: classify(&layer_path, &bytes),
            size: bytes.len() as u64,
            mode: 0o644,
            uid: 0,
            package: None,
            is_verified: false,
        };
        if !detector.wants(&file) {
            continue;
        }
        wanted += 1;
        bytes_seen += bytes.len() as u64;
        let mut hits = Vec::new();
        let begin = Instant::now();
        let halt = detector.examine(&file, &bytes, &Budget::new(Duration::from_secs(10)), &mut hits);
        let took = begin.elapsed();
        spent += took;
        if took > Duration::from_millis(200) && !only_keys {
            println!("slow {name}: {} ms for {} bytes", took.as_millis(), bytes.len());
        }
        if let Err(halt) = halt {
            println!("gap {name}: {} {}", halt.reason.as_str(), halt.detail);
        }
        for hit in hits {
            if only_keys {
                let is_key = hit.rule.ends_with("private-key")
                    || hit.rule.ends_with("host-key")
                    || hit.rule.ends_with("-encrypted");
                let is_store = hit.rule.contains("keystore");
                let public = hit.evidence.iter().find_map(|line| line.strip_prefix("public half "));
                if is_key || is_store {
                    println!("{} {name}", public.unwrap_or(&hit.identity));
                }
                continue;
            }
            *count.entry(hit.severity).or_insert(0_u32) += 1;
            lines.entry(name.clone()).or_default().insert(hit.line.unwrap_or(0));
            if !is_quiet && hit.severity >= min {
                let line = hit.line.map_or_else(String::new, |line| format!(":{line}"));
                println!(
                    "{} {} {name}{line} {} [{}]",
                    hit.severity,
                    hit.rule,
                    hit.title,
                    hit.evidence.join("; ")
                );
            }
        }
    }
    if only_keys {
        return Ok(());
    }
    if let Some(labels) = labels {
        score(&std::fs::read_to_string(labels)?, &lines);
    }
    println!("{} files, {wanted} wanted, {bytes_seen} bytes, findings {count:?}", files.len());
    println!("{:.0} MB/s", bytes_seen as f64 / 1e6 / spent.as_secs_f64().max(1e-9));
    Ok(())
}

/// At most as many lines count as are labelled; findings in files without a label are mistakes.
fn score(labels: &str, lines: &BTreeMap<String, BTreeSet<u32>>) {
    let (mut found, mut all) = (0, 0);
    let mut known = BTreeSet::new();
    for line in labels.lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split(',').collect();
        let [name, risk, informative] = fields.as_slice() else { continue };
        let (risk, informative): (usize, usize) =
            (risk.parse().unwrap_or(0), informative.parse().unwrap_or(0));
        known.insert((*name).to_owned());
        let seen = lines.get(*name).map_or(0, BTreeSet::len);
        found += seen.min(risk);
        all += risk;
        if seen != risk {
            println!("label {name}: {risk} risk, {informative} informative, {seen} found");
        }
    }
    let unlabelled: Vec<&String> = lines.keys().filter(|name| !known.contains(*name)).collect();
    println!("{found} of {all} risk lines; files without a label: {unlabelled:?}");
}

fn list(directory: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(directory) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => list(&entry.path(), files),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
}
