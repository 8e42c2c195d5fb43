//! Reading a file, archive or directory of feeds, whatever their format.

use crate::bounded::{Bounded, decompressed};
use crate::detect::{FeedKind, UnknownFeed, detect, explain_unknown};
use crate::imported::Imported;
use crate::java_archives::JavaArchive;
use crate::{
    FeedLimits, alpine_secdb, csaf, debian_list, debian_tracker, epss, java_archives, kev, maven_repository,
    osv, oval, rubysec, updateinfo,
};
use advisories::Advisory;
use model::{Epss, KnownExploited};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};

/// What comes out of a feed.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// An advisory.
    Advisory(Box<Advisory>),
    /// A CVE id that is known to be exploited.
    KnownExploited(String, KnownExploited),
    /// A CVE id and its exploit prediction.
    ExploitPrediction(String, Epss),
    /// A Java archive and its coordinates.
    JavaArchive(JavaArchive),
}

/// Why nothing could be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file or directory cannot be read.
    #[error("cannot read '{}'", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The format is not known.
    #[error(transparent)]
    Unknown(#[from] UnknownFeed),
}

/// Imports a file, an archive or a directory. The kind of each file is told by its content; of a Maven repository,
/// the digests of archives are read.
///
/// # Errors
/// When the path cannot be opened, or is a file of an unknown kind. Everything after that is a problem in
/// [`Imported`].
pub fn import_path(
    path: &Path,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(Record),
) -> Result<Imported, ImportError> {
    import_path_without(path, &path.display().to_string(), &BTreeSet::new(), limits, sink)
}

/// The same, under another name, and without the members of archives whose paths end like these.
pub(crate) fn import_path_without(
    path: &Path,
    name: &str,
    left_out: &BTreeSet<String>,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(Record),
) -> Result<Imported, ImportError> {
    let read_error = |source| ImportError::Read { path: path.to_owned(), source };
    let mut import =
        Import { out: Imported::default(), limits, sink, left_bytes: limits.file_bytes_max, left_out };
    if path.is_dir() && maven_repository::is_repository(path) {
        import.repository(path).map_err(read_error)?;
    } else if path.is_dir() {
        import.directory(path, 0).map_err(read_error)?;
    } else {
        let file = File::open(path).map_err(read_error)?;
        import.file(name, file).map_err(|error| match error {
            FileError::Read(source) => read_error(source),
            FileError::Unknown(unknown) => unknown.into(),
        })?;
    }
    Ok(import.out)
}

/// Imports the bytes of a file; `name` names it in problems.
///
/// # Errors
/// When the kind of the file is not known, or its compression is broken at the start.
pub fn import_bytes(
    name: &str,
    bytes: &[u8],
    limits: &FeedLimits,
    sink: &mut dyn FnMut(Record),
) -> Result<Imported, ImportError> {
    let left_out = &BTreeSet::new();
    let mut import =
        Import { out: Imported::default(), limits, sink, left_bytes: limits.file_bytes_max, left_out };
    import.file(name, Cursor::new(bytes)).map_err(|error| match error {
        FileError::Read(source) => ImportError::Read { path: PathBuf::from(name), source },
        FileError::Unknown(unknown) => unknown.into(),
    })?;
    Ok(import.out)
}

// Enough for the header of a tar archive and for the first record of any feed.
const FIRST_BYTES: u64 = 64 << 10;

struct Import<'a> {
    out: Imported,
    limits: &'a FeedLimits,
    sink: &'a mut dyn FnMut(Record),
    /// Decompressed bytes that all members of an archive may still have.
    left_bytes: u64,
    /// The last two parts of the paths of archive members to pass over.
    left_out: &'a BTreeSet<String>,
}

enum FileError {
    Read(io::Error),
    Unknown(UnknownFeed),
}

impl Import<'_> {
    fn file(&mut self, name: &str, mut input: impl Read + Seek) -> Result<(), FileError> {
        let mut magic = [0; 4];
        let got = read_up_to(&mut input, &mut magic).map_err(FileError::Read)?;
        input.rewind().map_err(FileError::Read)?;
        if detect(name, &magic[..got]) == Some(FeedKind::Zip) {
            self.zip(name, input);
            return Ok(());
        }
        let mut input = decompressed(input, self.limits.file_bytes_max).map_err(FileError::Read)?;
        let first = first_bytes(&mut input).map_err(FileError::Read)?;
        match detect(name, &first) {
            Some(FeedKind::Tar) => self.tar(name, &mut Cursor::new(first).chain(input)),
            Some(kind) => self.feed(kind, name, &mut Cursor::new(first).chain(input)),
            None => return Err(FileError::Unknown(explain_unknown(name, &first))),
        }
        Ok(())
    }

    fn repository(&mut self, path: &Path) -> io::Result<()> {
        let sink = &mut *self.sink;
        let take = &mut |archive| sink(Record::JavaArchive(archive));
        let imported = maven_repository::import(path, self.limits, take)?;
        self.out.merge(self.limits, imported);
        Ok(())
    }

    fn directory(&mut self, path: &Path, depth: usize) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path)? {
            entries.push(entry?);
        }
        // Sorted, so that the same directory gives the same database.
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let name = path.display().to_string();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            // Symbolic links are not followed: a feed has none, and they can lead anywhere.
            let kind = entry.file_type()?;
            if kind.is_dir() {
                if depth >= self.limits.directory_depth_max {
                    self.problem(&name, "deeper than the limit on directories");
                } else if let Err(error) = self.directory(&path, depth + 1) {
                    self.problem(&name, format!("unreadable: {error}"));
                }
            } else if kind.is_file() {
                let result =
                    File::open(&path).map_err(FileError::Read).and_then(|file| self.file(&name, file));
                self.note(&name, result);
            }
            if self.is_full(&name) {
                break;
            }
        }
        Ok(())
    }

    fn zip(&mut self, name: &str, input: impl Read + Seek) {
        let mut archive = match zip::ZipArchive::new(BufReader::new(input)) {
            Ok(archive) => archive,
            Err(error) => {
                self.problem(name, format!("not a readable zip archive: {error}"));
                return;
            }
        };
        for index in 0..archive.len() {
            let mut member = match archive.by_index(index) {
                Ok(member) => member,
                Err(error) => {
                    self.problem(name, format!("member {index} is unreadable: {error}"));
                    continue;
                }
            };
            if member.is_dir() {
                continue;
            }
            let label = match member.name() {
                Ok(member) => format!("{name}:{member}"),
                Err(_) => format!("{name}:{index}"),
            };
            self.member(&label, &mut member);
            drop(member);
            if self.is_full(name) {
                break;
            }
        }
    }

    fn tar(&mut self, name: &str, input: &mut dyn Read) {
        let mut archive = tar::Archive::new(input);
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => {
                self.problem(name, format!("not a readable tar archive: {error}"));
                return;
            }
        };
        for entry in entries {
            let mut entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    // Behind a broken header nothing can be found again.
                    self.problem(name, format!("the tar archive breaks off: {error}"));
                    return;
                }
            };
            if !entry.header().entry_type().is_file() {
                continue;
            }
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if !self.left_out.is_empty() && self.left_out.contains(last_two_parts(&path)) {
                continue;
            }
            let label = format!("{name}:{path}");
            self.member(&label, &mut entry);
            if self.is_full(name) {
                break;
            }
        }
    }

    /// A member of an archive. Archives inside archives are not opened: no publisher has any.
    fn member(&mut self, name: &str, input: &mut dyn Read) {
        let mut counted = Counted { inner: Bounded::new(input, self.left_bytes), bytes: 0 };
        let result = self.member_inner(name, &mut counted);
        self.left_bytes = self.left_bytes.saturating_sub(counted.bytes);
        self.note(name, result);
    }

    fn member_inner(&mut self, name: &str, input: &mut dyn Read) -> Result<(), FileError> {
        let mut input = decompressed(input, self.limits.file_bytes_max).map_err(FileError::Read)?;
        let first = first_bytes(&mut input).map_err(FileError::Read)?;
        match detect(name, &first) {
            Some(FeedKind::Zip | FeedKind::Tar) => self.problem(name, "an archive inside an archive"),
            Some(kind) => self.feed(kind, name, &mut Cursor::new(first).chain(input)),
            None => return Err(FileError::Unknown(explain_unknown(name, &first))),
        }
        Ok(())
    }

    fn feed(&mut self, kind: FeedKind, name: &str, input: &mut dyn Read) {
        let (limits, sink) = (self.limits, &mut *self.sink);
        let imported = match kind {
            FeedKind::Kev => {
                kev::import(input, name, limits, &mut |cve, entry| sink(Record::KnownExploited(cve, entry)))
            }
            FeedKind::Epss => epss::import(input, name, limits, &mut |cve, score| {
                sink(Record::ExploitPrediction(cve, score));
            }),
            FeedKind::JavaArchives => java_archives::import(input, name, limits, &mut |archive| {
                sink(Record::JavaArchive(archive));
            }),
            _ => {
                let advisories = &mut |advisory| sink(Record::Advisory(Box::new(advisory)));
                match kind {
                    FeedKind::Osv => osv::import(input, name, limits, advisories),
                    FeedKind::DebianTracker => debian_tracker::import(input, name, limits, advisories),
                    FeedKind::DebianList => debian_list::import(input, name, limits, advisories),
                    FeedKind::AlpineSecdb => alpine_secdb::import(input, name, limits, advisories),
                    FeedKind::Csaf => csaf::import(input, name, limits, advisories),
                    FeedKind::UpdateInfo => updateinfo::import(input, name, limits, advisories),
                    FeedKind::Oval => oval::import(input, name, limits, advisories),
                    FeedKind::RubySec => rubysec::import(input, name, limits, advisories),
                    FeedKind::Kev
                    | FeedKind::Epss
                    | FeedKind::JavaArchives
                    | FeedKind::Zip
                    | FeedKind::Tar => Imported::default(),
                }
            }
        };
        self.out.merge(limits, imported);
    }

    fn is_full(&mut self, name: &str) -> bool {
        let what = if self.out.counts.records >= self.limits.records_max {
            "records"
        } else if self.left_bytes == 0 {
            "decompressed bytes"
        } else {
            return false;
        };
        self.problem(name, format!("the limit on {what} is reached, the rest is left out"));
        true
    }

    fn note(&mut self, name: &str, result: Result<(), FileError>) {
        match result {
            Ok(()) => {}
            Err(FileError::Read(error)) => self.problem(name, format!("unreadable: {error}")),
            Err(FileError::Unknown(_)) => self.problem(name, "not in a format that is known"),
        }
    }

    fn problem(&mut self, file: &str, detail: impl Into<String>) {
        self.out.problem(self.limits, file, None, detail);
    }
}

struct Counted<R> {
    inner: R,
    bytes: u64,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.bytes += got as u64;
        Ok(got)
    }
}

/// `2024/cve-2024-1.json` of `vex/2024/cve-2024-1.json`.
fn last_two_parts(path: &str) -> &str {
    match path.rmatch_indices('/').nth(1) {
        Some((at, _)) => &path[at + 1..],
        None => path,
    }
}

fn first_bytes(input: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut first = Vec::new();
    input.take(FIRST_BYTES).read_to_end(&mut first)?;
    Ok(first)
}

fn read_up_to(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(got) => filled += got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
