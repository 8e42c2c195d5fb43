//! Runs rules over the files of a folder and prints what they find and how fast.
//!
//! `cargo run --release -p secrets --example measure -- [--gitleaks FILE] [--exact] [--everything] [--own] [--text]
//! [--json] [--quiet] FOLDER...`
//!
//! Without `--gitleaks` or with `--own`, Seawall's own rules are used. `--text` leaves out what is no text. `--json`
//! prints one finding a line with the credential in clear, for comparisons.
#![allow(clippy::disallowed_methods, reason = "a tool that reads files")]

use content::{Budget, Detector, FileView, Hit, classify};
use model::LayerPath;
use secrets::{Options, Precision, RuleSet, Scope, Secrets};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn main() {
    let mut options = Options::default();
    let mut sets = Vec::new();
    let mut folders = Vec::new();
    let (mut with_own, mut text_only, mut as_json, mut is_quiet) = (false, false, false, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--gitleaks" => {
                let file = arguments.next().expect("--gitleaks FILE");
                let text = std::fs::read_to_string(&file).expect("the rule file can be read");
                let (set, problems) =
                    RuleSet::parse_gitleaks("gitleaks", &text, &|_| None).expect("a rule file");
                for problem in problems {
                    eprintln!("{file}: {problem}");
                }
                sets.push(set);
            }
            "--exact" => options.precision = Precision::GitleaksExact,
            "--everything" => options.scope = Scope::Everything,
            "--own" => with_own = true,
            "--text" => text_only = true,
            "--json" => as_json = true,
            "--quiet" => is_quiet = true,
            _ => folders.push(PathBuf::from(argument)),
        }
    }
    if with_own || sets.is_empty() {
        sets.insert(0, RuleSet::default_rules());
    }
    let secrets = Secrets::new(sets, options);
    let mut files = Vec::new();
    for folder in &folders {
        collect(folder, folder, &mut files);
    }
    let mut total = Total::default();
    for (path, name) in files {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let layer_path = LayerPath::new(&name);
        let class = classify(&layer_path, &bytes);
        if text_only && !class.is_text() {
            continue;
        }
        let view = FileView {
            path: &layer_path,
            nested: &[],
            class,
            size: bytes.len() as u64,
            mode: 0,
            uid: 0,
            package: None,
            is_verified: false,
        };
        total.files += 1;
        total.bytes += bytes.len();
        if !secrets.wants(&view) {
            continue;
        }
        let mut hits = Vec::new();
        let start = Instant::now();
        let end = secrets.examine(&view, &bytes, &Budget::new(Duration::from_secs(60)), &mut hits);
        let took = start.elapsed();
        total.time += took;
        if took > Duration::from_millis(500) {
            eprintln!("slow: {name}: {took:?} for {} bytes", bytes.len());
        }
        if let Err(halt) = end {
            eprintln!("gap: {name}: {}", halt.detail);
        }
        for hit in hits {
            total.findings += 1;
            *total.by_rule.entry((hit.severity.as_str(), hit.rule.clone())).or_default() += 1;
            if !is_quiet {
                print(&name, &hit, as_json);
            }
        }
    }
    let seconds = total.time.as_secs_f64();
    eprintln!(
        "{} files, {:.1} MB, {} rules, {} findings, {seconds:.2} s, {:.0} MB/s",
        total.files,
        total.bytes as f64 / 1e6,
        secrets.rule_count(),
        total.findings,
        total.bytes as f64 / 1e6 / seconds.max(1e-9)
    );
    for ((severity, rule), count) in total.by_rule {
        eprintln!("{count:6} {severity:8} {rule}");
    }
}

#[derive(Default)]
struct Total {
    files: usize,
    bytes: usize,
    findings: usize,
    time: Duration,
    by_rule: std::collections::BTreeMap<(&'static str, String), usize>,
}

fn print(name: &str, hit: &Hit, as_json: bool) {
    let line = hit.line.unwrap_or(0);
    let clear = hit.clear.first().map(String::as_str).unwrap_or_default();
    if as_json {
        println!("{}", serde_json::json!({"file": name, "line": line, "rule": hit.rule, "secret": clear}));
    } else {
        println!("{:8} {name}:{line} {} {}", hit.severity.as_str(), hit.rule, hit.evidence.join("; "));
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(PathBuf, String)>) {
    if folder.is_file() {
        files.push((folder.to_owned(), folder.to_string_lossy().into_owned()));
        return;
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            collect(root, &entry.path(), files);
        } else if kind.is_file() {
            let name =
                entry.path().strip_prefix(root).expect("below the root").to_string_lossy().into_owned();
            files.push((entry.path(), name));
        }
    }
}
