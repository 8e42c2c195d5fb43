//! Reports joined with records of what runs.

use crate::arguments::InUseArguments;
use crate::output;
use crate::target::read_bounded;
use ::scan::FileOwners;
use anyhow::{Context, Result};
use model::{Report, Target};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use usage::{ImageUse, PackageFiles};

/// Bytes of a record.
const RECORD_BYTES_MAX: u64 = 64 << 20;
/// Records of a directory.
const RECORDS_MAX: usize = 10_000;

/// Marks what is in use, and writes which file belongs to which package, as the arguments ask.
///
/// # Errors
/// When a record cannot be read, or the file cannot be written.
pub(crate) fn join(
    report: &mut Report,
    owners: Option<&FileOwners>,
    arguments: &InUseArguments,
) -> Result<()> {
    if !arguments.wants_owners() {
        return Ok(());
    }
    let files = owners.map(|owners| PackageFiles::of(report, owners.files(), owners.links()));
    if let (Some(path), Some(files)) = (&arguments.package_files, &files) {
        output::write_file(path, files.to_json().as_bytes())
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if arguments.in_use.is_empty() {
        return Ok(());
    }
    let Some(files) = files else {
        usage::mark_unknown(report, "a bill of materials tells no files of packages");
        return Ok(());
    };
    match record(&ids(&report.target), &arguments.in_use)? {
        Some(seen) => usage::mark(report, &files, &seen),
        None => {
            let places: Vec<String> =
                arguments.in_use.iter().map(|path| path.display().to_string()).collect();
            let why = format!("no record of this image in {}", places.join(", "));
            usage::mark_unknown(report, &why);
        }
    }
    Ok(())
}

/// Digests by which engines name the image: of its configuration, or of a manifest.
fn ids(target: &Target) -> Vec<String> {
    let own = [&target.image_id, &target.manifest_digest].into_iter().flatten().map(ToString::to_string);
    let named = target.names.iter().filter_map(|name| Some(name.split_once('@')?.1.to_owned()));
    own.chain(named).collect::<BTreeSet<_>>().into_iter().collect()
}

/// What all records say of an image together.
fn record(ids: &[String], places: &[PathBuf]) -> Result<Option<ImageUse>> {
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut found: Option<ImageUse> = None;
    for path in places.iter().map(|place| files(place)).collect::<Result<Vec<_>>>()?.into_iter().flatten() {
        let read = ImageUse::parse(&read_bounded(&path, RECORD_BYTES_MAX)?)
            .with_context(|| format!("cannot use {}", path.display()))?;
        if read.is_of(&ids) {
            match &mut found {
                Some(found) => found.merge(&read),
                None => found = Some(read),
            }
        }
    }
    Ok(found)
}

/// The records of a place. One that is not there holds none: that is told as such, not as an error.
fn files(place: &Path) -> Result<Vec<PathBuf>> {
    if !place.is_dir() {
        return Ok(if place.exists() { vec![place.to_owned()] } else { Vec::new() });
    }
    let entries = std::fs::read_dir(place).with_context(|| format!("cannot list {}", place.display()))?;
    let mut files = Vec::new();
    for entry in entries.take(RECORDS_MAX) {
        let path = entry.with_context(|| format!("cannot list {}", place.display()))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
