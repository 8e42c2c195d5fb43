//! Advisories on their way from feeds to shards.
//!
//! A feed fills many shards at once, and one shard is built from all of its advisories: they wait in a temporary
//! file for each shard, so that memory holds one shard at a time.

use crate::Record;
use advisories::{
    Advisory, BuildError, EXPLOIT_PREDICTION_SHARD, JAVA_ARCHIVES_SHARD, JavaArchivesBuilder,
    KNOWN_EXPLOITED_SHARD, ShardBuilder, ShardMeta, build_exploit_prediction, build_known_exploited,
};
use model::{Epss, KnownExploited};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};
use std::path::{Path, PathBuf};

pub(crate) struct Spool {
    directory: PathBuf,
    shards: BTreeMap<String, Waiting>,
    known_exploited: BTreeMap<String, KnownExploited>,
    scores: BTreeMap<String, Epss>,
    java_archives: JavaArchivesBuilder,
    failed: Option<io::Error>,
}

struct Waiting {
    file: BufWriter<File>,
    sources: BTreeSet<String>,
    newest: String,
}

/// What is known of a shard before it is built.
pub(crate) struct Summary<'a> {
    pub name: &'a str,
    pub sources: &'a BTreeSet<String>,
    /// Newest date that an advisory carries; empty when none does.
    pub newest: &'a str,
}

/// Shards that were built.
#[derive(Debug, Default)]
pub(crate) struct BuiltShards {
    pub shards: BTreeMap<String, Vec<u8>>,
    pub problems: Vec<String>,
}

/// Why shards could not be built.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// The temporary files cannot be written or read.
    #[error("cannot keep advisories in a temporary file of '{}'", directory.display())]
    File {
        /// The directory.
        directory: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A shard cannot be built.
    #[error("cannot build a shard")]
    Build(#[from] BuildError),
}

// A hostile feed could name a shard for each row; each is an open file.
const SHARDS_MAX: usize = 400;
const PROBLEMS_MAX: usize = 200;

impl Spool {
    pub(crate) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            shards: BTreeMap::new(),
            known_exploited: BTreeMap::new(),
            scores: BTreeMap::new(),
            java_archives: JavaArchivesBuilder::default(),
            failed: None,
        }
    }

    /// Takes a record; a failure shows when the shards are built.
    pub(crate) fn add(&mut self, record: Record) {
        match record {
            Record::Advisory(advisory) => {
                if self.failed.is_none()
                    && let Err(error) = self.advisory(*advisory)
                {
                    self.failed = Some(error);
                }
            }
            Record::KnownExploited(cve, entry) => _ = self.known_exploited.insert(cve, entry),
            Record::ExploitPrediction(cve, score) => _ = self.scores.insert(cve, score),
            Record::JavaArchive(archive) => {
                self.java_archives.add(archive.sha1, &archive.name, &archive.version);
            }
        }
    }

    fn advisory(&mut self, mut advisory: Advisory) -> io::Result<()> {
        let mut by_shard: BTreeMap<String, Vec<_>> = BTreeMap::new();
        for affected in std::mem::take(&mut advisory.affected) {
            by_shard.entry(affected.shard.clone()).or_default().push(affected);
        }
        for (name, affected) in by_shard {
            advisory.affected = affected;
            if !self.shards.contains_key(&name) {
                if self.shards.len() >= SHARDS_MAX {
                    return Err(io::Error::other(format!("more than {SHARDS_MAX} shards")));
                }
                let file = BufWriter::with_capacity(64 << 10, tempfile::tempfile_in(&self.directory)?);
                let waiting = Waiting { file, sources: BTreeSet::new(), newest: String::new() };
                self.shards.insert(name.clone(), waiting);
            }
            let waiting = self.shards.get_mut(&name).expect("inserted above");
            serde_json::to_writer(&mut waiting.file, &advisory)?;
            waiting.file.write_all(b"\n")?;
            if !waiting.sources.contains(&advisory.source) {
                waiting.sources.insert(advisory.source.clone());
            }
            for date in [&advisory.published, &advisory.modified] {
                if *date > waiting.newest {
                    waiting.newest.clone_from(date);
                }
            }
        }
        Ok(())
    }

    /// Builds the shards one after the other.
    pub(crate) fn build(
        mut self,
        mut meta_of: impl FnMut(&Summary<'_>) -> ShardMeta,
    ) -> Result<BuiltShards, SpoolError> {
        let directory = self.directory.clone();
        let file_error = |source| SpoolError::File { directory: directory.clone(), source };
        if let Some(error) = self.failed.take() {
            return Err(file_error(error));
        }
        let mut built = BuiltShards::default();
        for (name, waiting) in self.shards {
            let summary = Summary { name: &name, sources: &waiting.sources, newest: &waiting.newest };
            let mut builder = ShardBuilder::new(&name, meta_of(&summary));
            let mut file = waiting.file.into_inner().map_err(|error| file_error(error.into_error()))?;
            file.rewind().map_err(file_error)?;
            let mut reader = BufReader::with_capacity(256 << 10, file);
            let mut line = Vec::new();
            loop {
                line.clear();
                if reader.read_until(b'\n', &mut line).map_err(file_error)? == 0 {
                    break;
                }
                let advisory =
                    serde_json::from_slice(&line).map_err(|error| file_error(io::Error::other(error)))?;
                builder.add(advisory);
            }
            for problem in builder.problems() {
                if built.problems.len() < PROBLEMS_MAX {
                    built.problems.push(format!("{name}: {problem}"));
                }
            }
            built.shards.insert(name, builder.finish()?);
        }
        let no_sources = |source: &str| BTreeSet::from([source.to_owned()]);
        if !self.known_exploited.is_empty() {
            let newest =
                self.known_exploited.values().map(|entry| entry.date_added.clone()).max().unwrap_or_default();
            let meta = meta_of(&Summary {
                name: KNOWN_EXPLOITED_SHARD,
                sources: &no_sources("cisa-kev"),
                newest: &newest,
            });
            let (bytes, problems) = build_known_exploited(meta, self.known_exploited)?;
            built.problems.extend(problems.into_iter().take(PROBLEMS_MAX));
            built.shards.insert(KNOWN_EXPLOITED_SHARD.to_owned(), bytes);
        }
        if !self.scores.is_empty() {
            let meta = meta_of(&Summary {
                name: EXPLOIT_PREDICTION_SHARD,
                sources: &no_sources("first-epss"),
                newest: "",
            });
            let (bytes, problems) = build_exploit_prediction(meta, self.scores)?;
            built.problems.extend(problems.into_iter().take(PROBLEMS_MAX));
            built.shards.insert(EXPLOIT_PREDICTION_SHARD.to_owned(), bytes);
        }
        if !self.java_archives.is_empty() {
            let meta = meta_of(&Summary {
                name: JAVA_ARCHIVES_SHARD,
                sources: &no_sources("maven-repository"),
                newest: "",
            });
            built.shards.insert(JAVA_ARCHIVES_SHARD.to_owned(), self.java_archives.finish(meta)?);
        }
        Ok(built)
    }
}
