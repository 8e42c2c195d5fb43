//! A layer with the files of a tree under another directory, each a byte longer, so that none has a known digest.

use super::corpus::regular_files;
use anyhow::{Context, Result};
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Where the copies lie in the layer.
const DIRECTORY: &str = "copy";

pub(crate) fn write(rootfs: &Path, tar: &Path) -> Result<()> {
    let mut builder = tar::Builder::new(io::BufWriter::with_capacity(
        1 << 20,
        File::create(tar).with_context(|| format!("cannot create {}", tar.display()))?,
    ));
    for path in regular_files(rootfs)? {
        let inner = path.strip_prefix(rootfs).context("a file lies outside its tree")?;
        append(&mut builder, &path, &Path::new(DIRECTORY).join(inner))
            .with_context(|| format!("cannot add {}", path.display()))?;
    }
    builder.into_inner().and_then(|mut writer| writer.flush()).context("cannot end the archive")
}

fn append(builder: &mut tar::Builder<impl io::Write>, path: &Path, inner: &Path) -> io::Result<()> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    let mut header = tar::Header::new_gnu();
    header.set_size(metadata.len() + 1);
    header.set_mode(metadata.permissions().mode());
    builder.append_data(&mut header, inner, file.take(metadata.len()).chain(&b"\n"[..]))
}
