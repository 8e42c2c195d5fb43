//! The engine behind: connections that are kept, and small questions.

use crate::{
    channel::{Channel, wait},
    exchange::Side,
    wire::{BodyDecoder, Framing, ResponseFraming, ResponseHead, head_length},
};
use rustix::event::PollFlags;
use std::{
    io::{self, ErrorKind},
    os::{fd::AsFd as _, unix::net::UnixStream},
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

/// The engine's socket, with connections that wait for the next request.
#[derive(Debug)]
pub struct Upstream {
    socket: PathBuf,
    agent: String,
    idle: Mutex<Vec<Side>>,
}

/// So many connections are kept.
const IDLE_MAX: usize = 64;
/// Answers that come within this time are read without poll(2).
const WAIT_MAX: Duration = Duration::from_millis(20);
/// An answer to a question of the guard's own is at most so long …
const ANSWER_BYTES_MAX: usize = 8 << 20;
/// … and comes within this time.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(20);

impl Upstream {
    /// The engine that listens here.
    #[must_use]
    pub fn new(socket: &Path) -> Self {
        Self { socket: socket.to_owned(), agent: format!("seawall/{}", word()), idle: Mutex::new(Vec::new()) }
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> &Path {
        &self.socket
    }

    /// The `User-Agent` of the guard's own questions, which nobody else knows.
    pub(crate) fn agent(&self) -> &str {
        &self.agent
    }

    /// A connection at the begin of a request.
    pub(crate) fn take(&self) -> io::Result<Side> {
        loop {
            let kept = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop();
            match kept {
                Some(side) if side.channel.is_idle_and_open() => return Ok(side),
                Some(_) => {}
                None => return self.connect(),
            }
        }
    }

    /// A connection that nobody used before: for streams that end with it.
    pub(crate) fn connect(&self) -> io::Result<Side> {
        Ok(Side::new(Channel::unix(UnixStream::connect(&self.socket)?, WAIT_MAX)?))
    }

    /// Gives a connection back that is at the begin of a request again.
    pub(crate) fn give_back(&self, mut side: Side) {
        side.input.shrink();
        if !side.input.bytes().is_empty() {
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if idle.len() < IDLE_MAX {
            idle.push(side);
        }
    }

    /// Asks the engine something of the guard's own: status and body.
    ///
    /// # Errors
    /// When it does not answer in time, or answers too much.
    pub fn get(&self, target: &str) -> io::Result<(u16, Vec<u8>)> {
        self.ask("GET", target, "")
    }

    /// Has the engine do something of the guard's own, without a body.
    ///
    /// # Errors
    /// As [`Self::get`].
    pub(crate) fn post(&self, target: &str) -> io::Result<(u16, Vec<u8>)> {
        self.ask("POST", target, "Content-Length: 0\r\n")
    }

    fn ask(&self, method: &str, target: &str, more: &str) -> io::Result<(u16, Vec<u8>)> {
        let mut side = self.take()?;
        let deadline = Instant::now() + ANSWER_TIME_MAX;
        let agent = &self.agent;
        let request =
            format!("{method} {target} HTTP/1.1\r\nHost: docker\r\nUser-Agent: {agent}\r\n{more}\r\n");
        side.channel.write_all(request.as_bytes(), ANSWER_TIME_MAX)?;
        let malformed = |error: crate::wire::WireRefusal| io::Error::new(ErrorKind::InvalidData, error);
        let head = loop {
            match head_length(side.input.bytes()).map_err(malformed)? {
                Some(length) => {
                    let head = ResponseHead::parse(&side.input.bytes()[..length]).map_err(malformed)?;
                    side.input.consume(length);
                    if head.status / 100 != 1 {
                        break head;
                    }
                }
                None => read(&mut side, deadline)?,
            }
        };
        let ResponseFraming::Body(framing) = head.framing(false).map_err(malformed)? else {
            return Err(ErrorKind::InvalidData.into());
        };
        let mut decoder = BodyDecoder::new(framing);
        let mut body = Vec::new();
        while !decoder.is_done() {
            let decoded = decoder.next(side.input.bytes()).map_err(malformed)?;
            body.extend_from_slice(&side.input.bytes()[decoded.skip..decoded.skip + decoded.content]);
            side.input.consume(decoded.skip + decoded.content);
            if body.len() > ANSWER_BYTES_MAX {
                return Err(io::Error::new(ErrorKind::InvalidData, "the engine's answer is too long"));
            }
            if !decoder.is_done() && decoded.skip + decoded.content == 0 {
                match read(&mut side, deadline) {
                    Err(error)
                        if error.kind() == ErrorKind::UnexpectedEof && framing == Framing::UntilClose =>
                    {
                        break;
                    }
                    result => result?,
                }
            }
        }
        if !head.closes && framing != Framing::UntilClose {
            self.give_back(side);
        }
        Ok((head.status, body))
    }
}

// Random hash keys of the standard library come from the system's random numbers.
fn word() -> String {
    use std::hash::{BuildHasher as _, RandomState};
    (0..2).map(|number| format!("{:016x}", RandomState::new().hash_one(number))).collect()
}

fn read(side: &mut Side, deadline: Instant) -> io::Result<()> {
    loop {
        match side.input.fill_waiting(&mut side.channel) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(_) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() || wait(side.channel.as_fd(), PollFlags::IN, Some(left))?.is_empty() {
                    return Err(ErrorKind::TimedOut.into());
                }
            }
            Err(error) => return Err(error),
        }
    }
}
