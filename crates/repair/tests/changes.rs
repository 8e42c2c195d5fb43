//! Changes are made to what was looked at, kept in the journal, and undone.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "files of a temporary directory are changed"
)]

use repair::{FileState, Journal, read, replace, set_mode, state};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().canonicalize().unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    (directory, path)
}

fn write(path: &Path, text: &str, mode: u32) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn modes_change_only_when_they_are_as_planned() {
    let (_directory, path) = place();
    let file = path.join("key");
    write(&file, "k", 0o644);
    set_mode(&file, 0o644, 0o400).unwrap();
    assert_eq!(state(&file).unwrap().mode, 0o400);
    assert!(set_mode(&file, 0o644, 0o600).is_err(), "it was changed in between");
    assert_eq!(state(&file).unwrap().mode, 0o400);
}

#[test]
fn links_are_not_followed_anywhere_on_the_way() {
    let (_directory, path) = place();
    std::fs::create_dir(path.join("real")).unwrap();
    write(&path.join("real/file"), "x", 0o644);
    symlink(path.join("real"), path.join("way")).unwrap();
    symlink(path.join("real/file"), path.join("link")).unwrap();
    for followed in ["way/file", "link"] {
        let followed = path.join(followed);
        assert!(set_mode(&followed, 0o644, 0o600).is_err(), "{followed:?}");
        assert!(read(&followed).is_err(), "{followed:?}");
    }
    let own = state(&path.join("real/file")).unwrap();
    assert!(replace(&path.join("way/file"), b"y", own).is_err());
    assert_eq!(std::fs::read(path.join("real/file")).unwrap(), b"x");
    // A link in the place of a file is replaced, not written through.
    replace(&path.join("link"), b"z", own).unwrap();
    assert_eq!(std::fs::read(path.join("real/file")).unwrap(), b"x");
}

#[test]
fn the_journal_puts_files_back_and_removes_new_ones() {
    let (_directory, path) = place();
    let (old, new) = (path.join("daemon.json"), path.join("new.rules"));
    write(&old, "{\"a\":1}", 0o640);
    let mut journal = Journal::begin(&path.join("state"), "2026-01-01T00:00:00Z").unwrap();
    let content = read(&old).unwrap().unwrap();
    let at = journal.intend(serde_json::json!("first"), &[(&old, Some(&content)), (&new, None)]).unwrap();
    let own = FileState { mode: 0o644, ..content.state };
    replace(&old, b"{}", own).unwrap();
    replace(&new, b"-w", own).unwrap();
    journal.note(at, true, false).unwrap();
    let reopened = Journal::open(&path.join("state"), journal.number()).unwrap();
    assert!(reopened.entries()[0].is_done && !reopened.entries()[0].is_undone);
    reopened.restore_files(at).unwrap();
    assert_eq!((read(&old).unwrap().unwrap(), new.exists()), (content, false));
    assert_eq!(Journal::begin(&path.join("state"), "x").unwrap().number(), journal.number() + 1);
}

#[test]
fn a_journal_that_others_may_write_is_not_believed() {
    let (_directory, path) = place();
    let journal = Journal::begin(&path.join("state"), "x").unwrap();
    let file = path.join("state").join(format!("{:04}", journal.number())).join("journal.json");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert!(Journal::open(&path.join("state"), journal.number()).is_err());
    std::fs::write(&file, b"{").unwrap();
    assert!(Journal::open(&path.join("state"), journal.number()).is_err());
    assert!(Journal::open(&path.join("state"), 77).is_err());
}

#[test]
fn programs_that_hang_are_ended() {
    let sleep = repair::find_program("sleep").unwrap();
    assert!(repair::run(&sleep, &["60"], Duration::from_millis(50)).is_err());
    let echo = repair::find_program("echo").unwrap();
    let finished = repair::run(&echo, &["hello"], Duration::from_secs(10)).unwrap();
    assert_eq!((finished.is_success, finished.said.as_str()), (true, "hello"));
}

#[test]
fn another_program_by_the_number_of_a_daemon_is_not_told() {
    let own = std::process::id();
    assert!(repair::reload(own, Path::new("/usr/sbin/dockerd")).is_err());
    assert!(repair::is_alive(own));
}
