//! What targets hold.

use crate::arguments::ReadArguments;
use crate::places;
use crate::progress::Progress;
use crate::scan::lock_files;
use crate::target::{self, Opened, Stream};
use ::scan::{Cache, Inventory, Options, Session};
use anyhow::{Context, Result};
use model::TargetKind;
use oci::Image;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Looks at a target: one inventory for each image that it holds.
///
/// # Errors
/// When it cannot be opened.
pub(crate) fn inventories(
    name: &str,
    arguments: &ReadArguments,
    progress: &Progress,
) -> Result<Vec<Inventory>> {
    let _spinner = progress.spinner(format!("looking at {name}"));
    match target::open(name, arguments, progress)? {
        Opened::Images(images) => of_images(&images, arguments),
        Opened::Stream(stream) => of_stream(stream, arguments).with_context(|| format!("cannot scan {name}")),
        Opened::Sbom(target, contents) => Ok(vec![Inventory {
            target,
            distribution: contents.distribution,
            layers: contents.layers,
            packages: contents.packages,
            findings: Vec::new(),
            gaps: contents.gaps,
        }]),
    }
}

fn of_images(images: &[Image], arguments: &ReadArguments) -> Result<Vec<Inventory>> {
    let holds_source_tree = images.first().is_some_and(|image| {
        target::rootfs_directory(&image.target)
            .is_some_and(|directory| !target::holds_operating_system(&directory))
    });
    let session = Session::new(options(arguments, holds_source_tree)?);
    Ok(images.iter().map(|image| session.inventory(image)).collect())
}

fn of_stream(mut stream: Stream, arguments: &ReadArguments) -> Result<Vec<Inventory>> {
    let options = options(arguments, false)?;
    let open_options = oci::OpenOptions {
        platform: stream.platforms,
        limits: options.limits.clone(),
        ..oci::OpenOptions::default()
    };
    let kind = if stream.target.is_some() { TargetKind::Docker } else { TargetKind::Archive };
    let session = Session::new(options);
    let mut inventories =
        session.inventories_of_stream(&mut *stream.reader, kind, &stream.name, &open_options)?;
    if let (Some(target), [inventory]) = (stream.target, inventories.as_mut_slice()) {
        // The engine knows more of the image than its export tells.
        inventory.target.names = target.names;
        inventory.target.manifest_digest = target.manifest_digest.or(inventory.target.manifest_digest.take());
    }
    Ok(inventories)
}

fn options(arguments: &ReadArguments, holds_source_tree: bool) -> Result<Options> {
    let limits = target::limits(&arguments.limit)?;
    let cancelled = Arc::new(AtomicBool::new(false));
    cancel_after(Duration::from_secs(limits.scan_secs_max), cancelled.clone());
    let directory = if arguments.no_cache { None } else { arguments.cache.clone().or_else(places::cache) };
    Ok(Options {
        limits,
        lock_files: lock_files(arguments, holds_source_tree),
        cache: directory.map(|directory| Cache::new(&directory)),
        cancelled,
    })
}

/// Ends the scan when its time is over; what was not looked at by then becomes a gap. The thread ends with the
/// process.
fn cancel_after(time: Duration, cancelled: Arc<AtomicBool>) {
    std::thread::spawn(move || {
        std::thread::sleep(time);
        cancelled.store(true, Ordering::Relaxed);
    });
}
