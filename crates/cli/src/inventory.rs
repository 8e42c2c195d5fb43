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
use model::{Gap, TargetKind};
use oci::Image;
use std::sync::Arc;

/// What is wanted of images besides their packages.
#[derive(Clone, Default)]
pub(crate) struct Wanted {
    /// What is looked for inside files.
    pub(crate) content: Option<ContentOptions>,
    /// The Dockerfile that they were built with.
    pub(crate) dockerfile: Option<Arc<Dockerfile>>,
    /// What was not understood of the rules and files that the user brought.
    pub(crate) gaps: Vec<Gap>,
}

/// Prepares what is wanted, once there is something to look at: rules take time to compile.
pub(crate) type Prepare<'a> = Box<dyn FnOnce() -> Result<Wanted> + 'a>;

/// What to do with a target.
pub(crate) enum Look<'a> {
    /// Packages alone.
    Packages,
    /// Files too, or the lines of a Dockerfile.
    Inside(Prepare<'a>),
}

impl Look<'_> {
    fn prepare(self) -> Result<Wanted> {
        match self {
            Self::Packages => Ok(Wanted::default()),
            Self::Inside(prepare) => prepare(),
        }
    }
}

/// Looks at a target: one inventory for each image that it holds.
///
/// # Errors
/// When it cannot be opened.
pub(crate) fn inventories(
    name: &str,
    arguments: &ReadArguments,
    look: Look<'_>,
    progress: &Progress,
) -> Result<Vec<Inventory>> {
    let _spinner = progress.spinner(format!("looking at {name}"));
    let deadline = Deadline::start(name, &target::limits(&arguments.limit)?);
    match target::open(name, arguments, progress)? {
        Opened::Images(images) => of_images(&images, arguments, look, &deadline),
        Opened::Stream(stream) => {
            of_stream(stream, arguments, look, &deadline).with_context(|| format!("cannot scan {name}"))
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
            owners: None,
        }]),
    }
}

/// Looks at images; layers that they share are walked once.
///
/// # Errors
/// When what is wanted of them cannot be prepared.
pub(crate) fn of_images(
    images: &[Image],
    arguments: &ReadArguments,
    look: Look<'_>,
    deadline: &Deadline,
) -> Result<Vec<Inventory>> {
    let holds_source_tree = images.first().is_some_and(|image| {
        target::rootfs_directory(&image.target)
            .is_some_and(|directory| !target::holds_operating_system(&directory))
    });
    let Wanted { content, dockerfile, gaps } = look.prepare()?;
    let options = Options { content, dockerfile, ..options(arguments, holds_source_tree, deadline)? };
    let session = Session::new(options);
    let look = |image: &Image| {
        let mut inventory = session.inventory(image);
        inventory.gaps.extend(gaps.iter().cloned());
        inventory
    };
    Ok(images.iter().map(look).collect())
}

fn of_stream(
    mut stream: Stream,
    arguments: &ReadArguments,
    look: Look<'_>,
    deadline: &Deadline,
) -> Result<Vec<Inventory>> {
    let options = options(arguments, false, deadline)?;
    let open_options = oci::OpenOptions {
        platform: stream.platforms,
        limits: options.limits.clone(),
        ..oci::OpenOptions::default()
    };
    let kind = if stream.target.is_some() { TargetKind::Docker } else { TargetKind::Archive };
    let mut inventories = match look {
        Look::Packages => Session::new(options).inventories_of_stream(
            &mut *stream.reader,
            kind,
            &stream.name,
            &open_options,
        )?,
        Look::Inside(_) => {
            // What files hold is judged by what packages say of them, which may come later in the stream.
            let file = tempfile::tempfile().context("cannot make a temporary file")?;
            let images = oci::spool_archive(&mut *stream.reader, file, kind, &stream.name, &open_options)?;
            of_images(&images, arguments, look, deadline)?
        }
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
        keeps_owners: arguments.keeps_owners,
    })
}
