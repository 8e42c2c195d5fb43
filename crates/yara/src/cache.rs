//! Compiled packs kept between runs.

use crate::header::{HEADER_BYTES_MAX, PackHeader, sha256_hex};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Bytes of one serialised part; a larger file is not read.
const PART_BYTES_MAX: u64 = 512 << 20;

/// Compiled packs kept between runs: `<digest>.pack`, and for each part a `<sha256>.rules` and, when it has a gate, a
/// `<sha256>.needs`. Files appear by
/// rename and are checked against their digests, so any number of scans share the directory without a lock and a
/// damaged file is read as absent.
///
/// Compiled rules are code. The directory is made for its owner alone, and one that others may write to is not read.
#[derive(Clone, Debug)]
pub struct PackCache {
    directory: PathBuf,
}

impl PackCache {
    /// A cache in a directory of its own, made when it is first written to.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    pub(crate) fn header(&self, digest: &str) -> Option<PackHeader> {
        let bytes = self.read(&format!("{digest}.pack"), HEADER_BYTES_MAX as u64)?;
        PackHeader::decode(&bytes).filter(|header| header.digest == digest)
    }

    /// What was kept under its SHA-256.
    pub(crate) fn part(&self, sha256: &str, kind: &str) -> Option<Vec<u8>> {
        let is_name = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_name {
            return None;
        }
        self.read(&format!("{sha256}.{kind}"), PART_BYTES_MAX).filter(|bytes| sha256_hex(bytes) == sha256)
    }

    /// Keeps something under its SHA-256, which it returns in hexadecimal.
    pub(crate) fn keep_part(&self, kind: &str, bytes: &[u8]) -> io::Result<String> {
        let sha256 = sha256_hex(bytes);
        self.write(&format!("{sha256}.{kind}"), bytes)?;
        Ok(sha256)
    }

    pub(crate) fn keep_header(&self, header: &PackHeader) -> io::Result<()> {
        self.write(&format!("{}.pack", header.digest), &header.encode())
    }

    #[expect(clippy::disallowed_methods, reason = "the cache is the engine's own directory")]
    fn read(&self, name: &str, bytes_max: u64) -> Option<Vec<u8>> {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&self.directory).ok()?.permissions().mode();
        if mode & 0o022 != 0 {
            return None;
        }
        let file = std::fs::File::open(self.directory.join(name)).ok()?;
        let mut bytes = Vec::new();
        file.take(bytes_max + 1).read_to_end(&mut bytes).ok()?;
        (bytes.len() as u64 <= bytes_max).then_some(bytes)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(bytes)?;
        file.persist(self.directory.join(name)).map_err(|error| error.error)?;
        Ok(())
    }
}
