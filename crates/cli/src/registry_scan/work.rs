//! Working through a queue of images; `seawall work`.

use super::arguments::WorkArguments;
use super::enumerate::reason;
use super::image::{Attempt, ImageScanner};
use super::outputs::kind_of;
use super::place::Place;
use super::reading;
use crate::exit::Outcome;
use crate::progress::Progress;
use crate::scan::{self, Examiner};
use crate::target;
use anyhow::{Context, Result, bail};
use queue::{Job, WorkEvent, WorkSummary};
use report::ImageSummary;
use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

/// Time between two looks at a queue without images.
const POLL: Duration = Duration::from_millis(500);

/// Scans images that another process published, until there are none for a while.
///
/// # Errors
/// When the queue or the results cannot be used.
pub(crate) fn run(arguments: &WorkArguments) -> Result<Outcome> {
    let (Some(queue), Some(results)) = (&arguments.share.queue, &arguments.share.results) else {
        bail!(
            "nothing to work for (hint: pass --queue and --results, as the scan that publishes images does)"
        );
    };
    let progress = Progress::new(arguments.read.quiet);
    let examiner = Examiner::new(
        &arguments.content,
        &arguments.database,
        &arguments.judge,
        &arguments.gate,
        &arguments.read.registry,
        &progress,
    )?;
    let place = Place::shared(queue, results, &arguments.share)?;
    let (read, _layers) = reading(&arguments.read)?;
    let scanner = ImageScanner {
        examiner: &examiner,
        wanted: scan::wanted(&arguments.content, &arguments.read, None)?,
        client: target::registry_client(&read, &progress)?,
        read: &read,
    };
    let wait = Duration::from_secs(arguments.wait);
    let mut last_image = Instant::now();
    let mut scanned = 0;
    progress.note(&format!("working for {}", place.name));
    loop {
        let summary = work_through(&place, &scanner, &progress)?;
        scanned += summary.stored;
        if summary != WorkSummary::default() {
            last_image = Instant::now();
        }
        if last_image.elapsed() >= wait {
            progress.note(&format!("no more images; scanned {scanned}"));
            return Ok(Outcome::Clean);
        }
        thread::sleep(POLL.min(wait));
    }
}

/// Works until all images are scanned or given up, also those that other workers have.
///
/// # Errors
/// When the queue or the results cannot be used.
pub(super) fn work_through(
    place: &Place,
    scanner: &ImageScanner<'_>,
    progress: &Progress,
) -> Result<WorkSummary> {
    let tries_max = place.queue.options().tries_max;
    let attempt = Cell::new(1);
    let words = RefCell::new(String::new());
    let mut scan = |job: &Job| {
        let _spinner = progress.spinner(format!("looking at {}", name(job)));
        let attempt = if attempt.get() < tries_max { Attempt::More } else { Attempt::Last };
        let kept = match catch_unwind(AssertUnwindSafe(|| scanner.scan(job, attempt))) {
            Ok(Ok(kept)) => kept,
            Ok(Err(error)) => return Err(reason(&error)),
            Err(_) => return Err("the scan failed inside; this is a defect of Seawall".to_owned()),
        };
        let summary = ImageSummary::new(Vec::new(), job.digest.clone(), &kept.report, &kind_of);
        *words.borrow_mut() = summary.words();
        serde_json::to_vec(&kept).map_err(|error| format!("its report cannot be kept: {error}"))
    };
    let mut is_waiting = false;
    let mut watch = |event: WorkEvent<'_>| {
        match event {
            WorkEvent::Leased { attempt: number, .. } => {
                attempt.set(number);
                is_waiting = false;
            }
            WorkEvent::Kept { job, is_new } => {
                let words = if is_new { words.borrow().clone() } else { "scanned before".to_owned() };
                progress.note(&format!("{}{}: {words}", position(place), name(job)));
            }
            WorkEvent::Failed { job, reason } => {
                let next = if attempt.get() < tries_max { "tried again later" } else { "given up" };
                progress.note(&format!("{}: {reason}; {next}", name(job)));
            }
            WorkEvent::Idle if !is_waiting => {
                is_waiting = true;
                progress.note("waiting for images that failed or that other workers have");
            }
            _ => {}
        }
        true
    };
    queue::work(&*place.queue, &*place.results, &mut scan, &mut watch)
        .with_context(|| format!("cannot go on with {}", place.name))
}

/// `3/12 `: images that are done with this one, of all. The queue hears of this one only after it is told.
fn position(place: &Place) -> String {
    match place.queue.counts() {
        Ok(counts) => format!("{}/{} ", (counts.done + counts.dead + 1).min(counts.total()), counts.total()),
        // What is wrong with the queue is told by the next call that needs it.
        Err(_) => String::new(),
    }
}

fn name(job: &Job) -> String {
    let first = job.references.first().map_or("", String::as_str);
    match job.platform.as_str() {
        "" => format!("{first} {}", job.digest.short()),
        platform => format!("{first} {platform} {}", job.digest.short()),
    }
}
