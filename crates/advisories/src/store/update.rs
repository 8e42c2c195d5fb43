//! One update of a database: new shards first, then the manifest by rename as the one step that counts.

use super::files::{
    LOCK, MANIFEST, PREVIOUS_MANIFEST, SHARD_DIRECTORY, StoreError, TEMPORARY_PREFIX, persist, read_bounded,
    replace, shard_path, temporary_in,
};
use super::key::SigningKey;
use super::last_seen::{remember_database, remember_offer};
use super::manifest::{MANIFEST_BYTES_MAX, Manifest, ManifestError, ShardEntry, hex};
use super::timestamp::Timestamp;
use super::writer::{Installed, Store};
use ring::digest::{Context, SHA256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

/// An update under way; dropped without [`Update::commit`], it leaves the old database.
pub(super) struct Update<'a> {
    store: &'a Store,
    pub(super) manifest: Manifest,
    pub(super) offered: Option<(String, u64)>,
    installed: Installed,
    // Held until the update ends.
    _lock: File,
}

impl<'a> Update<'a> {
    pub(super) fn begin(store: &'a Store, key: &SigningKey) -> Result<Self, StoreError> {
        let directory = &store.directory;
        let shards = directory.join(SHARD_DIRECTORY);
        let failed = |action, path: &Path| {
            let path = path.to_owned();
            move |source| StoreError::Io { action, path, source }
        };
        fs::create_dir_all(&shards).map_err(failed("make", &shards))?;
        let path = directory.join(LOCK);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed("open", &path))?;
        lock.lock().map_err(failed("lock", &path))?;
        step("locked").map_err(failed("write", directory))?;
        let mut keys = store.trust.keys.clone();
        keys.push(key.public());
        let epoch = "1970-01-01T00:00:00Z".parse::<Timestamp>().expect("is a timestamp");
        let manifest = match store.manifest(&keys)? {
            Some(verified) => verified.manifest().clone(),
            None => Manifest {
                format: 1,
                version: 0,
                created: epoch.clone(),
                expires: epoch,
                shards: Vec::new(),
                origins: BTreeMap::new(),
            },
        };
        Ok(Self { store, manifest, offered: None, installed: Installed::default(), _lock: lock })
    }

    /// Whether the file of a shard is here, whole.
    pub(super) fn has(&self, entry: &ShardEntry) -> bool {
        file_matches(&shard_path(&self.store.directory, &entry.sha256), entry)
    }

    /// Uses a shard whose file is here.
    pub(super) fn keep(&mut self, entry: &ShardEntry, signed_by: &str) {
        self.set(ShardEntry { signed_by: signed_by.to_owned(), ..entry.clone() });
    }

    /// Reads a shard to a temporary file, verifies it and gives it its name. Reads no more than the entry says.
    pub(super) fn add(&mut self, entry: ShardEntry, bytes: &mut dyn Read) -> Result<(), StoreError> {
        let path = shard_path(&self.store.directory, &entry.sha256);
        let failed = |source| StoreError::Io { action: "write", path: path.clone(), source };
        let directory = self.store.directory.join(SHARD_DIRECTORY);
        let mut file = temporary_in(&directory).map_err(failed)?;
        let mut hash = Context::new(&SHA256);
        let mut bytes = bytes.take(entry.size_bytes + 1);
        let mut buffer = vec![0; 128 << 10];
        let mut size_bytes = 0;
        loop {
            let count = bytes.read(&mut buffer).map_err(|source| StoreError::Io {
                action: "read",
                path: PathBuf::from(&entry.name),
                source,
            })?;
            if count == 0 {
                break;
            }
            step("shard").map_err(failed)?;
            hash.update(&buffer[..count]);
            size_bytes += count as u64;
            file.write_all(&buffer[..count]).map_err(failed)?;
        }
        if size_bytes != entry.size_bytes || hex(hash.finish().as_ref()) != entry.sha256 {
            return Err(StoreError::Tampered { name: entry.name });
        }
        step("shard written").map_err(failed)?;
        persist(file, &path, 0o644).map_err(failed)?;
        step("shard named").map_err(failed)?;
        self.set(entry);
        Ok(())
    }

    fn set(&mut self, entry: ShardEntry) {
        let shards = &mut self.manifest.shards;
        match shards.binary_search_by(|other| other.name.cmp(&entry.name)) {
            Ok(at) => {
                let list = if shards[at].sha256 == entry.sha256 {
                    &mut self.installed.unchanged
                } else {
                    &mut self.installed.changed
                };
                list.push(entry.name.clone());
                shards[at] = entry;
            }
            Err(at) => {
                self.installed.changed.push(entry.name.clone());
                shards.insert(at, entry);
            }
        }
    }

    pub(super) fn commit(mut self, key: &SigningKey, now: &Timestamp) -> Result<Installed, StoreError> {
        let directory = &self.store.directory;
        let path = directory.join(MANIFEST);
        let failed = |action| {
            let path = path.clone();
            move |source| StoreError::Io { action, path, source }
        };
        let old = match read_bounded(&path, MANIFEST_BYTES_MAX) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(failed("read")(source)),
        };
        self.manifest.version += 1;
        self.manifest.created = now.clone();
        self.manifest.expires = now.plus_days(self.store.valid_days);
        if let Some((origin, version)) = &self.offered {
            self.manifest.origins.insert(origin.clone(), *version);
        }
        let bytes = self.manifest.sign(key);
        if bytes.len() > MANIFEST_BYTES_MAX {
            let source = ManifestError::Malformed("too large".to_owned());
            return Err(StoreError::Manifest { place: directory.clone(), source });
        }
        if let Some(old) = old {
            step("previous").map_err(failed("write"))?;
            replace(&directory.join(PREVIOUS_MANIFEST), &old, 0o644).map_err(failed("keep"))?;
        }
        step("manifest").map_err(failed("write"))?;
        replace(&path, &bytes, 0o644).map_err(failed("write"))?;
        // From here on the new database is in use; what follows is tidying.
        step("committed").map_err(failed("tidy up after"))?;
        remember_database(&self.store.trust, directory, &key.public().id(), self.manifest.version)?;
        if let Some((origin, version)) = &self.offered {
            remember_offer(&self.store.trust, origin, *version)?;
        }
        self.remove_unused().map_err(failed("tidy up after"))?;
        self.installed.version = self.manifest.version;
        Ok(self.installed)
    }

    /// Removes shards that neither this manifest nor the one before names, and what dead writers left.
    fn remove_unused(&self) -> io::Result<()> {
        let directory = &self.store.directory;
        let mut used: BTreeSet<String> =
            self.manifest.shards.iter().map(|entry| entry.sha256.clone()).collect();
        if let Ok(bytes) = read_bounded(&directory.join(PREVIOUS_MANIFEST), MANIFEST_BYTES_MAX) {
            // Whoever signed it: a file that is kept for nothing costs space alone.
            let text = String::from_utf8_lossy(&bytes);
            let shards = fs::read_dir(directory.join(SHARD_DIRECTORY))?;
            for name in shards.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
                if let Some(sha256) = name.strip_suffix(".shard").filter(|sha256| text.contains(*sha256)) {
                    used.insert(sha256.to_owned());
                }
            }
        }
        for place in [directory.clone(), directory.join(SHARD_DIRECTORY)] {
            for entry in fs::read_dir(&place)?.flatten() {
                let name = entry.file_name();
                let Some(name) = name.to_str() else { continue };
                let is_unused_shard =
                    name.strip_suffix(".shard").is_some_and(|sha256| !used.contains(sha256));
                if is_unused_shard || name.starts_with(TEMPORARY_PREFIX) {
                    fs::remove_file(entry.path())?;
                    step("removed")?;
                }
            }
        }
        Ok(())
    }
}

fn file_matches(path: &Path, entry: &ShardEntry) -> bool {
    let Ok(mut file) = File::open(path) else { return false };
    let mut hash = Context::new(&SHA256);
    let mut buffer = vec![0; 128 << 10];
    let mut size_bytes = 0;
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return size_bytes == entry.size_bytes && hex(hash.finish().as_ref()) == entry.sha256,
            Ok(count) => {
                hash.update(&buffer[..count]);
                size_bytes += count as u64;
            }
            Err(_) => return false,
        }
    }
}

/// A place where an update may be interrupted; tests make it fail or die there.
#[cfg(not(test))]
#[expect(clippy::unnecessary_wraps, reason = "fails in tests")]
fn step(_name: &str) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
use super::tests::step;
