//! Listeners, and a thread for each connection.

use crate::{
    channel::Channel,
    identity::{self, Peer},
};
use rustls::{ServerConfig, ServerConnection};
use std::{
    io,
    net::{IpAddr, SocketAddr, TcpListener, TcpStream},
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
    /// TCP under TLS for whoever comes, with a certificate or without: for servers that answer all alike or have logins.
    Open(TcpListener, Arc<ServerConfig>),
    /// TCP in clear, behind something that has TLS.
    Plain(TcpListener),
}

/// A client that came in.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) channel: Channel,
    pub(crate) who: Who,
    /// Where it comes from, when that is not this machine by nature.
    pub(crate) address: Option<IpAddr>,
}

/// What is known of a client before it asks anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Peer(Peer),
    Certificate(control::ClientCertificate),
    Anybody,
}

/// The memory that a thread may use for its stack; pages that are never touched cost nothing. Debug builds nest deeper.
const STACK_BYTES: usize = if cfg!(debug_assertions) { 4 << 20 } else { 1 << 20 };
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
        let accepted: io::Result<Box<dyn FnOnce() -> io::Result<Arrival> + Send>> = match source {
            Listener::Unix(listener) => listener.accept().map(|(stream, _)| {
                let arrive = move || {
                    let who = Who::Peer(identity::peer(&stream)?);
                    Ok(Arrival { channel: Channel::unix(stream, SILENCE_MAX)?, who, address: None })
                };
                Box::new(arrive) as _
            }),
            Listener::Plain(listener) => listener.accept().map(|(stream, address)| {
                let arrive = move || {
                    let (channel, address) = (Channel::tcp(stream, SILENCE_MAX)?, Some(address.ip()));
                    Ok(Arrival { channel, who: Who::Anybody, address })
                };
                Box::new(arrive) as _
            }),
            Listener::Tls(listener, config) | Listener::Open(listener, config) => {
                let config = Arc::clone(config);
                let is_open = matches!(source, Listener::Open(..));
                listener
                    .accept()
                    .map(|accepted| Box::new(move || shake_hands(accepted, config, is_open)) as _)
            }
        };
        let arrive = match accepted {
            Ok(arrive) => arrive,
            Err(error) => {
                pause_after(error)?;
                continue;
            }
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

fn shake_hands(
    (stream, address): (TcpStream, SocketAddr),
    config: Arc<ServerConfig>,
    is_open: bool,
) -> io::Result<Arrival> {
    let session = ServerConnection::new(config).map_err(io::Error::other)?;
    let channel = Channel::tls(stream, session, HANDSHAKE_TIME_MAX)?;
    let certificate = channel.certificates().first().and_then(|der| identity::certificate(der));
    let who = certificate.map(Who::Certificate).or(is_open.then_some(Who::Anybody));
    let who = who.ok_or_else(|| io::Error::other("the certificate cannot be read"))?;
    Ok(Arrival { channel, who, address: Some(address.ip()) })
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
