//! `seawall db update`.

use crate::arguments::UpdateArguments;
use crate::exit::Outcome;
use crate::progress::Progress;
use crate::target::read_bounded;
use crate::{database, places};
use anyhow::{Context, Result, bail};
use feeds::{FeedOutcome, Sources, UpdateOptions, UpdateSummary};
use std::io;
use std::path::Path;

/// Bytes of a configuration of sources.
const CONFIG_BYTES_MAX: u64 = 1 << 20;

/// Fetches, builds and installs. Status 1 when a feed failed while others did not.
pub(crate) fn run(arguments: &UpdateArguments) -> Result<Outcome> {
    let sources = sources(arguments)?;
    let key = database::local_key()?;
    let trust = database::trust(arguments.key.as_deref())?;
    let directory = places::own_database(arguments.directory.path.as_deref())?;
    let store = advisories::Store::new(&directory, trust.clone());
    let progress = Progress::new(arguments.quiet);
    let open_artifact = |reference: &str| open_artifact(reference, arguments.ca.as_deref());
    let options = UpdateOptions {
        only: arguments.only.clone(),
        cache_directory: directory.join("feeds"),
        trust,
        now: super::now()?,
        limits: feeds::FeedLimits::default(),
        open_artifact: Some(&open_artifact),
        sleep: &std::thread::sleep,
    };
    let summary = feeds::update(&sources, &store, &key, &options, &|event| show(&progress, event))?;
    tell(&summary, &directory);
    let is_whole = summary.failed_groups.is_empty() && !summary.feeds.iter().any(has_failed);
    let is_nothing = !summary.feeds.is_empty() && summary.feeds.iter().all(has_failed);
    if is_nothing {
        bail!(
            "no feed could be fetched (hint: --mirror, --config, or `seawall db import` on a machine without network)"
        );
    }
    Ok(if is_whole { Outcome::Clean } else { Outcome::Findings })
}

fn sources(arguments: &UpdateArguments) -> Result<Sources> {
    let mut sources = match &arguments.config {
        Some(path) => {
            let text = String::from_utf8(read_bounded(path, CONFIG_BYTES_MAX)?)
                .context("the configuration is not UTF-8")?;
            Sources::parse(&text).with_context(|| format!("cannot use {}", path.display()))?
        }
        None => Sources::default(),
    };
    for mirror in &arguments.mirror {
        let (publisher, address) =
            mirror.split_once('=').with_context(|| format!("'{mirror}' is not PUBLISHER=URL"))?;
        sources.add_mirror(publisher, address)?;
    }
    sources.databases.extend(arguments.from.iter().cloned());
    if arguments.ca.is_some() {
        sources.ca_file.clone_from(&arguments.ca);
    }
    Ok(sources)
}

/// The first layer of an OCI artifact, as `oras push` stores one file.
fn open_artifact(name: &str, ca: Option<&Path>) -> io::Result<Box<dyn io::Read>> {
    let reference: oci::Reference = name.parse().map_err(io::Error::other)?;
    let mut options = registry::Options::from_env();
    if let Some(path) = ca {
        options.authorities = Some(tls::Authorities::read(path).map_err(io::Error::other)?);
    }
    let client = registry::Client::new(options).map_err(io::Error::other)?;
    let fetched = client.manifest(&reference).map_err(io::Error::other)?;
    let limits = model::Limits::default();
    let document = oci::parse_document(&fetched.bytes, fetched.media_type.as_deref(), &limits)
        .map_err(io::Error::other)?;
    let oci::Document::Manifest(manifest) = document else {
        return Err(io::Error::other("an index, not an artifact of one file"));
    };
    let layer = manifest.layers.first().ok_or_else(|| io::Error::other("an artifact without content"))?;
    Ok(Box::new(client.blob(&reference, layer).map_err(io::Error::other)?))
}

fn show(progress: &Progress, event: feeds::Progress) {
    match event {
        feeds::Progress::Downloading { feed, file, done_bytes, total_bytes } => {
            progress.set(&format!("{feed} {file}"), done_bytes, total_bytes);
        }
        feeds::Progress::Downloaded { feed, is_new } => {
            progress.finish_all(&feed);
            progress.note(&format!("{feed}: {}", if is_new { "new" } else { "as before" }));
        }
        feeds::Progress::Failed { feed } => progress.finish_all(&feed),
        feeds::Progress::Building { feeds } => progress.note(&format!("building {}", feeds.join(", "))),
        // How many there are is known after they were read.
        feeds::Progress::Installing { shards: 0 } => progress.note("installing the database"),
        feeds::Progress::Installing { shards } => progress.note(&format!("installing {shards} shards")),
    }
}

fn has_failed(feed: &feeds::FeedSummary) -> bool {
    matches!(feed.outcome, FeedOutcome::Failed(_))
}

fn tell(summary: &UpdateSummary, directory: &Path) {
    for feed in &summary.feeds {
        if let FeedOutcome::Failed(error) = &feed.outcome {
            eprintln!("{}: not updated: {:#}", feed.name, anyhow::Error::msg(error.to_string()));
        }
        for note in &feed.notes {
            eprintln!("{}: {note}", feed.name);
        }
    }
    for (group, reason) in &summary.failed_groups {
        eprintln!("{group}: not built, the old shards stay: {reason}");
    }
    for (group, imported) in &summary.imports {
        println!(
            "{group}: {} records, {} advisories, {} not understood",
            imported.counts.records,
            imported.counts.advisories,
            imported.problem_count()
        );
    }
    super::publish::tell_problems(summary.problems.iter().map(String::as_str), summary.problems.len() as u64);
    let version =
        summary.version.map_or_else(|| "unchanged".to_owned(), |version| format!("version {version}"));
    println!(
        "{}: {version}, {} shards new, {} as before",
        directory.display(),
        summary.changed.len(),
        summary.unchanged.len()
    );
}
