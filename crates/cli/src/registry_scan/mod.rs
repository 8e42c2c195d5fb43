//! `seawall scan 'registry:HOST/*'`: every image of a registry, each once.
//!
//! List tags, resolve each to the digest of an image, publish a job for each, work, write what came out. How far it is
//! stands in a queue and a store of results (crate `queue`), so that whoever is killed costs no more than the images that
//! it was at.

mod arguments;
mod enumerate;
mod image;
mod outputs;
mod pattern;
mod place;
mod resolve;
mod work;

pub(crate) use arguments::{RegistryScanArguments, WorkArguments};
pub(crate) use pattern::{Pattern, of_target};
pub(crate) use work::run as work;

use crate::arguments::{ReadArguments, ScanArguments};
use crate::exit::Outcome;
use crate::progress::Progress;
use crate::scan::{self, Examiner};
use crate::target;
use anyhow::{Context, Result, bail};
use image::ImageScanner;
use model::Fingerprint;
use outputs::Outputs;
use place::Place;
use queue::{Job, Published};
use tempfile::TempDir;

/// Scans everything that a pattern means.
///
/// # Errors
/// When the registry cannot be listed, the queue or the results cannot be used, or not every image could be scanned.
pub(crate) fn run(arguments: &ScanArguments, pattern: &Pattern) -> Result<Outcome> {
    let read = &arguments.target.read;
    let progress = Progress::new(read.quiet);
    let outputs = Outputs::new(arguments)?;
    let examiner = Examiner::new(
        &arguments.content,
        &arguments.database,
        &arguments.judge,
        &arguments.gate,
        &read.registry,
        &progress,
    )?;
    let client = target::registry_client(read, &progress)?;
    let place = open_place(arguments)?;
    let limits = target::limits(&read.limit)?;
    let found = enumerate::enumerate(pattern, &client, &target::platforms(read)?, &limits, &progress)?;
    let waiting = publish(&place, &found.jobs)?;
    let names: usize = found.jobs.iter().map(|job| job.references.len()).sum();
    progress.note(&format!(
        "{}: {} images under {names} names, {} of them scanned before ({})",
        arguments.target.target,
        found.jobs.len(),
        found.jobs.len() - waiting,
        place.name
    ));
    if waiting > 0 {
        let (read, _layers) = reading(read)?;
        let wanted = scan::wanted(&arguments.content, &read, arguments.dockerfile.as_deref())?;
        let scanner = ImageScanner { examiner: &examiner, wanted, read: &read, client };
        work::work_through(&place, &scanner, &progress)?;
    }
    let mut decision = examiner.gate.decision()?;
    let overview = outputs.write(&arguments.target.target, found, &place, &mut decision)?;
    outputs.tell(&overview, &progress);
    let outcome = decision.end(&progress)?;
    if !overview.failures.is_empty() {
        bail!(
            "{} of {} could not be scanned (hint: the same command tries them again, for a day without scanning the \
             others again)",
            overview.failures.len(),
            overview.failures.len() + overview.images.len()
        );
    }
    place.finish()?;
    Ok(outcome)
}

fn open_place(arguments: &ScanArguments) -> Result<Place> {
    let options = &arguments.registry_scan;
    match (&options.share.queue, &options.share.results) {
        (Some(queue), Some(results)) => Place::shared(queue, results, &options.share),
        _ => Place::own(options.state.as_deref(), key(arguments)?.as_str(), &options.share),
    }
}

/// What the results depend on: a scan that was left is gone on with only by the same one.
fn key(arguments: &ScanArguments) -> Result<Fingerprint> {
    let (read, gate) = (&arguments.target.read, &arguments.gate);
    let directory = std::env::current_dir().context("cannot tell the current directory")?;
    Ok(Fingerprint::of(&[
        env!("CARGO_PKG_VERSION"),
        &arguments.target.target,
        &format!("{directory:?} {:?}", arguments.dockerfile),
        &format!("{:?} {:?}", arguments.content, arguments.judge),
        &format!("{:?}", arguments.database),
        &format!("{:?} {} {:?} {:?}", read.platform, read.all_platforms, read.lock_files, read.limit),
        &format!("{:?} {:?} {:?} {}", gate.policy, gate.licence_policy, gate.verify, gate.check_base),
    ]))
}

/// Publishes the images that have no result yet; tells how many these are.
fn publish(place: &Place, jobs: &[Job]) -> Result<usize> {
    place.queue.revive()?;
    let mut waiting = 0;
    for job in jobs {
        if place.results.contains(&job.digest)? {
            continue;
        }
        waiting += 1;
        match place.queue.publish(job)? {
            Published::Added | Published::Known => {}
        }
    }
    Ok(waiting)
}

/// How images are read: with `--no-cache`, layers are kept for this process alone, so that each is walked once.
fn reading(read: &ReadArguments) -> Result<(ReadArguments, Option<TempDir>)> {
    let mut read = read.clone();
    if !read.no_cache {
        return Ok((read, None));
    }
    let directory = tempfile::tempdir().context("cannot make a temporary directory")?;
    read.no_cache = false;
    read.cache = Some(directory.path().to_owned());
    Ok((read, Some(directory)))
}
