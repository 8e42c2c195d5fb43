//! Finds out whether a log is what was written: edits, deletions, reordering, truncation, forks.

use crate::{
    LedgerError,
    checkpoint::{Checkpoint, parse_checkpoints},
    key::VerifierKey,
    options::beside,
    place::{self, Chain, Line, Lines},
    record::{Hash, Record},
};
use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

/// What a log is held against.
#[derive(Clone, Debug, Default)]
pub struct VerifyOptions {
    /// The key of the node; that of the first header when not given, which proves less.
    pub key: Option<VerifierKey>,
    /// Checkpoints that were kept elsewhere: the file, and its text.
    pub checkpoints: Vec<(PathBuf, String)>,
    /// Older files were removed on purpose: the log may begin with any header.
    pub may_begin_late: bool,
}

/// What a log turned out to be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// The files that were read, oldest first.
    pub files: Vec<PathBuf>,
    /// The number of the first record.
    pub first: u64,
    /// How many records there are.
    pub records: u64,
    /// Checkpoints whose signature verifies and whose root is that of the log.
    pub checkpoints: u64,
    /// Records behind the last checkpoint, which no signature covers.
    pub unsealed: u64,
    /// The key that signatures were held against.
    pub key: Option<VerifierKey>,
    /// Bytes at the end that are no record: one that was cut off while it was written, and never acknowledged.
    pub torn_bytes: u64,
    /// What is wrong, in the order of the log.
    pub problems: Vec<Problem>,
}

/// Something that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What was done to the log.
    pub kind: ProblemKind,
    /// The record that it is about.
    pub sequence: u64,
    /// In which file it shows.
    pub file: PathBuf,
    /// On which line, from 1; 0 for a file as a whole.
    pub line: u64,
    /// What was expected and what was found.
    pub detail: String,
}

/// What was done to a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProblemKind {
    /// A record says something else than was written.
    Edited,
    /// Records are missing between others, or at the begin.
    Deleted,
    /// Records stand in another order.
    Reordered,
    /// Records that a checkpoint covers are missing at the end.
    Truncated,
    /// A chain that is whole in itself is not the one that was signed.
    Forked,
    /// A line is no record.
    Malformed,
    /// A checkpoint is not signed by the key.
    BadSignature,
    /// Records that a checkpoint must cover have none: whoever has no key can write such a log.
    Unsigned,
}

/// A log is signed when it is begun and every 1,000 records; so many may have been written at once behind the last checkpoint.
const UNSEALED_MAX: u64 = 4_096;

/// So many problems are told; one suffices.
const PROBLEMS_MAX: usize = 100;
/// A file of checkpoints is read up to this size.
const CHECKPOINT_BYTES_MAX: u64 = 256 << 20;

/// Reads a log with its rotated files and checkpoints.
///
/// # Errors
/// When files cannot be read. What is wrong with them is no error but a [`Problem`].
pub fn verify(file: &Path, options: &VerifyOptions) -> Result<Verification, LedgerError> {
    let mut paths: Vec<PathBuf> = place::rotated(file)?.into_iter().map(|(_, path)| path).collect();
    if file.exists() || paths.is_empty() {
        paths.push(file.to_owned());
    }
    let mut reader = Reader {
        report: Verification { key: options.key.clone(), ..Verification::default() },
        ..Reader::default()
    };
    let present = Present::read(&paths)?;
    for path in &paths {
        reader.file(path, &present, options.may_begin_late)?;
    }
    reader.report.files = paths;
    reader.checkpoints(file, options)?;
    Ok(reader.report)
}

/// Which numbers occur at all: a missing number was deleted, one that comes late was moved.
#[derive(Default)]
struct Present {
    /// Those that stand in order; a log that is whole needs no more memory than this.
    run: Option<std::ops::Range<u64>>,
    others: BTreeSet<u64>,
}

impl Present {
    fn read(paths: &[PathBuf]) -> Result<Self, LedgerError> {
        let mut present = Self::default();
        for path in paths {
            let file = File::open(path).map_err(LedgerError::file("read", path))?;
            let mut lines = Lines::new(BufReader::new(file));
            while let Line::Complete(line) = lines.next().map_err(LedgerError::file("read", path))? {
                let Some(sequence) = claimed_sequence(&line) else { continue };
                let run = present.run.get_or_insert(sequence..sequence);
                if sequence == run.end {
                    run.end = sequence.saturating_add(1);
                } else {
                    present.others.insert(sequence);
                }
            }
        }
        Ok(present)
    }

    fn contains(&self, sequence: u64) -> bool {
        self.run.as_ref().is_some_and(|run| run.contains(&sequence)) || self.others.contains(&sequence)
    }
}

fn claimed_sequence(line: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(line).ok()?;
    let (_, rest) = text.rsplit_once("\"seq\":")?;
    rest[..rest.find(|c: char| !c.is_ascii_digit())?].parse().ok()
}

#[derive(Default)]
struct Reader {
    report: Verification,
    chain: Option<Chain>,
    /// The root after each number of records, for the numbers that checkpoints name.
    roots: Vec<Hash>,
}

impl Reader {
    fn file(&mut self, path: &Path, present: &Present, may_begin_late: bool) -> Result<(), LedgerError> {
        let file = File::open(path).map_err(LedgerError::file("read", path))?;
        let mut lines = Lines::new(BufReader::new(file));
        let mut number = 0;
        loop {
            number += 1;
            let at = |kind, sequence, detail| Problem {
                kind,
                sequence,
                file: path.to_owned(),
                line: number,
                detail,
            };
            let line = match lines.next().map_err(LedgerError::file("read", path))? {
                Line::Complete(line) => line,
                Line::Torn(bytes) => {
                    self.report.torn_bytes += bytes;
                    return Ok(());
                }
                Line::TooLong => {
                    self.problem(at(ProblemKind::Malformed, self.next(), "the line is too long".to_owned()));
                    return Ok(());
                }
            };
            let record = match Record::parse(&line) {
                Ok(record) => record,
                Err(error) => {
                    let sequence = claimed_sequence(&line).unwrap_or_else(|| self.next());
                    let kind = match error {
                        crate::MalformedRecord::NotCanonical => ProblemKind::Edited,
                        _ => ProblemKind::Malformed,
                    };
                    self.problem(at(kind, sequence, error.to_string()));
                    // The line stood for a record all the same.
                    if let Some(chain) = &mut self.chain {
                        chain.push(Hash::ZERO);
                        self.roots.push(Hash::ZERO);
                    }
                    continue;
                }
            };
            if record.hash != record.computed {
                let detail = "its content is not what its hash was made of".to_owned();
                self.problem(at(ProblemKind::Edited, record.sequence, detail));
            }
            for (kind, sequence, detail) in self.place(&record, present, may_begin_late) {
                self.problem(at(kind, sequence, detail));
            }
            self.report.records += 1;
        }
    }

    /// Puts a record where it belongs; returns what is wrong with where it stands.
    fn place(
        &mut self,
        record: &Record,
        present: &Present,
        may_begin_late: bool,
    ) -> Vec<(ProblemKind, u64, String)> {
        let mut problems = Vec::new();
        let Some(chain) = &mut self.chain else {
            let before = Chain::before_header(&record.members, record.sequence, &record.previous);
            let is_first = record.sequence == 0 && record.previous == Hash::ZERO;
            let may_begin = may_begin_late && before.is_some();
            if !is_first && !may_begin {
                let detail = format!("the log begins with record {}", record.sequence);
                problems.push((ProblemKind::Deleted, 0, detail));
            }
            if self.report.key.is_none() {
                let key = record.members.get("key").and_then(Value::as_str);
                self.report.key = key.and_then(|key| VerifierKey::parse(key).ok());
            }
            self.report.first = record.sequence;
            let mut chain = before.unwrap_or_else(Chain::new);
            chain.sequence = record.sequence;
            chain.push(record.hash.clone());
            self.roots.push(chain.frontier.root());
            self.chain = Some(chain);
            return problems;
        };
        let expected = chain.sequence;
        if record.sequence == expected {
            if record.previous != chain.previous {
                let sequence = expected.saturating_sub(1);
                let detail = format!("record {expected} was chained to other content of record {sequence}");
                problems.push((ProblemKind::Edited, sequence, detail));
            }
        } else if record.sequence > expected {
            if present.contains(expected) {
                let detail = format!("record {} stands where record {expected} belongs", record.sequence);
                problems.push((ProblemKind::Reordered, record.sequence, detail));
            } else {
                let last = record.sequence - 1;
                let detail = match last == expected {
                    true => format!("record {expected} is missing"),
                    false => format!("records {expected} to {last} are missing"),
                };
                problems.push((ProblemKind::Deleted, expected, detail));
            }
            chain.sequence = record.sequence;
        } else {
            let detail = format!("record {} stands where record {expected} belongs", record.sequence);
            problems.push((ProblemKind::Reordered, record.sequence, detail));
            chain.sequence = record.sequence;
        }
        chain.push(record.hash.clone());
        self.roots.push(chain.frontier.root());
        problems
    }

    fn checkpoints(&mut self, file: &Path, options: &VerifyOptions) -> Result<(), LedgerError> {
        let path = beside(file, "checkpoints");
        let mut texts: Vec<(PathBuf, String)> = Vec::new();
        match std::fs::metadata(&path) {
            Ok(there) if there.len() <= CHECKPOINT_BYTES_MAX => {
                let text = std::fs::read_to_string(&path).map_err(LedgerError::file("read", &path))?;
                texts.push((path, text));
            }
            Ok(_) => {
                self.whole(&path, ProblemKind::Malformed, "the file of checkpoints is too long".to_owned());
            }
            Err(_) => {}
        }
        texts.extend(options.checkpoints.iter().cloned());
        let (mut sealed, mut count) = (0, 0);
        for (path, text) in &texts {
            match parse_checkpoints(text) {
                Ok(checkpoints) => {
                    count += checkpoints.len();
                    for checkpoint in &checkpoints {
                        sealed = sealed.max(self.checkpoint(path, checkpoint));
                    }
                }
                Err(error) => self.whole(path, ProblemKind::Malformed, error.to_string()),
            }
        }
        self.report.unsealed = self.next().saturating_sub(sealed.max(self.report.first));
        // What checkpoints say against the log has been told.
        let is_too_many = self.report.unsealed > UNSEALED_MAX && self.report.problems.is_empty();
        if (count == 0 && self.report.records > 1) || is_too_many {
            let detail = format!("no checkpoint covers the last {} records", self.report.unsealed);
            self.whole(file, ProblemKind::Unsigned, detail);
        }
        Ok(())
    }

    /// Holds one against the log; returns how many records it covers when it fits.
    fn checkpoint(&mut self, path: &Path, checkpoint: &Checkpoint) -> u64 {
        if !self.report.key.as_ref().is_some_and(|key| checkpoint.is_signed_by(key)) {
            let detail = format!("the checkpoint over {} records is not signed by the node", checkpoint.size);
            self.whole(path, ProblemKind::BadSignature, detail);
            return 0;
        }
        let size = checkpoint.size;
        if size > self.next() {
            let detail = format!("a checkpoint covers {size} records, and {} are there", self.next());
            let problem = Problem {
                kind: ProblemKind::Truncated,
                sequence: self.next(),
                file: path.to_owned(),
                line: 0,
                detail,
            };
            self.problem(problem);
            return 0;
        }
        // What lies before a log that begins late can be told no more.
        let Some(index) = size.checked_sub(self.report.first + 1) else { return 0 };
        let root = usize::try_from(index).ok().and_then(|index| self.roots.get(index));
        if root != Some(&checkpoint.root) {
            // Any other damage changes roots too, and has been told by its own name.
            if self.report.problems.iter().all(|problem| problem.kind == ProblemKind::Forked) {
                let detail = format!("the first {size} records are not those that were signed");
                self.whole(path, ProblemKind::Forked, detail);
            }
            return 0;
        }
        self.report.checkpoints += 1;
        size
    }

    fn next(&self) -> u64 {
        self.chain.as_ref().map_or(0, |chain| chain.sequence)
    }

    fn whole(&mut self, path: &Path, kind: ProblemKind, detail: String) {
        self.problem(Problem { kind, sequence: 0, file: path.to_owned(), line: 0, detail });
    }

    fn problem(&mut self, problem: Problem) {
        if self.report.problems.len() < PROBLEMS_MAX {
            self.report.problems.push(problem);
        }
    }
}

impl ProblemKind {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Deleted => "deleted",
            Self::Reordered => "reordered",
            Self::Truncated => "truncated",
            Self::Forked => "forked",
            Self::Malformed => "malformed",
            Self::BadSignature => "bad signature",
            Self::Unsigned => "unsigned",
        }
    }
}
