//! Lines on standard output and in files.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::{Shape, Sink, SinkError, Written, shaped};

pub(crate) struct Output {
    shape: Shape,
    failures: u64,
}

impl Output {
    pub(crate) fn new(shape: Shape) -> Self {
        Self { shape, failures: 0 }
    }
}

impl Sink for Output {
    fn send(&mut self, written: &Written<'_>) {
        let mut out = io::stdout().lock();
        if writeln!(out, "{}", shaped(written, self.shape)).and_then(|()| out.flush()).is_err() {
            self.failures += 1;
        }
    }

    fn failures(&self) -> u64 {
        self.failures
    }
}

/// A file that grows to a size, then becomes `<name>.1`.
pub(crate) struct LogFile {
    path: PathBuf,
    shape: Shape,
    bytes_max: u64,
    files_max: u32,
    file: File,
    length: u64,
    failures: u64,
}

impl LogFile {
    pub(crate) fn open(path: &Path, shape: Shape, bytes_max: u64, files_max: u32) -> Result<Self, SinkError> {
        let (file, length) =
            open(path).map_err(|source| SinkError::File { path: path.to_owned(), source })?;
        Ok(Self { path: path.to_owned(), shape, bytes_max, files_max, file, length, failures: 0 })
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        // Somebody else may have moved it away (logrotate): what has no name is opened anew.
        let is_moved = fs::metadata(&self.path).is_err();
        if is_moved
            || (self.bytes_max > 0 && self.length + line.len() as u64 + 1 > self.bytes_max && self.length > 0)
        {
            if !is_moved {
                self.rotate();
            }
            (self.file, self.length) = open(&self.path)?;
        }
        if let Err(error) = self.file.write_all(format!("{line}\n").as_bytes()) {
            // A disk that is full takes a part: what follows must not be written behind half a line.
            self.file.set_len(self.length)?;
            return Err(error);
        }
        self.length += line.len() as u64 + 1;
        Ok(())
    }

    fn rotate(&self) {
        let old = |number: u32| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        if self.files_max == 0 {
            let _ = fs::remove_file(&self.path);
            return;
        }
        for number in (1..self.files_max).rev() {
            // One that is not there yet is no error.
            let _ = fs::rename(old(number), old(number + 1));
        }
        let _ = fs::rename(&self.path, old(1));
    }
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    Ok((file, length))
}

impl Sink for LogFile {
    fn send(&mut self, written: &Written<'_>) {
        let line = shaped(written, self.shape).into_owned();
        if self.write(&line).is_err() {
            self.failures += 1;
        }
    }

    fn failures(&self) -> u64 {
        self.failures
    }
}
