//! Scans a folder with the rules of another and prints what matches, like `yr scan`:
//! `measure RULES CORPUS [--namespace file|folder] [--relaxed] [--variables] [--cache DIRECTORY]`.
//!
//! With `--reference` the rules are compiled as a whole and scanned by yara-x alone, without this crate, as its command
//! line does. Matches go to stdout (`rule path`, sorted), figures to stderr.

#![allow(clippy::disallowed_methods, reason = "a tool for measuring, not an engine")]

use content::{Budget, Detector as _, FileView, classify};
use model::LayerPath;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use yara::{HeadClass, Namespaces, Pack, PackCache, PackOptions, RuleFile, Syntax, Yara};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [rules, corpus, rest @ ..] = arguments.as_slice() else {
        eprintln!(
            "measure RULES CORPUS [--namespace file|folder] [--relaxed] [--variables] [--cache DIRECTORY]"
        );
        std::process::exit(2);
    };
    let value =
        |name: &str| rest.iter().position(|a| a == name).and_then(|at| rest.get(at + 1)).map(String::as_str);
    let mut options = PackOptions::new("default");
    options.namespaces = match value("--namespace") {
        Some("file") => Namespaces::File,
        Some("folder") => Namespaces::Folder,
        _ => Namespaces::Pack,
    };
    if rest.iter().any(|argument| argument == "--relaxed") {
        options.syntax = Syntax::Relaxed;
    }
    let cache = value("--cache").map(|path| PackCache::new(Path::new(path)));
    let began = (Instant::now(), cpu_seconds());
    let files: Vec<RuleFile> = walk(Path::new(rules))
        .into_iter()
        .filter_map(|path| {
            let name = path.strip_prefix(rules).ok()?.to_string_lossy().into_owned();
            let name = if name.is_empty() { path.file_name()?.to_string_lossy().into_owned() } else { name };
            Some(RuleFile { name, bytes: std::fs::read(&path).ok()? })
        })
        .collect();
    let given = files.iter().filter(|file| file.has_rules()).count();
    if rest.iter().any(|argument| argument == "--reference") {
        return reference(&files, Path::new(corpus), began.1);
    }
    let pack = match Pack::new(files, &options, cache.as_ref()) {
        Ok(pack) => pack,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(2);
        }
    };
    let header = pack.header();
    eprintln!(
        "{given} files, {} rules, {} problems, {:.2} s CPU, {} MB; by class: {}",
        header.rules,
        header.problems.len(),
        cpu_seconds() - began.1,
        peak_megabytes(),
        header.parts.iter().map(|p| format!("{:?} {}", p.classes, p.rules)).collect::<Vec<_>>().join(", "),
    );
    for problem in header.problems.iter().take(20) {
        eprintln!("  {problem}");
    }
    let nowhere = LayerPath::new("");
    let show_hits = rest.iter().any(|argument| argument == "--hits");
    let detector = Yara::new(vec![pack]);
    let mut lines = Vec::new();
    let (mut bytes_seen, mut files_seen) = (0_u64, 0_u64);
    let mut halts = Vec::new();
    let mut classes = [0_u64; 6];
    let (start, start_cpu) = (Instant::now(), cpu_seconds());
    for path in walk(Path::new(corpus)) {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        if bytes.is_empty() {
            continue;
        }
        let relative = path.strip_prefix(corpus).unwrap_or(&path).to_string_lossy().into_owned();
        let layer_path = LayerPath::new(&relative);
        let file = FileView {
            path: if rest.iter().any(|argument| argument == "--no-variables") {
                &nowhere
            } else {
                &layer_path
            },
            nested: &[],
            class: classify(&layer_path, &bytes),
            size: bytes.len() as u64,
            mode: 0o644,
            uid: 0,
            package: None,
            is_verified: false,
        };
        bytes_seen += bytes.len() as u64;
        files_seen += 1;
        classes[HeadClass::of(&bytes) as usize] += 1;
        let mut hits = Vec::new();
        if let Err(halt) = detector.examine(&file, &bytes, &Budget::new(Duration::from_secs(60)), &mut hits) {
            halts.push(format!("{}: {}", path.display(), halt.detail));
        }
        for hit in hits {
            let name = hit.rule.rsplit('/').next().unwrap_or_default().to_owned();
            lines.push(format!("{name} {}", path.display()));
            if show_hits {
                eprintln!("{hit:#?}");
            }
        }
    }
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - start_cpu);
    lines.sort();
    for line in &lines {
        println!("{line}");
    }
    let megabytes = bytes_seen as f64 / 1e6;
    eprintln!(
        "{files_seen} files, {megabytes:.1} MB, {} matches, {} halts; {wall:.2} s, {cpu:.2} s CPU, {:.1} MB/s, peak {} MB; classes {classes:?}",
        lines.len(),
        halts.len(),
        megabytes / cpu.max(1e-9),
        peak_megabytes(),
    );
    for halt in halts.iter().take(10) {
        eprintln!("  {halt}");
    }
}

fn reference(files: &[RuleFile], corpus: &Path, began_cpu: f64) {
    let mut compiler = yara_x::Compiler::new();
    compiler.switch_all_warnings(false);
    for variable in ["filename", "filepath", "extension", "filetype", "owner"] {
        compiler.define_global(variable, "").expect("the name is valid and new");
    }
    for file in files.iter().filter(|file| file.has_rules()) {
        if let Err(error) = compiler.add_source(file.bytes.as_slice()) {
            eprintln!("{}: {error}", file.name);
        }
    }
    let rules = compiler.build();
    eprintln!(
        "{} rules, {:.2} s CPU, {} MB",
        rules.iter().len(),
        cpu_seconds() - began_cpu,
        peak_megabytes()
    );
    let mut scanner = yara_x::Scanner::new(&rules);
    let start_cpu = cpu_seconds();
    let mut lines = Vec::new();
    for path in walk(corpus) {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        match scanner.scan(&bytes) {
            Ok(results) if !bytes.is_empty() => {
                lines.extend(
                    results.matching_rules().map(|rule| format!("{} {}", rule.identifier(), path.display())),
                );
            }
            Ok(_) => {}
            Err(error) => eprintln!("{}: {error}", path.display()),
        }
    }
    lines.sort();
    for line in &lines {
        println!("{line}");
    }
    eprintln!(
        "{} matches, {:.2} s CPU, peak {} MB",
        lines.len(),
        cpu_seconds() - start_cpu,
        peak_megabytes()
    );
}

fn walk(root: &Path) -> Vec<PathBuf> {
    let Ok(metadata) = std::fs::symlink_metadata(root) else { return Vec::new() };
    if metadata.is_file() {
        return vec![root.to_owned()];
    }
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => open.push(entry.path()),
                Ok(kind) if kind.is_file() => found.push(entry.path()),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// User and system time of this process (proc(5), `/proc/self/stat`, fields 14 and 15, in hundredths).
fn cpu_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn peak_megabytes() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or(0) / 1024
}
