//! Layer facts kept between runs.

use crate::layer_facts::{LayerFacts, Parsed};
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Changes whenever the facts of a layer would: part of every key.
const ENGINE: &str = concat!("seawall ", env!("CARGO_PKG_VERSION"), " facts 3");
const MAGIC: &[u8; 8] = b"SWFACTS1";

/// Layer facts kept between runs, one file a layer, named by a hash of everything they depend on. Files appear
/// by rename and carry a checksum: any number of scans share the directory without a lock, and a damaged file is
/// read as absent.
#[derive(Clone, Debug)]
pub struct Cache {
    directory: PathBuf,
}

impl Cache {
    /// A cache in a directory of its own, made when it is first written to.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    /// Facts kept under a key.
    pub(crate) fn load(&self, key: &str) -> Option<LayerFacts> {
        decode(&read(&self.path(key)).ok()?)
    }

    /// Keeps facts under a key.
    ///
    /// # Errors
    /// When the directory cannot be written; the scan goes on without.
    pub(crate) fn store(&self, key: &str, facts: &LayerFacts) -> io::Result<()> {
        make_private_directory(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(&encode(facts))?;
        file.persist(self.path(key)).map_err(|error| error.error)?;
        Ok(())
    }

    /// Bytes kept under a key; damaged ones are absent.
    pub(crate) fn load_bytes(&self, key: &str) -> Option<Vec<u8>> {
        let mut bytes = read(&self.path(key)).ok()?;
        let content = bytes.len().checked_sub(32)?;
        if Sha256::digest(&bytes[..content]).as_slice() != &bytes[content..] {
            return None;
        }
        bytes.truncate(content);
        Some(bytes)
    }

    /// Keeps bytes under a key.
    ///
    /// # Errors
    /// When the directory cannot be written; the scan goes on without.
    pub(crate) fn store_bytes(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        make_private_directory(&self.directory)?;
        let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
        file.write_all(bytes)?;
        file.write_all(&Sha256::digest(bytes))?;
        file.persist(self.path(key)).map_err(|error| error.error)?;
        Ok(())
    }

    fn path(&self, key: &str) -> PathBuf {
        let hash = Sha256::digest(format!("{ENGINE}\n{key}"));
        let name: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        self.directory.join(name)
    }
}

#[expect(clippy::disallowed_methods, reason = "the cache is the engine's own directory")]
fn read(path: &Path) -> io::Result<Vec<u8>> {
    std::fs::read(path)
}

fn make_private_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

// magic, length of the JSON part, JSON, four arrays (count, little-endian hashes), SHA-256 of all before it.
fn encode(facts: &LayerFacts) -> Vec<u8> {
    let json = serde_json::to_vec(&facts.parsed).expect("facts hold no map with keys that are not text");
    let mut out = Vec::with_capacity(json.len() + 8 * facts.files.len() + 128);
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&(json.len() as u64).to_le_bytes());
    out.extend_from_slice(&json);
    for hashes in [&facts.files, &facts.directories, &facts.whiteouts, &facts.opaques] {
        out.extend_from_slice(&(hashes.len() as u64).to_le_bytes());
        for hash in hashes {
            out.extend_from_slice(&hash.to_le_bytes());
        }
    }
    let checksum = Sha256::digest(&out);
    out.extend_from_slice(&checksum);
    out
}

fn decode(bytes: &[u8]) -> Option<LayerFacts> {
    let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(32)?)?;
    if Sha256::digest(content).as_slice() != checksum {
        return None;
    }
    let mut rest = content.strip_prefix(MAGIC)?;
    let json_length = take_number(&mut rest)?;
    let json = take(&mut rest, json_length)?;
    let parsed: Parsed = serde_json::from_slice(json).ok()?;
    let mut arrays = [const { Vec::new() }; 4];
    for array in &mut arrays {
        let count = take_number(&mut rest)?;
        let raw = take(&mut rest, count.checked_mul(8)?)?;
        array.extend(
            raw.chunks_exact(8).map(|chunk| u64::from_le_bytes(chunk.try_into().expect("chunks of 8"))),
        );
    }
    let [files, directories, whiteouts, opaques] = arrays;
    Some(LayerFacts { parsed, files, directories, whiteouts, opaques })
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

fn take_number(rest: &mut &[u8]) -> Option<usize> {
    let bytes = take(rest, 8)?;
    usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer_facts::Record;
    use crate::owned::OwnedFiles;
    use model::{Ecosystem, FoundBy, LayerPath, Package};

    fn sample() -> LayerFacts {
        let path = LayerPath::new("var/lib/dpkg/status");
        let mut facts = LayerFacts { files: vec![3, 1, 2], whiteouts: vec![9], ..LayerFacts::default() };
        facts.parsed.records.push(Record {
            path: path.clone(),
            is_system: true,
            packages: vec![Package::new(
                Ecosystem::Deb,
                "zlib1g",
                "1:1.2.13",
                FoundBy::PackageManager,
                &path,
            )],
            owned: vec![OwnedFiles { package: "zlib1g".to_owned(), ..OwnedFiles::default() }],
            ..Record::default()
        });
        facts.seal();
        facts
    }

    #[test]
    fn facts_survive_the_cache() {
        let directory = tempfile::tempdir().unwrap();
        let cache = Cache::new(&directory.path().join("layers"));
        assert!(cache.load("k").is_none());
        cache.store("k", &sample()).unwrap();
        let loaded = cache.load("k").unwrap();
        assert_eq!(loaded.files, [1, 2, 3]);
        assert_eq!(loaded.parsed.records, sample().parsed.records);
        assert!(cache.load("other").is_none());
    }

    #[test]
    fn a_damaged_cache_file_is_read_as_absent() {
        let bytes = encode(&sample());
        assert!(decode(&bytes).is_some());
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1;
            assert!(decode(&damaged).is_none(), "bit flip at {at}");
            assert!(decode(&bytes[..at]).is_none(), "truncated at {at}");
        }
    }
}
