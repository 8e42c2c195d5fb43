//! The image that is measured: Debian 12 with Python, nginx and Node packages, in every form that can be scanned.

use super::layout;
use crate::test::find_program;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What debootstrap adds to its smallest system.
const DEBIAN_PACKAGES: &str = "ca-certificates,nginx,python3,python3-pip,python3-setuptools,perl";
/// Pinned, so that two machines measure the same tree; most of them with known vulnerabilities.
const NODE_PACKAGES: &[&str] = &[
    "axios@0.21.0",
    "express@4.17.1",
    "lodash@4.17.4",
    "minimist@1.2.0",
    "webpack@5.90.0",
    "typescript@5.4.5",
];
const PYTHON_PACKAGES: &[&str] = &["Jinja2==2.10", "requests==2.19.0"];

/// Where the forms of the image lie.
pub(crate) struct BenchImage {
    pub(crate) rootfs: PathBuf,
    pub(crate) gzip: PathBuf,
    pub(crate) zstd: PathBuf,
    pub(crate) archive: PathBuf,
}

impl BenchImage {
    fn at(directory: &Path) -> Self {
        let at = |name: &str| directory.join(name);
        Self {
            rootfs: at("rootfs"),
            gzip: at("oci-gzip"),
            zstd: at("oci-zstd"),
            archive: at("docker-archive.tar"),
        }
    }

    /// The layer of a layout: its largest blob.
    pub(crate) fn layer(layout: &Path) -> Result<PathBuf> {
        let blobs = layout.join("blobs/sha256");
        let mut largest = None;
        for entry in std::fs::read_dir(&blobs).with_context(|| format!("cannot list {}", blobs.display()))? {
            let entry = entry?;
            largest = largest.max(Some((entry.metadata()?.len(), entry.path())));
        }
        Ok(largest.with_context(|| format!("no blobs in {}", blobs.display()))?.1)
    }
}

/// Makes the image once; later runs find it. `None`, and the reason on stderr, where it cannot be made.
pub(crate) fn prepare(directory: &Path) -> Result<Option<BenchImage>> {
    let place = directory.join("image");
    if place.is_dir() {
        return Ok(Some(BenchImage::at(&place)));
    }
    if !rustix::process::geteuid().is_root() {
        eprintln!("SKIPPED: the image: debootstrap needs root");
        return Ok(None);
    }
    for program in ["debootstrap", "npm", "python3", "tar"] {
        if find_program(program).is_none() {
            eprintln!("SKIPPED: the image: {program} is not installed");
            return Ok(None);
        }
    }
    // Renamed when complete, so that an interrupted run leaves nothing that looks whole.
    let partial = directory.join("image.partial");
    if partial.exists() {
        std::fs::remove_dir_all(&partial).with_context(|| format!("cannot remove {}", partial.display()))?;
    }
    std::fs::create_dir_all(&partial).with_context(|| format!("cannot create {}", partial.display()))?;
    let image = BenchImage::at(&partial);
    debian(&image.rootfs)?;
    node_packages(&image.rootfs)?;
    python_packages(&image.rootfs)?;
    eprintln!("writing the layouts and the archive");
    let tar = partial.join("layer.tar");
    let packing = ["--numeric-owner", "--sort=name", "--one-file-system", "-cf"];
    succeed(Command::new("tar").args(packing).arg(&tar).arg("-C").arg(&image.rootfs).arg("."))?;
    layout::write_oci(&tar, &image.gzip, layout::Compression::Gzip)?;
    layout::write_oci(&tar, &image.zstd, layout::Compression::Zstd)?;
    layout::write_docker_archive(&tar, &image.archive)?;
    std::fs::remove_file(&tar).with_context(|| format!("cannot remove {}", tar.display()))?;
    std::fs::rename(&partial, &place).with_context(|| format!("cannot rename {}", partial.display()))?;
    Ok(Some(BenchImage::at(&place)))
}

fn debian(rootfs: &Path) -> Result<()> {
    eprintln!("debootstrap of Debian 12 into {}", rootfs.display());
    let include = format!("--include={DEBIAN_PACKAGES}");
    let mut command = Command::new("debootstrap");
    command.args(["--variant=minbase", &include, "bookworm"]).arg(rootfs);
    if let Some(mirror) = std::env::var_os("SEAWALL_DEBIAN_MIRROR") {
        command.arg(mirror);
    }
    succeed(&mut command)?;
    for emptied in ["var/cache/apt", "var/lib/apt/lists"] {
        let path = rootfs.join(emptied);
        std::fs::remove_dir_all(&path).with_context(|| format!("cannot empty {}", path.display()))?;
    }
    Ok(())
}

fn node_packages(rootfs: &Path) -> Result<()> {
    let app = rootfs.join("app");
    std::fs::create_dir_all(&app).with_context(|| format!("cannot create {}", app.display()))?;
    let options = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"];
    succeed(Command::new("npm").args(options).arg(&app).args(NODE_PACKAGES))
}

fn python_packages(rootfs: &Path) -> Result<()> {
    let target = rootfs.join("usr/local/lib/python3.11/dist-packages");
    let options = ["-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--target"];
    succeed(Command::new("python3").args(options).arg(target).args(PYTHON_PACKAGES))
}

/// Runs a command whose output nobody reads unless it fails.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {:?}", command.get_program()))?;
    if !output.status.success() {
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        let tail: Vec<&str> = said.lines().rev().take(10).collect();
        bail!("{:?}: {}: {}", command.get_program(), output.status, tail.join(" | "));
    }
    Ok(())
}
