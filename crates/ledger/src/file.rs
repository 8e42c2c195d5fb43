//! The file that is written, its lock, and its checkpoints.

use crate::{
    Checkpoint, Entry, FORMAT_VERSION, LINE_BYTES_MAX, LedgerError, Options,
    checkpoint::last_signed,
    copies::CopyWriter,
    key::NodeKey,
    options::beside,
    place::{self, Chain, Resumed},
    record::Record,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};
use std::{
    fs::{File, OpenOptions},
    io::{self, ErrorKind, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub(crate) struct LogFile {
    options: Options,
    node: String,
    boot: String,
    public: String,
    file: File,
    bytes: u64,
    number: u64,
    chain: Chain,
    sealed: u64,
    copies: CopyWriter,
    // Held as long as the log is written.
    _lock: File,
}

impl LogFile {
    pub(crate) fn open(options: Options) -> Result<(Self, NodeKey), LedgerError> {
        let node = options.node.clone().unwrap_or_else(host_name);
        let key = read_or_make_key(&options.key_path(), &node)?;
        let lock = lock(&options.file)?;
        let last = last_checkpoint(&options.file, &key)?;
        let sealed = last.as_ref().map_or(0, |checkpoint| checkpoint.size);
        let mut resumed = place::resume(&options.file, sealed)?;
        let mut is_new = false;
        if resumed.is_none() {
            // Between the rename of a full file and the first record of the next there is none.
            is_new = true;
            if let Some((_, last)) = place::rotated(&options.file)?.pop() {
                resumed = place::resume(&last, sealed)?;
            }
        }
        if let Some(reason) = contradiction(resumed.as_ref(), last.as_ref()) {
            return Err(LedgerError::NotWhatWasSigned { path: options.file, reason });
        }
        let chain = resumed.as_ref().map_or_else(Chain::new, |resumed| resumed.chain.clone());
        let number = resumed.as_ref().map_or(0, |resumed| resumed.number);
        let (bytes, torn) = match &resumed {
            Some(resumed) if !is_new => (resumed.bytes, resumed.torn_bytes),
            _ => (0, 0),
        };
        let file = open_file(&options.file)?;
        file.set_len(bytes).map_err(LedgerError::file("cut", &options.file))?;
        let copies = CopyWriter::new(&options.copies);
        let public = key.verifier().to_string();
        let boot = boot_id();
        let mut log =
            Self { options, node, boot, public, file, bytes, number, chain, sealed: 0, copies, _lock: lock };
        if is_new {
            log.start_file()?;
        } else {
            let resumed = Entry::new("resumed").with("torn_bytes", torn);
            log.append(&[resumed], None, true).map_err(|error| LedgerError::Write(error.to_string()))?;
        }
        // From the first moment on something signed tells what was there.
        log.seal(&key).map_err(|error| LedgerError::Write(error.to_string()))?;
        Ok((log, key))
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn copies_dropped(&self) -> u64 {
        self.copies.dropped()
    }

    /// How many records no checkpoint covers.
    pub(crate) fn unsealed(&self) -> u64 {
        self.chain.sequence - self.sealed
    }

    fn origin(&self) -> String {
        let name = self.options.file.file_name().unwrap_or_default().to_string_lossy();
        format!("{}/{}", self.node, name.replace(char::is_whitespace, "-"))
    }

    /// Writes records, all or none; `lost` tells how many before them could not be written.
    pub(crate) fn append(&mut self, entries: &[Entry], lost: Option<u64>, sync: bool) -> io::Result<()> {
        if self.bytes >= self.options.file_bytes_max {
            self.rotate()?;
        }
        let mut chain = self.chain.clone();
        let mut text = String::with_capacity(entries.len() * 700);
        let mut ends = Vec::with_capacity(entries.len());
        let lost = lost.map(|count| Entry::new("lost").with("count", count));
        for entry in lost.iter().chain(entries) {
            let start = text.len();
            let mut members = self.members(entry, &chain);
            let mut hash = Record::seal(members.clone(), &chain.previous, &mut text);
            if text.len() - start > LINE_BYTES_MAX {
                text.truncate(start);
                members.retain(|name, value| crate::entry::OWN.contains(&name.as_str()) || is_short(value));
                members.insert("cut".to_owned(), true.into());
                hash = Record::seal(members, &chain.previous, &mut text);
            }
            chain.push(hash);
            ends.push((entry.kind, text.len()));
        }
        let written = self.file.write_all(text.as_bytes()).and_then(|()| match sync {
            true => self.file.sync_data(),
            false => Ok(()),
        });
        if let Err(error) = written {
            // A half record would break the chain for the ones that follow.
            self.file.set_len(self.bytes)?;
            return Err(error);
        }
        let mut start = 0;
        for (index, (kind, end)) in ends.into_iter().enumerate() {
            let sequence = self.chain.sequence + index as u64;
            self.copies.send(sequence, kind != "decision", &text[start..end]);
            start = end;
        }
        self.bytes += text.len() as u64;
        self.chain = chain;
        Ok(())
    }

    /// Signs a checkpoint over all records, and writes it after them.
    pub(crate) fn seal(&mut self, key: &NodeKey) -> io::Result<()> {
        let extension = vec![format!("time {}", now())];
        let (size, root) = (self.chain.sequence, self.chain.frontier.root());
        let checkpoint = Checkpoint::sign(key, &self.origin(), size, root, extension);
        self.file.sync_data()?;
        let path = beside(&self.options.file, "checkpoints");
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        // Notes stand apart by a blank line, so that the file reads as one note after the other.
        let before = file.metadata()?.len();
        let separator = if before == 0 { "" } else { "\n" };
        let written = file.write_all(format!("{separator}{}", checkpoint.note()).as_bytes());
        if written.is_err() {
            file.set_len(before)?;
        }
        written.and_then(|()| file.sync_data())?;
        self.sealed = checkpoint.size;
        Ok(())
    }

    fn members(&self, entry: &Entry, chain: &Chain) -> Map<String, Value> {
        let mut members = entry.members.clone();
        members.insert("v".to_owned(), FORMAT_VERSION.into());
        members.insert("seq".to_owned(), chain.sequence.into());
        members.insert("ts".to_owned(), now().into());
        members.insert("node".to_owned(), self.node.as_str().into());
        members.insert("boot".to_owned(), self.boot.as_str().into());
        members.insert("kind".to_owned(), entry.kind.into());
        members
    }

    fn rotate(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        let next = place::rotated_path(&self.options.file, self.number);
        if next.exists() {
            return Err(io::Error::new(
                ErrorKind::AlreadyExists,
                format!("{} is there already", next.display()),
            ));
        }
        std::fs::rename(&self.options.file, &next)?;
        let other = |error: LedgerError| io::Error::other(error.to_string());
        self.file = open_file(&self.options.file).map_err(other)?;
        self.bytes = 0;
        self.start_file().map_err(other)
    }

    /// Writes the header of a file that is empty.
    fn start_file(&mut self) -> Result<(), LedgerError> {
        let header = Entry::new("header")
            .with("file", self.number + 1)
            .with("key", self.public.as_str())
            .with("frontier", self.chain.frontier_members());
        self.append(&[header], None, true).map_err(|error| LedgerError::Write(error.to_string()))?;
        self.number += 1;
        sync_directory(&self.options.file);
        Ok(())
    }
}

/// The last checkpoint of a log that is of this key.
fn last_checkpoint(file: &Path, key: &NodeKey) -> Result<Option<Checkpoint>, LedgerError> {
    let path = beside(file, "checkpoints");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(LedgerError::file("read", &path)(error)),
    };
    Ok(last_signed(&text, key.verifier()))
}

/// Why a log is not the one that was signed.
fn contradiction(resumed: Option<&Resumed>, last: Option<&Checkpoint>) -> Option<String> {
    let records = resumed.map_or(0, |resumed| resumed.chain.sequence);
    let Some(last) = last else {
        // Of one record alone the checkpoint may not have been written any more.
        return (records > 1)
            .then(|| format!("no checkpoint of this key covers any of its {records} records"));
    };
    if last.size > records {
        return Some(format!("a checkpoint covers {} records, and {records} are there", last.size));
    }
    let root = resumed.and_then(|resumed| resumed.root.as_ref());
    root.is_some_and(|root| *root != last.root)
        .then(|| format!("the first {} records are not those that were signed", last.size))
}

fn is_short(value: &Value) -> bool {
    match value {
        Value::String(text) => text.len() < 4096,
        Value::Array(_) | Value::Object(_) => false,
        _ => true,
    }
}

/// The time, to the microsecond.
pub(crate) fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now);
    now.format(&Rfc3339).expect("this century can be formatted")
}

fn open_file(path: &Path) -> Result<File, LedgerError> {
    // Appending, so that a record that is written after one was cut off does not leave a hole.
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600);
    options.open(path).map_err(LedgerError::file("write", path))
}

fn lock(file: &Path) -> Result<File, LedgerError> {
    let path = beside(file, "lock");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let lock = options.open(&path).map_err(LedgerError::file("write", &path))?;
    match rustix::fs::flock(&lock, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(lock),
        Err(_) => Err(LedgerError::InUse(file.to_owned())),
    }
}

// A rename is durable when its directory is; file systems that cannot do that keep the chain anyway.
fn sync_directory(file: &Path) {
    let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(directory) = File::open(directory) {
        let _ = directory.sync_all();
    }
}

fn read_or_make_key(path: &Path, node: &str) -> Result<NodeKey, LedgerError> {
    const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
    const END: &str = "-----END PRIVATE KEY-----";
    let pem = match std::fs::read_to_string(path) {
        Ok(pem) => pem,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let pkcs8 = NodeKey::generate().map_err(|_| LedgerError::Random)?;
            let pem = format!("{BEGIN}\n{}\n{END}\n", STANDARD.encode(pkcs8));
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o600);
            let write = |mut file: File| file.write_all(pem.as_bytes()).and_then(|()| file.sync_all());
            options.open(path).and_then(write).map_err(LedgerError::file("write", path))?;
            pem
        }
        Err(error) => return Err(LedgerError::file("read", path)(error)),
    };
    let no_key = || LedgerError::Key(path.to_owned());
    let text = pem.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).ok_or_else(no_key)?.0;
    let text: String = text.split_whitespace().collect();
    let pkcs8 = STANDARD.decode(text).map_err(|_| no_key())?;
    if node.is_empty() || node.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+') {
        return Err(LedgerError::Name(node.to_owned()));
    }
    NodeKey::from_pkcs8(node, &pkcs8).ok_or_else(no_key)
}

fn host_name() -> String {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if name.is_empty() { "localhost".to_owned() } else { name }
}

fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(
        |_| "unknown".to_owned(),
        |text| text.trim().chars().filter(|c| c.is_ascii_hexdigit() || *c == '-').take(36).collect(),
    )
}
