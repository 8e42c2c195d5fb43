//! When this host was last watched: what was not seen while nobody watched is told when somebody watches again.
//!
//! A file in the state directory, written each second and locked while the watch runs. The lock ends with the process, also by
//! kill -9; a second watch beside the first has none and tells nothing.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

/// A time in which nobody watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The last sign of life before it, in nanoseconds since 1970.
    pub from_ns: u64,
    /// When it ended.
    pub until_ns: u64,
    /// How it began.
    pub cause: GapCause,
}

/// How a gap began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GapCause {
    /// The watch was ended as one ends it.
    Stopped,
    /// It died, or was killed.
    Killed,
    /// The host went down with it.
    HostRestarted,
}

/// Signs of life.
#[derive(Debug)]
pub struct Heartbeat {
    file: File,
    boot_id: String,
}

/// Bytes of the file, blanks at its end included: each sign of life is written over the one before.
const BYTES: usize = 96;

impl Heartbeat {
    /// Begins, and tells what was missed since the one before. `None` when another watch is alive.
    ///
    /// # Errors
    /// When the file cannot be made or read.
    pub fn start(directory: &Path, now_ns: u64) -> io::Result<Option<(Self, Option<Gap>)>> {
        let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
        Self::start_after_boot(directory, now_ns, boot_id.trim())
    }

    fn start_after_boot(
        directory: &Path,
        now_ns: u64,
        boot_id: &str,
    ) -> io::Result<Option<(Self, Option<Gap>)>> {
        std::fs::create_dir_all(directory)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(directory.join("heartbeat"))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(rustix::io::Errno::WOULDBLOCK) => return Ok(None),
            result => result?,
        }
        let mut text = String::new();
        // What is no text is no sign of life.
        let _ = file.by_ref().take(BYTES as u64).read_to_string(&mut text);
        let gap = gap(&text, now_ns, boot_id);
        let mut heartbeat = Self { file, boot_id: boot_id.to_owned() };
        heartbeat.beat(now_ns)?;
        Ok(Some((heartbeat, gap)))
    }

    /// Gives a sign of life.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn beat(&mut self, now_ns: u64) -> io::Result<()> {
        self.write(now_ns, "watching")
    }

    /// Says that the end is meant.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn end(mut self, now_ns: u64) -> io::Result<()> {
        self.write(now_ns, "stopped")
    }

    fn write(&mut self, now_ns: u64, how: &str) -> io::Result<()> {
        let mut line = format!("{now_ns} {how} {}", self.boot_id);
        line.truncate(BYTES - 1);
        let line = format!("{line:<width$}\n", width = BYTES - 1);
        self.file.write_all_at(line.as_bytes(), 0)
    }
}

fn gap(text: &str, now_ns: u64, boot_id: &str) -> Option<Gap> {
    let mut words = text.split_whitespace();
    let from_ns = words.next()?.parse().ok()?;
    let cause = match (words.next()?, words.next()) {
        ("stopped", _) => GapCause::Stopped,
        (_, Some(boot)) if boot != boot_id => GapCause::HostRestarted,
        _ => GapCause::Killed,
    };
    Some(Gap { from_ns, until_ns: now_ns, cause })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(directory: &Path, now_ns: u64, boot_id: &str) -> Option<(Heartbeat, Option<Gap>)> {
        Heartbeat::start_after_boot(directory, now_ns, boot_id).unwrap()
    }

    #[test]
    fn what_was_missed_is_told_with_its_cause() {
        let directory = tempfile::tempdir().unwrap();
        let here = directory.path().join("state");
        let (mut first, gap) = start(&here, 10, "boot-1").unwrap();
        assert_eq!(gap, None);
        assert!(start(&here, 11, "boot-1").is_none(), "the first is alive");
        first.beat(20).unwrap();
        drop(first);
        let (second, gap) = start(&here, 30, "boot-1").unwrap();
        assert_eq!(gap, Some(Gap { from_ns: 20, until_ns: 30, cause: GapCause::Killed }));
        second.end(40).unwrap();
        let (third, gap) = start(&here, 50, "boot-1").unwrap();
        assert_eq!(gap, Some(Gap { from_ns: 40, until_ns: 50, cause: GapCause::Stopped }));
        drop(third);
        let (_, gap) = start(&here, 60, "boot-2").unwrap();
        assert_eq!(gap, Some(Gap { from_ns: 50, until_ns: 60, cause: GapCause::HostRestarted }));
    }

    #[test]
    fn what_is_no_sign_of_life_is_none() {
        let directory = tempfile::tempdir().unwrap();
        for text in [&b"\xff\xfe"[..], b"", b"soon", b"12345678901234567890123 watching x", &[b'1'; 500]] {
            std::fs::write(directory.path().join("heartbeat"), text).unwrap();
            let (_, gap) = start(directory.path(), 30, "boot-1").unwrap();
            assert_eq!(gap, None, "{text:?}");
        }
    }
}
