//! Bounded reads.

use facts::Fact;
use model::GapReason;
use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

/// Bytes of a small file: configuration, one of `/proc` or `/sys`.
pub(crate) const SMALL_BYTES_MAX: u64 = 4 << 20;
/// Room for what most files hold.
const FIRST_BYTES: usize = 8 << 10;
/// Entries of a directory.
pub(crate) const ENTRIES_MAX: usize = 100_000;

/// The bytes of a file of at most `bytes_max`.
pub(crate) fn bytes(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    // Files of /proc are made anew for every read, so that few large reads are wanted.
    let mut bytes = Vec::with_capacity(FIRST_BYTES);
    file.take(bytes_max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > bytes_max {
        return Err(io::Error::other(format!("it has more than {bytes_max} bytes")));
    }
    Ok(bytes)
}

// A pipe or device in the place of a file would wait for ever.
fn open(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC;
    let file = File::options().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    Ok(file)
}

/// The text of a small file; bytes that are no UTF-8 are replaced.
pub(crate) fn text(path: &Path) -> io::Result<String> {
    Ok(String::from_utf8_lossy(&bytes(path, SMALL_BYTES_MAX)?).into_owned())
}

/// The text of a small file, or none when it does not exist.
pub(crate) fn optional_text(path: &Path) -> io::Result<Option<String>> {
    match text(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The trimmed text of a small file as a fact.
pub(crate) fn fact(path: &Path) -> Fact<String> {
    match text(path) {
        Ok(text) => Fact::Known(text.trim().to_owned()),
        Err(error) => missing(path, &error),
    }
}

/// Why a file could not be read.
pub(crate) fn missing<T>(path: &Path, error: &io::Error) -> Fact<T> {
    Fact::missing(GapReason::Unreadable, format!("{}: {error}", path.display()))
}

/// Names in a directory, sorted; at most [`ENTRIES_MAX`].
pub(crate) fn names(path: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path)?.take(ENTRIES_MAX) {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}
