//! `seawall db import`, `build` and `export`.

use crate::arguments::DbDirectory;
use crate::exit::Outcome;
use crate::{database, output, places};
use advisories::{Bundle, SigningKey, Store, Trust};
use anyhow::{Context, Result, bail};
use feeds::{FeedLimits, InstallOptions};
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// Problems of an import that are printed; the rest is counted.
const PROBLEMS_MAX: usize = 20;

/// Installs exported databases and files in publishers' formats.
pub(crate) fn import(directory: &DbDirectory, files: &[PathBuf], key: Option<&str>) -> Result<Outcome> {
    let local_key = database::local_key()?;
    let trust = database::trust(key)?;
    let store = Store::new(places::own_database(directory.path.as_deref())?, trust.clone());
    let (bundles, feeds): (Vec<PathBuf>, Vec<PathBuf>) =
        files.iter().cloned().partition(|path| is_bundle(path));
    let timestamp = super::now()?;
    for path in &bundles {
        let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
        let installed = Bundle::open(BufReader::new(file), &trust)
            .and_then(|bundle| bundle.install(&store, &local_key, &timestamp))
            .with_context(|| format!("cannot import {}", path.display()))?;
        println!(
            "{}: {} shards new, {} as before",
            path.display(),
            installed.changed.len(),
            installed.unchanged.len()
        );
    }
    if !feeds.is_empty() {
        install(&store, &feeds, &local_key, trust)?;
    }
    Ok(Outcome::Clean)
}

/// Builds a database of files alone, signed with a key of the user's.
pub(crate) fn build(directory: &Path, files: &[PathBuf], signing_key: &Path) -> Result<Outcome> {
    let key = SigningKey::load_or_create(signing_key)?;
    let trust = Trust { keys: vec![key.public()], last_seen: None };
    install(&Store::new(directory, trust.clone()), files, &key, trust)?;
    println!("public key {}", key.public());
    Ok(Outcome::Clean)
}

fn install(store: &Store, files: &[PathBuf], key: &SigningKey, trust: Trust) -> Result<()> {
    let scratch = tempfile::tempdir().context("cannot make a temporary directory")?;
    let options = InstallOptions {
        trust,
        now: super::now()?,
        temporary_directory: scratch.path().to_owned(),
        limits: FeedLimits::default(),
    };
    let summary = feeds::install(files, store, key, &options)?;
    let (counts, problems) = (&summary.imported.counts, summary.imported.problem_count());
    println!(
        "{} records, {} advisories, {} rows, {problems} not understood",
        counts.records, counts.advisories, counts.rows
    );
    let lines: Vec<String> = summary.imported.problems.iter().map(ToString::to_string).collect();
    tell_problems(lines.iter().map(String::as_str), problems);
    tell_problems(summary.problems.iter().map(String::as_str), summary.problems.len() as u64);
    let Some(version) = summary.version else { bail!("no advisory was found in the files") };
    let (replaced, extended) = (summary.replaced.len(), summary.extended.len());
    println!(
        "{}: version {version}, {replaced} shards replaced, {extended} extended",
        store.directory().display()
    );
    Ok(())
}

/// Prints the first problems and counts the rest.
pub(crate) fn tell_problems<'a>(lines: impl Iterator<Item = &'a str>, count: u64) {
    for line in lines.take(PROBLEMS_MAX) {
        eprintln!("  not understood: {line}");
    }
    if count > PROBLEMS_MAX as u64 {
        eprintln!("  and {} more", count - PROBLEMS_MAX as u64);
    }
}

/// Writes the database to one file.
pub(crate) fn export(directory: &DbDirectory, file: &Path, shards: &[String]) -> Result<Outcome> {
    let mut trust = database::trust(None)?;
    let key = database::local_key()?;
    trust.keys.push(key.public());
    let names = if shards.is_empty() { None } else { Some(shards) };
    let place = places::own_database(directory.path.as_deref())?;
    let store = Store::new(&place, trust.clone());
    let Some(manifest) = store.manifest(&trust.keys)? else {
        bail!("there is no database in {} (hint: seawall db update, or pass --db DIR)", place.display());
    };
    let mut bytes = Vec::new();
    let exported = advisories::export(&place, &trust, names, &mut bytes)?;
    output::write_file(file, &bytes)?;
    println!("{}: {} shards, {} bytes", file.display(), exported.len(), bytes.len());
    // The manifest goes along as it is, so the key is that of whoever made the database.
    let signer = trust.keys.iter().find(|key| key.id() == manifest.key_id());
    let signer = signer.map_or_else(String::new, |key| format!(" --key {key}"));
    println!("import it with: seawall db import {}{signer}", file.display());
    Ok(Outcome::Clean)
}

/// Whether a file is an exported database, by its first bytes.
fn is_bundle(path: &Path) -> bool {
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(8).read_to_end(&mut head));
    read.is_ok() && advisories::is_bundle(&head)
}
