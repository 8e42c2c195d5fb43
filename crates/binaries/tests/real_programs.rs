//! Programs of this machine: what the classifiers say is what the package manager or the program itself says.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests look at this machine and may fail loudly"
)]

use binaries::{inspect, is_candidate};
use model::{Ecosystem, LayerPath, Limits, Package};
use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::Command,
};

/// A tree of unpacked packages to look at instead of this machine.
const ROOT_VARIABLE: &str = "SEAWALL_PROGRAMS_ROOT";

fn walk(directory: &Path, visit: &mut impl FnMut(&Path, &fs::Metadata)) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        let (path, Ok(metadata)) = (entry.path(), entry.path().symlink_metadata()) else { continue };
        if metadata.is_dir() {
            walk(&path, visit);
        } else if metadata.is_file() {
            visit(&path, &metadata);
        }
    }
}

fn packages_below(directory: &Path) -> (Vec<(PathBuf, Package)>, u64, u64) {
    let (mut found, mut files, mut candidates) = (Vec::new(), 0, 0);
    walk(directory, &mut |path, metadata| {
        files += 1;
        let layer_path = LayerPath::new(&path.to_string_lossy());
        if is_candidate(&layer_path, metadata.len(), metadata.mode()) {
            candidates += 1;
            let inspection = inspect(&fs::File::open(path).unwrap(), &layer_path, &Limits::default());
            for gap in inspection.gaps {
                eprintln!("gap: {}: {}", gap.what, gap.detail);
            }
            found.extend(inspection.packages.into_iter().map(|package| (path.to_owned(), package)));
        }
    });
    (found, files, candidates)
}

/// Upstream part of the version of the Debian package that owns a file, when the package is of that program: others
/// bundle a copy.
fn version_by_dpkg(path: &Path, program: &str) -> Option<String> {
    let run = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let owner = run("dpkg", &["-S", path.to_str()?])?;
    let package = owner.lines().next()?.rsplit_once(": ")?.0.split(", ").next()?.to_owned();
    let stem = match program {
        "openssl" => "ssl",
        "openjdk" => "jre",
        "httpd" => "apache2",
        "go" => "golang",
        program => &program[..program.len().min(8)],
    };
    if !package.contains(stem) {
        return None;
    }
    let version = run("dpkg-query", &["-W", "-f", "${Version}", &package])?;
    let upstream = version.split_once(':').map_or(version.as_str(), |(_, rest)| rest).to_owned();
    Some(upstream.rsplit_once('-').map_or(upstream.as_str(), |(upstream, _)| upstream).to_owned())
}

#[test]
fn classifiers_say_what_dpkg_says_of_every_file_of_this_machine() {
    let mut checked = BTreeMap::new();
    let mut wrong = Vec::new();
    for directory in ["/usr/bin", "/usr/sbin", "/usr/lib"] {
        let (found, files, candidates) = packages_below(Path::new(directory));
        eprintln!("{directory}: {files} files, {candidates} candidates");
        for (path, package) in found {
            if package.ecosystem != Ecosystem::Generic {
                continue;
            }
            match version_by_dpkg(&path, &package.name) {
                Some(version) if version.starts_with(&package.version) => {
                    checked.insert(package.name, package.version);
                }
                Some(version) => wrong.push(format!(
                    "{}: {} {}, dpkg says {version}",
                    path.display(),
                    package.name,
                    package.version
                )),
                None => eprintln!("nobody to ask: {}: {} {}", path.display(), package.name, package.version),
            }
        }
    }
    if checked.is_empty() {
        eprintln!("skipped: no classified program of this machine is owned by a Debian package");
    }
    eprintln!("right: {checked:?}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unpacked_programs_are_all_recognised() {
    let Some(root) = std::env::var_os(ROOT_VARIABLE) else {
        eprintln!("skipped: {ROOT_VARIABLE} names no tree of unpacked packages");
        return;
    };
    let (found, files, candidates) = packages_below(Path::new(&root));
    eprintln!("{files} files, {candidates} candidates");
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (path, package) in found {
        if package.ecosystem == Ecosystem::Generic {
            eprintln!("{} {} {}", package.name, package.version, path.display());
            versions.entry(package.name).or_default().push(package.version);
        }
    }
    for (name, versions) in &mut versions {
        versions.dedup();
        assert_eq!(versions.len(), 1, "{name}: {versions:?}");
    }
    for name in [
        "bash",
        "busybox",
        "curl",
        "go",
        "haproxy",
        "httpd",
        "mariadb",
        "memcached",
        "nginx",
        "node",
        "openjdk",
        "openssl",
        "php",
        "postgresql",
        "python",
        "redis",
        "ruby",
    ] {
        assert!(versions.contains_key(name), "{name} is not recognised");
    }
}
