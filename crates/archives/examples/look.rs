//! Opens every file below the given folders and tells what is wrong in archives, and how long it took:
//! `cargo run --release -p archives --example look -- FOLDER…`
#![allow(clippy::disallowed_methods, reason = "reads files")]

use archives::{ArchiveLimits, Format, open};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

fn main() {
    let mut folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut formats: BTreeMap<Format, (u64, u64, u64)> = BTreeMap::new();
    let (mut files, mut bytes_in, mut time, mut time_of_others) =
        (0_u64, 0_u64, Duration::ZERO, Duration::ZERO);
    while let Some(path) = folders.pop() {
        let Ok(about) = path.symlink_metadata() else { continue };
        if about.is_dir() {
            folders.extend(path.read_dir().into_iter().flatten().flatten().map(|entry| entry.path()));
            continue;
        }
        let Some(content) = about.is_file().then(|| std::fs::read(&path).ok()).flatten() else { continue };
        let name = path.to_string_lossy();
        let start = Instant::now();
        let budget = content::Budget::new(Duration::from_secs(60));
        let outcome =
            open(&name, &content, &ArchiveLimits::default(), &budget, &mut |_| ControlFlow::Continue(()));
        let spent = start.elapsed();
        files += 1;
        bytes_in += content.len() as u64;
        let Some(format) = outcome.format else {
            time_of_others += spent;
            continue;
        };
        time += spent;
        let sums = formats.entry(format).or_default();
        (sums.0, sums.1, sums.2) = (sums.0 + 1, sums.1 + outcome.members, sums.2 + outcome.bytes);
        for problem in outcome.problems {
            println!("{name}: {}: {:?}: {}", problem.place(), problem.kind, problem.detail);
        }
        if outcome.problems_more > 0 {
            println!("{name}: {} more problems", outcome.problems_more);
        }
    }
    for (format, (archives, members, bytes)) in formats {
        println!("{:10} {archives:7} archives {members:9} members {bytes:13} bytes", format.as_str());
    }
    println!("{files} files, {bytes_in} bytes; archives took {time:.2?}, other files {time_of_others:.2?}");
}
