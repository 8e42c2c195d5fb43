//! What a guard finds when it starts.

use super::{gauge, shelf, upload_sessions};
use crate::{
    state::{State, StateError},
    verdicts::{self, ImageJudge},
};
use std::io::Write as _;
use std::{path::Path, sync::Arc};

/// What an earlier guard left.
pub(crate) struct Kept {
    pub(crate) state: Arc<State>,
    pub(crate) verdicts: verdicts::Entries,
    pub(crate) shelf: shelf::Contents,
    pub(crate) uploads: upload_sessions::Begun,
    pub(crate) bytes: gauge::Bytes,
}

impl Kept {
    /// Opens the state in a directory; verdicts count with the edition of `judge` alone.
    pub(crate) fn open(directory: Option<&Path>, judge: Option<&dyn ImageJudge>) -> Result<Self, StateError> {
        let edition = judge.map(ImageJudge::edition);
        let (mut entries, mut shelf) = (verdicts::Entries::new(), shelf::Contents::default());
        let (mut uploads, mut bytes) = (upload_sessions::Begun::new(), gauge::Bytes::new());
        let mut stale = Vec::new();
        let (state, found) = State::open(directory, |key, value, found| {
            let (kind, name) = key.split_once(' ').unwrap_or_default();
            let is_taken = match (kind, &edition) {
                // That a verdict was taken back may stand in what was damaged.
                (verdicts::KEYS, Some(edition)) if found.damaged == 0 => {
                    verdicts::restore(&mut entries, name, value, edition)
                }
                (shelf::KEYS, _) => shelf.restore(name, value),
                (upload_sessions::KEYS, _) => upload_sessions::restore(&mut uploads, name, value),
                (gauge::KEYS, _) => {
                    value.as_u64().map(|count| bytes.insert(name.to_owned(), count)).is_some()
                }
                _ => false,
            };
            if !is_taken {
                stale.push(key.to_owned());
            }
        })?;
        if found.damaged > 0 {
            let _ = writeln!(
                std::io::stderr(),
                "warning: {} records of the state were damaged; images are judged anew",
                found.damaged
            );
        }
        for key in stale {
            state.remove(&key);
        }
        Ok(Self { state, verdicts: entries, shelf, uploads, bytes })
    }
}
