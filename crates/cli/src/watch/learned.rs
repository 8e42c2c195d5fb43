//! Learned profiles on the disk, and alerts about what departs from them.

use super::own_alerts::{own_alert, short};
use crate::output;
use crate::remark::remark;
use crate::target::read_bounded;
use anyhow::{Context, Result};
use detect::Alert;
use profiles::Profile;
use serde_json::json;
use state::Container;
use std::collections::BTreeMap;
use std::path::Path;
use watch::{Names, Profiles, Purpose};

/// Bytes of a profile.
const PROFILE_BYTES_MAX: u64 = 16 << 20;
/// Profiles of a directory.
const PROFILES_MAX: usize = 10_000;

/// How the kernel's numbers are called on this machine.
pub(super) fn names() -> Names {
    Names {
        call: harden::seccomp::call_name,
        capability: |number| workload::CAPABILITIES.get(number as usize).copied(),
    }
}

/// Profiles to compare with.
pub(super) fn compare(directory: &Path, is_quiet: bool) -> Result<Profiles> {
    let known = load(directory)?;
    if !is_quiet {
        remark(&format!("{} learned profiles; containers of other images are not compared", known.len()));
    }
    Ok(Profiles::new(Purpose::Compare, names(), known))
}

/// An alert about something that a learned profile does not know.
pub(super) fn departure_alert(
    known: Option<&Container>,
    container: &str,
    process: u32,
    kind: &str,
    what: &str,
) -> Alert {
    // What runs or is allowed to the program weighs more than what it touches.
    let (rule, priority) = match kind {
        "program" => ("Program that is not in the learned profile", "Error"),
        "capability" => ("Capability that is not in the learned profile", "Error"),
        "call" => ("System call that is not in the learned profile", "Warning"),
        "destination" => ("Destination that is not in the learned profile", "Warning"),
        "port" => ("Port that is not in the learned profile", "Warning"),
        "write" => ("Written file that is not in the learned profile", "Warning"),
        _ => ("File that is not in the learned profile", "Notice"),
    };
    let name = known.map_or("", |known| known.name.as_str());
    let id = short(container);
    let by = if process == 0 { String::new() } else { format!(" process={process}") };
    let message = format!("{rule} ({kind}={what}{by} container={name} container_id={id})");
    let fields = BTreeMap::from([
        ("container.id".to_owned(), json!(id)),
        ("container.name".to_owned(), json!(known.map(|known| &known.name))),
        ("container.image.repository".to_owned(), json!(known.map(|known| &known.image_repository))),
        ("proc.pid".to_owned(), json!((process != 0).then_some(process))),
        ("departure.kind".to_owned(), json!(kind)),
        ("departure.what".to_owned(), json!(what)),
    ]);
    own_alert(rule, priority, &message, fields)
}

/// All profiles of a directory, made when it is not there.
pub(super) fn load(directory: &Path) -> Result<Vec<Profile>> {
    std::fs::create_dir_all(directory).with_context(|| format!("cannot make {}", directory.display()))?;
    let entries =
        std::fs::read_dir(directory).with_context(|| format!("cannot list {}", directory.display()))?;
    let mut all = Vec::new();
    for entry in entries.take(PROFILES_MAX) {
        let path = entry.with_context(|| format!("cannot list {}", directory.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            all.push(read(&path)?);
        }
    }
    Ok(all)
}

/// One profile.
pub(crate) fn read(path: &Path) -> Result<Profile> {
    Profile::parse(&read_bounded(path, PROFILE_BYTES_MAX)?)
        .with_context(|| format!("cannot use {}", path.display()))
}

/// Writes a profile by rename, and says where.
pub(super) fn save(directory: &Path, profile: &Profile) -> Result<std::path::PathBuf> {
    // An id comes from an engine, and must not lead elsewhere.
    let digits = profile.image.rsplit(':').next().unwrap_or_default();
    let name: String = digits.chars().filter(char::is_ascii_alphanumeric).take(128).collect();
    let path = directory.join(format!("{}.json", if name.is_empty() { "unnamed" } else { &name }));
    output::write_file(&path, profile.to_json().as_bytes())?;
    Ok(path)
}
