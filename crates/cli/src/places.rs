//! Where Seawall keeps its files.

use crate::arguments::ReadArguments;
use std::env;
use std::path::{Path, PathBuf};

/// The database of the whole machine.
const SYSTEM_DATABASE: &str = "/var/lib/seawall/db";
/// The imported rules of the whole machine.
#[cfg(feature = "yara")]
const SYSTEM_RULES: &str = "/var/lib/seawall/rules";

/// Databases that scans read, the first that has a shard wins.
pub(crate) fn databases(chosen: Option<&Path>) -> Vec<PathBuf> {
    match chosen {
        Some(directory) => vec![directory.to_owned()],
        None => user_directory("XDG_DATA_HOME", ".local/share")
            .map(|directory| directory.join("db"))
            .into_iter()
            .chain([PathBuf::from(SYSTEM_DATABASE)])
            .collect(),
    }
}

/// The database that `seawall db` changes.
pub(crate) fn own_database(chosen: Option<&Path>) -> anyhow::Result<PathBuf> {
    if let Some(directory) = chosen {
        return Ok(directory.to_owned());
    }
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from(SYSTEM_DATABASE));
    }
    user_directory("XDG_DATA_HOME", ".local/share")
        .map(|directory| directory.join("db"))
        .ok_or_else(|| anyhow::anyhow!("no home directory (hint: pass --db DIR)"))
}

/// Libraries of imported rules that scans use.
#[cfg(feature = "yara")]
pub(crate) fn rule_libraries() -> Vec<PathBuf> {
    let own = user_directory("XDG_DATA_HOME", ".local/share").map(|directory| directory.join("rules"));
    own.into_iter().chain([PathBuf::from(SYSTEM_RULES)]).collect()
}

/// The library that `seawall rules` changes.
#[cfg(feature = "yara")]
pub(crate) fn own_rule_library() -> anyhow::Result<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Ok(PathBuf::from(SYSTEM_RULES));
    }
    user_directory("XDG_DATA_HOME", ".local/share")
        .map(|directory| directory.join("rules"))
        .ok_or_else(|| anyhow::anyhow!("no home directory (hint: set XDG_DATA_HOME)"))
}

/// Where compiled rules are kept, unless nothing is to be kept.
pub(crate) fn compiled_rules(arguments: &ReadArguments) -> Option<PathBuf> {
    let directory = user_directory("XDG_CACHE_HOME", ".cache").filter(|_| !arguments.no_cache);
    directory.map(|directory| directory.join("rules"))
}

/// Where it is kept how far scans over registries are.
pub(crate) fn registry_scans() -> Option<PathBuf> {
    user_directory("XDG_CACHE_HOME", ".cache").map(|directory| directory.join("registries"))
}

/// Where results of layers are kept.
pub(crate) fn cache() -> Option<PathBuf> {
    user_directory("XDG_CACHE_HOME", ".cache").map(|directory| directory.join("layers"))
}

fn user_directory(variable: &str, below_home: &str) -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let base = absolute(variable).or_else(|| absolute("HOME").map(|home| home.join(below_home)))?;
    Some(base.join("seawall"))
}

/// Directories with the keys whose signature on a database is enough; the first is the one that is written.
pub(crate) fn key_directories() -> Vec<PathBuf> {
    let chosen = env::var_os("SEAWALL_KEYS").map(PathBuf::from).filter(|path| !path.as_os_str().is_empty());
    if let Some(directory) = chosen {
        return vec![directory];
    }
    let own = user_directory("XDG_DATA_HOME", ".local/share").map(|directory| directory.join("keys"));
    let system = Some(PathBuf::from("/var/lib/seawall/keys"));
    let ordered = if rustix::process::geteuid().is_root() { [system, own] } else { [own, system] };
    ordered.into_iter().flatten().collect()
}
