//! House rules that no compiler checks.

use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// Lines of a Rust file, tests and tables included.
const FILE_LINES_MAX: usize = 500;
/// Bytes of a tracked file that is not text.
const BINARY_BYTES_MAX: u64 = 200 << 10;

/// Checks every tracked file; prints each offence.
pub(crate) fn run() -> Result<()> {
    let root = crate::workspace();
    let output =
        Command::new("git").args(["ls-files", "-z"]).current_dir(&root).output().context("cannot run git")?;
    let mut offences = Vec::new();
    for name in output.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let name = String::from_utf8_lossy(name).into_owned();
        if let Ok(bytes) = std::fs::read(root.join(&name)) {
            check_file(&name, &bytes, &mut offences);
        }
    }
    check_fuzz_targets(&root, &mut offences)?;
    for offence in &offences {
        eprintln!("{offence}");
    }
    if offences.is_empty() {
        println!("tidy");
        return Ok(());
    }
    bail!("{} offences against the house rules", offences.len())
}

fn check_file(name: &str, bytes: &[u8], offences: &mut Vec<String>) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        if bytes.len() as u64 > BINARY_BYTES_MAX {
            offences.push(format!("{name}: binary of {} bytes", bytes.len()));
        }
        return;
    };
    // Assembled, so that this file does not offend against itself.
    for path in [["/wo", "rk/"].concat(), ["/ro", "ot/"].concat(), ["/ho", "me/"].concat()] {
        if let Some((line, _)) = text.lines().enumerate().find(|(_, line)| line.contains(&path)) {
            let is_example = name.ends_with(".md")
                || text.lines().nth(line).is_some_and(|l| l.contains("/proc/1/root/"))
                || text.lines().nth(line).is_some_and(|l| l.contains('"') || l.contains("// "));
            if !is_example {
                offences.push(format!("{name}:{}: path of a machine ({path})", line + 1));
            }
        }
    }
    if !name.ends_with(".rs") {
        return;
    }
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        offences
            .push(format!("{name}: {lines} lines, the limit is {FILE_LINES_MAX} (hint: one file, one idea)"));
    }
    for (number, line) in text.lines().enumerate() {
        for word in [["FIX", "ME"].concat(), ["TO", "DO"].concat()] {
            if line.contains(&word) {
                offences.push(format!("{name}:{}: {word}", number + 1));
            }
        }
    }
}

/// Every fuzz target has its `[[bin]]` and a seed.
fn check_fuzz_targets(root: &Path, offences: &mut Vec<String>) -> Result<()> {
    let manifest =
        std::fs::read_to_string(root.join("fuzz/Cargo.toml")).context("cannot read fuzz/Cargo.toml")?;
    for entry in std::fs::read_dir(root.join("fuzz/fuzz_targets")).context("cannot read fuzz/fuzz_targets")? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if !manifest.contains(&format!("name = \"{name}\"")) {
            offences.push(format!("fuzz/Cargo.toml: no [[bin]] for {name}"));
        }
        let seeds = root.join("fuzz/seeds").join(&name);
        if std::fs::read_dir(&seeds).map_or(0, Iterator::count) == 0 {
            offences.push(format!("fuzz/seeds/{name}: no seed"));
        }
    }
    Ok(())
}
