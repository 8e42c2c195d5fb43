//! `seawall db diff` and `search`.

use crate::arguments::DatabaseArguments;
use crate::database;
use crate::exit::Outcome;
use advisories::{Bundle, Database, DatabaseOptions, Store};
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;
use std::io::{BufReader, Write as _};
use std::path::Path;

/// Compares two databases or exported files; status 1 when they differ.
pub(crate) fn diff(before: &Path, after: &Path) -> Result<Outcome> {
    // Exported files are installed into a directory that lives as long as the comparison.
    let scratch = tempfile::tempdir().context("cannot make a temporary directory")?;
    let open = |path: &Path, name: &str| {
        open_directory_or_bundle(path, &scratch.path().join(name))
            .with_context(|| format!("cannot open {}", path.display()))
    };
    let changes = advisories::diff(&open(before, "before")?, &open(after, "after")?)?;
    let mut text = String::new();
    for change in &changes {
        let (added, removed, changed) = (change.added.len(), change.removed.len(), change.changed.len());
        writeln!(text, "{}: {added} new, {removed} gone, {changed} changed", change.shard)?;
        for (sign, ids) in [('+', &change.added), ('-', &change.removed), ('~', &change.changed)] {
            for id in ids {
                writeln!(text, "  {sign} {id}")?;
            }
        }
    }
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(if changes.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

fn open_directory_or_bundle(path: &Path, scratch: &Path) -> Result<Database> {
    let mut trust = database::trust(None)?;
    trust.last_seen = None;
    let mut directory = path.to_owned();
    if path.is_file() {
        let key = database::local_key()?;
        trust.keys.push(key.public());
        let reader = BufReader::new(std::fs::File::open(path)?);
        Bundle::open(reader, &trust)?.install(&Store::new(scratch, trust.clone()), &key, &super::now()?)?;
        scratch.clone_into(&mut directory);
    } else if !path.is_dir() {
        bail!("no such database");
    }
    Ok(Database::open(&DatabaseOptions { directories: vec![directory], embedded: &[], trust })?)
}

/// Searches by id, package or words; status 1 when nothing was found.
pub(crate) fn search(text: &str, arguments: &DatabaseArguments, most: usize) -> Result<Outcome> {
    let (hits, has_more) = database::open(arguments)?.search(text)?;
    let mut out = String::new();
    for hit in hits.iter().take(most) {
        let line = format!(
            "{:<16} {:<22} {:<9} {:<36} {} {}",
            hit.shard, hit.id, hit.severity, hit.package, hit.range, hit.summary
        );
        out.extend(line.trim_end().chars().map(|c| if c.is_control() { ' ' } else { c }));
        out.push('\n');
    }
    if has_more || hits.len() > most {
        writeln!(out, "and more (hint: --most {})", most * 4)?;
    }
    std::io::stdout().write_all(out.as_bytes())?;
    Ok(if hits.is_empty() { Outcome::Findings } else { Outcome::Clean })
}
