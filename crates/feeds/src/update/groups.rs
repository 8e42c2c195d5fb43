//! From fetched files to shards.

use super::fetching::{FetchedFeed, is_intact, place_of};
use super::{Progress, UpdateError, UpdateOptions, UpdateSummary, indexes};
use crate::catalogue::{FEEDS, Feed, Layout};
use crate::import::import_path_without;
use crate::imported::Imported;
use crate::sources::Sources;
use crate::spool::{BuiltShards, Spool};
use crate::state::{FileState, GroupState, State};
use crate::{completeness, download};
use advisories::{ShardMeta, SigningKey, Store};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Raised whenever an importer makes other advisories of the same file, so that all shards are built anew.
const IMPORTERS_VERSION: u32 = 1;

#[derive(Default)]
pub(super) struct BuiltGroups {
    pub shards: BTreeMap<String, Vec<u8>>,
    pub groups: BTreeMap<String, GroupState>,
}

/// A group of feeds that fill the same shards, with the files of them that are here.
struct Group {
    name: &'static str,
    feeds: Vec<&'static Feed>,
    files: Vec<(String, FileState)>,
    fingerprint: String,
}

/// What came of one group.
struct Outcome {
    built: Result<BuiltShards, String>,
    imported: Imported,
}

/// Builds the shards of all groups whose files changed, two at once.
#[expect(clippy::too_many_arguments, reason = "the parts of one update")]
pub(super) fn build(
    fetched: &[FetchedFeed],
    sources: &Sources,
    store: &Store,
    key: &SigningKey,
    options: &UpdateOptions<'_>,
    state: &Mutex<State>,
    progress: &(dyn Fn(Progress) + Sync),
    summary: &mut UpdateSummary,
) -> Result<BuiltGroups, UpdateError> {
    let installed = installed_shards(store, key, options)?;
    let groups = {
        let state = state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        changed_groups(fetched, sources, &state, &installed)
    };
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, Outcome)>> = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from).clamp(1, 2).min(groups.len());
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(group) = groups.get(index) else { return };
                    progress(Progress::Building { feeds: group.feed_names() });
                    let outcome = group.build(options);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((index, outcome));
                }
            });
        }
    });
    let mut out = BuiltGroups::default();
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(index, _)| *index);
    for (index, outcome) in done {
        let group = &groups[index];
        let label = group.feed_names().join(", ");
        match outcome.built {
            Ok(built) => {
                summary.problems.extend(built.problems);
                let shards = built.shards.keys().cloned().collect();
                let state = GroupState { fingerprint: group.fingerprint.clone(), shards };
                out.groups.insert(group.name.to_owned(), state);
                out.shards.extend(built.shards);
            }
            Err(reason) => _ = summary.failed_groups.insert(label.clone(), reason),
        }
        summary.imports.insert(label, outcome.imported);
    }
    Ok(out)
}

fn installed_shards(
    store: &Store,
    key: &SigningKey,
    options: &UpdateOptions<'_>,
) -> Result<BTreeSet<String>, UpdateError> {
    let mut keys = options.trust.keys.clone();
    keys.push(key.public());
    let verified = store.manifest(&keys)?;
    let shards = verified.iter().flat_map(|verified| verified.manifest().shards.iter());
    Ok(shards.map(|entry| entry.name.clone()).collect())
}

fn changed_groups(
    fetched: &[FetchedFeed],
    sources: &Sources,
    state: &State,
    installed: &BTreeSet<String>,
) -> Vec<Group> {
    let mut groups = Vec::new();
    let names: BTreeSet<&str> = fetched.iter().map(|fetched| fetched.feed.group).collect();
    for feed in &FEEDS {
        if !names.contains(feed.group) || groups.iter().any(|group: &Group| group.name == feed.group) {
            continue;
        }
        let is_member = |member: &&Feed| {
            member.group == feed.group
                && (fetched.iter().any(|fetched| fetched.feed.name == member.name)
                    || sources.feeds.iter().any(|name| name == member.name))
        };
        let feeds: Vec<&'static Feed> = FEEDS.iter().filter(is_member).collect();
        let mut files = Vec::new();
        for member in &feeds {
            let prefix = format!("{}/", member.name);
            let of_member = state.files.iter().filter(|(key, _)| key.starts_with(&prefix));
            files.extend(of_member.map(|(key, file)| (key.clone(), file.clone())));
        }
        if files.is_empty() {
            continue;
        }
        let fingerprint = fingerprint(&files);
        let is_built = state.groups.get(feed.group).is_some_and(|known| {
            known.fingerprint == fingerprint && known.shards.iter().all(|shard| installed.contains(shard))
        });
        if !is_built {
            groups.push(Group { name: feed.group, feeds, files, fingerprint });
        }
    }
    groups
}

fn fingerprint(files: &[(String, FileState)]) -> String {
    let mut hash = Sha256::new();
    hash.update(IMPORTERS_VERSION.to_le_bytes());
    for (key, file) in files {
        hash.update(key.as_bytes());
        hash.update([0]);
        hash.update(file.sha256.as_bytes());
        hash.update([0]);
    }
    download::hex(&hash.finalize())
}

impl Group {
    fn feed_names(&self) -> Vec<String> {
        self.feeds.iter().map(|feed| feed.name.to_owned()).collect()
    }

    fn build(&self, options: &UpdateOptions<'_>) -> Outcome {
        let mut imported = Imported::default();
        let mut spool = Spool::new(&options.cache_directory);
        for (key, state) in &self.files {
            let Some(feed) = self.feeds.iter().find(|feed| key.starts_with(&format!("{}/", feed.name)))
            else {
                continue;
            };
            let place = place_of(&options.cache_directory, key);
            if is_index(feed.layout, key) {
                continue;
            }
            if !is_intact(&place, &state.sha256) {
                imported.problem(
                    &options.limits,
                    key,
                    None,
                    "the copy is damaged and is fetched again next time",
                );
                // Without the file the shard would lose what it had; the old one stays.
                return Outcome { built: Err(format!("the copy of '{key}' is damaged")), imported };
            }
            let left_out = self.left_out(feed, key, &options.cache_directory);
            let result =
                import_path_without(&place, key, &left_out, &options.limits, &mut |record| spool.add(record));
            match result {
                Ok(part) => imported.merge(&options.limits, part),
                Err(error) => {
                    let detail = error_chain(&error);
                    return Outcome { built: Err(format!("'{key}': {detail}")), imported };
                }
            }
        }
        if imported.counts.advisories + imported.counts.known_exploited + imported.counts.scores == 0 {
            let reason = "the feeds hold nothing that is understood".to_owned();
            return Outcome { built: Err(reason), imported };
        }
        let licence = self.licence();
        let built = spool.build(|summary| ShardMeta {
            date: options.now.day().to_owned(),
            sources: summary.sources.iter().cloned().collect(),
            is_complete: completeness::is_complete(summary.name, summary.sources),
            licence: licence.clone(),
            ..ShardMeta::default()
        });
        Outcome { built: built.map_err(|error| error_chain(&error)), imported }
    }

    fn licence(&self) -> String {
        let licences: BTreeSet<&str> =
            self.feeds.iter().map(|feed| feed.licence).filter(|licence| !licence.is_empty()).collect();
        licences.into_iter().collect::<Vec<_>>().join(" and ")
    }

    /// Members of Red Hat's archive that changed since or were deleted.
    fn left_out(&self, feed: &Feed, key: &str, directory: &std::path::Path) -> BTreeSet<String> {
        if feed.layout != Layout::RedHatVex || key.contains("/changes/") {
            return BTreeSet::new();
        }
        let deletions: PathBuf = place_of(directory, &format!("{}/deletions.csv", feed.name));
        let mut left_out: BTreeSet<String> = indexes::red_hat_deleted(&deletions).into_iter().collect();
        let prefix = format!("{}/changes/", feed.name);
        left_out
            .extend(self.files.iter().filter_map(|(key, _)| key.strip_prefix(&prefix)).map(str::to_owned));
        left_out
    }
}

/// Files that only tell where others are.
fn is_index(layout: Layout, key: &str) -> bool {
    match layout {
        Layout::RedHatVex => key.ends_with(".csv") || key.ends_with(".txt") || key.ends_with(".sha256"),
        Layout::RpmMirrorList(_) => key.ends_with("repomd.xml") || key.ends_with("mirror.list"),
        _ => false,
    }
}

fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
