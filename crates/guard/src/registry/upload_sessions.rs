//! Which uploads have begun: their ids are the guard's own, what the registry calls them stays behind.

use super::{hashing::Hasher, reply::Failure};
use crate::state::{State, now_secs};
use distribution::{Code, Refusal, Session};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Uploads that have begun.
pub(crate) struct Uploads {
    begun: Mutex<Begun>,
    state: Arc<State>,
}

/// Uploads by their id.
pub(crate) type Begun = HashMap<String, Arc<Mutex<Upload>>>;

/// An upload that has begun.
pub(crate) struct Upload {
    pub(crate) principal: String,
    pub(crate) repository: String,
    /// Path and query that the registry gave out for what comes next.
    pub(crate) target: String,
    /// Of everything that the registry has taken; none when a part broke off, and nobody knows how much of it counts.
    pub(crate) hasher: Option<Hasher>,
    /// Bytes that the registry has taken.
    pub(crate) size: u64,
    pub(crate) used_secs: u64,
}

/// An upload as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    principal: String,
    repository: String,
    target: String,
    hasher: Option<String>,
    size: u64,
    used_secs: u64,
}

/// So many uploads at once.
const UPLOADS_MAX: usize = 20_000;
/// An upload that nobody goes on with is forgotten.
const UPLOAD_SECS: u64 = 6 * 3_600;
/// The first word of keys.
pub(crate) const KEYS: &str = "upload";

impl Uploads {
    /// With what was kept.
    pub(crate) fn new(begun: Begun, state: Arc<State>) -> Self {
        Self { begun: Mutex::new(begun), state }
    }

    /// A new upload; its id is the guard's own.
    pub(crate) fn add(&self, upload: Upload) -> Result<Session, Failure> {
        let mut bytes = [0_u8; 16];
        let failed = |message: &str| Refusal::new(503, Code::Unavailable, "uploads", message);
        SystemRandom::new().fill(&mut bytes).map_err(|_| failed("no random bytes are to be had"))?;
        let id: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let session: Session = id.parse().expect("it has the form of a session");
        let mut begun = self.begun.lock().unwrap_or_else(PoisonError::into_inner);
        if begun.len() >= UPLOADS_MAX {
            let now = now_secs();
            begun.retain(|id, upload| {
                // One that is in use right now is not old.
                let stays = upload.try_lock().map_or(true, |upload| now < upload.used_secs + UPLOAD_SECS);
                if !stays {
                    self.state.remove(&key(id));
                }
                stays
            });
            if begun.len() >= UPLOADS_MAX {
                return Err(failed("too many uploads have begun").into());
            }
        }
        self.keep(&session, &upload);
        begun.insert(id, Arc::new(Mutex::new(upload)));
        Ok(session)
    }

    pub(crate) fn find(&self, session: &Session) -> Option<Arc<Mutex<Upload>>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).get(session.as_str()).map(Arc::clone)
    }

    /// Keeps how far an upload is.
    pub(crate) fn keep(&self, session: &Session, upload: &Upload) {
        let kept = Kept {
            principal: upload.principal.clone(),
            repository: upload.repository.clone(),
            target: upload.target.clone(),
            hasher: upload.hasher.as_ref().map(Hasher::pause),
            size: upload.size,
            used_secs: upload.used_secs,
        };
        self.state.put(&key(session.as_str()), &kept);
    }

    /// An upload has ended.
    pub(crate) fn remove(&self, session: &Session) {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner).remove(session.as_str());
        self.state.remove(&key(session.as_str()));
    }
}

/// Takes up what was kept of an upload; whether it was understood and still counts.
pub(crate) fn restore(begun: &mut Begun, id: &str, value: Value) -> bool {
    let Ok(kept) = serde_json::from_value::<Kept>(value) else { return false };
    if now_secs() >= kept.used_secs + UPLOAD_SECS {
        return false;
    }
    let upload = Upload {
        principal: kept.principal,
        repository: kept.repository,
        target: kept.target,
        hasher: kept.hasher.as_deref().and_then(Hasher::resume),
        size: kept.size,
        used_secs: kept.used_secs,
    };
    begun.insert(id.to_owned(), Arc::new(Mutex::new(upload)));
    true
}

fn key(id: &str) -> String {
    format!("{KEYS} {id}")
}

impl Upload {
    /// After a part that broke off the registry knows alone how much has come: it says the last byte that it has.
    pub(crate) fn learn_size(&mut self, fields: &[(&'static str, String)]) {
        let range = fields.iter().find(|(name, _)| *name == "Range");
        let last = range.and_then(|(_, range)| range.strip_prefix("0-")?.parse::<u64>().ok());
        if let (None, Some(last)) = (&self.hasher, last) {
            self.size = if last == 0 { self.size } else { last.saturating_add(1) };
        }
    }
}
