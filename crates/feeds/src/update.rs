//! The update client: fetches feeds, builds shards and installs them in one step.

mod fetching;
mod groups;
mod indexes;

use crate::Imported;
use crate::catalogue::{self, Feed};
use crate::download::{Client, FetchError};
use crate::limits::FeedLimits;
use crate::sources::Sources;
use crate::spool::SpoolError;
use crate::state::State;
use advisories::{Bundle, SigningKey, Store, StoreError, Timestamp, Trust};
use fetching::FetchedFeed;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufReader, Read};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

/// What an update does besides what the configuration says.
pub struct UpdateOptions<'a> {
    /// Names of the feeds to fetch; all configured ones when empty. Other feeds that fill the same shards take part
    /// with what was fetched of them before.
    pub only: Vec<String>,
    /// Where downloads and their state are kept between updates.
    pub cache_directory: PathBuf,
    /// Keys whose exported databases are accepted.
    pub trust: Trust,
    /// The time.
    pub now: Timestamp,
    /// Bounds on feeds.
    pub limits: FeedLimits,
    /// Opens the database in an OCI artifact (`oci://…`).
    pub open_artifact: Option<&'a OpenArtifact<'a>>,
    /// Waits between attempts.
    pub sleep: &'a (dyn Fn(Duration) + Sync),
}

/// Opens the bytes of an exported database by the reference of an OCI artifact, without `oci://`.
pub type OpenArtifact<'a> = dyn Fn(&str) -> io::Result<Box<dyn Read>> + Sync + 'a;

/// What is going on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Bytes of a file.
    Downloading {
        /// The feed.
        feed: String,
        /// The file, as its publisher names it.
        file: String,
        /// Bytes that are here.
        done_bytes: u64,
        /// Bytes in all, when known.
        total_bytes: Option<u64>,
    },
    /// A feed is here.
    Downloaded {
        /// The feed.
        feed: String,
        /// Whether its content is other than before.
        is_new: bool,
    },
    /// A feed could not be fetched.
    Failed {
        /// The feed.
        feed: String,
    },
    /// The shards of these feeds are being built.
    Building {
        /// The feeds.
        feeds: Vec<String>,
    },
    /// All shards are being installed.
    Installing {
        /// How many.
        shards: usize,
    },
}

/// What came of an update.
#[derive(Debug, Default)]
pub struct UpdateSummary {
    /// Each feed that was asked for.
    pub feeds: Vec<FeedSummary>,
    /// Shards with new content.
    pub changed: Vec<String>,
    /// Shards that were built or offered and are as before.
    pub unchanged: Vec<String>,
    /// Version of the manifest in use, when something was installed.
    pub version: Option<u64>,
    /// What of each group of feeds was understood, by the names of the feeds.
    pub imports: BTreeMap<String, Imported>,
    /// Groups whose shards could not be built, with the reason; their old shards stay.
    pub failed_groups: BTreeMap<String, String>,
    /// Records that could not be stored, one line each.
    pub problems: Vec<String>,
}

/// What came of one feed.
#[derive(Debug)]
pub struct FeedSummary {
    /// The feed.
    pub name: String,
    /// What happened.
    pub outcome: FeedOutcome,
    /// Bytes that came over the wire.
    pub downloaded_bytes: u64,
    /// Files that are not there although they could be, and parts that were left out.
    pub notes: Vec<String>,
}

/// What happened to a feed.
#[derive(Debug)]
pub enum FeedOutcome {
    /// It has new content.
    New,
    /// It is as before.
    NotModified,
    /// It could not be fetched; what was fetched before, if anything, is used on.
    Failed(FetchError),
}

/// Why nothing could be updated.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// A feed of this name is not known.
    #[error("there is no feed '{name}' (hint: {})", crate::feed_names().join(", "))]
    UnknownFeed {
        /// The name.
        name: String,
    },
    /// A local directory cannot be used.
    #[error("cannot use '{}'", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The client cannot be set up, or no address gave the database.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// An OCI artifact cannot be read.
    #[error("cannot read the database from '{address}'")]
    Artifact {
        /// The address.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Shards cannot be built.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The database refuses.
    #[error("cannot install into the database")]
    Store(#[from] StoreError),
}

/// Fetches the configured feeds, builds the shards of those that changed, and installs them all in one step: a
/// reader sees the old database or the new one. A feed that fails loses only itself.
///
/// # Errors
/// When nothing could be done at all; faults of single feeds are in the summary.
pub fn update(
    sources: &Sources,
    store: &Store,
    key: &SigningKey,
    options: &UpdateOptions<'_>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<UpdateSummary, UpdateError> {
    let directory = &options.cache_directory;
    let directory_error = |source| UpdateError::Directory { path: directory.clone(), source };
    fs::create_dir_all(directory).map_err(directory_error)?;
    // Two updates at once would write the same partial files.
    let lock = fs::File::create(directory.join("lock")).map_err(directory_error)?;
    lock.lock().map_err(directory_error)?;
    let client = Client::new(sources)?;
    if !sources.databases.is_empty() {
        return install_database(sources, store, key, options, &client, progress);
    }
    let wanted = wanted_feeds(sources, &options.only)?;
    let state = Mutex::new(State::load(directory));
    let fetched = fetching::fetch_all(&wanted, sources, options, &client, &state, progress)?;
    let mut summary = UpdateSummary::default();
    let built = groups::build(&fetched, sources, store, key, options, &state, progress, &mut summary)?;
    if !built.shards.is_empty() {
        progress(Progress::Installing { shards: built.shards.len() });
        let installed = store.publish(&built.shards, key, &options.now)?;
        summary.version = Some(installed.version);
        summary.changed = installed.changed;
        summary.unchanged = installed.unchanged;
    }
    // Only now: after a crash before this line the shards are built again.
    let mut state = state.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    state.groups.extend(built.groups);
    state.save(directory).map_err(directory_error)?;
    summary.feeds = fetched.into_iter().map(FetchedFeed::into_summary).collect();
    Ok(summary)
}

fn wanted_feeds(sources: &Sources, only: &[String]) -> Result<Vec<&'static Feed>, UpdateError> {
    let names = if only.is_empty() { &sources.feeds } else { only };
    let mut wanted = Vec::new();
    let mut seen = BTreeSet::new();
    for name in names {
        let feed = catalogue::feed(name).ok_or_else(|| UpdateError::UnknownFeed { name: name.clone() })?;
        if seen.insert(feed.name) {
            wanted.push(feed);
        }
    }
    Ok(wanted)
}

/// Installs a database that somebody else built, from the first address that has it.
fn install_database(
    sources: &Sources,
    store: &Store,
    key: &SigningKey,
    options: &UpdateOptions<'_>,
    client: &Client,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<UpdateSummary, UpdateError> {
    let mut last = None;
    for address in &sources.databases {
        match open_database(address, sources, options, client, progress) {
            Ok(Some(reader)) => {
                progress(Progress::Installing { shards: 0 });
                let bundle = Bundle::open(BufReader::with_capacity(256 << 10, reader), &options.trust)?;
                let installed = bundle.install(store, key, &options.now)?;
                return Ok(UpdateSummary {
                    changed: installed.changed,
                    unchanged: installed.unchanged,
                    version: Some(installed.version),
                    ..UpdateSummary::default()
                });
            }
            Ok(None) => return Ok(UpdateSummary::default()),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| FetchError::NotFound("(no address)".to_owned()).into()))
}

/// Nothing when it is the one that was installed last.
fn open_database(
    address: &str,
    sources: &Sources,
    options: &UpdateOptions<'_>,
    client: &Client,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Option<Box<dyn Read>>, UpdateError> {
    if let Some(reference) = address.strip_prefix("oci://") {
        let artifact_error = |source| UpdateError::Artifact { address: address.to_owned(), source };
        let open = options
            .open_artifact
            .ok_or_else(|| artifact_error(io::Error::other("no registry client is at hand")))?;
        return Ok(Some(open(reference).map_err(artifact_error)?));
    }
    let fetched = fetching::fetch_database(address, sources, options, client, progress)?;
    let Some(path) = fetched else { return Ok(None) };
    let file = fs::File::open(&path).map_err(|source| UpdateError::Directory { path, source })?;
    Ok(Some(Box::new(file)))
}
