//! The files of one log: which there are, and taking up a log where it ended.

use crate::{
    LINE_BYTES_MAX, LedgerError,
    merkle::Frontier,
    options::beside,
    record::{Hash, Record},
};
use serde_json::{Map, Value};
use std::{
    fs::File,
    io::{BufRead, BufReader, ErrorKind, Read as _},
    path::{Path, PathBuf},
};

/// Where a chain stands.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    /// The number of the next record.
    pub(crate) sequence: u64,
    /// The hash of the last one.
    pub(crate) previous: Hash,
    pub(crate) frontier: Frontier,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Self { sequence: 0, previous: Hash::ZERO, frontier: Frontier::default() }
    }

    pub(crate) fn push(&mut self, hash: Hash) {
        self.frontier.push(&hash);
        self.previous = hash;
        self.sequence += 1;
    }

    /// The members by which a header carries the chain into a file.
    pub(crate) fn frontier_members(&self) -> Value {
        let roots: Vec<Value> = self.frontier.roots().iter().map(|root| root.to_string().into()).collect();
        roots.into()
    }

    /// Where the chain stood before a header.
    pub(crate) fn before_header(
        members: &Map<String, Value>,
        sequence: u64,
        previous: &Hash,
    ) -> Option<Self> {
        let roots = members.get("frontier")?.as_array()?;
        let roots: Option<Vec<Hash>> = roots.iter().map(|root| Hash::parse(root.as_str()?)).collect();
        let frontier = Frontier::from_parts(sequence, roots?)?;
        Some(Self { sequence, previous: previous.clone(), frontier })
    }
}

/// The rotated files of a log, oldest first, with their numbers.
pub(crate) fn rotated(file: &Path) -> Result<Vec<(u64, PathBuf)>, LedgerError> {
    let directory = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let entries = std::fs::read_dir(directory).map_err(LedgerError::file("read", directory))?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(LedgerError::file("read", directory))?;
        let other = entry.file_name().to_string_lossy().into_owned();
        let Some(suffix) = other.strip_prefix(&name).and_then(|rest| rest.strip_prefix('.')) else {
            continue;
        };
        let is_number = suffix.len() >= 6 && suffix.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(number) = suffix.parse().ok().filter(|_| is_number) {
            found.push((number, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// The name of a file that was rotated.
pub(crate) fn rotated_path(file: &Path, number: u64) -> PathBuf {
    beside(file, &format!("{number:06}"))
}

/// What a file held when it was taken up again.
pub(crate) struct Resumed {
    pub(crate) chain: Chain,
    /// The number in its header.
    pub(crate) number: u64,
    /// As far as complete records reach.
    pub(crate) bytes: u64,
    /// What stood behind them: a record that was cut off while it was written.
    pub(crate) torn_bytes: u64,
    /// The root over as many records as were asked for; none when this file does not hold the last of them.
    pub(crate) root: Option<Hash>,
}

/// Reads a file to its end, with the root over the first `sealed` records of the log. `None` when it holds no record.
pub(crate) fn resume(path: &Path, sealed: u64) -> Result<Option<Resumed>, LedgerError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(LedgerError::file("read", path)(error)),
    };
    let mut lines = Lines::new(BufReader::new(file));
    let mut resumed: Option<Resumed> = None;
    let mut number_of_line = 0;
    loop {
        number_of_line += 1;
        let broken =
            |reason: String| LedgerError::Broken { path: path.to_owned(), line: number_of_line, reason };
        let line = match lines.next().map_err(LedgerError::file("read", path))? {
            Line::Complete(line) => line,
            Line::Torn(bytes) => {
                if let Some(resumed) = &mut resumed {
                    resumed.torn_bytes = bytes;
                }
                return Ok(resumed);
            }
            Line::TooLong => return Err(broken("it is too long".to_owned())),
        };
        let record = Record::parse(&line).map_err(|error| broken(error.to_string()))?;
        if record.hash != record.computed {
            return Err(broken("its hash is not that of its content".to_owned()));
        }
        let mut at = match resumed.take() {
            Some(at) => at,
            None => {
                let chain = Chain::before_header(&record.members, record.sequence, &record.previous);
                let number = record.members.get("file").and_then(Value::as_u64);
                let (Some(chain), Some(number)) = (chain, number) else {
                    return Err(broken("it is no header".to_owned()));
                };
                let root = (chain.sequence == sealed).then(|| chain.frontier.root());
                Resumed { chain, number, bytes: 0, torn_bytes: 0, root }
            }
        };
        if (record.sequence, &record.previous) != (at.chain.sequence, &at.chain.previous) {
            return Err(broken("a record is missing before it".to_owned()));
        }
        at.chain.push(record.hash);
        if at.chain.sequence == sealed {
            at.root = Some(at.chain.frontier.root());
        }
        at.bytes += line.len() as u64 + 1;
        resumed = Some(at);
    }
}

/// The lines of a log, each bounded.
pub(crate) struct Lines<R> {
    input: R,
    line: Vec<u8>,
}

pub(crate) enum Line {
    Complete(Vec<u8>),
    /// The end: so many bytes without a line feed.
    Torn(u64),
    TooLong,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, line: Vec::new() }
    }

    pub(crate) fn next(&mut self) -> std::io::Result<Line> {
        self.line.clear();
        let limit = LINE_BYTES_MAX as u64 + 1;
        let size = (&mut self.input).take(limit).read_until(b'\n', &mut self.line)?;
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
            return Ok(Line::Complete(std::mem::take(&mut self.line)));
        }
        Ok(if size as u64 == limit { Line::TooLong } else { Line::Torn(size as u64) })
    }
}
