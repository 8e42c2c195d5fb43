//! The tar of the system as an oracle: what it packs is what a layer shows.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "tests make files and may stop")]

mod support;

use oci::EntryKind;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::Command;
use support::walk_tar;

fn tar(directory: &std::path::Path, options: &[&str]) -> Option<Vec<u8>> {
    let packed = Command::new("tar").arg("-C").arg(directory).args(options).args(["-cf", "-", "."]).output();
    match packed {
        Ok(packed) if packed.status.success() => Some(packed.stdout),
        _ => {
            eprintln!("skipped: there is no tar that knows {options:?}");
            None
        }
    }
}

#[test]
fn what_gnu_tar_packs_is_shown_whole() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let long = format!("{}/{}", "directory".repeat(15), "file".repeat(20));
    for format in ["gnu", "posix", "ustar", "oldgnu", "v7"] {
        let is_long = matches!(format, "gnu" | "posix" | "oldgnu");
        if is_long {
            fs::create_dir_all(root.join(&long).parent().unwrap()).unwrap();
            fs::write(root.join(&long), "long").unwrap();
            let _ = symlink(&long, root.join("long-link"));
        } else {
            let _ = fs::remove_dir_all(root.join("directory".repeat(15)));
            let _ = fs::remove_file(root.join("long-link"));
        }
        fs::write(root.join("a"), vec![b'a'; 513]).unwrap();
        fs::write(root.join("empty"), "").unwrap();
        let _ = fs::hard_link(root.join("a"), root.join("b"));
        let Some(bytes) = tar(root, &["--sort=name", &format!("--format={format}")]) else { return };
        let (seen, outcome) = walk_tar(bytes);
        assert_eq!(outcome.gaps, [], "{format}");
        let mut expected = vec!["", "a", "b"];
        let directory = "directory".repeat(15);
        if is_long {
            expected.extend([directory.as_str(), &long, "empty", "long-link"]);
        } else {
            expected.push("empty");
        }
        assert_eq!(seen.paths(), expected, "{format}");
        assert_eq!(seen.content("a").unwrap().len(), 513, "{format}");
        let metadata = fs::metadata(root.join("a")).unwrap();
        let entry = &seen.entries[1];
        assert_eq!((entry.mode, entry.mtime), (metadata.mode() & 0o7777, metadata.mtime()), "{format}");
        assert!(
            matches!(&seen.entries[2].kind, EntryKind::HardLink(target) if target.as_str() == "a"),
            "{format}"
        );
        if is_long {
            assert_eq!(seen.entries[6].kind, EntryKind::Symlink(long.clone()), "{format}");
        }
    }
}

#[test]
fn what_gnu_tar_packs_without_holes_is_shown_with_them() {
    let directory = tempfile::tempdir().unwrap();
    let mut file = fs::File::create(directory.path().join("sparse")).unwrap();
    // Enough pieces for several blocks of every kind of map.
    for at in 0..80_u64 {
        file.seek(SeekFrom::Start(at * 50_000 + 7)).unwrap();
        file.write_all(format!("piece {at}").as_bytes()).unwrap();
    }
    file.set_len(5_000_000).unwrap();
    drop(file);
    fs::write(directory.path().join("zz-after"), "after").unwrap();
    let expected = fs::read(directory.path().join("sparse")).unwrap();
    for format in [
        &["--format=gnu"][..],
        &["--format=posix", "--sparse-version=0.0"],
        &["--format=posix", "--sparse-version=0.1"],
        &["--format=posix", "--sparse-version=1.0"],
    ] {
        let options = [&["--sparse", "--sort=name"], format].concat();
        let Some(bytes) = tar(directory.path(), &options) else { return };
        assert!(bytes.len() < 2_000_000, "{format:?}: it was packed without its holes");
        let (seen, outcome) = walk_tar(bytes);
        assert_eq!((seen.paths(), outcome.gaps), (vec!["", "sparse", "zz-after"], vec![]), "{format:?}");
        assert!(seen.content("sparse").unwrap() == expected, "{format:?}: the content differs");
        assert_eq!(seen.content("zz-after"), Some(b"after".as_slice()), "{format:?}");
    }
}
