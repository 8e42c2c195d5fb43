//! Listening, and the life of a connection.

use super::{
    connection::Connection,
    exchange::Exchange,
    gauge::Gauge,
    identify::Keys,
    kept::Kept,
    reply::{Failure, Reply},
    running::Running,
    shelf::Shelf,
    upload_sessions::Uploads,
    upstream::{Upstream, UpstreamOptions},
};
use crate::{
    front::{Arrival, Listener, Who, accept},
    verdicts::{ImageJudge, Verdicts},
    wire::{BodyDecoder, RequestHead},
};
use access::{Access, Secrets, TokenKey};
use distribution::{Code, Refusal};
use ledger::Ledger;
use model::Digest;
use std::{
    collections::{HashMap, HashSet},
    io,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock, atomic::AtomicUsize},
    time::{Duration, SystemTime},
};

/// What a guard of a registry is made of.
pub struct RegistryOptions {
    /// The registry behind.
    pub upstream: UpstreamOptions,
    /// Who may do what.
    pub access: Access,
    /// The key that tokens are signed with.
    pub token_key: TokenKey,
    /// Who says whether images pass; nobody is asked without one, and then nothing is held back.
    pub judge: Option<Arc<dyn ImageJudge>>,
    /// So many images are judged at once.
    pub judges: usize,
    /// The address that clients know, `https://HOST[:PORT]`.
    pub origin: String,
    /// What happens when the registry sends to another place for a blob.
    pub redirects: Redirects,
    /// When the digest of a blob is verified.
    pub blob_digests: BlobDigests,
    /// So many connections at once.
    pub connections_max: usize,
    /// Directory for what outlives the guard: verdicts, which blobs are of which manifests, uploads, counted bytes. Without it
    /// everything is found anew after a start, and bytes are counted from there.
    pub state: Option<PathBuf>,
}

/// What happens when the registry sends to another place for a blob (G7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// The guard goes there, verifies the digest and passes the blob on.
    Follow,
    /// The client is sent there; what it gets there nobody verifies or records.
    Pass,
}

/// When the digest of a blob on its way to a client is verified. Clients verify it as well, by what OCI says of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlobDigests {
    /// With each pull.
    EveryPull,
    /// With the first pull since the start of the guard. After that the kernel passes the blob on by itself, where neither side
    /// speaks TLS.
    FirstPull,
}

/// So many digests are known to be right; with more all are verified anew.
const VERIFIED_MAX: usize = 65_536;

/// A guard before a registry.
pub struct RegistryGuard {
    pub(crate) access: RwLock<Arc<Access>>,
    pub(crate) upstream: Upstream,
    pub(crate) ledger: Ledger,
    pub(crate) token_key: TokenKey,
    pub(crate) secrets: Secrets,
    pub(crate) keys: Keys,
    pub(crate) verdicts: Option<Verdicts>,
    pub(crate) shelf: Shelf,
    pub(crate) uploads: Uploads,
    pub(crate) gauge: Gauge,
    pub(crate) origin: String,
    pub(crate) redirects: Redirects,
    /// Digests of blobs that were found right; `None` when all are verified each time.
    verified: Option<Mutex<HashSet<Digest>>>,
    // One change of manifests of a repository at a time: what a tag is and what it becomes are looked at together.
    pub(crate) changing: Mutex<HashMap<String, Arc<Mutex<()>>>>,
    running: Running,
    connections_max: usize,
    open: Arc<AtomicUsize>,
}

/// So long may a connection do nothing.
const IDLE_TIME_MAX: Duration = Duration::from_secs(90);
/// A refused request's body is read away up to so much.
const DRAIN_BYTES_MAX: u64 = 16 << 20;

impl RegistryGuard {
    /// Makes a guard.
    ///
    /// # Errors
    /// When the address of the registry is none, the state cannot be used, or threads cannot be started.
    pub fn new(options: RegistryOptions, ledger: Ledger) -> io::Result<Arc<Self>> {
        let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidInput, message);
        let kept =
            Kept::open(options.state.as_deref(), options.judge.as_deref()).map_err(io::Error::other)?;
        let state = kept.state;
        let verdicts = options
            .judge
            .map(|judge| Verdicts::with_state(judge, options.judges, kept.verdicts, Arc::clone(&state)))
            .transpose()?;
        Ok(Arc::new(Self {
            access: RwLock::new(Arc::new(options.access)),
            upstream: Upstream::new(options.upstream).map_err(invalid)?,
            ledger,
            token_key: options.token_key,
            secrets: Secrets::default(),
            keys: Keys::default(),
            verdicts,
            shelf: Shelf::new(kept.shelf, Arc::clone(&state)),
            uploads: Uploads::new(kept.uploads, Arc::clone(&state)),
            gauge: Gauge::new(kept.bytes, state),
            origin: options.origin.trim_end_matches('/').to_owned(),
            redirects: options.redirects,
            verified: (options.blob_digests == BlobDigests::FirstPull).then(Mutex::default),
            changing: Mutex::default(),
            running: Running::default(),
            connections_max: options.connections_max,
            open: Arc::default(),
        }))
    }

    /// Whether a blob need not be verified again.
    pub(crate) fn was_verified(&self, digest: &Digest) -> bool {
        let verified = self.verified.as_ref();
        verified.is_some_and(|known| known.lock().unwrap_or_else(PoisonError::into_inner).contains(digest))
    }

    /// Keeps in mind that the registry serves this blob as it should.
    pub(crate) fn found_right(&self, digest: &Digest) {
        let Some(verified) = &self.verified else { return };
        let mut known = verified.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= VERIFIED_MAX {
            known.clear();
        }
        known.insert(digest.clone());
    }

    /// Other rights from the next request on.
    pub fn reload(&self, access: Access) {
        *self.access.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(access);
    }

    /// Answers no request any more, and waits for those that are being answered. How many were not ready within the time.
    pub fn finish(&self, limit: Duration) -> usize {
        self.running.end(limit)
    }

    /// Signs and writes what the log has.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn close_log(&self) -> Result<(), ledger::LedgerError> {
        self.ledger.checkpoint()
    }

    /// The rights of this moment.
    pub(crate) fn access(&self) -> Arc<Access> {
        Arc::clone(&self.access.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Serves connections until the listener fails for good; each on a thread of its own.
    ///
    /// # Errors
    /// When the listener fails.
    pub fn serve(self: &Arc<Self>, listener: &Listener) -> io::Result<()> {
        let guard = Arc::clone(self);
        let serve: Arc<dyn Fn(Arrival) + Send + Sync> = Arc::new(move |arrival| guard.connection(arrival));
        accept(listener, &self.open, self.connections_max, &serve)
    }

    fn connection(&self, arrival: Arrival) {
        let names = match arrival.who {
            Who::Certificate(certificate) => {
                certificate.names_that_count().chain(&certificate.uris).cloned().collect()
            }
            Who::Peer(_) | Who::Anybody => Vec::new(),
        };
        // Whoever comes by a unix socket is on this machine.
        let address = arrival.address.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let Ok(mut connection) = Connection::new(arrival.channel, IDLE_TIME_MAX) else { return };
        // What goes wrong on a connection ends it.
        while self.request(&mut connection, address, &names).unwrap_or(false) {}
    }

    /// One request; whether another may follow.
    fn request(&self, connection: &mut Connection, address: IpAddr, names: &[String]) -> io::Result<bool> {
        let head = match connection.head()? {
            Ok(Some(bytes)) => RequestHead::parse(&bytes),
            Ok(None) => return Ok(false),
            Err(refusal) => Err(refusal),
        };
        let Some(_running) = self.running.begin() else { return Ok(false) };
        let head = match head {
            Ok(head) => head,
            Err(wire) => {
                let refusal = Refusal::new(wire.status(), Code::Unsupported, "wire", wire.to_string());
                let mut exchange = Exchange::unread(self, connection, address);
                exchange.record(Some(&refusal), refusal.status);
                Reply::refusal(&refusal, Vec::new()).write(connection, false, true)?;
                return Ok(false);
            }
        };
        let (is_head, closes, framing) = (head.is_head(), head.closes, head.framing);
        let mut exchange = Exchange::new(self, connection, address, names, &head);
        match exchange.run() {
            Ok(()) => {
                let may_go_on = exchange.body_is_read() && !exchange.must_close;
                Ok(may_go_on && !closes)
            }
            Err(Failure::Broken(error)) => {
                exchange.note("broken-off");
                exchange.record(None, 0);
                Err(error)
            }
            Err(Failure::Refused(refusal, fields)) => {
                let recorded = exchange.record(Some(&refusal), refusal.status);
                let is_read = exchange.body_is_read();
                let mut decoder = exchange.decoder.take().unwrap_or_else(|| BodyDecoder::new(framing));
                let has_asked = head.expects_continue && !exchange.has_continued;
                let has_begun = exchange.has_begun;
                if has_begun {
                    // Half of an answer is out: only its end tells that it is none.
                    return Ok(false);
                }
                let reply = match recorded {
                    true => Reply::refusal(&refusal, fields),
                    false => Reply::refusal(&unrecorded(), Vec::new()),
                };
                let ends = closes || (!is_read && has_asked);
                if !is_read && !has_asked && !connection.drain(&mut decoder, DRAIN_BYTES_MAX)? {
                    reply.write(connection, is_head, true)?;
                    return Ok(false);
                }
                reply.write(connection, is_head, ends)?;
                Ok(!ends)
            }
        }
    }
}

/// Nothing happens that cannot be recorded.
pub(crate) fn unrecorded() -> Refusal {
    Refusal::new(503, Code::Unavailable, "ledger", "the audit log cannot be written")
}

/// `2026-11-22`.
pub(crate) fn today() -> String {
    let now = time::OffsetDateTime::from(SystemTime::now());
    format!("{:04}-{:02}-{:02}", now.year(), u8::from(now.month()), now.day())
}
