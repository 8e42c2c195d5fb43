//! What the deep content scan is measured on: a distribution alone, an image of 1 GB and one of 2 GB.

use super::super::image::{BenchImage, succeed};
use super::super::layout::{self, Compression};
use super::copy_layer;
use anyhow::{Context, Result};
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Pinned, so that two machines measure the same tree.
const NODE_PACKAGES: &[&str] = &[
    "@babel/core@7.24.5",
    "antd@5.17.0",
    "aws-sdk@2.1610.0",
    "core-js@3.37.0",
    "date-fns@3.6.0",
    "eslint@8.57.0",
    "express@4.19.2",
    "jest@29.7.0",
    "next@14.2.3",
    "react@18.3.1",
    "react-dom@18.3.1",
    "rxjs@7.8.1",
    "three@0.164.1",
    "typescript@5.4.5",
    "webpack@5.91.0",
];
const PYTHON_PACKAGES: &[&str] = &[
    "Django==5.0.6",
    "SQLAlchemy==2.0.30",
    "boto3==1.34.100",
    "cryptography==42.0.7",
    "matplotlib==3.8.4",
    "numpy==1.26.4",
    "pandas==2.2.2",
    "scikit-learn==1.4.2",
    "scipy==1.13.0",
    "sympy==1.12",
];
/// Bytes at the start of a file that decide whether it is text, as git decides it.
const TEXT_HEAD_BYTES: usize = 8000;

/// A tree, as a directory and as OCI layouts of one layer.
pub(crate) struct Corpus {
    /// Begins the names of its cases.
    pub(crate) name: &'static str,
    pub(crate) rootfs: PathBuf,
    pub(crate) layout: PathBuf,
    /// The same with a gzip layer; only of the distribution.
    pub(crate) gzip: Option<PathBuf>,
    pub(crate) size: Size,
}

/// The regular files of a tree.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// Of files without a zero byte at their start.
    pub(crate) text_bytes: u64,
}

/// What lies in `target/bench/deep`.
pub(crate) struct Corpora {
    /// Debian as debootstrap makes it.
    pub(crate) distribution: Corpus,
    /// The same, and a gigabyte of `node_modules` and `site-packages`.
    pub(crate) large: Corpus,
    /// The layer of `large`, and a second one with the same files, each one byte longer: nothing in it is known.
    pub(crate) two_gigabytes: PathBuf,
}

/// Makes the corpora once, from the tree of the other benchmarks; later runs find them.
pub(crate) fn prepare(image: &BenchImage, directory: &Path) -> Result<Corpora> {
    let place = directory.join("deep");
    if !place.is_dir() {
        // Renamed when complete, so that an interrupted run leaves nothing that looks whole.
        let partial = directory.join("deep.partial");
        if partial.exists() {
            std::fs::remove_dir_all(&partial)
                .with_context(|| format!("cannot remove {}", partial.display()))?;
        }
        std::fs::create_dir_all(&partial).with_context(|| format!("cannot create {}", partial.display()))?;
        make(image, &partial)?;
        std::fs::rename(&partial, &place).with_context(|| format!("cannot rename {}", partial.display()))?;
    }
    let corpus = |name: &'static str| -> Result<Corpus> {
        let rootfs = place.join(name).join("rootfs");
        let size = size_of(&rootfs)?;
        let gzip = Some(place.join(name).join("oci-gzip")).filter(|layout| layout.is_dir());
        Ok(Corpus { name, rootfs, layout: place.join(name).join("oci-zstd"), gzip, size })
    };
    Ok(Corpora {
        distribution: corpus("distribution")?,
        large: corpus("large")?,
        two_gigabytes: place.join("two-gigabytes/oci-zstd"),
    })
}

fn make(image: &BenchImage, place: &Path) -> Result<()> {
    let distribution = place.join("distribution");
    copy_tree(&image.rootfs, &distribution)?;
    for added in ["app", "usr/local/lib/python3.11/dist-packages"] {
        let path = distribution.join("rootfs").join(added);
        std::fs::remove_dir_all(&path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    for (name, compression) in [("oci-zstd", Compression::Zstd), ("oci-gzip", Compression::Gzip)] {
        let layer = add_layer(&distribution.join("rootfs"), &distribution.join(name), compression)?;
        layout::write_index(&distribution.join(name), &[layer])?;
    }

    let large = place.join("large");
    copy_tree(&distribution.join("rootfs"), &large)?;
    let rootfs = large.join("rootfs");
    eprintln!("npm and pip: a gigabyte of packages");
    let app = rootfs.join("app");
    std::fs::create_dir_all(&app).with_context(|| format!("cannot create {}", app.display()))?;
    let options = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"];
    succeed(Command::new("npm").args(options).arg(&app).args(NODE_PACKAGES))?;
    let options = ["-m", "pip", "install", "--quiet", "--no-compile", "--only-binary=:all:", "--target"];
    let site_packages = rootfs.join("srv/venv/lib/python3.11/site-packages");
    succeed(Command::new("python3").args(options).arg(site_packages).args(PYTHON_PACKAGES))?;
    let first = add_layer(&rootfs, &large.join("oci-zstd"), Compression::Zstd)?;
    layout::write_index(&large.join("oci-zstd"), std::slice::from_ref(&first))?;

    let two = place.join("two-gigabytes/oci-zstd");
    layout::link_layer(&first, &large.join("oci-zstd"), &two)?;
    let tar = place.join("layer.tar");
    copy_layer::write(&rootfs, &tar)?;
    let second = layout::add_layer(&tar, &two, Compression::Zstd)?;
    std::fs::remove_file(&tar).with_context(|| format!("cannot remove {}", tar.display()))?;
    layout::write_index(&two, &[first, second])
}

/// Hard links: no file of a corpus is ever written to.
fn copy_tree(rootfs: &Path, into: &Path) -> Result<()> {
    std::fs::create_dir_all(into).with_context(|| format!("cannot create {}", into.display()))?;
    succeed(Command::new("cp").arg("-al").arg(rootfs).arg(into.join("rootfs")))
}

fn add_layer(rootfs: &Path, into: &Path, compression: Compression) -> Result<layout::Layer> {
    eprintln!("writing {}", into.display());
    let tar = into.with_extension("tar");
    let packing = ["--numeric-owner", "--sort=name", "--one-file-system", "-cf"];
    succeed(Command::new("tar").args(packing).arg(&tar).arg("-C").arg(rootfs).arg("."))?;
    let layer = layout::add_layer(&tar, into, compression)?;
    std::fs::remove_file(&tar).with_context(|| format!("cannot remove {}", tar.display()))?;
    Ok(layer)
}

fn size_of(rootfs: &Path) -> Result<Size> {
    let mut size = Size::default();
    let mut head = [0; TEXT_HEAD_BYTES];
    for path in regular_files(rootfs)? {
        let mut file = File::open(&path).with_context(|| format!("cannot open {}", path.display()))?;
        let bytes = file.metadata()?.len();
        let mut length = 0;
        while length < head.len() {
            match file.read(&mut head[length..])? {
                0 => break,
                count => length += count,
            }
        }
        size.files += 1;
        size.bytes += bytes;
        if !head[..length].contains(&0) {
            size.text_bytes += bytes;
        }
    }
    Ok(size)
}

/// Sorted.
pub(crate) fn regular_files(rootfs: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut directories = vec![rootfs.to_owned()];
    while let Some(directory) = directories.pop() {
        let context = || format!("cannot list {}", directory.display());
        for entry in std::fs::read_dir(&directory).with_context(context)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                directories.push(entry.path());
            } else if kind.is_file() {
                files.push(entry.path());
            }
        }
    }
    files.sort();
    Ok(files)
}
