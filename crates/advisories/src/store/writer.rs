//! A database directory that is written to.

use super::files::{MANIFEST, StoreError, read_bounded};
use super::key::{PublicKey, SigningKey};
use super::last_seen::{Trust, check_database, check_offer, refuse_older};
use super::manifest::{MANIFEST_BYTES_MAX, Manifest, ShardEntry, VerifiedManifest, hex};
use super::timestamp::Timestamp;
use super::update::Update;
use crate::shard::Shard;
use ring::digest::{SHA256, digest};
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// A database directory that is written to.
///
/// Writers take turns by an advisory lock on `lock`; the lock dies with its holder. Readers never lock.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) directory: PathBuf,
    pub(super) trust: Trust,
    pub(super) valid_days: u32,
}

/// What an update changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// Version of the manifest that is in use.
    pub version: u64,
    /// Shards whose content is new.
    pub changed: Vec<String>,
    /// Shards that were offered and are in use already.
    pub unchanged: Vec<String>,
}

impl Store {
    /// A database in a directory, which is made on the first update. `trust.keys` are the publishers whose bundles
    /// are accepted; the key that signs is always trusted.
    #[must_use]
    pub fn new(directory: impl Into<PathBuf>, trust: Trust) -> Self {
        Self { directory: directory.into(), trust, valid_days: 30 }
    }

    /// For how many days a manifest counts as fresh; 30 when not said.
    #[must_use]
    pub fn valid_days(self, days: u32) -> Self {
        Self { valid_days: days, ..self }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Adds shards that were built here, or replaces those of the same names; all others stay.
    ///
    /// # Errors
    /// When a shard is broken, the database is not trusted or it cannot be written; the old one is then unchanged.
    pub fn publish(
        &self,
        shards: &BTreeMap<String, Vec<u8>>,
        key: &SigningKey,
        now: &Timestamp,
    ) -> Result<Installed, StoreError> {
        let mut update = Update::begin(self, key)?;
        for (name, bytes) in shards {
            let refused = |source| StoreError::Shard { name: name.clone(), source };
            let shard = Shard::from_bytes(bytes).map_err(refused)?;
            let (meta, counts) = shard.meta().map_err(refused)?;
            let entry = ShardEntry {
                name: name.clone(),
                sha256: hex(digest(&SHA256, bytes).as_ref()),
                size_bytes: bytes.len() as u64,
                meta,
                counts,
                signed_by: String::new(),
            };
            if shard.name().map_err(refused)? != *name {
                return Err(StoreError::Tampered { name: name.clone() });
            }
            update.add(entry, &mut bytes.as_slice())?;
        }
        update.commit(key, now)
    }

    /// Adds the shards of a publisher's manifest that `wanted` names, or all. `fetch` gives the bytes of a shard;
    /// it is asked for those alone that are not here yet, and what it gives is verified before it is used.
    ///
    /// # Errors
    /// When the manifest is older than one of the same key that was installed before, a shard does not match it,
    /// or the database cannot be written; the old one is then unchanged.
    pub fn install(
        &self,
        offered: &VerifiedManifest,
        wanted: Option<&[String]>,
        key: &SigningKey,
        now: &Timestamp,
        mut fetch: impl FnMut(&ShardEntry) -> io::Result<Box<dyn Read>>,
    ) -> Result<Installed, StoreError> {
        let mut update = self.begin_install(offered, key)?;
        for entry in wanted_entries(offered.manifest(), wanted)? {
            if update.has(entry) {
                update.keep(entry, offered.key_id());
                continue;
            }
            let mut bytes = fetch(entry).map_err(|source| StoreError::Io {
                action: "fetch",
                path: PathBuf::from(&entry.name),
                source,
            })?;
            update.add(ShardEntry { signed_by: offered.key_id().to_owned(), ..entry.clone() }, &mut bytes)?;
        }
        update.commit(key, now)
    }

    pub(super) fn begin_install(
        &self,
        offered: &VerifiedManifest,
        key: &SigningKey,
    ) -> Result<Update<'_>, StoreError> {
        let refused = |source| StoreError::Manifest { place: PathBuf::from("the offered database"), source };
        check_offer(&self.trust, offered).map_err(refused)?;
        let mut update = Update::begin(self, key)?;
        let seen = update.manifest.origins.get(offered.key_id()).copied().unwrap_or(0);
        refuse_older(offered, seen).map_err(refused)?;
        update.offered = Some((offered.key_id().to_owned(), offered.manifest().version));
        Ok(update)
    }

    /// The manifest in use; `None` when there is no database yet.
    ///
    /// # Errors
    /// When it cannot be read, is not trusted or is older than what was seen.
    pub fn manifest(&self, keys: &[PublicKey]) -> Result<Option<VerifiedManifest>, StoreError> {
        let path = self.directory.join(MANIFEST);
        let refused = |source| StoreError::Manifest { place: self.directory.clone(), source };
        let bytes = match read_bounded(&path, MANIFEST_BYTES_MAX) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(StoreError::Io { action: "read", path, source }),
        };
        let verified = VerifiedManifest::verify(&bytes, keys).map_err(refused)?;
        check_database(&self.trust, &self.directory, &verified).map_err(refused)?;
        Ok(Some(verified))
    }
}

/// The entries that names choose; all when there are no names.
pub(super) fn wanted_entries<'a>(
    manifest: &'a Manifest,
    wanted: Option<&[String]>,
) -> Result<Vec<&'a ShardEntry>, StoreError> {
    match wanted {
        None => Ok(manifest.shards.iter().collect()),
        Some(names) => names
            .iter()
            .map(|name| manifest.shard(name).ok_or_else(|| StoreError::NoSuchShard(name.clone())))
            .collect(),
    }
}
