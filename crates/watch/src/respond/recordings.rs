//! Recordings of alerts, kept by themselves.

use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::evidence::{create_private, file_name, make_private, size_of};
use crate::{Recording, write_recording};

/// Where recordings are kept, and how much.
#[derive(Clone, Debug)]
pub struct RecordingsOptions {
    /// The directory; made when it is not there, for root alone.
    pub directory: PathBuf,
    /// Bytes of all files in it; beyond them nothing is written, so that noise does not take the place of what came first.
    pub total_bytes_max: u64,
}

/// Bytes of a recording before it is compressed.
const BYTES_MAX: u64 = 512 << 20;

/// Keeps them.
pub(crate) struct Recordings {
    options: RecordingsOptions,
}

impl Recordings {
    pub(crate) fn open(options: RecordingsOptions) -> io::Result<Self> {
        make_private(&options.directory)?;
        Ok(Self { options })
    }

    /// Writes one, named after its first alert. Returns its file, and whether it holds all.
    pub(crate) fn keep(&self, recording: &Recording, number: u64, rule: &str) -> io::Result<(PathBuf, bool)> {
        let RecordingsOptions { directory, total_bytes_max } = &self.options;
        if size_of(directory) >= *total_bytes_max {
            let limit = total_bytes_max >> 20;
            return Err(io::Error::other(format!("the directory of recordings holds {limit} MiB already")));
        }
        let path = directory.join(format!("{}.jsonl.gz", file_name(number, rule)));
        let is_whole = write(recording, &path)?;
        Ok((path, is_whole))
    }
}

/// It appears whole or not at all.
fn write(recording: &Recording, path: &Path) -> io::Result<bool> {
    let partial = path.with_extension("partial");
    let mut file = BufWriter::new(create_private(&partial)?);
    let is_whole = write_recording(recording, &mut file, BYTES_MAX)?;
    file.flush()?;
    fs::rename(partial, path)?;
    Ok(is_whole)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use crate::{Recorder, RecorderOptions};
    use events::{EventBuilder, Kind};
    use state::{Limits, State};
    use std::sync::mpsc::channel;

    /// What a recorder gives away of one event.
    fn recording() -> Recording {
        let (sender, recordings) = channel();
        let state = State::new(Limits::default());
        let deliver = Box::new(move |recording| sender.send(recording).unwrap());
        let mut recorder = Recorder::new(RecorderOptions::default(), b"host", &state, deliver);
        recorder.event(&EventBuilder::new(Kind::UNLINK).at(1, 7).text("path", "/tmp/x").build().event());
        recorder.want(7);
        recorder.finish(&state);
        recordings.try_recv().unwrap()
    }

    #[test]
    fn a_full_directory_keeps_what_came_first() {
        let directory = tempfile::tempdir().unwrap();
        let recording = recording();
        let keep = |total_bytes_max| {
            let options = RecordingsOptions { directory: directory.path().join("kept"), total_bytes_max };
            Recordings::open(options).unwrap().keep(&recording, 7, "a rule")
        };
        let (path, is_whole) = keep(1 << 20).unwrap();
        assert!(is_whole && path.is_file(), "{}", path.display());
        let error = keep(1).unwrap_err().to_string();
        assert_eq!(error, "the directory of recordings holds 0 MiB already");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
