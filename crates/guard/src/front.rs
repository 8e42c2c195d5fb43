//! Listeners, and a thread for each connection.

use crate::{
    channel::Channel,
    identity::{self, Peer},
};
use rustls::{ServerConfig, ServerConnection};
use std::{
    io,
    net::TcpListener,
    os::unix::net::UnixListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Where clients come in.
#[derive(Debug)]
pub enum Listener {
    /// A unix socket.
    Unix(UnixListener),
    /// TCP under TLS; who connects shows a certificate.
    Tls(TcpListener, Arc<ServerConfig>),
    /// TCP under TLS for whoever comes: only for servers that answer all alike.
    Open(TcpListener, Arc<ServerConfig>),
}

/// A client that came in.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) channel: Channel,
    pub(crate) who: Who,
}

/// What is known of a client before it asks anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Peer(Peer),
    Certificate(control::ClientCertificate),
    Anybody,
}

/// The memory that a thread may use for its stack; pages that are never touched cost nothing. Debug builds nest deeper.
const STACK_BYTES: usize = if cfg!(debug_assertions) { 2 << 20 } else { 256 << 10 };
/// A connection may be silent so long between requests.
pub(crate) const SILENCE_MAX: Duration = Duration::from_secs(15 * 60);
/// A handshake takes at most so long.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(10);

/// Takes connections until the listener fails for good; `serve` runs on a thread of each. Beyond `connections_max` they are
/// closed at once.
pub(crate) fn accept(
    source: &Listener,
    open: &Arc<AtomicUsize>,
    connections_max: usize,
    serve: &Arc<dyn Fn(Arrival) + Send + Sync>,
) -> io::Result<()> {
    loop {
        let arrive: Box<dyn FnOnce() -> io::Result<Arrival> + Send> = match source {
            Listener::Unix(listener) => match listener.accept() {
                Ok((stream, _)) => Box::new(move || {
                    let who = Who::Peer(identity::peer(&stream)?);
                    Ok(Arrival { channel: Channel::unix(stream, SILENCE_MAX)?, who })
                }),
                Err(error) => {
                    pause_after(error)?;
                    continue;
                }
            },
            Listener::Tls(listener, config) | Listener::Open(listener, config) => match listener.accept() {
                Ok((stream, _)) => {
                    let config = Arc::clone(config);
                    let is_open = matches!(source, Listener::Open(..));
                    Box::new(move || {
                        let session = ServerConnection::new(config).map_err(io::Error::other)?;
                        let channel = Channel::tls(stream, session, HANDSHAKE_TIME_MAX)?;
                        let chain = channel.session().and_then(|session| session.peer_certificates());
                        let certificate = chain.and_then(|chain| identity::certificate(chain.first()?));
                        let who = certificate.map(Who::Certificate).or(is_open.then_some(Who::Anybody));
                        let who = who.ok_or_else(|| io::Error::other("the certificate cannot be read"))?;
                        Ok(Arrival { channel, who })
                    })
                }
                Err(error) => {
                    pause_after(error)?;
                    continue;
                }
            },
        };
        if open.fetch_add(1, Ordering::AcqRel) >= connections_max {
            open.fetch_sub(1, Ordering::AcqRel);
            continue;
        }
        let place = Place(Arc::clone(open));
        let serve = Arc::clone(serve);
        let thread = std::thread::Builder::new().name("connection".to_owned()).stack_size(STACK_BYTES);
        // Without a thread the connection is closed, and the client told so by that.
        let _ = thread.spawn(move || {
            let _place = place;
            if let Ok(arrival) = arrive() {
                serve(arrival);
            }
        });
    }
}

/// A place among the connections, given back however its thread ends.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

fn pause_after(error: io::Error) -> io::Result<()> {
    match error.kind() {
        io::ErrorKind::Interrupted | io::ErrorKind::ConnectionAborted => Ok(()),
        // Out of descriptors or memory: it may get better when connections end.
        _ if matches!(error.raw_os_error(), Some(23 | 24 | 12 | 105)) => {
            std::thread::sleep(Duration::from_millis(50));
            Ok(())
        }
        _ => Err(error),
    }
}
