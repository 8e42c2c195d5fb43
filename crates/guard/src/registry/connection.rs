//! A connection of either side that waits for what it needs: requests and answers of registries follow each other.

use super::splice;
use crate::{
    channel::{Channel, wait},
    wire::{BodyDecoder, WireRefusal, head_length},
};
use rustix::event::PollFlags;
use std::{
    io::{self, ErrorKind},
    os::fd::AsFd as _,
    time::{Duration, Instant},
};

/// A connection with the bytes that were read from it and not used yet.
pub(crate) struct Connection {
    channel: Channel,
    /// How long the other side may do nothing.
    time_max: Duration,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

/// Bulk transfers read so much at once.
const BUFFER_BYTES: usize = 128 << 10;
/// With less left a pipe costs more than it saves.
const SPLICED_BYTES_MIN: u64 = 256 << 10;
/// A head must come within this time from its first byte on.
const HEAD_TIME_MAX: Duration = Duration::from_secs(30);

impl Connection {
    pub(crate) fn new(channel: Channel, time_max: Duration) -> io::Result<Self> {
        channel.set_wait_max(time_max)?;
        Ok(Self { channel, time_max, buffer: Vec::new(), start: 0, end: 0 })
    }

    /// From now on the other side may do nothing for so long.
    pub(crate) fn set_time_max(&mut self, time_max: Duration) -> io::Result<()> {
        if self.time_max != time_max {
            self.channel.set_wait_max(time_max)?;
            self.time_max = time_max;
        }
        Ok(())
    }

    /// Reads until a head is complete; `None` when the other side went away before it began.
    pub(crate) fn head(&mut self) -> io::Result<Result<Option<Vec<u8>>, WireRefusal>> {
        let mut deadline: Option<Instant> = None;
        loop {
            match head_length(&self.buffer[self.start..self.end]) {
                Err(refusal) => return Ok(Err(refusal)),
                Ok(Some(length)) => {
                    let head = self.buffer[self.start..self.start + length].to_vec();
                    self.start += length;
                    return Ok(Ok(Some(head)));
                }
                Ok(None) => {}
            }
            if self.end > self.start
                && Instant::now() >= *deadline.get_or_insert_with(|| Instant::now() + HEAD_TIME_MAX)
            {
                return Err(ErrorKind::TimedOut.into());
            }
            if self.fill()? == 0 {
                return if self.end == self.start {
                    Ok(Ok(None))
                } else {
                    Err(ErrorKind::UnexpectedEof.into())
                };
            }
        }
    }

    /// The next bytes of a body; `None` at its end.
    pub(crate) fn content(&mut self, decoder: &mut BodyDecoder) -> io::Result<Option<&[u8]>> {
        loop {
            let decoded = decoder
                .next(&self.buffer[self.start..self.end])
                .map_err(|refusal| io::Error::new(ErrorKind::InvalidData, refusal))?;
            let from = self.start + decoded.skip;
            self.start = from + decoded.content;
            if decoded.content > 0 {
                return Ok(Some(&self.buffer[from..self.start]));
            }
            if decoder.is_done() {
                return Ok(None);
            }
            if self.fill()? == 0 {
                if decoder.may_end_here() {
                    return Ok(None);
                }
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Bytes as they come, without a form; none at the end.
    pub(crate) fn bytes(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.fill()?;
        }
        let from = std::mem::replace(&mut self.start, self.end);
        Ok(&self.buffer[from..self.end])
    }

    /// Reads what is there, once.
    fn fill(&mut self) -> io::Result<usize> {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        if self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            if self.end == self.buffer.len() {
                // The first read is small: most connections wait for a long time with nothing to read.
                let larger = (self.buffer.len() * 4).clamp(4 << 10, BUFFER_BYTES.max(self.end + (4 << 10)));
                self.buffer.resize(larger, 0);
            }
        }
        let begun = Instant::now();
        loop {
            match self.channel.read_waiting(&mut self.buffer[self.end..]) {
                // Under TLS nothing has been waited for so far.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    let left = self.time_max.saturating_sub(begun.elapsed());
                    if wait(self.channel.as_fd(), PollFlags::IN, Some(left))?.is_empty() {
                        return Err(ErrorKind::TimedOut.into());
                    }
                }
                Err(error) => return Err(error),
                Ok(size) => {
                    self.end += size;
                    if self.end == self.buffer.len() && self.buffer.len() < BUFFER_BYTES {
                        self.buffer.resize(BUFFER_BYTES, 0);
                    }
                    return Ok(size);
                }
            }
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.channel.write_all(bytes, self.time_max)
    }

    /// Passes on what is left of a body of known length without looking at it; how much that was. Nothing of it may wait in the
    /// buffer. Where the kernel cannot do it alone, nothing is passed on.
    pub(crate) fn splice(&mut self, decoder: &mut BodyDecoder, to: &Self) -> io::Result<u64> {
        let (Some(left), Some(from), Some(into)) =
            (decoder.left(), self.channel.plain_socket(), to.channel.plain_socket())
        else {
            return Ok(0);
        };
        if left < SPLICED_BYTES_MIN || self.start < self.end {
            return Ok(0);
        }
        let passed = splice::all(from, into, left, to.time_max)?;
        decoder.passed(passed);
        Ok(passed)
    }

    /// Whether a connection that is idle can still be used: neither ended nor with bytes that nobody asked for.
    pub(crate) fn is_idle_and_open(&self) -> bool {
        self.start == self.end && self.channel.is_idle_and_open()
    }

    /// Reads away what the other side still sends, so that it reads our answer before the connection breaks.
    pub(crate) fn drain(&mut self, decoder: &mut BodyDecoder, bytes_max: u64) -> io::Result<bool> {
        let mut left = bytes_max;
        while let Some(content) = self.content(decoder)? {
            left = match left.checked_sub(content.len() as u64) {
                Some(left) => left,
                None => return Ok(false),
            };
        }
        Ok(true)
    }
}

/// Writes one chunk of a chunked body.
pub(crate) fn write_chunk(connection: &mut Connection, content: &[u8]) -> io::Result<()> {
    if content.is_empty() {
        return Ok(());
    }
    connection.write(format!("{:x}\r\n", content.len()).as_bytes())?;
    connection.write(content)?;
    connection.write(b"\r\n")
}
