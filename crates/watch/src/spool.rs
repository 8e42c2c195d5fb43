//! Lines that must reach somebody else, kept on disk until they have.
//!
//! A directory of numbered files of lines, and a file that says how far they were delivered. A line is in its file before
//! [`Spool::push`] returns, and forgotten only after [`Spool::delivered`]: whoever is killed between sends it again. Nothing is
//! ever rewritten, so a torn last line (a crash of the machine) is cut off when the spool is opened.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Bytes of one file before the next is begun.
const FILE_BYTES_MAX: u64 = 4 << 20;
/// Bytes of one line.
const LINE_BYTES_MAX: usize = 1 << 20;

/// Lines on their way.
#[derive(Debug)]
pub struct Spool {
    directory: PathBuf,
    bytes_max: u64,
    /// File that is written to, its number and length.
    writer: File,
    last: u64,
    length: u64,
    /// What is read next: number of the file and position in it.
    first: u64,
    position: u64,
    /// Bytes of files from `first` to `last`.
    bytes: u64,
    dropped: u64,
}

/// A line that waits, and the place behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The line, without its line feed.
    pub line: Vec<u8>,
    file: u64,
    position: u64,
}

impl Spool {
    /// Opens a directory, which is made when it is missing, and finds where delivery stopped.
    ///
    /// # Errors
    /// When the directory cannot be made, read or written.
    pub fn open(directory: &Path, bytes_max: u64) -> io::Result<Self> {
        fs::create_dir_all(directory)?;
        let mut numbers: Vec<u64> = fs::read_dir(directory)?
            .filter_map(|entry| entry.ok()?.file_name().to_str()?.strip_suffix(".jsonl")?.parse().ok())
            .collect();
        numbers.sort_unstable();
        let (told, position) = read_cursor(directory).unwrap_or((0, 0));
        let last = numbers.last().copied().unwrap_or(told.max(1)).max(1);
        let first = numbers.iter().copied().find(|number| *number >= told).unwrap_or(last);
        let position = if first == told { position } else { 0 };
        let mut spool = Self {
            directory: directory.to_owned(),
            bytes_max,
            writer: append(directory, last)?,
            last,
            length: 0,
            first,
            position,
            bytes: 0,
            dropped: 0,
        };
        spool.length = cut_torn_line(&mut spool.writer)?;
        for number in numbers {
            if number < first {
                fs::remove_file(spool.path(number))?;
            } else {
                spool.bytes += fs::metadata(spool.path(number))?.len();
            }
        }
        Ok(spool)
    }

    /// Adds a line. When the directory is full the oldest file is dropped, and its lines are counted.
    ///
    /// # Errors
    /// When writing fails: a full disk.
    pub fn push(&mut self, line: &[u8]) -> io::Result<()> {
        let line = &line[..line.len().min(LINE_BYTES_MAX)];
        if self.length >= FILE_BYTES_MAX {
            self.last += 1;
            self.writer = append(&self.directory, self.last)?;
            self.length = 0;
        }
        while self.bytes + line.len() as u64 + 1 > self.bytes_max && self.first < self.last {
            self.drop_oldest()?;
        }
        let mut whole = Vec::with_capacity(line.len() + 1);
        whole.extend(line.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
        whole.push(b'\n');
        if let Err(error) = self.writer.write_all(&whole) {
            // Half a line must not become the beginning of the next.
            self.writer.set_len(self.length)?;
            return Err(error);
        }
        self.length += whole.len() as u64;
        self.bytes += whole.len() as u64;
        Ok(())
    }

    /// The lines that wait, oldest first, at most `count`.
    ///
    /// # Errors
    /// When reading fails.
    pub fn waiting(&mut self, count: usize) -> io::Result<Vec<Waiting>> {
        let mut lines = Vec::new();
        let (mut file, mut position) = (self.first, self.position);
        while lines.len() < count && file <= self.last {
            let Ok(mut reader) = File::open(self.path(file)) else { break };
            reader.seek(SeekFrom::Start(position))?;
            let mut reader = BufReader::new(reader);
            while lines.len() < count {
                let mut line = Vec::new();
                let read = reader.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', &mut line)?;
                if read == 0 || line.last() != Some(&b'\n') {
                    break;
                }
                position += read as u64;
                line.pop();
                lines.push(Waiting { line, file, position });
            }
            if lines.len() < count {
                (file, position) = (file + 1, 0);
            }
        }
        Ok(lines)
    }

    /// Forgets a line and all before it.
    ///
    /// # Errors
    /// When the place cannot be written down.
    pub fn delivered(&mut self, line: &Waiting) -> io::Result<()> {
        if (line.file, line.position) <= (self.first, self.position) {
            // It was dropped for want of room while it was on its way.
            return Ok(());
        }
        for number in self.first..line.file {
            self.bytes =
                self.bytes.saturating_sub(fs::metadata(self.path(number)).map_or(0, |file| file.len()));
            fs::remove_file(self.path(number))?;
        }
        (self.first, self.position) = (line.file, line.position);
        write_cursor(&self.directory, self.first, self.position)
    }

    /// How many lines were dropped for want of room since the spool was opened.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Bytes that wait.
    #[must_use]
    pub fn waiting_bytes(&self) -> u64 {
        self.bytes.saturating_sub(self.position)
    }

    fn drop_oldest(&mut self) -> io::Result<()> {
        let path = self.path(self.first);
        let mut text = Vec::new();
        let mut file = File::open(&path)?;
        file.seek(SeekFrom::Start(self.position))?;
        file.read_to_end(&mut text)?;
        self.dropped += text.iter().filter(|byte| **byte == b'\n').count() as u64;
        self.bytes = self.bytes.saturating_sub(fs::metadata(&path)?.len());
        fs::remove_file(&path)?;
        (self.first, self.position) = (self.first + 1, 0);
        write_cursor(&self.directory, self.first, self.position)
    }

    fn path(&self, number: u64) -> PathBuf {
        file_path(&self.directory, number)
    }
}

fn file_path(directory: &Path, number: u64) -> PathBuf {
    directory.join(format!("{number:010}.jsonl"))
}

fn append(directory: &Path, number: u64) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).read(true).mode(0o600).open(file_path(directory, number))
}

/// Cuts what follows the last line feed; returns the length that stays.
fn cut_torn_line(file: &mut File) -> io::Result<u64> {
    let mut text = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.read_to_end(&mut text)?;
    let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1);
    if whole < text.len() as u64 {
        file.set_len(whole)?;
    }
    Ok(whole)
}

fn read_cursor(directory: &Path) -> Option<(u64, u64)> {
    let text = fs::read_to_string(directory.join("delivered")).ok()?;
    let (file, position) = text.trim().split_once(' ')?;
    Some((file.parse().ok()?, position.parse().ok()?))
}

fn write_cursor(directory: &Path, file: u64, position: u64) -> io::Result<()> {
    let fresh = directory.join("delivered.new");
    fs::write(&fresh, format!("{file} {position}\n"))?;
    fs::rename(fresh, directory.join("delivered"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(spool: &mut Spool, count: usize) -> Vec<String> {
        let lines = spool.waiting(count).unwrap();
        lines.into_iter().map(|waiting| String::from_utf8(waiting.line).unwrap()).collect()
    }

    #[test]
    fn lines_wait_until_they_are_delivered_also_over_a_restart() {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(directory.path(), 1 << 20).unwrap();
        for line in ["one", "two", "three"] {
            spool.push(line.as_bytes()).unwrap();
        }
        let first = spool.waiting(1).unwrap().remove(0);
        spool.delivered(&first).unwrap();
        assert_eq!(texts(&mut spool, 9), ["two", "three"]);
        let mut again = Spool::open(directory.path(), 1 << 20).unwrap();
        assert_eq!(texts(&mut again, 9), ["two", "three"]);
        again.push(b"four\nlines").unwrap();
        assert_eq!(texts(&mut again, 9), ["two", "three", "four lines"]);
    }

    #[test]
    fn a_torn_line_is_cut_off() {
        let directory = tempfile::tempdir().unwrap();
        drop(Spool::open(directory.path(), 1 << 20).unwrap().push(b"whole"));
        let mut file = append(directory.path(), 1).unwrap();
        file.write_all(b"to").unwrap();
        let mut spool = Spool::open(directory.path(), 1 << 20).unwrap();
        spool.push(b"next").unwrap();
        assert_eq!(texts(&mut spool, 9), ["whole", "next"]);
    }

    #[test]
    fn what_has_no_room_is_dropped_oldest_first_and_counted() {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(directory.path(), 10 << 20).unwrap();
        let line = vec![b'x'; 1 << 19];
        for _ in 0..40 {
            spool.push(&line).unwrap();
        }
        let left = spool.waiting(100).unwrap().len() as u64;
        assert!(left < 40 && spool.dropped() > 0);
        assert_eq!(left + spool.dropped(), 40);
        let bytes: u64 = fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().metadata().unwrap().len())
            .sum();
        assert!(bytes <= 10 << 20, "{bytes}");
    }

    #[test]
    fn what_was_dropped_while_it_was_on_its_way_does_not_come_back() {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(directory.path(), 10 << 20).unwrap();
        let line = vec![b'x'; 1 << 19];
        spool.push(&line).unwrap();
        let on_its_way = spool.waiting(1).unwrap().remove(0);
        for _ in 0..40 {
            spool.push(&line).unwrap();
        }
        let left = spool.waiting(100).unwrap().len();
        spool.delivered(&on_its_way).unwrap();
        assert_eq!(spool.waiting(100).unwrap().len(), left);
        assert!(left > 0 && spool.waiting_bytes() >= (left as u64) << 19);
    }

    #[test]
    fn files_that_were_delivered_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = Spool::open(directory.path(), 100 << 20).unwrap();
        for _ in 0..20 {
            spool.push(&vec![b'x'; 1 << 19]).unwrap();
        }
        let all = spool.waiting(100).unwrap();
        assert_eq!(all.len(), 20);
        spool.delivered(all.last().unwrap()).unwrap();
        assert!(spool.waiting(1).unwrap().is_empty());
        assert_eq!(
            fs::read_dir(directory.path()).unwrap().count(),
            2,
            "the file that is written to, and the place"
        );
    }
}
