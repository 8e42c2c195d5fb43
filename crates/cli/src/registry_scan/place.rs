//! Where it is kept how far a scan is: in a directory of this machine, or with servers that several machines share.

use super::arguments::ShareArguments;
use crate::{output, places};
use anyhow::{Context, Result, bail};
use queue::{JobQueue, QueueOptions, ResultStore, open_queue, open_results_of};
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A scan that was left longer ago is begun anew: advisories have changed.
const RESUMED_FOR: Duration = Duration::from_secs(24 * 3_600);
/// Without another machine, nobody else waits for the images of a process that died.
const OWN_LEASE: Duration = Duration::from_secs(15);
const SHARED_LEASE: Duration = Duration::from_secs(60);

/// The queue and the results of a scan.
pub(crate) struct Place {
    pub(crate) queue: Box<dyn JobQueue>,
    pub(crate) results: Box<dyn ResultStore>,
    /// For people.
    pub(crate) name: String,
    own: Option<Own>,
}

struct Own {
    directory: PathBuf,
    // Given back when the process ends, however it ends.
    _lock: File,
}

impl Place {
    /// A directory for this process alone. `key` tells what the results depend on: a scan with another key, or one that
    /// was left a day ago, is begun anew.
    ///
    /// # Errors
    /// When it cannot be used, or another process uses it.
    pub(crate) fn own(directory: Option<&Path>, key: &str, share: &ShareArguments) -> Result<Self> {
        let directory = match directory {
            Some(directory) => directory.to_owned(),
            None => places::registry_scans().context("no home directory (hint: pass --state DIR)")?.join(key),
        };
        let name = directory.display().to_string();
        let context = || format!("cannot use {name}");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&directory).with_context(context)?;
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(directory.join("lock"))
            .with_context(context)?;
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                bail!(
                    "another scan uses {name} (hint: to scan with several processes, pass --queue and --results)"
                )
            }
            Err(error) => return Err(io::Error::from(error)).with_context(context),
        }
        let own = Own { directory, _lock: lock };
        if !own.is_resumable(key) {
            own.clear().with_context(context)?;
            output::write_file(&own.key_file(), key.as_bytes())?;
        }
        let path = |name: &str| own.directory.join(name).display().to_string();
        Ok(Self {
            queue: open_queue(&path("queue"), &options(share, OWN_LEASE))?,
            results: open_results_of(&path("results"), "")?,
            name,
            own: Some(own),
        })
    }

    /// What several processes share.
    ///
    /// # Errors
    /// When it cannot be reached or used.
    pub(crate) fn shared(queue: &str, results: &str, share: &ShareArguments) -> Result<Self> {
        let is_name = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        };
        if !is_name(&share.run) {
            bail!("'{}' is no name for a run (hint: use letters, digits, '-' and '_')", share.run);
        }
        // A server has runs by name; a directory has one for each.
        let address = if queue.contains("://") { queue.to_owned() } else { format!("{queue}/{}", share.run) };
        Ok(Self {
            queue: open_queue(&address, &options(share, SHARED_LEASE))?,
            results: open_results_of(results, &share.run)?,
            name: format!("the run '{}'", share.run),
            own: None,
        })
    }

    /// The scan is done: the next one begins anew. What several share stays.
    ///
    /// # Errors
    /// When files cannot be removed.
    pub(crate) fn finish(&self) -> Result<()> {
        let Some(own) = &self.own else { return Ok(()) };
        own.clear().with_context(|| format!("cannot clear {}", own.directory.display()))
    }
}

impl Own {
    fn key_file(&self) -> PathBuf {
        self.directory.join("key")
    }

    fn is_resumable(&self, key: &str) -> bool {
        let age = fs::metadata(self.key_file()).and_then(|metadata| metadata.modified());
        let is_young = age.is_ok_and(|time| time.elapsed().unwrap_or_default() < RESUMED_FOR);
        is_young && fs::read(self.key_file()).is_ok_and(|bytes| bytes == key.as_bytes())
    }

    // The key goes first: what is left of a removal that was cut short is then no scan.
    fn clear(&self) -> io::Result<()> {
        let ignore_missing = |result: io::Result<()>| match result {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        };
        ignore_missing(fs::remove_file(self.key_file()))?;
        for name in ["queue", "results"] {
            ignore_missing(fs::remove_dir_all(self.directory.join(name)))?;
        }
        Ok(())
    }
}

fn options(share: &ShareArguments, lease: Duration) -> QueueOptions {
    QueueOptions {
        name: share.run.clone(),
        lease: share.lease.map_or(lease, Duration::from_secs),
        tries_max: share.tries,
        ..QueueOptions::default()
    }
}
