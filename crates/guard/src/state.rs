//! What outlives the process: records of keys and values in one file, each with a checksum, appended and never written over.
//!
//! A record is one line: the first 16 hex digits of the SHA-256 of what follows, a space, and `["key",value]` in JSON; `null` says
//! that the key is gone. The last record of a key counts. When half of the file counts no more, what counts is copied into a new one.

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashMap,
    fs::{File, OpenOptions},
    io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

/// Keys and values on the disk; without a directory nothing is kept.
pub(crate) struct State(Option<Mutex<Log>>);

/// What was found when the state was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// Records that count.
    pub(crate) records: usize,
    /// Records that were damaged; what they took back may be among those that count.
    pub(crate) damaged: usize,
}

/// Why there is no state.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error("cannot use {path} for the state of the guard")]
    Use {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[error("{0} is in use by another guard (hint: each guard has a --state of its own)")]
    InUse(PathBuf),
    #[error(
        "{0} is no state of a guard of this version (hint: remove it; verdicts and links are found anew)"
    )]
    Foreign(PathBuf),
}

struct Log {
    place: PathBuf,
    file: File,
    bytes: u64,
    live_bytes: u64,
    // Where the last record of each key is, by half of the key's digest.
    spots: HashMap<u128, Spot>,
    // Nothing more is written after a failure.
    is_given_up: bool,
    // Held as long as the guard lives.
    _lock: File,
}

#[derive(Clone, Copy)]
struct Spot {
    at: u64,
    bytes: u32,
}

const FIRST_LINE: &str = "state of seawall guard registry 1\n";
const FILE: &str = "records";
const SUM_DIGITS: usize = 16;
/// No record is longer.
const RECORD_BYTES_MAX: u64 = 8 << 20;
/// The file is not copied below this size.
const COPY_BYTES_MIN: u64 = 4 << 20;

impl State {
    /// Nothing is kept.
    pub(crate) fn nowhere() -> Arc<Self> {
        Arc::new(Self(None))
    }

    /// Opens the state in a directory, which is made when it is not there, and tells `each` of every key with its value, oldest
    /// record first.
    pub(crate) fn open(
        directory: Option<&Path>,
        mut each: impl FnMut(&str, Value, Found),
    ) -> Result<(Arc<Self>, Found), StateError> {
        let Some(directory) = directory else { return Ok((Self::nowhere(), Found::default())) };
        let wrap = |source| StateError::Use { path: directory.to_owned(), source };
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(wrap)?;
        let lock = File::open(directory).map_err(wrap)?;
        match rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) => return Err(StateError::InUse(directory.to_owned())),
            result => result.map_err(|error| wrap(error.into()))?,
        }
        let place = directory.join(FILE);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let file = options.open(&place).map_err(wrap)?;
        let mut log = Log {
            place,
            file,
            bytes: 0,
            live_bytes: 0,
            spots: HashMap::new(),
            is_given_up: false,
            _lock: lock,
        };
        let damaged = log.read().map_err(wrap)?.ok_or_else(|| StateError::Foreign(log.place.clone()))?;
        let found = Found { records: log.spots.len(), damaged };
        for spot in log.in_order() {
            let line = log.line(spot).map_err(wrap)?;
            if let Some((key, value)) = parse(&line) {
                each(&key, value, found);
            }
        }
        if damaged > 0 {
            log.copy().map_err(wrap)?;
        }
        Ok((Arc::new(Self(Some(Mutex::new(log)))), found))
    }

    /// From now on a key has this value.
    pub(crate) fn put(&self, key: &str, value: &impl Serialize) {
        self.write(key, &serde_json::to_string(&(key, value)).expect("keys of records are text"), true);
    }

    /// A key has no value any more.
    pub(crate) fn remove(&self, key: &str) {
        self.write(key, &serde_json::to_string(&(key, ())).expect("text is JSON"), false);
    }

    /// What was written so far outlives the machine, too.
    pub(crate) fn sync(&self) {
        self.with(|log| log.file.sync_data());
    }

    fn write(&self, key: &str, record: &str, is_live: bool) {
        self.with(|log| log.write(spot_of(key), record, is_live));
    }

    fn with(&self, change: impl FnOnce(&mut Log) -> io::Result<()>) {
        let Some(log) = &self.0 else { return };
        let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
        if log.is_given_up {
            return;
        }
        if let Err(error) = change(&mut log) {
            // What cannot be taken back must not be found again: after the next start everything is looked at anew.
            log.is_given_up = true;
            let _ = std::fs::remove_file(&log.place);
            let place = log.place.display();
            let _ = writeln!(io::stderr(), "warning: the state in {place} cannot be kept: {error}");
        }
    }
}

impl Log {
    /// Reads what is there; how many records were damaged. `None` when the file is something else.
    fn read(&mut self) -> io::Result<Option<usize>> {
        let mut reader = BufReader::with_capacity(1 << 20, self.file.try_clone()?);
        let mut line = Vec::new();
        let mut damaged = 0;
        loop {
            line.clear();
            let size = (&mut reader).take(RECORD_BYTES_MAX).read_until(b'\n', &mut line)? as u64;
            if size == 0 {
                break;
            }
            if !line.ends_with(b"\n") && size < RECORD_BYTES_MAX {
                // The process ended while it wrote this: nobody was told that it is kept.
                self.file.set_len(self.bytes)?;
                break;
            }
            if self.bytes == 0 {
                if line != FIRST_LINE.as_bytes() {
                    return Ok(None);
                }
            } else {
                match parse(&line) {
                    Some((key, value)) => {
                        let spot = Spot { at: self.bytes, bytes: u32::try_from(size).unwrap_or(u32::MAX) };
                        self.note(spot_of(&key), spot, !value.is_null());
                    }
                    None => damaged += 1,
                }
            }
            self.bytes += size;
        }
        if self.bytes == 0 {
            self.file.set_len(0)?;
            self.file.write_all(FIRST_LINE.as_bytes())?;
            self.bytes = FIRST_LINE.len() as u64;
        }
        Ok(Some(damaged))
    }

    fn note(&mut self, key: u128, spot: Spot, is_live: bool) {
        let before = if is_live { self.spots.insert(key, spot) } else { self.spots.remove(&key) };
        self.live_bytes += if is_live { u64::from(spot.bytes) } else { 0 };
        self.live_bytes -= before.map_or(0, |before| u64::from(before.bytes));
    }

    fn write(&mut self, key: u128, record: &str, is_live: bool) -> io::Result<()> {
        if !is_live && !self.spots.contains_key(&key) {
            return Ok(());
        }
        let line = format!("{} {record}\n", sum_of(record.as_bytes()));
        let bytes = u32::try_from(line.len()).map_err(io::Error::other)?;
        if u64::from(bytes) > RECORD_BYTES_MAX {
            return Err(io::Error::other("a record is too long"));
        }
        self.file.write_all(line.as_bytes())?;
        let spot = Spot { at: self.bytes, bytes };
        self.bytes += u64::from(bytes);
        self.note(key, spot, is_live);
        if self.bytes > COPY_BYTES_MIN.max(self.live_bytes * 2) {
            self.copy()?;
        }
        Ok(())
    }

    fn in_order(&self) -> Vec<Spot> {
        let mut spots: Vec<Spot> = self.spots.values().copied().collect();
        spots.sort_by_key(|spot| spot.at);
        spots
    }

    fn line(&self, spot: Spot) -> io::Result<Vec<u8>> {
        let mut line = vec![0; spot.bytes as usize];
        self.file.read_exact_at(&mut line, spot.at)?;
        Ok(line)
    }

    /// Begins a new file with what counts. Whoever is killed meanwhile has the old one.
    fn copy(&mut self) -> io::Result<()> {
        let new = self.place.with_extension("new");
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let file = options.open(&new)?;
        file.set_len(0)?;
        let mut writer = BufWriter::with_capacity(1 << 20, &file);
        writer.write_all(FIRST_LINE.as_bytes())?;
        let mut at = FIRST_LINE.len() as u64;
        let mut spots: Vec<(u128, Spot)> = self.spots.iter().map(|(key, spot)| (*key, *spot)).collect();
        spots.sort_by_key(|(_, spot)| spot.at);
        for (_, spot) in &mut spots {
            writer.write_all(&self.line(*spot)?)?;
            spot.at = at;
            at += u64::from(spot.bytes);
        }
        writer.flush()?;
        drop(writer);
        file.sync_all()?;
        std::fs::rename(&new, &self.place)?;
        self._lock.sync_all()?;
        (self.file, self.bytes, self.spots) = (file, at, spots.into_iter().collect());
        Ok(())
    }
}

/// Key and value of a line that is as it was written.
fn parse(line: &[u8]) -> Option<(String, Value)> {
    let (sum, record) = line.strip_suffix(b"\n")?.split_at_checked(SUM_DIGITS)?;
    let record = record.strip_prefix(b" ")?;
    if sum != sum_of(record).as_bytes() {
        return None;
    }
    serde_json::from_slice(record).ok()
}

fn sum_of(record: &[u8]) -> String {
    Sha256::digest(record)[..SUM_DIGITS / 2].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn spot_of(key: &str) -> u128 {
    let digest = Sha256::digest(key.as_bytes());
    digest[..16].iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// Seconds since 1970: what is kept knows no other clock.
pub(crate) fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Pairs = Vec<(String, String)>;

    fn open(directory: &Path) -> (Arc<State>, Found, Pairs) {
        let mut pairs = Vec::new();
        let (state, found) =
            State::open(Some(directory), |key, value, _| pairs.push((key.to_owned(), value.to_string())))
                .unwrap();
        (state, found, pairs)
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    fn records(directory: &Path) -> PathBuf {
        directory.join(FILE)
    }

    #[test]
    fn last_value_of_each_key_is_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let (state, found, pairs) = open(directory.path());
        assert_eq!((found, pairs), (Found::default(), Vec::new()));
        state.put("a", &1);
        state.put("b", &["x"]);
        state.put("a", &2);
        state.put("c", &3);
        state.remove("c");
        state.remove("never there");
        drop(state);
        let (_, found, pairs) = open(directory.path());
        assert_eq!(found, Found { records: 2, damaged: 0 });
        assert_eq!(pairs, [pair("b", "[\"x\"]"), pair("a", "2")]);
    }

    #[test]
    fn half_a_record_at_the_end_is_as_if_it_was_never_written() {
        let directory = tempfile::tempdir().unwrap();
        let (state, ..) = open(directory.path());
        state.put("a", &1);
        state.put("b", &2);
        drop(state);
        let whole = std::fs::read(records(directory.path())).unwrap();
        let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
        for end in last..whole.len() {
            std::fs::write(records(directory.path()), &whole[..end]).unwrap();
            let (state, found, pairs) = open(directory.path());
            assert_eq!((found.damaged, pairs), (0, vec![pair("a", "1")]), "{end}");
            state.put("c", &3);
            drop(state);
            assert_eq!(open(directory.path()).2, [pair("a", "1"), pair("c", "3")], "{end}");
        }
    }

    #[test]
    fn changed_bytes_are_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let (state, ..) = open(directory.path());
        state.put("a", &"text");
        state.put("b", &2);
        drop(state);
        let whole = std::fs::read(records(directory.path())).unwrap();
        for at in (FIRST_LINE.len()..whole.len()).step_by(5) {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(records(directory.path()), &changed).unwrap();
            let (state, found, pairs) = open(directory.path());
            assert!(found.damaged > 0 || at == whole.len() - 1, "{at}");
            assert!(pairs.len() < 2, "{at}: {pairs:?}");
            drop(state);
            assert_eq!(open(directory.path()).1.damaged, 0, "what was damaged is gone");
        }
        std::fs::write(records(directory.path()), "something else\n").unwrap();
        assert!(matches!(State::open(Some(directory.path()), |_, _, _| ()), Err(StateError::Foreign(_))));
    }

    #[test]
    fn file_stays_small_however_often_values_change() {
        let directory = tempfile::tempdir().unwrap();
        let (state, ..) = open(directory.path());
        state.put("first", &0);
        let text = "x".repeat(10_000);
        for number in 0..2_000 {
            state.put("often", &(number, &text));
        }
        assert!(records(directory.path()).metadata().unwrap().len() <= COPY_BYTES_MIN + 20_000);
        drop(state);
        let (_, _, pairs) = open(directory.path());
        assert_eq!(pairs[0], pair("first", "0"));
        assert!(pairs[1].1.starts_with("[1999,"), "{}", &pairs[1].1[..20]);
    }

    #[test]
    fn state_is_of_one_guard_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let (state, ..) = open(directory.path());
        assert!(matches!(State::open(Some(directory.path()), |_, _, _| ()), Err(StateError::InUse(_))));
        drop(state);
        open(directory.path());
    }

    #[test]
    fn what_cannot_be_written_is_not_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let (state, ..) = open(directory.path());
        state.put("a", &1);
        state.with(|_| Err(io::Error::other("no space")));
        state.put("b", &2);
        drop(state);
        assert_eq!(open(directory.path()).2, []);
    }
}
