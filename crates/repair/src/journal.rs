//! What was changed, kept until it is undone.
//!
//! A journal is a directory `NNNN` of the state directory: `journal.json`, rewritten before and after each change, and
//! `files/` with the content that files had. What was begun and not ended is in it too, so a crash loses nothing.

use crate::{Content, FileState, RepairError, file};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Journals of one state directory.
const JOURNALS_MAX: u32 = 9999;

/// One change, and how far it got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The change as the caller describes it.
    pub change: serde_json::Value,
    /// Files that it replaces: the path, and what is needed to put them back.
    pub files: Vec<KeptFile>,
    /// Whether it was made.
    pub is_done: bool,
    /// Whether it was taken back.
    pub is_undone: bool,
}

/// A file as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptFile {
    /// Where.
    pub path: PathBuf,
    /// The name of its content in `files/`; `None` when there was no such file.
    pub content: Option<String>,
    /// Its mode, user and group.
    pub state: (u32, u32, u32),
}

#[derive(Serialize, Deserialize)]
struct Document {
    schema_version: u32,
    when: String,
    entries: Vec<Entry>,
}

/// A journal.
#[derive(Debug)]
pub struct Journal {
    directory: PathBuf,
    when: String,
    entries: Vec<Entry>,
}

impl Journal {
    /// Begins a journal below a state directory, which is made for root alone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(state_directory: &Path, when: &str) -> Result<Self, RepairError> {
        file::make_directory(state_directory)?;
        let last = journals(state_directory)?.last().copied().unwrap_or(0);
        for number in last + 1..=JOURNALS_MAX {
            let directory = state_directory.join(format!("{number:04}"));
            match std::fs::create_dir(&directory) {
                Ok(()) => {
                    file::make_directory(&directory.join("files"))?;
                    let journal = Self { directory, when: when.to_owned(), entries: Vec::new() };
                    journal.save()?;
                    return Ok(journal);
                }
                // Somebody else began one at the same moment.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(source) => return Err(RepairError::Change { what: "make", path: directory, source }),
            }
        }
        Err(RepairError::Journal {
            path: state_directory.to_owned(),
            reason: format!("there are {JOURNALS_MAX} of them"),
        })
    }

    /// Opens one by number.
    ///
    /// # Errors
    /// When it is not there, or not one of ours.
    pub fn open(state_directory: &Path, number: u32) -> Result<Self, RepairError> {
        let directory = state_directory.join(format!("{number:04}"));
        let path = directory.join("journal.json");
        let malformed = |reason: String| RepairError::Journal { path: path.clone(), reason };
        let content = file::read(&path)?.ok_or_else(|| malformed("there is none".to_owned()))?;
        if content.state.mode & 0o022 != 0 {
            return Err(malformed("somebody else may write it".to_owned()));
        }
        let document: Document =
            serde_json::from_slice(&content.bytes).map_err(|error| malformed(error.to_string()))?;
        if document.schema_version != 1 {
            return Err(malformed(format!("it is of version {}", document.schema_version)));
        }
        Ok(Self { directory, when: document.when, entries: document.entries })
    }

    /// Its number.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.directory.file_name().and_then(|name| name.to_str()?.parse().ok()).unwrap_or(0)
    }

    /// When it was begun.
    #[must_use]
    pub fn when(&self) -> &str {
        &self.when
    }

    /// Its entries, in the order in which they were begun.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Notes a change that is about to be made, and keeps the files that it replaces; returns its place.
    ///
    /// # Errors
    /// When it cannot be written: then nothing may be changed.
    pub fn intend(
        &mut self,
        change: serde_json::Value,
        files: &[(&Path, Option<&Content>)],
    ) -> Result<usize, RepairError> {
        let at = self.entries.len();
        let mut kept = Vec::new();
        for (index, (path, content)) in files.iter().enumerate() {
            let mut name = None;
            let mut state = (0o600, 0, 0);
            if let Some(content) = content {
                let file_name = format!("{at:04}-{index}");
                let own = FileState { mode: 0o600, ..own() };
                file::replace(&self.directory.join("files").join(&file_name), &content.bytes, own)?;
                name = Some(file_name);
                state = (content.state.mode, content.state.uid, content.state.gid);
            }
            kept.push(KeptFile { path: (*path).to_owned(), content: name, state });
        }
        self.entries.push(Entry { change, files: kept, is_done: false, is_undone: false });
        self.save()?;
        Ok(at)
    }

    /// Notes that a change was made, or taken back.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn note(&mut self, at: usize, is_done: bool, is_undone: bool) -> Result<(), RepairError> {
        if let Some(entry) = self.entries.get_mut(at) {
            (entry.is_done, entry.is_undone) = (is_done, is_undone);
        }
        self.save()
    }

    /// Puts back the files of an entry as they were; those that were not there are removed.
    ///
    /// # Errors
    /// When one cannot be written.
    pub fn restore_files(&self, at: usize) -> Result<(), RepairError> {
        for kept in self.entries.get(at).map_or(&[][..], |entry| &entry.files) {
            let Some(name) = &kept.content else {
                file::remove(&kept.path)?;
                continue;
            };
            let from = self.directory.join("files").join(name);
            let malformed =
                |reason: &str| RepairError::Journal { path: from.clone(), reason: reason.to_owned() };
            if name.contains('/') || name.starts_with('.') {
                return Err(malformed("its name leads elsewhere"));
            }
            let content = file::read(&from)?.ok_or_else(|| malformed("it is gone"))?;
            let (mode, uid, gid) = kept.state;
            file::replace(&kept.path, &content.bytes, FileState { mode, uid, gid })?;
        }
        Ok(())
    }

    /// What a file of an entry held; empty when there was no such file.
    ///
    /// # Errors
    /// When its content is gone, or no text.
    pub fn previous(&self, at: usize, path: &Path) -> Result<String, RepairError> {
        let kept = self.entries.get(at).and_then(|entry| entry.files.iter().find(|kept| kept.path == path));
        let Some(name) = kept.and_then(|kept| kept.content.as_ref()) else { return Ok(String::new()) };
        let from = self.kept(name)?;
        let malformed = |reason: &str| RepairError::Journal { path: from.clone(), reason: reason.to_owned() };
        let content = file::read(&from)?.ok_or_else(|| malformed("it is gone"))?;
        String::from_utf8(content.bytes).map_err(|_| malformed("it is no text"))
    }

    fn kept(&self, name: &str) -> Result<PathBuf, RepairError> {
        let from = self.directory.join("files").join(name);
        if name.contains('/') || name.starts_with('.') {
            return Err(RepairError::Journal { path: from, reason: "its name leads elsewhere".to_owned() });
        }
        Ok(from)
    }

    fn save(&self) -> Result<(), RepairError> {
        let document = Document { schema_version: 1, when: self.when.clone(), entries: self.entries.clone() };
        let bytes = serde_json::to_vec_pretty(&document).expect("entries are JSON");
        file::replace(&self.directory.join("journal.json"), &bytes, FileState { mode: 0o600, ..own() })
    }
}

fn own() -> FileState {
    let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    FileState { mode: 0o600, uid, gid }
}

/// The numbers of the journals of a state directory, oldest first; none when there is no such directory.
///
/// # Errors
/// When it is there and cannot be read.
pub fn journals(state_directory: &Path) -> Result<Vec<u32>, RepairError> {
    let failed = |source| RepairError::Change { what: "read", path: state_directory.to_owned(), source };
    let entries = match std::fs::read_dir(state_directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let mut numbers = Vec::new();
    for entry in entries.take(2 * JOURNALS_MAX as usize) {
        let name = entry.map_err(failed)?.file_name();
        if let Some(number) = name.to_str().filter(|name| name.len() == 4).and_then(|name| name.parse().ok())
        {
            numbers.push(number);
        }
    }
    numbers.sort_unstable();
    Ok(numbers)
}
