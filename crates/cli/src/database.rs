//! The advisories that commands ask.

use crate::arguments::DatabaseArguments;
use crate::places;
use advisories::{Database, DatabaseOptions, PublicKey, SigningKey, Trust};
use anyhow::{Context, Result};
use model::{Gap, GapReason};
use std::path::PathBuf;

/// Opens the databases that the arguments or the defaults name, and the advisories built into the binary.
///
/// # Errors
/// When a database was tampered with or is older than one seen before.
pub(crate) fn open(arguments: &DatabaseArguments) -> Result<Database> {
    let options = DatabaseOptions {
        directories: places::databases(arguments.db.as_deref()),
        embedded: if arguments.no_embedded { &[] } else { snapshot::SHARDS },
        trust: trust(None)?,
    };
    Ok(Database::open(&options)?)
}

/// A gap for a database that was named and is not there: the advisories built in are then all there is.
pub(crate) fn missing(arguments: &DatabaseArguments) -> Option<Gap> {
    let directory = arguments.db.as_deref().filter(|directory| !directory.join("manifest.json").is_file())?;
    let detail = "there is no database (hint: seawall db update, seawall db import)";
    Some(Gap::new(format!("advisory database {}", directory.display()), GapReason::NoAdvisories, detail))
}

/// Whose signatures count: every `*.pub` file of the key directories, and `key` (`ed25519:…` or a file).
///
/// # Errors
/// When a key file is not one.
pub(crate) fn trust(key: Option<&str>) -> Result<Trust> {
    let directories = places::key_directories();
    let mut keys = Vec::new();
    for directory in &directories {
        let Ok(entries) = std::fs::read_dir(directory) else { continue };
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "pub")) {
            keys.push(
                PublicKey::load(path).with_context(|| format!("cannot use the key {}", path.display()))?,
            );
        }
    }
    if let Some(key) = key {
        let path = std::path::Path::new(key);
        keys.push(if path.is_file() { PublicKey::load(path)? } else { key.parse()? });
    }
    let last_seen = directories.first().map(|directory| directory.join("last-seen.json"));
    Ok(Trust { keys, last_seen })
}

/// The key that signs databases made on this machine; made on first use.
///
/// # Errors
/// When there is no place for it.
pub(crate) fn local_key() -> Result<SigningKey> {
    let directory =
        places::key_directories().into_iter().next().context("no place for keys (hint: set SEAWALL_KEYS)")?;
    Ok(SigningKey::load_or_create(&directory.join("local.key"))?)
}
