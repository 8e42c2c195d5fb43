//! `seawall db import`: files of users, straight into a database.

use crate::completeness;
use crate::detect::{FeedKind, detect};
use crate::import::{ImportError, Record, import_path};
use crate::imported::Imported;
use crate::limits::FeedLimits;
use crate::spool::{Spool, SpoolError};
use advisories::{
    Advisory, Database, DatabaseError, DatabaseOptions, ShardError, ShardMeta, SigningKey, Store, StoreError,
    Timestamp, Trust,
};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What an import does besides what its files say.
pub struct InstallOptions {
    /// Keys whose signature on the database is enough, besides the one that signs.
    pub trust: Trust,
    /// The time.
    pub now: Timestamp,
    /// Where advisories wait for their shard; needs about twice the size of the files.
    pub temporary_directory: PathBuf,
    /// Bounds on feeds.
    pub limits: FeedLimits,
}

/// What came of an import.
#[derive(Debug, Default)]
pub struct InstallSummary {
    /// What was understood, and what was not.
    pub imported: Imported,
    /// Shards whose whole content came from these files.
    pub replaced: Vec<String>,
    /// Shards that kept what they had, and got more.
    pub extended: Vec<String>,
    /// Version of the manifest in use; nothing when the files held no advisories.
    pub version: Option<u64>,
    /// Records that could not be stored, one line each.
    pub problems: Vec<String>,
}

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// A file cannot be read, or is of an unknown kind.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// Shards cannot be built.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The database that is there cannot be read.
    #[error("cannot read the database to add to it")]
    Database(#[from] DatabaseError),
    /// A shard that is there is damaged.
    #[error("shard '{name}' of the database is damaged (hint: run `seawall db update`)")]
    Shard {
        /// The shard.
        name: String,
        /// What is wrong.
        #[source]
        source: ShardError,
    },
    /// The database refuses.
    #[error("cannot install into the database")]
    Store(#[from] StoreError),
}

/// Imports files, archives and directories into a database, in one step.
///
/// A feed that is a whole list (an OSV archive, a directory, the Debian tracker, a security database, an
/// `updateinfo.xml`, OVAL definitions, SHA-1 of Java archives) replaces the shards that it fills. Single records and DSA lists are added to
/// what their shards hold, and replace records of the same id and source.
///
/// # Errors
/// When a path cannot be read or is of an unknown kind, or the database cannot be written; the old one is then
/// unchanged.
pub fn install(
    paths: &[PathBuf],
    store: &Store,
    key: &SigningKey,
    options: &InstallOptions,
) -> Result<InstallSummary, InstallError> {
    let mut summary = InstallSummary::default();
    let mut spool = Spool::new(&options.temporary_directory);
    let mut whole: BTreeSet<String> = BTreeSet::new();
    let mut added: BTreeMap<String, BTreeSet<(String, String)>> = BTreeMap::new();
    for path in paths {
        let is_whole = is_whole_list(path);
        let imported = import_path(path, &options.limits, &mut |record| {
            if let Record::Advisory(advisory) = &record {
                for shard in shards_of(advisory) {
                    if is_whole {
                        whole.insert(shard);
                    } else {
                        added
                            .entry(shard)
                            .or_default()
                            .insert((advisory.id.clone(), advisory.source.clone()));
                    }
                }
            }
            spool.add(record);
        })?;
        summary.imported.merge(&options.limits, imported);
    }
    let kept = KeptShards::load(store, key, options, &added, &whole)?;
    let mut metas: BTreeMap<String, ShardMeta> = BTreeMap::new();
    for (name, meta, advisories) in kept.shards {
        let new = &added[&name];
        for advisory in advisories {
            if !new.contains(&(advisory.id.clone(), advisory.source.clone())) {
                spool.add(Record::Advisory(Box::new(advisory)));
            }
        }
        summary.extended.push(name.clone());
        metas.insert(name, meta);
    }
    let built = spool.build(|shard| {
        let old = metas.get(shard.name).cloned();
        let is_new_whole = !added.contains_key(shard.name) || whole.contains(shard.name);
        ShardMeta {
            // The day of the newest record: files may have lain about for long.
            date: if shard.newest.is_empty() {
                options.now.day().to_owned()
            } else {
                shard.newest.to_owned()
            },
            sources: shard.sources.iter().cloned().collect(),
            is_complete: match &old {
                Some(old) => old.is_complete,
                None => is_new_whole && completeness::is_complete(shard.name, shard.sources),
            },
            ..old.unwrap_or_default()
        }
    })?;
    summary.problems = built.problems;
    summary.replaced = built.shards.keys().filter(|name| !summary.extended.contains(name)).cloned().collect();
    if !built.shards.is_empty() {
        summary.version = Some(store.publish(&built.shards, key, &options.now)?.version);
    }
    Ok(summary)
}

fn shards_of(advisory: &Advisory) -> BTreeSet<String> {
    advisory.affected.iter().map(|affected| affected.shard.clone()).collect()
}

/// Shards of the database that are added to.
struct KeptShards {
    shards: Vec<(String, ShardMeta, Vec<Advisory>)>,
}

impl KeptShards {
    fn load(
        store: &Store,
        key: &SigningKey,
        options: &InstallOptions,
        added: &BTreeMap<String, BTreeSet<(String, String)>>,
        whole: &BTreeSet<String>,
    ) -> Result<Self, InstallError> {
        let mut shards = Vec::new();
        let wanted: Vec<&String> = added.keys().filter(|name| !whole.contains(*name)).collect();
        if wanted.is_empty() {
            return Ok(Self { shards });
        }
        let mut trust = options.trust.clone();
        trust.keys.push(key.public());
        let database = Database::open(&DatabaseOptions {
            directories: vec![store.directory().to_owned()],
            embedded: &[],
            trust,
        })?;
        for name in wanted {
            let (open, errors) = database.shards(name);
            if let Some(error) = errors.into_iter().next() {
                return Err(error.into());
            }
            let Some(open) = open.first() else { continue };
            let damaged = |source| InstallError::Shard { name: name.clone(), source };
            let (meta, _) = open.shard.meta().map_err(damaged)?;
            shards.push((name.clone(), meta, open.shard.to_advisories().map_err(damaged)?));
        }
        Ok(Self { shards })
    }
}

/// Whether a path holds a publisher's whole list, or single records.
fn is_whole_list(path: &Path) -> bool {
    if path.is_dir() {
        return true;
    }
    let Ok(file) = fs::File::open(path) else { return false };
    let mut first = Vec::new();
    let mut magic = [0; 4];
    let mut file = file;
    if file.read_exact(&mut magic).is_ok() && magic == *b"PK\x03\x04" {
        return true;
    }
    let Ok(file) = fs::File::open(path) else { return false };
    let Ok(mut reader) = crate::bounded::decompressed(file, 1 << 30) else { return false };
    if Read::by_ref(&mut reader).take(64 << 10).read_to_end(&mut first).is_err() {
        return false;
    }
    match detect(&path.display().to_string(), &first) {
        Some(
            FeedKind::Tar
            | FeedKind::Zip
            | FeedKind::DebianTracker
            | FeedKind::AlpineSecdb
            | FeedKind::UpdateInfo
            | FeedKind::Oval
            | FeedKind::Kev
            | FeedKind::Epss
            | FeedKind::JavaArchives,
        ) => true,
        Some(FeedKind::Osv | FeedKind::Csaf | FeedKind::RubySec | FeedKind::DebianList) | None => false,
    }
}
