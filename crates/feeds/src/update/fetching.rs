//! Fetching the files of feeds, several at once.

use super::{FeedOutcome, FeedSummary, Progress, UpdateError, UpdateOptions, indexes};
use crate::catalogue::{Feed, Layout, paths};
use crate::download::{self, Client, FetchError, Fetched, Request, Surroundings, sha256_of};
use crate::sources::Sources;
use crate::state::State;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A feed and the files of it that are here.
pub(super) struct FetchedFeed {
    pub feed: &'static Feed,
    pub error: Option<FetchError>,
    pub is_new: bool,
    pub downloaded_bytes: u64,
    pub notes: Vec<String>,
}

impl FetchedFeed {
    pub(super) fn into_summary(self) -> FeedSummary {
        let outcome = match self.error {
            Some(error) => FeedOutcome::Failed(error),
            None if self.is_new => FeedOutcome::New,
            None => FeedOutcome::NotModified,
        };
        FeedSummary {
            name: self.feed.name.to_owned(),
            outcome,
            downloaded_bytes: self.downloaded_bytes,
            notes: self.notes,
        }
    }
}

/// What a feed needs to fetch its files.
pub(super) struct FeedFetcher<'a> {
    pub feed: &'static Feed,
    pub sources: &'a Sources,
    pub options: &'a UpdateOptions<'a>,
    client: &'a Client,
    state: &'a Mutex<State>,
    progress: &'a (dyn Fn(Progress) + Sync),
    out: FetchedFeed,
}

/// Fetches feeds, a few at once. The result is in the order of `wanted`.
pub(super) fn fetch_all(
    wanted: &[&'static Feed],
    sources: &Sources,
    options: &UpdateOptions<'_>,
    client: &Client,
    state: &Mutex<State>,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<FetchedFeed>, UpdateError> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, FetchedFeed)>> = Mutex::new(Vec::new());
    let workers = sources.parallel_downloads.clamp(1, 16).min(wanted.len());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(feed) = wanted.get(index) else { return };
                    let fetched = fetch_feed(feed, sources, options, client, state, progress);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, fetched));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    Ok(done.into_iter().map(|(_, fetched)| fetched).collect())
}

fn fetch_feed(
    feed: &'static Feed,
    sources: &Sources,
    options: &UpdateOptions<'_>,
    client: &Client,
    state: &Mutex<State>,
    progress: &(dyn Fn(Progress) + Sync),
) -> FetchedFeed {
    let out = FetchedFeed { feed, error: None, is_new: false, downloaded_bytes: 0, notes: Vec::new() };
    let mut fetcher = FeedFetcher { feed, sources, options, client, state, progress, out };
    let result = match feed.layout {
        Layout::RedHatVex => indexes::red_hat(&mut fetcher),
        Layout::RpmMirrorList(path) => indexes::rpm_mirror_list(&mut fetcher, path),
        _ => fetcher.plain_files(),
    };
    match result {
        Ok(()) => progress(Progress::Downloaded { feed: feed.name.to_owned(), is_new: fetcher.out.is_new }),
        Err(error) => {
            fetcher.out.error = Some(error);
            progress(Progress::Failed { feed: feed.name.to_owned() });
        }
    }
    fetcher.out
}

impl FeedFetcher<'_> {
    fn plain_files(&mut self) -> Result<(), FetchError> {
        let mut found = 0;
        let mut missing = None;
        for (path, is_required) in paths(self.feed.layout, self.sources) {
            match self.file(&path, None) {
                Ok(_) => found += 1,
                // A release that the publisher does not have, or not any more.
                Err(FetchError::NotFound(address)) if !is_required => {
                    self.note(format!("'{path}' is not there"));
                    missing = Some(address);
                }
                Err(error) => return Err(error),
            }
        }
        match missing {
            Some(address) if found == 0 => Err(FetchError::NotFound(address)),
            _ => Ok(()),
        }
    }

    pub(super) fn note(&mut self, note: String) {
        if self.out.notes.len() < 100 {
            self.out.notes.push(note);
        }
    }

    /// Fetches a file below the base addresses of the publisher; gives its place.
    pub(super) fn file(&mut self, path: &str, sha256: Option<&str>) -> Result<PathBuf, FetchError> {
        let bases = self.sources.base_addresses(self.feed.publisher);
        let addresses = bases.iter().map(|base| join(base, path)).collect();
        self.file_from(addresses, path, sha256)
    }

    /// Fetches a file from any of these addresses and keeps it under this name.
    pub(super) fn file_from(
        &mut self,
        addresses: Vec<String>,
        name: &str,
        sha256: Option<&str>,
    ) -> Result<PathBuf, FetchError> {
        let key = format!("{}/{name}", self.feed.name);
        let place = self.place(name);
        let known = self.lock(|state| state.files.get(&key).cloned());
        let known = known.filter(|_| place.is_file());
        let progress = |done_bytes, total_bytes| {
            (self.progress)(Progress::Downloading {
                feed: self.feed.name.to_owned(),
                file: name.to_owned(),
                done_bytes,
                total_bytes,
            });
        };
        let around = Surroundings {
            client: self.client,
            sources: self.sources,
            sleep: self.options.sleep,
            progress: &progress,
        };
        let request = Request { addresses, path: &place, known: known.as_ref(), sha256 };
        let Fetched { state, is_new, downloaded_bytes } = download::fetch(&request, &around)?;
        self.out.is_new |= is_new;
        self.out.downloaded_bytes += downloaded_bytes;
        if known.as_ref() != Some(&state) {
            let directory = self.options.cache_directory.clone();
            self.lock(|all| {
                all.files.insert(key, state);
                all.save(&directory)
            })
            .map_err(|source| FetchError::File {
                action: "write",
                path: State::path(&directory),
                source,
            })?;
        }
        Ok(place)
    }

    /// Forgets files of this feed that `is_kept` does not name.
    pub(super) fn forget(&mut self, is_kept: impl Fn(&str) -> bool) {
        let prefix = format!("{}/", self.feed.name);
        let gone = self.lock(|state| {
            let gone: Vec<String> = state
                .files
                .keys()
                .filter(|key| key.strip_prefix(&prefix).is_some_and(|name| !is_kept(name)))
                .cloned()
                .collect();
            for key in &gone {
                state.files.remove(key);
            }
            gone
        });
        for key in gone {
            let _ = fs::remove_file(place_of(&self.options.cache_directory, &key));
        }
    }

    fn place(&self, name: &str) -> PathBuf {
        place_of(&self.options.cache_directory, &format!("{}/{name}", self.feed.name))
    }

    fn lock<T>(&self, with: impl FnOnce(&mut State) -> T) -> T {
        with(&mut self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// Where a file is kept; the key is made of names that this crate chose or checked, but parts that climb are
/// dropped once more.
pub(super) fn place_of(directory: &Path, key: &str) -> PathBuf {
    let mut place = directory.to_owned();
    for part in key.split('/').filter(|part| !matches!(*part, "" | "." | "..")) {
        place.push(part);
    }
    place
}

/// A path below a base address; what is not allowed in an address is encoded.
pub(super) fn join(base: &str, path: &str) -> String {
    const IN_PATH: &percent_encoding::AsciiSet =
        &percent_encoding::CONTROLS.add(b' ').add(b'"').add(b'#').add(b'%').add(b'<').add(b'>').add(b'?');
    let is_address = base.contains("://");
    let path = if is_address {
        percent_encoding::utf8_percent_encode(path, IN_PATH).to_string()
    } else {
        path.to_owned()
    };
    format!("{}/{path}", base.trim_end_matches('/'))
}

/// Fetches an exported database; nothing when it is the one that was fetched last.
pub(super) fn fetch_database(
    address: &str,
    sources: &Sources,
    options: &UpdateOptions<'_>,
    client: &Client,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Option<PathBuf>, FetchError> {
    let directory = &options.cache_directory;
    let place = directory.join("database");
    let mut state = State::load(directory);
    let known =
        state.files.get("database").cloned().filter(|known| known.address == address && place.is_file());
    let report = |done_bytes, total_bytes| {
        progress(Progress::Downloading {
            feed: "database".to_owned(),
            file: address.to_owned(),
            done_bytes,
            total_bytes,
        });
    };
    let around = Surroundings { client, sources, sleep: options.sleep, progress: &report };
    let request =
        Request { addresses: vec![address.to_owned()], path: &place, known: known.as_ref(), sha256: None };
    let fetched = download::fetch(&request, &around)?;
    if !fetched.is_new {
        // It was installed, or refused, when it was fetched; to install it again does no harm.
        return Ok(Some(place));
    }
    state.files.insert("database".to_owned(), fetched.state);
    state.save(directory).map_err(|source| FetchError::File {
        action: "write",
        path: State::path(directory),
        source,
    })?;
    Ok(Some(place))
}

/// Whether a file is still the one that was fetched.
pub(super) fn is_intact(place: &Path, sha256: &str) -> bool {
    sha256_of(place).is_ok_and(|found| found == sha256)
}
