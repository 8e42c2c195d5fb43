//! What was seen of one image: the document on the disk.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Version of the document; readers refuse others.
pub const FORMAT_VERSION: u32 = 1;
/// Bytes of a document.
const BYTES_MAX: usize = 64 << 20;
/// Names, digests and hosts of one image that are kept.
const NAMES_MAX: usize = 64;
/// Files of a document.
pub(crate) const FILES_MAX: usize = 100_000;
/// Bytes of a path, as the kernel limits them (linux/limits.h, `PATH_MAX`).
const PATH_BYTES_MAX: usize = 4096;

/// What was seen of one image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageUse {
    /// [`FORMAT_VERSION`].
    pub seawall_use: u32,
    /// Digest of the image's configuration (Docker's image id), or what the engine calls its id.
    pub image: String,
    /// Names by which it was started.
    #[serde(default)]
    pub names: BTreeSet<String>,
    /// Digests in registries.
    #[serde(default)]
    pub digests: BTreeSet<String>,
    /// Machines that saw it.
    #[serde(default)]
    pub hosts: BTreeSet<String>,
    /// When it was first watched, in seconds since 1970.
    #[serde(default)]
    pub from: u64,
    /// When it was last watched.
    #[serde(default)]
    pub to: u64,
    /// Seconds in which at least one container of it was watched, of all machines together.
    #[serde(default)]
    pub watched_secs: u64,
    /// Containers that were seen.
    #[serde(default)]
    pub containers: u64,
    /// Whether files that interpreters open were seen too. Of several records, whether they were in all.
    #[serde(default)]
    pub sees_opened: bool,
    /// Events of its containers that were lost: what is not among the files may have been in these.
    #[serde(default)]
    pub lost: u64,
    /// Files that found no room here.
    #[serde(default)]
    pub left_out: u64,
    /// What was seen, by path in the image.
    #[serde(default)]
    pub files: BTreeMap<String, UsedFile>,
}

/// How a file was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// It was executed: the program itself, the script, or the loader.
    Executed,
    /// It was mapped for execution: a library.
    Mapped,
    /// An interpreter opened it.
    Opened,
}

/// One file that was used. How often is a lower bound: the kernel counts what repeats within a minute and tells it later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedFile {
    /// How often it was executed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub executed: u64,
    /// How often it was mapped for execution.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub mapped: u64,
    /// How often an interpreter opened it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub opened: u64,
    /// When first, in seconds since 1970.
    pub first: u64,
    /// When last.
    pub last: u64,
}

/// A document that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UseError {
    /// Too large.
    #[error("a record of use has {size_bytes} bytes, the limit is {limit_bytes}")]
    TooLarge {
        /// Its size.
        size_bytes: usize,
        /// The limit.
        limit_bytes: usize,
    },
    /// Not one.
    #[error("it is no record of use (hint: seawall watch --used DIR writes them)")]
    Malformed(#[source] serde_json::Error),
    /// Of another version.
    #[error("the record of use has version {found}, this release reads {FORMAT_VERSION}")]
    Version {
        /// Its version.
        found: u32,
    },
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl ImageUse {
    /// Nothing seen yet of an image.
    #[must_use]
    pub fn new(image: &str) -> Self {
        Self { seawall_use: FORMAT_VERSION, image: image.to_owned(), ..Self::default() }
    }

    /// Reads a document; what is above the limits is counted as left out.
    ///
    /// # Errors
    /// When it is none, or of another version.
    pub fn parse(bytes: &[u8]) -> Result<Self, UseError> {
        if bytes.len() > BYTES_MAX {
            return Err(UseError::TooLarge { size_bytes: bytes.len(), limit_bytes: BYTES_MAX });
        }
        let mut read: Self = serde_json::from_slice(bytes).map_err(UseError::Malformed)?;
        if read.seawall_use != FORMAT_VERSION {
            return Err(UseError::Version { found: read.seawall_use });
        }
        let before = read.files.len();
        read.files.retain(|path, _| is_path(path));
        while read.files.len() > FILES_MAX {
            read.files.pop_last();
        }
        read.left_out += (before - read.files.len()) as u64;
        for names in [&mut read.names, &mut read.digests, &mut read.hosts] {
            while names.len() > NAMES_MAX {
                names.pop_last();
            }
        }
        Ok(read)
    }

    /// The document.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers and texts are JSON") + "\n"
    }

    /// Adds what another watch, or another machine, saw of the same image.
    pub fn merge(&mut self, other: &Self) {
        // Where nothing was seen yet, there is nothing that interpreters could have been missed in.
        let is_fresh = self.hosts.is_empty() && self.files.is_empty() && self.watched_secs == 0;
        self.sees_opened = if is_fresh { other.sees_opened } else { self.sees_opened && other.sees_opened };
        for (own, theirs) in [
            (&mut self.names, &other.names),
            (&mut self.digests, &other.digests),
            (&mut self.hosts, &other.hosts),
        ] {
            for name in theirs {
                keep(own, name);
            }
        }
        self.from = earliest(self.from, other.from);
        self.to = self.to.max(other.to);
        for (own, theirs) in [
            (&mut self.watched_secs, other.watched_secs),
            (&mut self.containers, other.containers),
            (&mut self.lost, other.lost),
            (&mut self.left_out, other.left_out),
        ] {
            *own = own.saturating_add(theirs);
        }
        for (path, file) in &other.files {
            if let Some(own) = self.files.get_mut(path) {
                own.merge(file);
            } else if self.files.len() < FILES_MAX {
                self.files.insert(path.clone(), file.clone());
            } else {
                self.left_out += 1;
            }
        }
    }

    /// Whether it is about the image that has one of these ids, digests of configurations or of manifests.
    #[must_use]
    pub fn is_of(&self, ids: &[&str]) -> bool {
        ids.iter().any(|id| self.image == *id || self.digests.contains(*id))
    }

    /// Notes one use. Returns whether the file had not been seen before.
    pub(crate) fn seen(&mut self, path: &str, how: How, count: u64, at: u64, files_max: usize) -> bool {
        self.from = earliest(self.from, at);
        self.to = self.to.max(at);
        if let Some(file) = self.files.get_mut(path) {
            file.add(how, count, at);
            return false;
        }
        if self.files.len() >= files_max || !is_path(path) {
            self.left_out += 1;
            return false;
        }
        let mut file = UsedFile::default();
        file.add(how, count, at);
        self.files.insert(path.to_owned(), file);
        true
    }
}

impl UsedFile {
    fn add(&mut self, how: How, count: u64, at: u64) {
        let number = match how {
            How::Executed => &mut self.executed,
            How::Mapped => &mut self.mapped,
            How::Opened => &mut self.opened,
        };
        *number = number.saturating_add(count);
        self.first = earliest(self.first, at);
        self.last = self.last.max(at);
    }

    fn merge(&mut self, other: &Self) {
        self.executed = self.executed.saturating_add(other.executed);
        self.mapped = self.mapped.saturating_add(other.mapped);
        self.opened = self.opened.saturating_add(other.opened);
        self.first = earliest(self.first, other.first);
        self.last = self.last.max(other.last);
    }

    /// How often it was used in any way.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.executed.saturating_add(self.mapped).saturating_add(self.opened)
    }
}

pub(crate) fn keep(names: &mut BTreeSet<String>, name: &str) {
    if !name.is_empty() && names.len() < NAMES_MAX && !names.contains(name) {
        names.insert(name.to_owned());
    }
}

/// 0 is no time.
fn earliest(one: u64, other: u64) -> u64 {
    match (one, other) {
        (0, time) | (time, 0) => time,
        (one, other) => one.min(other),
    }
}

fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.len() <= PATH_BYTES_MAX
}
