//! Judge: captures that Falco's project published with its tests, and sysdig as a second reader of them.
//!
//! `SEAWALL_MIRROR` names a directory with bare repositories (`falcosecurity+falco/repo`, `falcosecurity+libs/repo`). The
//! captures are Apache-2.0 and not part of this repository.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests; they start git and sysdig")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use capture::{Compression, Limits, Reader, Writer};
use events::Source;
use state::State;

fn git(repository: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("git").arg("-C").arg(repository).args(arguments).output();
    output.ok().filter(|output| output.status.success()).map(|output| output.stdout).unwrap_or_default()
}

/// All captures by name.
fn captures() -> Vec<(String, Vec<u8>)> {
    let mirror = std::env::var_os("SEAWALL_MIRROR").map(PathBuf::from).unwrap_or_default();
    // The last commits that had them.
    let places = [
        ("falcosecurity+falco/repo", "b1ae5d3^", "test/trace_files"),
        ("falcosecurity+falco/repo", "391ab028^", "test/trace_files"),
        ("falcosecurity+libs/repo", "HEAD", "test"),
    ];
    let mut found = BTreeMap::new();
    for (repository, commit, folder) in places {
        let repository = mirror.join(repository);
        let list = git(&repository, &["ls-tree", "-r", "--name-only", commit, "--", folder]);
        for path in String::from_utf8_lossy(&list).lines().filter(|path| path.ends_with(".scap")) {
            found.insert(path.to_owned(), git(&repository, &["show", &format!("{commit}:{path}")]));
        }
    }
    found.into_iter().collect()
}

fn sysdig(file: &Path, format: &str, filter: &str) -> Option<Vec<String>> {
    let output =
        Command::new("sysdig").arg("-r").arg(file).arg("-p").arg(format).arg(filter).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect())
}

#[test]
fn published_captures_are_read_whole() {
    let captures = captures();
    if captures.is_empty() {
        eprintln!("skipped: SEAWALL_MIRROR names no repositories of Falco");
        return;
    }
    assert!(captures.len() >= 14, "{}", captures.len());
    for (name, bytes) in captures {
        let mut reader = Reader::open(bytes.as_slice(), Limits::default()).unwrap();
        assert!(reader.snapshot().threads.len() > 50, "{name}");
        let mut state = State::from_snapshot(reader.snapshot(), state::Limits::default());
        let mut count = 0;
        while let Some(event) = reader.next_event() {
            let info = event.info().unwrap();
            assert!(info.is_enter() || event.count() >= info.parameters.len(), "{name}: {}", event.name());
            state.process(&event);
            count += 1;
        }
        assert!(count > 100, "{name}");
        assert!(reader.problems().is_empty(), "{name}: {:?}", reader.problems().told());
        assert_eq!(
            state.losses(),
            state::Losses { unknown_threads: state.losses().unknown_threads, ..Default::default() }
        );
    }
}

#[test]
fn sysdig_reads_what_we_write_and_sees_the_same_events() {
    let captures = captures();
    let directory = tempfile::tempdir().unwrap();
    let probe = Command::new("sysdig").arg("--version").output();
    if captures.is_empty() || probe.is_err() {
        eprintln!("skipped: SEAWALL_MIRROR names no repositories of Falco, or sysdig is not installed");
        return;
    }
    for (position, (name, bytes)) in captures.iter().enumerate() {
        let before = directory.path().join(format!("{position}.before.scap"));
        let after = directory.path().join(format!("{position}.after.scap"));
        std::fs::write(&before, bytes).unwrap();
        let mut reader = Reader::open(bytes.as_slice(), Limits::default()).unwrap();
        let snapshot = reader.snapshot().clone();
        let mut writer =
            Writer::with_compression(std::fs::File::create(&after).unwrap(), &snapshot, Compression::Gzip)
                .unwrap();
        while let Some(event) = reader.next_event() {
            writer.event(&event).unwrap();
        }
        writer.finish().unwrap();
        let filter = "evt.dir=< and not evt.type in (procexit, switch, procinfo, container)";
        let format = "*%evt.rawtime %thread.tid %evt.type %proc.name %proc.exeline %user.uid %proc.ppid";
        let [seen, expected] = [&after, &before].map(|file| sysdig(file, format, filter).unwrap());
        // Blocks with comments make this sysdig give up; what we write has none.
        assert!(expected.is_empty() || seen == expected, "{name}");
    }
}

/// What is known of threads and descriptors after each event is what sysdig shows.
#[test]
fn state_follows_as_sysdig_does() {
    let captures = captures();
    let directory = tempfile::tempdir().unwrap();
    let probe = Command::new("sysdig").arg("--version").output();
    if captures.is_empty() || probe.is_err() {
        eprintln!("skipped: SEAWALL_MIRROR names no repositories of Falco, or sysdig is not installed");
        return;
    }
    let (mut same, mut other) = (0, Vec::new());
    for (position, (name, bytes)) in captures.iter().enumerate() {
        let file = directory.path().join(format!("{position}.scap"));
        std::fs::write(&file, bytes).unwrap();
        let format =
            "*%evt.rawtime %evt.type %proc.name %proc.pname %proc.pid %proc.cmdline %user.uid %fd.name";
        // Memory maps tell their descriptor since 2025; sysdig is older.
        let filter = "evt.dir=< and not evt.type in (procexit, switch, procinfo, container, mmap)";
        let expected = sysdig(&file, format, filter).unwrap();
        let expected: std::collections::BTreeSet<&str> = expected.iter().map(String::as_str).collect();
        if expected.is_empty() {
            // Blocks with comments make this sysdig give up.
            eprintln!("skipped: sysdig shows nothing of {name}");
            continue;
        }
        let mut reader = Reader::open(bytes.as_slice(), Limits::default()).unwrap();
        let mut state = State::from_snapshot(reader.snapshot(), state::Limits::default());
        while let Some(event) = reader.next_event() {
            state.process(&event);
            let info = event.info().unwrap();
            if info.is_enter() || info.source != Source::Syscall || event.name() == "mmap" {
                continue;
            }
            // The parent of a thread that does not lead is that of its process; sysdig shows the thread that made it.
            let Some(thread) = state.event_thread().filter(|thread| thread.is_leader()) else { continue };
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let missing = "<NA>".to_owned();
            let parent = state.parent(thread).map_or(missing.clone(), |parent| text(&parent.comm));
            let descriptor = state.event_descriptor().map_or(missing, |descriptor| text(descriptor.name()));
            let line = format!(
                "{} {} {} {parent} {} {} {} {descriptor}",
                event.time_ns,
                event.name(),
                text(&thread.comm),
                thread.process,
                text(thread.command_line()),
                thread.uid,
            );
            if expected.contains(line.as_str()) {
                same += 1;
            } else {
                other.push(format!("{name}: {line}"));
            }
        }
    }
    // A connection that failed keeps its name since 2024, and datagrams of sockets that were made earlier have one.
    eprintln!("{same} the same, {} others", other.len());
    assert!(
        same > 1_500 && other.len() * 100 < same * 3,
        "{same} the same, others: {:#?}",
        &other[..other.len().min(50)]
    );
}
