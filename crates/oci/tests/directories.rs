//! Directories as layers.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files and may stop")]

mod support;

use model::{GapReason, LayerPath, Limits};
use oci::{DirectoryOptions, EntryKind, Flavour, LayerSource, directory_layer};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use support::{Recorder, reasons, walk, walk_with};

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn layer(root: &std::path::Path) -> Box<dyn LayerSource> {
    directory_layer(root.to_owned(), DirectoryOptions::default())
}

#[test]
fn a_tree_is_shown_with_parents_first_and_links_not_followed() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir_all(root.join("a/b/c")).unwrap();
    fs::write(root.join("a/b/file"), "content").unwrap();
    fs::set_permissions(root.join("a/b/file"), fs::Permissions::from_mode(0o4750)).unwrap();
    fs::write(root.join("a/.wh.file"), "no whiteout outside of layers").unwrap();
    symlink("/etc", root.join("link")).unwrap();
    let (mut seen, outcome) = walk(&*layer(root));
    assert_eq!(outcome.gaps, []);
    for (at, entry) in seen.entries.iter().enumerate() {
        let parent = entry.path.parent();
        let is_after_parent =
            parent.is_none_or(|parent| seen.entries[..at].iter().any(|other| other.path.as_str() == parent));
        assert!(is_after_parent, "{}", entry.path);
    }
    let file = seen.entries.iter().find(|entry| entry.path.as_str() == "a/b/file").unwrap();
    assert_eq!((file.size, file.mode), (7, 0o4750));
    assert_eq!(seen.content("a/b/file"), Some(b"content".as_slice()));
    seen.entries.sort_by(|a, b| a.path.cmp(&b.path));
    assert_eq!(seen.paths(), ["", "a", "a/.wh.file", "a/b", "a/b/c", "a/b/file", "link"]);
    assert_eq!(seen.entries[6].kind, EntryKind::Symlink("/etc".to_owned()));
}

#[test]
fn what_is_excluded_is_not_entered() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir_all(root.join("var/lib/docker/x")).unwrap();
    fs::create_dir_all(root.join("var/lib/dpkg")).unwrap();
    let exclude = vec![LayerPath::new("/var/lib/docker")];
    let source =
        directory_layer(root.to_owned(), DirectoryOptions { exclude, ..DirectoryOptions::default() });
    assert_eq!(walk(&*source).0.paths(), ["", "var", "var/lib", "var/lib/dpkg"]);
}

#[test]
fn fifos_and_sockets_are_never_opened() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let fifo =
        rustix::fs::mknodat(rustix::fs::CWD, root.join("fifo"), rustix::fs::FileType::Fifo, 0o600.into(), 0);
    fifo.unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(root.join("socket")).unwrap();
    let (seen, outcome) = walk(&*layer(root));
    assert!(seen.entries[1..].iter().all(|entry| entry.kind == EntryKind::Special));
    assert_eq!((seen.entries.len(), seen.bodies.len(), outcome.gaps), (3, 0, vec![]));
}

#[test]
fn limits_are_gaps() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir_all(root.join("a/b/c/d")).unwrap();
    let limits = Limits { path_depth_max: 2, ..Limits::default() };
    let (seen, outcome) = walk_with(&*layer(root), &limits);
    assert_eq!(
        (seen.paths(), reasons(&outcome.gaps)),
        (vec!["", "a", "a/b", "a/b/c"], vec![GapReason::LimitReached])
    );
    assert_eq!(outcome.gaps[0].what, "/a/b/c");
    let limits = Limits { layer_entries_max: 2, ..Limits::default() };
    let (seen, outcome) = walk_with(&*layer(root), &limits);
    assert_eq!((seen.paths(), reasons(&outcome.gaps)), (vec!["", "a", "a/b"], vec![GapReason::LimitReached]));
}

#[test]
fn what_cannot_be_read_is_a_gap_and_many_are_a_sum() {
    if is_root() {
        // Root reads everything; a link loop in the place of the root is an error for everybody.
        eprintln!("skipped: root can read everything");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    for at in 0..30 {
        let path = directory.path().join(at.to_string());
        fs::write(&path, "").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    }
    let (_, outcome) = walk(&*layer(directory.path()));
    assert_eq!(outcome.gaps.len(), 11);
    assert!(outcome.gaps.iter().all(|gap| gap.reason == GapReason::Unreadable));
}

#[test]
fn a_root_that_is_no_directory_is_an_error() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(layer(file.path()).walk(&Limits::default(), &mut Recorder::default()).is_err());
    assert!(oci::open_directory(file.path(), DirectoryOptions::default()).is_err());
}

#[test]
fn pseudo_file_systems_are_left_out() {
    if !fs::exists("/proc/self/status").unwrap() {
        eprintln!("skipped: there is no /proc");
        return;
    }
    struct Names(Vec<String>);
    impl oci::Visitor for Names {
        fn entry(&mut self, entry: &oci::Entry) -> bool {
            self.0.push(entry.path.as_str().to_owned());
            false
        }
        fn body(&mut self, _: &oci::Entry, _: oci::Body<'_>) {}
    }
    let exclude =
        ["usr", "var", "home", "work", "root", "opt", "tmp", "srv", "mnt"].map(LayerPath::new).to_vec();
    let source = directory_layer("/".into(), DirectoryOptions { exclude, ..DirectoryOptions::default() });
    let mut names = Names(Vec::new());
    source.walk(&Limits::default(), &mut names).unwrap();
    assert!(names.0.iter().any(|name| name == "proc"));
    assert!(!names.0.iter().any(|name| name.starts_with("proc/") || name.starts_with("sys/")));
}

#[test]
fn overlay_marks_hide_lower_layers() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    fs::create_dir_all(root.join("opaque")).unwrap();
    fs::write(root.join("opaque/new"), "").unwrap();
    fs::create_dir_all(root.join("marked")).unwrap();
    fs::write(root.join("marked/gone"), "").unwrap();
    fs::write(root.join("marked/empty"), "").unwrap();
    fs::create_dir_all(root.join("renamed")).unwrap();
    fs::write(root.join("copied"), "x").unwrap();
    let set = |path: &str, name: &str, value: &[u8]| {
        rustix::fs::setxattr(
            root.join(path),
            format!("user.overlay.{name}"),
            value,
            rustix::fs::XattrFlags::empty(),
        )
    };
    if let Err(error) = set("opaque", "opaque", b"y") {
        eprintln!("skipped: no extended attributes here: {error}");
        return;
    }
    set("marked", "opaque", b"x").unwrap();
    set("marked/gone", "whiteout", b"y").unwrap();
    set("renamed", "redirect", b"/a/much/longer/name/than/the/buffer").unwrap();
    set("copied", "metacopy", b"").unwrap();
    let has_device = rustix::fs::mknodat(
        rustix::fs::CWD,
        root.join("device"),
        rustix::fs::FileType::CharacterDevice,
        0o600.into(),
        0,
    )
    .is_ok();
    let source = |flavour| {
        directory_layer(root.to_owned(), DirectoryOptions { flavour, ..DirectoryOptions::default() })
    };
    let (seen, outcome) = walk(&*source(Flavour::Overlay));
    let kinds = seen.kinds();
    assert!(kinds.contains(&("opaque", &EntryKind::OpaqueWhiteout)), "{kinds:?}");
    assert!(kinds.contains(&("marked/gone", &EntryKind::Whiteout)));
    assert!(kinds.contains(&("marked/empty", &EntryKind::File)));
    assert!(!has_device || kinds.contains(&("device", &EntryKind::Whiteout)));
    let mut gaps: Vec<&str> = outcome.gaps.iter().map(|gap| gap.what.as_str()).collect();
    gaps.sort_unstable();
    assert_eq!(gaps, ["/copied", "/renamed"]);
    let (seen, _) = walk(&*source(Flavour::Plain));
    assert!(
        seen.entries
            .iter()
            .all(|entry| !matches!(entry.kind, EntryKind::Whiteout | EntryKind::OpaqueWhiteout))
    );
}
