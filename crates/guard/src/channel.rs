//! Connections of both sides: unix sockets and TCP, plain or under TLS. Nothing waits but where its name says so.

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    net::{RecvFlags, SendFlags, recv, send},
};
use rustls::{Connection as Session, pki_types::CertificateDer};
use std::{
    io::{self, ErrorKind, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    time::{Duration, Instant},
};

/// One connection. Reads and writes never wait: `WouldBlock` says that nothing can be done now.
#[derive(Debug)]
pub struct Channel(Kind);

/// What waits in a socket for bulk.
const BULK_BYTES: usize = 1 << 20;

#[derive(Debug)]
enum Kind {
    Unix(UnixStream),
    Tcp(TcpStream),
    Tls(Box<Tls>),
}

#[derive(Debug)]
struct Tls {
    session: Session,
    stream: TcpStream,
}

impl Channel {
    /// Over a unix socket; [`read_waiting`](Self::read_waiting) waits at most so long.
    ///
    /// # Errors
    /// When the socket cannot be set.
    pub fn unix(stream: UnixStream, wait_max: Duration) -> io::Result<Self> {
        // Each read and write says by itself whether it waits: waiting in the read costs one system call where poll(2) costs three.
        stream.set_read_timeout(Some(wait_max))?;
        Ok(Self(Kind::Unix(stream)))
    }

    /// Over TCP, in clear; [`read_waiting`](Self::read_waiting) waits at most so long.
    ///
    /// # Errors
    /// When the socket cannot be set.
    pub fn tcp(stream: TcpStream, wait_max: Duration) -> io::Result<Self> {
        stream.set_read_timeout(Some(wait_max))?;
        stream.set_nodelay(true)?;
        Ok(Self(Kind::Tcp(stream)))
    }

    /// From now on [`read_waiting`](Self::read_waiting) waits at most so long.
    ///
    /// # Errors
    /// When the socket cannot be set.
    pub fn set_wait_max(&self, wait_max: Duration) -> io::Result<()> {
        match &self.0 {
            Kind::Unix(stream) => stream.set_read_timeout(Some(wait_max)),
            Kind::Tcp(stream) => stream.set_read_timeout(Some(wait_max)),
            Kind::Tls(_) => Ok(()),
        }
    }

    /// Either side of TLS. The handshake is done here, within a time.
    ///
    /// # Errors
    /// When the handshake fails or takes too long.
    pub fn tls(stream: TcpStream, session: impl Into<Session>, limit: Duration) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let mut tls = Tls { session: session.into(), stream };
        let deadline = Instant::now() + limit;
        while tls.session.is_handshaking() {
            tls.flush()?;
            if tls.session.is_handshaking() {
                let left = deadline.saturating_duration_since(Instant::now());
                let wanted =
                    if tls.session.wants_write() { PollFlags::IN | PollFlags::OUT } else { PollFlags::IN };
                if left.is_zero() || wait(tls.stream.as_fd(), wanted, Some(left))?.is_empty() {
                    return Err(ErrorKind::TimedOut.into());
                }
                tls.fill()?;
            }
        }
        tls.flush()?;
        Ok(Self(Kind::Tls(Box::new(tls))))
    }

    /// The certificates that the other side has shown, its own first.
    #[must_use]
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        match &self.0 {
            Kind::Unix(_) | Kind::Tcp(_) => &[],
            Kind::Tls(tls) => tls.session.peer_certificates().unwrap_or_default(),
        }
    }

    /// Reads what is there; 0 is the end.
    ///
    /// # Errors
    /// `WouldBlock` when there is nothing now.
    pub fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.read_with(bytes, RecvFlags::DONTWAIT)
    }

    /// Reads when something comes; 0 is the end.
    ///
    /// # Errors
    /// `WouldBlock` when nothing came in time, and under TLS, which does not wait.
    pub fn read_waiting(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.read_with(bytes, RecvFlags::empty())
    }

    fn read_with(&mut self, bytes: &mut [u8], flags: RecvFlags) -> io::Result<usize> {
        loop {
            let result = match &mut self.0 {
                Kind::Unix(stream) => {
                    recv(stream, &mut *bytes, flags).map(|(size, _)| size).map_err(io::Error::from)
                }
                Kind::Tcp(stream) => {
                    recv(stream, &mut *bytes, flags).map(|(size, _)| size).map_err(io::Error::from)
                }
                Kind::Tls(tls) => tls.read(bytes),
            };
            match result {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Writes as much as is taken now.
    ///
    /// # Errors
    /// `WouldBlock` when nothing is.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let result =
                match &mut self.0 {
                    Kind::Unix(stream) => send(stream, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)
                        .map_err(io::Error::from),
                    Kind::Tcp(stream) => send(stream, bytes, SendFlags::DONTWAIT | SendFlags::NOSIGNAL)
                        .map_err(io::Error::from),
                    Kind::Tls(tls) => tls.write(bytes),
                };
            match result {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Writes all, waiting as long as `idle` for each part to be taken.
    ///
    /// # Errors
    /// When the other side is gone or takes nothing for too long.
    pub fn write_all(&mut self, mut bytes: &[u8], idle: Duration) -> io::Result<()> {
        while !bytes.is_empty() || self.wants_write() {
            let result = if bytes.is_empty() { self.flush().map(|()| 0) } else { self.write(bytes) };
            match result {
                Ok(size) => bytes = &bytes[size..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if wait(self.as_fd(), PollFlags::OUT, Some(idle))?.is_empty() {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Lets more wait in the socket than is usual, for bulk: who reads is woken less often, and who writes waits less.
    pub(crate) fn prepare_for_bulk(&self) {
        // The kernel gives as much of it as the host allows (net.core.wmem_max); with less it works as well.
        let _ = rustix::net::sockopt::set_socket_send_buffer_size(self.as_fd(), BULK_BYTES);
    }

    /// The socket, when what is said on it is what goes over it.
    pub(crate) fn plain_socket(&self) -> Option<BorrowedFd<'_>> {
        match &self.0 {
            Kind::Unix(stream) => Some(stream.as_fd()),
            Kind::Tcp(stream) => Some(stream.as_fd()),
            Kind::Tls(_) => None,
        }
    }

    /// Hands over what TLS has encrypted and the socket has not taken.
    ///
    /// # Errors
    /// `WouldBlock` when it takes nothing now.
    pub fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::Unix(_) | Kind::Tcp(_) => Ok(()),
            Kind::Tls(tls) => tls.flush(),
        }
    }

    /// Whether TLS has something to hand over.
    #[must_use]
    pub fn wants_write(&self) -> bool {
        matches!(&self.0, Kind::Tls(tls) if tls.session.wants_write())
    }

    /// Tells the other side that nothing more comes, and goes on reading.
    pub fn shut_write(&mut self) {
        // Who is gone needs no telling.
        match &mut self.0 {
            Kind::Unix(stream) => {
                let _ = stream.shutdown(Shutdown::Write);
            }
            Kind::Tcp(stream) => {
                let _ = stream.shutdown(Shutdown::Write);
            }
            Kind::Tls(tls) => {
                tls.session.send_close_notify();
                let _ = tls.flush();
                let _ = tls.stream.shutdown(Shutdown::Write);
            }
        }
    }

    /// Whether a connection that is idle can still be used: neither ended nor with bytes that nobody asked for.
    #[must_use]
    pub fn is_idle_and_open(&self) -> bool {
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        recv(self.as_fd(), &mut [0_u8; 1], flags).is_err_and(|error| error == rustix::io::Errno::AGAIN)
    }
}

impl Tls {
    fn fill(&mut self) -> io::Result<usize> {
        let size = self.session.read_tls(&mut self.stream)?;
        if let Err(error) = self.session.process_new_packets() {
            // The alert that tells the other side why.
            let _ = self.flush();
            return Err(io::Error::new(ErrorKind::InvalidData, error));
        }
        Ok(size)
    }

    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.session.reader().read(bytes) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // TCP ended without TLS' own end: what was said may have been cut off.
                result => return result,
            }
            if self.fill()? == 0 && self.session.wants_read() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            let _ = self.flush();
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Nothing new is encrypted before the socket has taken what was.
        self.flush()?;
        let size = self.session.writer().write(bytes)?;
        match self.flush() {
            Err(error) if error.kind() != ErrorKind::WouldBlock => Err(error),
            _ => Ok(size),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.session.wants_write() {
            self.session.write_tls(&mut self.stream)?;
        }
        Ok(())
    }
}

impl AsFd for Channel {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.0 {
            Kind::Unix(stream) => stream.as_fd(),
            Kind::Tcp(stream) => stream.as_fd(),
            Kind::Tls(tls) => tls.stream.as_fd(),
        }
    }
}

/// Waits for one descriptor; empty when the time is over.
pub(crate) fn wait(fd: BorrowedFd<'_>, wanted: PollFlags, limit: Option<Duration>) -> io::Result<PollFlags> {
    let mut fds = [PollFd::from_borrowed_fd(fd, wanted)];
    poll_for(&mut fds, limit)?;
    Ok(fds[0].revents())
}

/// Waits for several descriptors; how many are ready.
pub(crate) fn poll_for(fds: &mut [PollFd<'_>], limit: Option<Duration>) -> io::Result<usize> {
    let deadline = limit.map(|limit| (Instant::now() + limit, limit));
    let mut left = deadline.map(|(_, limit)| limit);
    loop {
        let timeout = left.map(|left| Timespec {
            tv_sec: left.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: left.subsec_nanos().into(),
        });
        match poll(fds, timeout.as_ref()) {
            Err(rustix::io::Errno::INTR) => {
                left = deadline.map(|(deadline, _)| deadline.saturating_duration_since(Instant::now()));
            }
            result => return Ok(result?),
        }
    }
}
