//! All shards at hand, as one database.

use crate::mapping::map;
use crate::meta::{ShardCounts, ShardMeta};
use crate::shard::{Shard, ShardError};
use crate::store::{
    MANIFEST, MANIFEST_BYTES_MAX, ManifestError, ShardEntry, Timestamp, Trust, VerifiedManifest,
    check_database, hex, read_bounded, shard_path,
};
use memmap2::Mmap;
use ring::digest::{SHA256, digest};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where shards are taken from.
#[derive(Clone, Debug, Default)]
pub struct DatabaseOptions {
    /// Database directories; the first that has a shard wins. A directory that does not exist is left out.
    pub directories: Vec<PathBuf>,
    /// Shards inside the program, by name. A whole shard of a directory replaces one of these; otherwise both
    /// are used.
    pub embedded: &'static [(&'static str, &'static [u8])],
    /// Whose signature on a directory's manifest is enough.
    pub trust: Trust,
}

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A manifest is refused.
    #[error("advisory database {} is refused", directory.display())]
    Manifest {
        /// The database.
        directory: PathBuf,
        /// Why.
        #[source]
        source: ManifestError,
    },
    /// A shard file is not what the signed manifest says.
    #[error("shard {name} of {origin} was changed or damaged (hint: run 'seawall db update')")]
    Tampered {
        /// The shard.
        name: String,
        /// The database.
        origin: String,
    },
    /// A shard cannot be opened.
    #[error("shard {name} of {origin} is refused")]
    Shard {
        /// The shard.
        name: String,
        /// `embedded` or the directory.
        origin: String,
        /// Why.
        #[source]
        source: ShardError,
    },
}

/// All shards at hand. Opening maps files and verifies manifests; a shard's content is verified on first use.
/// It never locks, and an update that happens meanwhile does not change it.
#[derive(Debug)]
pub struct Database {
    slots: BTreeMap<String, Vec<Slot>>,
    expiries: Vec<(PathBuf, Timestamp)>,
}

#[derive(Debug)]
struct Slot {
    bytes: Bytes,
    origin: String,
    label: Option<(ShardMeta, ShardCounts)>,
    sha256: Option<String>,
    is_genuine: OnceLock<bool>,
}

#[derive(Debug)]
enum Bytes {
    Embedded(&'static [u8]),
    Mapped(Mmap),
}

/// A shard in use.
#[derive(Clone, Copy, Debug)]
pub struct OpenShard<'a> {
    /// The shard.
    pub shard: Shard<'a>,
    /// `embedded`, or the database directory.
    pub origin: &'a str,
}

/// What is at hand of one shard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardStatus {
    /// `debian:12`, `npm`, `kev`.
    pub name: String,
    /// `embedded`, or the database directory.
    pub origin: String,
    /// Date, sources, licence, whether it is whole.
    pub meta: ShardMeta,
    /// How much it holds.
    pub counts: ShardCounts,
    /// Size of the file.
    pub size_bytes: u64,
    /// Whether scans use it; an embedded shard that a whole one replaces is not used.
    pub is_used: bool,
}

impl Database {
    /// Opens the database.
    ///
    /// # Errors
    /// When a directory has a manifest that no trusted key signed, that is older than one seen before, or whose
    /// files are missing or of another size. A directory without a manifest is no database yet, which is no error.
    pub fn open(options: &DatabaseOptions) -> Result<Self, DatabaseError> {
        let mut database = Self { slots: BTreeMap::new(), expiries: Vec::new() };
        for directory in &options.directories {
            database.add_directory(directory, &options.trust)?;
        }
        for (name, bytes) in options.embedded {
            let slots = database.slots.entry((*name).to_owned()).or_default();
            slots.push(Slot {
                bytes: Bytes::Embedded(bytes),
                origin: "embedded".to_owned(),
                label: None,
                sha256: None,
                is_genuine: OnceLock::from(true),
            });
        }
        Ok(database)
    }

    fn add_directory(&mut self, directory: &Path, trust: &Trust) -> Result<(), DatabaseError> {
        // Between reading the manifest and mapping the last file, writers may have replaced the database twice and
        // removed files; then the manifest has changed too.
        const TRIES: usize = 16;
        let mut last = None;
        for _ in 0..TRIES {
            let Some(verified) = read_manifest(directory, trust)? else { return Ok(()) };
            let mapped: Result<Vec<_>, _> =
                verified.manifest().shards.iter().map(|entry| map_entry(directory, entry)).collect();
            match mapped {
                Ok(slots) => {
                    for (entry, slot) in verified.manifest().shards.iter().zip(slots) {
                        let others = self.slots.entry(entry.name.clone()).or_default();
                        if others.is_empty() {
                            others.push(slot);
                        }
                    }
                    self.expiries.push((directory.to_owned(), verified.manifest().expires.clone()));
                    return Ok(());
                }
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("the loop ends here after an error alone"))
    }

    /// The shards of a name that scans use, and why others cannot be used.
    #[must_use]
    pub fn shards(&self, name: &str) -> (Vec<OpenShard<'_>>, Vec<DatabaseError>) {
        let mut open = Vec::new();
        let mut errors = Vec::new();
        for slot in self.slots.get(name).map_or(&[][..], Vec::as_slice) {
            match slot.open(name) {
                Ok(shard) => open.push(OpenShard { shard, origin: &slot.origin }),
                Err(error) => errors.push(error),
            }
            // A whole shard of a directory replaces the embedded one.
            if errors.is_empty() && slot.is_complete_file() {
                break;
            }
        }
        (open, errors)
    }

    /// The first shard of a name that can be used.
    #[must_use]
    pub fn shard(&self, name: &str) -> Option<Shard<'_>> {
        self.shards(name).0.first().map(|open| open.shard)
    }

    /// Names of all shards, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.slots.keys().map(String::as_str)
    }

    /// What is at hand, sorted by name.
    #[must_use]
    pub fn status(&self) -> Vec<ShardStatus> {
        let mut status = Vec::new();
        for (name, slots) in &self.slots {
            let mut is_used = true;
            for slot in slots {
                let (meta, counts) =
                    slot.label.clone().or_else(|| slot.open(name).ok()?.meta().ok()).unwrap_or_default();
                status.push(ShardStatus {
                    name: name.clone(),
                    origin: slot.origin.clone(),
                    meta,
                    counts,
                    size_bytes: slot.bytes().len() as u64,
                    is_used,
                });
                is_used &= !slot.is_complete_file();
            }
        }
        status
    }

    /// The database directories whose manifest should have been replaced by a newer one, with the date.
    pub fn expired<'a>(&'a self, today: &'a str) -> impl Iterator<Item = (&'a Path, &'a Timestamp)> {
        let expired =
            self.expiries.iter().filter(move |(_, expires)| !today.is_empty() && expires.day() < today);
        expired.map(|(directory, expires)| (directory.as_path(), expires))
    }
}

impl Slot {
    fn bytes(&self) -> &[u8] {
        match &self.bytes {
            Bytes::Embedded(bytes) => bytes,
            Bytes::Mapped(map) => map,
        }
    }

    fn is_complete_file(&self) -> bool {
        self.label.as_ref().is_some_and(|(meta, _)| meta.is_complete)
    }

    fn open(&self, name: &str) -> Result<Shard<'_>, DatabaseError> {
        let is_genuine = self.is_genuine.get_or_init(|| {
            let actual = hex(digest(&SHA256, self.bytes()).as_ref());
            self.sha256.as_ref().is_none_or(|expected| *expected == actual)
        });
        if !is_genuine {
            return Err(DatabaseError::Tampered { name: name.to_owned(), origin: self.origin.clone() });
        }
        Shard::from_bytes(self.bytes()).map_err(|source| DatabaseError::Shard {
            name: name.to_owned(),
            origin: self.origin.clone(),
            source,
        })
    }
}

fn read_manifest(directory: &Path, trust: &Trust) -> Result<Option<VerifiedManifest>, DatabaseError> {
    let path = directory.join(MANIFEST);
    let refused = |source| DatabaseError::Manifest { directory: directory.to_owned(), source };
    let bytes = match read_bounded(&path, MANIFEST_BYTES_MAX) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(source) => return Err(DatabaseError::Read { path, source }),
    };
    let verified = VerifiedManifest::verify(&bytes, &trust.keys).map_err(refused)?;
    check_database(trust, directory, &verified).map_err(refused)?;
    Ok(Some(verified))
}

fn map_entry(directory: &Path, entry: &ShardEntry) -> Result<Slot, DatabaseError> {
    let path = shard_path(directory, &entry.sha256);
    let mapped = map(&path).map_err(|source| DatabaseError::Read { path, source })?;
    let origin = directory.display().to_string();
    if mapped.len() as u64 != entry.size_bytes {
        return Err(DatabaseError::Tampered { name: entry.name.clone(), origin });
    }
    Ok(Slot {
        bytes: Bytes::Mapped(mapped),
        origin,
        label: Some((entry.meta.clone(), entry.counts)),
        sha256: Some(entry.sha256.clone()),
        is_genuine: OnceLock::new(),
    })
}
