//! What is measured on the image: Seawall, the floors below it, and the peers beside it.

use super::image::{BenchImage, succeed};
use super::layout::NAME;
use super::measure::Case;
use super::peers::Peers;
use super::{Setting, peers};
use crate::test::find_program;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const DOCKER_COLD: &str = "scan, Docker image, no layer cache";
pub(crate) const DOCKER_WARM: &str = "scan, Docker image, layer cache warm";
pub(crate) const DOCKER_STREAMED: &str = "scan, Docker image, streamed from the engine (--no-in-place)";
pub(crate) const GZIP: &str = "scan, OCI layout, gzip layer";
pub(crate) const GZIP_FLOOR: &str = "floor: gunzip (zlib-rs) and SHA-256 twice, one thread";
pub(crate) const GZIP_FLOOR_NG: &str = "floor: gunzip (zlib-ng) and SHA-256 twice, one thread";
pub(crate) const ZSTD: &str = "scan, OCI layout, zstd layer";
pub(crate) const ZSTD_FLOOR: &str = "floor: unzstd and SHA-256 twice, one thread";
pub(crate) const ARCHIVE: &str = "scan, docker-archive";
pub(crate) const ARCHIVE_FLOOR: &str = "floor: SHA-256 of the archive";
pub(crate) const ROOTFS: &str = "scan, root file system directory";
pub(crate) const DOCKER_SBOM: &str = "inventory by Seawall, Docker image";
pub(crate) const ARCHIVE_SBOM: &str = "inventory by Seawall, docker-archive";
pub(crate) const GZIP_SBOM: &str = "inventory by Seawall, OCI layout, gzip";
pub(crate) const ARCHIVE_SAME: &str = "findings by Seawall, docker-archive, the same advisories";

/// All of them, in the order of the table.
pub(crate) fn all(
    setting: &Setting,
    image: &BenchImage,
    docker_host: Option<&str>,
    peers: &Peers,
    skipped: &mut Vec<String>,
) -> Result<Vec<Case>> {
    let scan = |name: &str, target: &str, more: &[&str]| {
        let mut arguments = vec!["scan", "--quiet", target, "--only", "vulnerabilities"];
        arguments.extend(more);
        seawall(setting, name, &arguments)
    };
    let floor = |name: &str, file: &Path| Case::new(name, &setting.floor, &[&file.to_string_lossy()]);
    let gzip_layer = BenchImage::layer(&image.gzip)?;
    let mut cases = Vec::new();
    if let Some(host) = docker_host {
        let target = format!("docker:{NAME}");
        let cache = setting.directory.join("cache").to_string_lossy().into_owned();
        let docker = |name: &str, more: &[&str]| scan(name, &target, more).environment("DOCKER_HOST", host);
        cases.push(docker(DOCKER_COLD, &["--no-cache"]));
        cases.push(docker(DOCKER_WARM, &["--cache", &cache]).against(DOCKER_COLD));
        cases.push(docker(DOCKER_STREAMED, &["--no-cache", "--no-in-place"]).against(DOCKER_COLD));
    }
    cases.push(floor(GZIP_FLOOR, &gzip_layer));
    match python_with(setting, "zlib_ng", "zlib-ng") {
        Ok(python) => {
            let arguments = ["-c", ZLIB_NG_FLOOR, &gzip_layer.to_string_lossy()];
            cases.push(Case::new(GZIP_FLOOR_NG, &python, &arguments));
            cases.push(scan(GZIP, &target("oci", &image.gzip), &["--no-cache"]).against(GZIP_FLOOR_NG));
        }
        Err(error) => {
            skipped.push(format!("the floor with zlib-ng: {error:#}"));
            cases.push(scan(GZIP, &target("oci", &image.gzip), &["--no-cache"]).against(GZIP_FLOOR));
        }
    }
    cases.push(floor(ZSTD_FLOOR, &BenchImage::layer(&image.zstd)?));
    cases.push(scan(ZSTD, &target("oci", &image.zstd), &["--no-cache"]).against(ZSTD_FLOOR));
    cases.push(floor(ARCHIVE_FLOOR, &image.archive));
    cases.push(scan(ARCHIVE, &target("archive", &image.archive), &["--no-cache"]).against(ARCHIVE_FLOOR));
    cases.push(scan(ROOTFS, &target("rootfs", &image.rootfs), &["--no-cache"]));
    cases.extend(peers::cases(setting, image, docker_host, peers));
    Ok(cases)
}

/// What many processes do at once.
pub(crate) fn for_many_at_once(setting: &Setting, image: &BenchImage, docker_host: Option<&str>) -> Case {
    match docker_host {
        Some(host) => {
            let target = format!("docker:{NAME}");
            seawall(
                setting,
                DOCKER_COLD,
                &["scan", "--quiet", &target, "--no-cache", "--only", "vulnerabilities"],
            )
            .environment("DOCKER_HOST", host)
        }
        None => seawall(
            setting,
            ROOTFS,
            &["scan", "--quiet", &target("rootfs", &image.rootfs), "--no-cache", "--only", "vulnerabilities"],
        ),
    }
}

/// A run of Seawall that sees no file of the person who measures.
pub(crate) fn seawall(setting: &Setting, name: &str, arguments: &[&str]) -> Case {
    Case::new(name, &setting.seawall, arguments)
        .environment("HOME", setting.directory.join("home"))
        .environment("XDG_CACHE_HOME", setting.directory.join("home/cache"))
        .environment("XDG_DATA_HOME", setting.directory.join("home/data"))
}

pub(crate) fn target(kind: &str, path: &Path) -> String {
    format!("{kind}:{}", path.display())
}

/// The floor once more, with zlib-ng itself. Python adds some 20 ms for its own start.
const ZLIB_NG_FLOOR: &str = "
import hashlib, sys
from zlib_ng import zlib_ng
decoder, blob, content = zlib_ng.decompressobj(31), hashlib.sha256(), hashlib.sha256()
with open(sys.argv[1], 'rb') as file:
    while chunk := file.read(1 << 18):
        blob.update(chunk)
        content.update(decoder.decompress(chunk))
content.update(decoder.flush())
assert decoder.eof
print(blob.hexdigest(), content.hexdigest())
";

/// A Python that has a module, in an environment of its own.
pub(crate) fn python_with(setting: &Setting, module: &str, package: &str) -> Result<PathBuf> {
    let place = setting.directory.join("python");
    let python = place.join("bin/python3");
    if !python.is_file() {
        let system = find_program("python3").context("python3 is not installed")?;
        succeed(Command::new(system).args(["-m", "venv"]).arg(&place))?;
    }
    let has_it = || succeed(Command::new(&python).args(["-c", &format!("import {module}")]));
    if has_it().is_err() {
        succeed(Command::new(&python).args(["-m", "pip", "install", "--quiet", package]))?;
    }
    has_it().map(|()| python)
}
