//! A directory of a million files.

use super::Setting;
use super::cases::{seawall, target};
use super::measure::{Measured, in_turns};
use anyhow::{Context, Result};
use std::io;
use std::path::Path;

const DIRECTORIES: usize = 1_000;
const FILES_PER_DIRECTORY: usize = 1_000;

/// Makes it, measures it and removes it.
pub(crate) fn measure(setting: &Setting, rounds: usize) -> Result<Measured> {
    let place = setting.directory.join("million-files");
    remove(&place)?;
    eprintln!("making a million files in {}", place.display());
    make(&place).with_context(|| format!("cannot make files in {}", place.display()))?;
    let case = seawall(
        setting,
        "scan, directory of one million files",
        &["scan", "--quiet", &target("rootfs", &place), "--no-cache", "--only", "vulnerabilities"],
    );
    let measured = in_turns(vec![case], rounds, &setting.directory);
    eprintln!("removing them");
    remove(&place)?;
    Ok(measured?.remove(0))
}

/// A small Debian, and in each directory one Node package among files that say nothing.
fn make(place: &Path) -> io::Result<()> {
    for (path, content) in [
        ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
        (
            "var/lib/dpkg/status",
            "Package: zlib1g\nStatus: install ok installed\nArchitecture: amd64\nSource: zlib\nVersion: 1:1.2.13.dfsg-1\n\n",
        ),
    ] {
        let path = place.join(path);
        std::fs::create_dir_all(path.parent().expect("the paths have directories"))?;
        std::fs::write(path, content)?;
    }
    for directory in 0..DIRECTORIES {
        let name = format!("package-{directory}");
        let path = place.join("srv/node_modules").join(&name);
        std::fs::create_dir_all(&path)?;
        let manifest = format!(r#"{{"name":"{name}","version":"1.0.{directory}","license":"MIT"}}"#);
        std::fs::write(path.join("package.json"), manifest)?;
        for file in 1..FILES_PER_DIRECTORY {
            std::fs::write(path.join(format!("module-{file}.js")), b"")?;
        }
    }
    Ok(())
}

fn remove(place: &Path) -> Result<()> {
    match std::fs::remove_dir_all(place) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", place.display()))
        }
        _ => Ok(()),
    }
}
