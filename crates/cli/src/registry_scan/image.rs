//! One image of a scan over registries: from a job to the result that is kept.

use crate::arguments::ReadArguments;
use crate::deadline::Deadline;
use crate::inventory::{Look, Wanted, of_images};
use crate::scan::Examiner;
use crate::target;
use anyhow::{Context, Result, bail};
use model::{Gap, GapReason, Report};
use oci::{PlatformChoice, Reference};
use policy::SignatureState;
use queue::Job;
use registry::Client;
use serde::{Deserialize, Serialize};

/// What is kept of an image until the summary is written.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    /// What came of its signatures.
    pub(crate) signature: SignatureState,
    /// Its report, as `--format json` writes it.
    pub(crate) report: Report,
}

/// Scans images of registries one after another. What is found in a layer is kept in the cache, so that a layer that
/// several images share is walked once; nothing else is held in memory.
pub(crate) struct ImageScanner<'a> {
    /// From inventories to reports.
    pub(crate) examiner: &'a Examiner<'a>,
    /// What is looked for.
    pub(crate) wanted: Wanted,
    /// How images are read.
    pub(crate) read: &'a ReadArguments,
    /// The registry.
    pub(crate) client: Client,
}

/// Whether a layer that cannot be read is a reason to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// There will be another one.
    More,
    /// A report with a gap is better than none.
    Last,
}

impl ImageScanner<'_> {
    /// Scans an image by the first of its names that still has it.
    ///
    /// # Errors
    /// When no name has it, or it cannot be read.
    pub(crate) fn scan(&self, job: &Job, attempt: Attempt) -> Result<Kept> {
        let mut first_error = None;
        for name in &job.references {
            let deadline = Deadline::start(name, &target::limits(&self.read.limit)?);
            let images = match self.open(job, name) {
                Ok(images) => images,
                Err(error) => {
                    first_error.get_or_insert(error);
                    continue;
                }
            };
            let wanted = self.wanted.clone();
            let look = Look::Inside(Box::new(move || Ok(wanted)));
            let mut inventories = of_images(&images, self.read, look, &deadline)?;
            let mut inventory = inventories.pop().context("it holds no image")?;
            inventory.target.names.extend(job.references.iter().cloned());
            inventory.target.names.sort();
            inventory.target.names.dedup();
            if let (Attempt::More, Some(gap)) = (attempt, unread_layer(&inventory.gaps)) {
                bail!("{}: {}", gap.what, gap.detail);
            }
            let (report, signature) = self.examiner.report(inventory, None)?;
            return Ok(Kept { signature, report });
        }
        Err(first_error.unwrap_or_else(|| anyhow::anyhow!("the job names no image")))
    }

    fn open(&self, job: &Job, name: &str) -> Result<Vec<oci::Image>> {
        let reference = name.parse::<Reference>()?.with_digest(job.digest.clone());
        // The digest is that of one platform's manifest.
        let images = self.client.open(&reference, &PlatformChoice::All)?;
        if images.len() != 1 {
            bail!("{} is an index, not an image", job.digest);
        }
        Ok(images)
    }
}

/// A layer that could not be read, which may be the registry's bad moment.
fn unread_layer(gaps: &[Gap]) -> Option<&Gap> {
    gaps.iter().find(|gap| gap.reason == GapReason::Unreadable && gap.what.starts_with("layer "))
}
