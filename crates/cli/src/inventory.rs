//! What targets hold.

use crate::arguments::ReadArguments;
use crate::deadline::Deadline;
use crate::places;
use crate::progress::Progress;
use crate::scan::lock_files;
use crate::target::{self, Opened, Stream};
use ::scan::{Cache, ContentOptions, Inventory, Options, Session};
use anyhow::{Context, Result};
use dockerfile::Dockerfile;
use model::TargetKind;
use oci::Image;
use std::sync::Arc;

/// What is wanted of images besides their packages.
#[derive(Default)]
pub(crate) struct Wanted {
    /// What is looked for inside files.
    pub(crate) content: Option<ContentOptions>,
    /// The Dockerfile that they were built with.
    pub(crate) dockerfile: Option<Arc<Dockerfile>>,
}

/// Looks at a target: one inventory for each image that it holds.
///
/// # Errors
/// When it cannot be opened.
pub(crate) fn inventories(
    name: &str,
    arguments: &ReadArguments,
    wanted: Wanted,
    progress: &Progress,
) -> Result<Vec<Inventory>> {
    let _spinner = progress.spinner(format!("looking at {name}"));
    let deadline = Deadline::start(name, &target::limits(&arguments.limit)?);
    match target::open(name, arguments, progress)? {
        Opened::Images(images) => of_images(&images, arguments, wanted, &deadline),
        Opened::Stream(stream) => {
            of_stream(stream, arguments, wanted, &deadline).with_context(|| format!("cannot scan {name}"))
        }
        Opened::Sbom(target, contents) => Ok(vec![Inventory {
            target,
            distribution: contents.distribution,
            layers: contents.layers,
            packages: contents.packages,
            findings: Vec::new(),
            gaps: contents.gaps,
            content: None,
            executables: Vec::new(),
        }]),
    }
}

fn of_images(
    images: &[Image],
    arguments: &ReadArguments,
    wanted: Wanted,
    deadline: &Deadline,
) -> Result<Vec<Inventory>> {
    let holds_source_tree = images.first().is_some_and(|image| {
        target::rootfs_directory(&image.target)
            .is_some_and(|directory| !target::holds_operating_system(&directory))
    });
    let Wanted { content, dockerfile } = wanted;
    let options = Options { content, dockerfile, ..options(arguments, holds_source_tree, deadline)? };
    let session = Session::new(options);
    Ok(images.iter().map(|image| session.inventory(image)).collect())
}

fn of_stream(
    mut stream: Stream,
    arguments: &ReadArguments,
    wanted: Wanted,
    deadline: &Deadline,
) -> Result<Vec<Inventory>> {
    let Wanted { content, dockerfile } = wanted;
    let options = Options { content, dockerfile, ..options(arguments, false, deadline)? };
    let open_options = oci::OpenOptions {
        platform: stream.platforms,
        limits: options.limits.clone(),
        ..oci::OpenOptions::default()
    };
    let kind = if stream.target.is_some() { TargetKind::Docker } else { TargetKind::Archive };
    let wants_content = options.content.is_some();
    let session = Session::new(options);
    let mut inventories = if wants_content {
        // What files hold is judged by what packages say of them, which may come later in the stream.
        let file = tempfile::tempfile().context("cannot make a temporary file")?;
        let images = oci::spool_archive(&mut *stream.reader, file, kind, &stream.name, &open_options)?;
        images.iter().map(|image| session.inventory(image)).collect()
    } else {
        session.inventories_of_stream(&mut *stream.reader, kind, &stream.name, &open_options)?
    };
    if let (Some(target), [inventory]) = (stream.target, inventories.as_mut_slice()) {
        // The engine knows more of the image than its export tells.
        inventory.target.names = target.names;
        inventory.target.manifest_digest = target.manifest_digest.or(inventory.target.manifest_digest.take());
    }
    Ok(inventories)
}

fn options(arguments: &ReadArguments, holds_source_tree: bool, deadline: &Deadline) -> Result<Options> {
    let limits = target::limits(&arguments.limit)?;
    let directory = if arguments.no_cache { None } else { arguments.cache.clone().or_else(places::cache) };
    Ok(Options {
        limits,
        lock_files: lock_files(arguments, holds_source_tree),
        cache: directory.map(|directory| Cache::new(&directory)),
        cancelled: deadline.cancelled(),
        content: None,
        dockerfile: None,
    })
}
