//! Listening, and the life of a connection.

use super::{
    connection::Connection,
    exchange::Exchange,
    gauge::Gauge,
    identify::Keys,
    reply::{Failure, Reply},
    shelf::Shelf,
    uploads::Uploads,
    upstream::{Upstream, UpstreamOptions},
};
use crate::verdicts::{ImageJudge, Verdicts};
use crate::wire::{BodyDecoder, RequestHead};
use access::{Access, Secrets, TokenKey};
use distribution::{Code, Refusal};
use ledger::Ledger;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::{
    io,
    net::{IpAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
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
    /// So many connections at once.
    pub connections_max: usize,
}

/// What happens when the registry sends to another place for a blob (G7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// The guard goes there, verifies the digest and passes the blob on.
    Follow,
    /// The client is sent there; what it gets there nobody verifies or records.
    Pass,
}

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
    // One change of manifests of a repository at a time: what a tag is and what it becomes are looked at together.
    pub(crate) changing: Mutex<std::collections::HashMap<String, Arc<Mutex<()>>>>,
    connections_max: usize,
    open: AtomicUsize,
}

/// A thread's stack; debug builds nest deeper.
const STACK_BYTES: usize = if cfg!(debug_assertions) { 4 << 20 } else { 1 << 20 };
/// So long may a connection do nothing.
const IDLE_TIME_MAX: Duration = Duration::from_secs(90);
/// A refused request's body is read away up to so much.
const DRAIN_BYTES_MAX: u64 = 16 << 20;

impl RegistryGuard {
    /// Makes a guard.
    ///
    /// # Errors
    /// When the address of the registry is none, or threads cannot be started.
    pub fn new(options: RegistryOptions, ledger: Ledger) -> io::Result<Arc<Self>> {
        let invalid = |message: String| io::Error::new(io::ErrorKind::InvalidInput, message);
        let verdicts = options.judge.map(|judge| Verdicts::new(judge, options.judges)).transpose()?;
        Ok(Arc::new(Self {
            access: RwLock::new(Arc::new(options.access)),
            upstream: Upstream::new(options.upstream).map_err(invalid)?,
            ledger,
            token_key: options.token_key,
            secrets: Secrets::default(),
            keys: Keys::default(),
            verdicts,
            shelf: Shelf::default(),
            uploads: Uploads::default(),
            gauge: Gauge::default(),
            origin: options.origin.trim_end_matches('/').to_owned(),
            redirects: options.redirects,
            changing: Mutex::default(),
            connections_max: options.connections_max,
            open: AtomicUsize::new(0),
        }))
    }

    /// Other rights from the next request on.
    pub fn reload(&self, access: Access) {
        *self.access.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(access);
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

    /// Serves connections until the listener fails for good; each on a thread of its own. Without `tls` everything travels in clear.
    ///
    /// # Errors
    /// When the listener fails.
    pub fn serve(
        self: &Arc<Self>,
        listener: &TcpListener,
        tls: Option<&Arc<ServerConfig>>,
    ) -> io::Result<()> {
        loop {
            let (socket, address) = match listener.accept() {
                Ok(accepted) => accepted,
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => continue,
                    // Out of descriptors or memory: it may get better when connections end.
                    _ if matches!(error.raw_os_error(), Some(23 | 24 | 12 | 105)) => {
                        std::thread::sleep(Duration::from_millis(50));
                        continue;
                    }
                    _ => return Err(error),
                },
            };
            if self.open.fetch_add(1, Ordering::AcqRel) >= self.connections_max {
                self.open.fetch_sub(1, Ordering::AcqRel);
                continue;
            }
            let place = Place(Arc::clone(self));
            let tls = tls.cloned();
            let thread = std::thread::Builder::new().name("registry".to_owned()).stack_size(STACK_BYTES);
            // Without a thread the connection is closed, and the client told so by that.
            let _ = thread.spawn(move || {
                // What goes wrong on a connection ends it.
                let _ = place.0.connection(socket, address.ip(), tls);
            });
        }
    }

    fn connection(
        &self,
        socket: TcpStream,
        address: IpAddr,
        tls: Option<Arc<ServerConfig>>,
    ) -> io::Result<()> {
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(IDLE_TIME_MAX))?;
        socket.set_write_timeout(Some(IDLE_TIME_MAX))?;
        let mut names = Vec::new();
        let mut connection = match tls {
            None => Connection::new(socket),
            Some(config) => {
                let session = ServerConnection::new(config).map_err(io::Error::other)?;
                let mut stream = StreamOwned::new(session, socket);
                while stream.conn.is_handshaking() {
                    stream.conn.complete_io(&mut stream.sock)?;
                }
                if let Some(first) = stream.conn.peer_certificates().and_then(|chain| chain.first())
                    && let Some(certificate) = crate::identity::certificate(first)
                {
                    names = [certificate.names, certificate.uris].concat();
                }
                Connection::new(stream)
            }
        };
        while self.request(&mut connection, address, &names)? {}
        Ok(())
    }

    /// One request; whether another may follow.
    fn request(&self, connection: &mut Connection, address: IpAddr, names: &[String]) -> io::Result<bool> {
        let head = match connection.head()? {
            Ok(Some(bytes)) => RequestHead::parse(&bytes),
            Ok(None) => return Ok(false),
            Err(refusal) => Err(refusal),
        };
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

/// Seconds since 1970.
pub(crate) fn now_secs() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// `2026-11-22`.
pub(crate) fn today() -> String {
    let now = time::OffsetDateTime::from(SystemTime::now());
    format!("{:04}-{:02}-{:02}", now.year(), u8::from(now.month()), now.day())
}

/// A place among the connections, given back however its thread ends.
struct Place(Arc<RegistryGuard>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}
