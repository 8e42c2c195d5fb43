//! The engine's ports on the network, connected to: what a client without a certificate gets there.

use crate::{Roots, old_tls, tls_handshake};
use facts::{Container, DaemonProcess, EndpointAnswer, EngineEndpoint, Fact, Protocol, Socket};
use model::GapReason;
use std::{
    io::{self, Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::{Duration, Instant},
};

/// Which of the engine's ports are connected to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Probe {
    /// Those that loopback reaches.
    #[default]
    Loopback,
    /// Also those that listen on one address of this machine.
    All,
    /// None.
    Off,
}

/// Ports of one engine.
const ENDPOINTS_MAX: usize = 8;
/// Time for one connection.
const TIME_MAX: Duration = Duration::from_secs(3);
/// What the API answers without a body; it changes nothing.
pub(crate) const REQUEST: &[u8] = b"GET /_ping HTTP/1.0\r\n\r\n";
/// Swarm's ports (docs.docker.com, "Open protocols and ports between the hosts").
const SWARM_PORTS: [u16; 2] = [2377, 7946];

pub(crate) fn collect(
    roots: &Roots,
    probe: Probe,
    sockets: &Fact<Vec<Socket>>,
    daemon: &Fact<Option<DaemonProcess>>,
    containers: &[Container],
) -> Fact<Vec<EngineEndpoint>> {
    if !roots.is_this_machine() {
        let why = "ports can be connected to on the running machine alone";
        return Fact::missing(GapReason::Unsupported, why);
    }
    let (sockets, daemon) = match (sockets.get(), daemon.get()) {
        (Ok(sockets), Ok(Some(daemon))) => (sockets, daemon),
        (Ok(_), Ok(None)) => return Fact::Known(Vec::new()),
        (Err(missing), _) | (_, Err(missing)) => return Fact::Missing(missing.clone()),
    };
    // Without docker-proxy the engine itself holds the ports that it publishes.
    let published: Vec<u16> =
        containers.iter().flat_map(|container| container.ports.iter().map(|port| port.host_port)).collect();
    let own = sockets.iter().filter(|socket| {
        socket.pid == Some(daemon.pid)
            && socket.protocol == Protocol::Tcp
            && !SWARM_PORTS.contains(&socket.port)
            && !published.contains(&socket.port)
    });
    let endpoints = own.take(ENDPOINTS_MAX).map(|socket| EngineEndpoint {
        address: socket.address.clone(),
        port: socket.port,
        answer: match reachable(socket, probe) {
            Ok(address) => ask(address),
            Err(why) => Fact::missing(GapReason::Unsupported, why),
        },
    });
    Fact::Known(endpoints.collect())
}

fn reachable(socket: &Socket, probe: Probe) -> Result<SocketAddr, String> {
    if probe == Probe::Off {
        return Err("ports are not connected to (--probe none)".to_owned());
    }
    let address: IpAddr = socket.address.parse().map_err(|_| format!("{} is no address", socket.address))?;
    let address = match address {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        other => other,
    };
    if address.is_loopback() || probe == Probe::All {
        Ok(SocketAddr::new(address, socket.port))
    } else {
        Err(format!("{address} is not loopback (hint: --probe all)"))
    }
}

fn ask(address: SocketAddr) -> Fact<EndpointAnswer> {
    let refusal = match tls_handshake::shake(address) {
        Ok(mut facts) => {
            facts.versions.extend(old_tls::spoken(address));
            facts.versions.sort();
            return Fact::Known(EndpointAnswer::Tls(facts));
        }
        Err(refusal) => refusal,
    };
    match in_clear(address) {
        Ok(true) => Fact::Known(EndpointAnswer::Plain),
        Ok(false) => Fact::missing(GapReason::Unsupported, format!("{address}: {refusal}")),
        Err(error) => Fact::missing(GapReason::Unreadable, format!("{address}: {error}")),
    }
}

// A server of TLS answers such a request with status 400.
fn in_clear(address: SocketAddr) -> io::Result<bool> {
    let mut stream = Timed::connect(address)?;
    stream.write_all(REQUEST)?;
    Ok(is_answered(&mut stream))
}

/// Whether a request was let through.
pub(crate) fn is_answered(stream: &mut impl Read) -> bool {
    let mut line = [0; 12];
    stream.read_exact(&mut line).is_ok() && line.starts_with(b"HTTP/1.") && &line[9..12] == b"200"
}

/// A connection that ends after [`TIME_MAX`], however slowly the other side sends.
pub(crate) struct Timed {
    stream: TcpStream,
    deadline: Instant,
}

impl Timed {
    pub(crate) fn connect(address: SocketAddr) -> io::Result<Self> {
        let deadline = Instant::now() + TIME_MAX;
        Ok(Self { stream: TcpStream::connect_timeout(&address, TIME_MAX)?, deadline })
    }

    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(Some(left)) }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
