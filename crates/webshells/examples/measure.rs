//! Measures the detector on folders of files.
//!
//! `cargo run --release -p webshells --example measure -- [--patterns] [--php] FOLDER…` prints one line for each hit,
//! and figures at the end; on a busy machine the shell's `time` tells more. `--php` reads nothing but PHP.
#![allow(clippy::disallowed_methods, reason = "a measuring program reads files and the clock")]

use content::{Budget, Detector, FileView};
use model::{LayerPath, Severity};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use webshells::{Stage, Webshells};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let stage = if arguments.iter().any(|a| a == "--patterns") { Stage::Patterns } else { Stage::Syntax };
    let only_php = arguments.iter().any(|a| a == "--php");
    let detector = Webshells::up_to(stage).expect("built-in patterns compile");
    let mut files = Vec::new();
    let folders: Vec<&String> = arguments.iter().filter(|a| !a.starts_with("--")).collect();
    for folder in &folders {
        collect(Path::new(folder), &mut files);
    }
    files.sort();
    let (mut seen, mut bytes_seen, mut gaps) = (0_u64, 0_u64, 0_u64);
    let mut by_severity: BTreeMap<Severity, u64> = BTreeMap::new();
    let mut time = Duration::ZERO;
    let mut slowest: Vec<(Duration, PathBuf)> = Vec::new();
    for path in files {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        // The folder stands for the root of an image: where it lies here says nothing.
        let text = path.to_string_lossy();
        let inner = folders.iter().find_map(|folder| text.strip_prefix(folder.as_str())).unwrap_or(&text);
        let layer_path = LayerPath::new(inner);
        let class = content::classify(&layer_path, &bytes);
        let file = FileView {
            path: &layer_path,
            nested: &[],
            class,
            size: bytes.len() as u64,
            mode: 0o644,
            uid: 0,
            package: None,
            is_verified: false,
        };
        let is_php = matches!(file.extension().as_str(), "php" | "inc" | "phtml" | "module");
        if !detector.wants(&file) || (only_php && !is_php) {
            continue;
        }
        let mut hits = Vec::new();
        let begin = Instant::now();
        let outcome = detector.examine(&file, &bytes, &Budget::new(Duration::from_secs(20)), &mut hits);
        let took = begin.elapsed();
        time += took;
        seen += 1;
        bytes_seen += bytes.len() as u64;
        slowest.push((took, path.clone()));
        if let Err(halt) = outcome {
            gaps += 1;
            println!("gap {} {}", path.display(), halt.detail);
        }
        if let Some(worst) = hits.iter().map(|hit| hit.severity).max() {
            *by_severity.entry(worst).or_default() += 1;
        }
        for hit in hits {
            let line = hit.line.unwrap_or(0);
            println!("{} {} {}:{line} {}", hit.severity, hit.rule, path.display(), hit.evidence.join(" | "));
        }
    }
    slowest.sort_by(|a, b| b.cmp(a));
    for (took, path) in slowest.iter().take(8) {
        println!("slow {} ms {}", took.as_millis(), path.display());
    }
    #[expect(clippy::cast_precision_loss, reason = "a figure for reading")]
    let speed = bytes_seen as f64 / 1e6 / time.as_secs_f64().max(1e-9);
    println!(
        "{seen} files, {bytes_seen} bytes, {:.2} s, {speed:.0} MB/s, {gaps} gaps, {by_severity:?}",
        time.as_secs_f64()
    );
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    if folder.is_file() {
        files.push(folder.to_owned());
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if kind.is_dir() {
            collect(&entry.path(), files);
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
}
