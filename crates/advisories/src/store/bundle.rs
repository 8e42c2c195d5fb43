//! A database in one file, for machines without network.
//!
//! ```text
//! magic "SEAWALLB" · format u32 · length of the manifest u32 · signed manifest ·
//! for each shard of the manifest: 0, or 1 and a Zstandard frame
//! ```
//!
//! The manifest is the publisher's own, so a bundle that leaves shards out needs no new signature.

use super::files::{StoreError, shard_path};
use super::key::SigningKey;
use super::last_seen::Trust;
use super::manifest::{MANIFEST_BYTES_MAX, VerifiedManifest};
use super::timestamp::Timestamp;
use super::writer::{Installed, Store, wanted_entries};
use super::{MANIFEST, read_bounded};
use crate::store::ShardEntry;
use ring::digest::{Context, SHA256};
use std::fs::File;
use std::io::{self, BufRead, Read, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 8] = b"SEAWALLB";
const FORMAT: u32 = 1;
const LEVEL: i32 = 15;
/// Bytes of memory that a frame may ask for: 2^27.
const WINDOW_LOG_MAX: u32 = 27;

/// Whether a file that begins with these bytes is an exported database.
#[must_use]
pub fn is_bundle(first: &[u8]) -> bool {
    first.starts_with(MAGIC)
}

/// Writes a database, or the named shards of it, as one file. Each shard is verified on the way.
///
/// # Errors
/// When the database is not trusted or damaged, has no shard of a name, or the output cannot be written.
pub fn export(
    directory: &Path,
    trust: &Trust,
    names: Option<&[String]>,
    out: &mut dyn Write,
) -> Result<Vec<String>, StoreError> {
    let failed = |action, path: PathBuf| move |source| StoreError::Io { action, path, source };
    let writing = |source| StoreError::Io { action: "write", path: PathBuf::from("the bundle"), source };
    let path = directory.join(MANIFEST);
    let bytes = read_bounded(&path, MANIFEST_BYTES_MAX).map_err(failed("read", path))?;
    let verified = VerifiedManifest::verify(&bytes, &trust.keys)
        .map_err(|source| StoreError::Manifest { place: directory.to_owned(), source })?;
    let wanted: Vec<&ShardEntry> = wanted_entries(verified.manifest(), names)?;
    out.write_all(MAGIC).map_err(writing)?;
    out.write_all(&FORMAT.to_le_bytes()).map_err(writing)?;
    out.write_all(&(bytes.len() as u32).to_le_bytes()).map_err(writing)?;
    out.write_all(&bytes).map_err(writing)?;
    let mut exported = Vec::new();
    for entry in &verified.manifest().shards {
        if !wanted.iter().any(|other| other.name == entry.name) {
            out.write_all(&[0]).map_err(writing)?;
            continue;
        }
        out.write_all(&[1]).map_err(writing)?;
        let path = shard_path(directory, &entry.sha256);
        let mut file = File::open(&path).map_err(failed("read", path.clone()))?;
        let mut hash = Context::new(&SHA256);
        let mut frame = zstd::stream::write::Encoder::new(&mut *out, LEVEL).map_err(writing)?;
        let mut buffer = vec![0; 128 << 10];
        loop {
            let count = file.read(&mut buffer).map_err(failed("read", path.clone()))?;
            if count == 0 {
                break;
            }
            hash.update(&buffer[..count]);
            frame.write_all(&buffer[..count]).map_err(writing)?;
        }
        frame.finish().map_err(writing)?;
        if super::hex(hash.finish().as_ref()) != entry.sha256 {
            return Err(StoreError::Tampered { name: entry.name.clone() });
        }
        exported.push(entry.name.clone());
    }
    out.flush().map_err(writing)?;
    Ok(exported)
}

/// A bundle whose manifest was verified; its shards are verified while they are read.
pub struct Bundle<R> {
    manifest: VerifiedManifest,
    reader: R,
}

impl<R: BufRead> Bundle<R> {
    /// Reads the manifest of a bundle and verifies it with the keys that are trusted.
    ///
    /// # Errors
    /// When it is no bundle, or no trusted key signed it.
    pub fn open(mut reader: R, trust: &Trust) -> Result<Self, StoreError> {
        let mut head = [0; 16];
        reader.read_exact(&mut head).map_err(|_| StoreError::Bundle("it is too short"))?;
        if head[..8] != MAGIC[..] {
            return Err(StoreError::Bundle("it begins with something else"));
        }
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        if number(8) != FORMAT {
            return Err(StoreError::Bundle("its format is of another release"));
        }
        let length = number(12) as usize;
        if length > MANIFEST_BYTES_MAX {
            return Err(StoreError::Bundle("its manifest is too large"));
        }
        let mut bytes = Vec::new();
        let read = reader.by_ref().take(length as u64).read_to_end(&mut bytes);
        if read.map_err(reading)? != length {
            return Err(StoreError::Bundle("it ends in its manifest"));
        }
        let manifest = VerifiedManifest::verify(&bytes, &trust.keys)
            .map_err(|source| StoreError::Manifest { place: PathBuf::from("the bundle"), source })?;
        Ok(Self { manifest, reader })
    }

    /// What it promises.
    #[must_use]
    pub const fn manifest(&self) -> &VerifiedManifest {
        &self.manifest
    }

    /// Adds its shards to a database.
    ///
    /// # Errors
    /// When it is older than what was installed of the same key before, a shard does not match the manifest, the
    /// bundle is cut off, or the database cannot be written; the old one is then unchanged.
    pub fn install(
        mut self,
        store: &Store,
        key: &SigningKey,
        now: &Timestamp,
    ) -> Result<Installed, StoreError> {
        let mut update = store.begin_install(&self.manifest, key)?;
        self.each_shard(|entry, key_id, bytes| {
            update.add(ShardEntry { signed_by: key_id.to_owned(), ..entry.clone() }, bytes)
        })?;
        update.commit(key, now)
    }

    /// Reads all of it without keeping anything; the names of its shards.
    ///
    /// # Errors
    /// As [`Self::install`].
    pub fn check(mut self) -> Result<Vec<String>, StoreError> {
        let mut names = Vec::new();
        self.each_shard(|entry, _, bytes| {
            let mut hash = HashWriter(Context::new(&SHA256));
            let size_bytes = io::copy(&mut bytes.take(entry.size_bytes + 1), &mut hash).map_err(reading)?;
            if size_bytes != entry.size_bytes || super::hex(hash.0.finish().as_ref()) != entry.sha256 {
                return Err(StoreError::Tampered { name: entry.name.clone() });
            }
            names.push(entry.name.clone());
            Ok(())
        })?;
        Ok(names)
    }

    fn each_shard(
        &mut self,
        mut take: impl FnMut(&ShardEntry, &str, &mut dyn Read) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for entry in &self.manifest.manifest().shards {
            let mut flag = [0];
            self.reader
                .read_exact(&mut flag)
                .map_err(|_| StoreError::Bundle("it ends before its shards do"))?;
            match flag[0] {
                0 => continue,
                1 => {}
                _ => return Err(StoreError::Bundle("a shard begins with neither 0 nor 1")),
            }
            let mut frame =
                zstd::stream::read::Decoder::with_buffer(&mut self.reader).map_err(reading)?.single_frame();
            frame.window_log_max(WINDOW_LOG_MAX).map_err(reading)?;
            take(entry, self.manifest.key_id(), &mut frame)?;
            // Leaves the reader after the frame; a frame that goes on was refused by its size.
            io::copy(&mut frame.take(1), &mut io::sink()).map_err(reading)?;
        }
        Ok(())
    }
}

fn reading(source: io::Error) -> StoreError {
    StoreError::Io { action: "read", path: PathBuf::from("the bundle"), source }
}

struct HashWriter(Context);

impl Write for HashWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
