//! gRPC over HTTP/2, one call at a time.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why containerd does not answer.
#[derive(Debug, thiserror::Error)]
pub enum ContainerdError {
    /// Nobody listens.
    #[error("cannot connect to {path}")]
    Connect {
        /// Where.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The connection broke, or was silent for too long.
    #[error("the connection to containerd broke")]
    Broken(#[source] io::Error),
    /// The other side does not speak as it should.
    #[error("what containerd says is not understood: {reason}")]
    Malformed {
        /// What is wrong.
        reason: &'static str,
    },
    /// It said no: there is no such thing.
    #[error("containerd has no answer to {call}")]
    Refused {
        /// The call.
        call: String,
    },
}

/// A call that takes longer has failed.
const TIMEOUT: Duration = Duration::from_secs(5);
/// RFC 9113, section 3.4.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// RFC 9113, section 4.2: what a frame may hold unless more was allowed.
const FRAME_BYTES_MAX: usize = 16_384;
/// As gRPC servers of containerd allow.
const MESSAGE_BYTES_MAX: usize = 16 << 20;
/// How much may come before more is allowed: RFC 9113, section 6.9.
const WINDOW: u32 = 4 << 20;

/// RFC 9113, section 6.
mod frame {
    pub(super) const DATA: u8 = 0;
    pub(super) const HEADERS: u8 = 1;
    pub(super) const RST_STREAM: u8 = 3;
    pub(super) const SETTINGS: u8 = 4;
    pub(super) const PING: u8 = 6;
    pub(super) const GOAWAY: u8 = 7;
    pub(super) const WINDOW_UPDATE: u8 = 8;
    pub(super) const END_STREAM: u8 = 1;
    pub(super) const ACK: u8 = 1;
    pub(super) const END_HEADERS: u8 = 4;
    pub(super) const PADDED: u8 = 8;
}

/// A connection.
#[derive(Debug)]
pub(crate) struct Connection<S = UnixStream> {
    stream: S,
    next_stream: u32,
    /// Bytes that came since more were allowed.
    taken: u32,
    /// What came of the call that is under way.
    buffer: Vec<u8>,
    is_over: bool,
}

impl Connection {
    pub(crate) fn open(path: &Path) -> Result<Self, ContainerdError> {
        let failed = |source| ContainerdError::Connect { path: path.to_owned(), source };
        let stream = UnixStream::connect(path).map_err(failed)?;
        stream.set_read_timeout(Some(TIMEOUT)).map_err(failed)?;
        stream.set_write_timeout(Some(TIMEOUT)).map_err(failed)?;
        Self::over(stream)
    }

    /// Waits for answers as long as they take.
    pub(crate) fn be_patient(&self) -> Result<(), ContainerdError> {
        self.stream.set_read_timeout(None).map_err(ContainerdError::Broken)
    }
}

impl<S: Read + Write> Connection<S> {
    fn over(stream: S) -> Result<Self, ContainerdError> {
        let mut connection = Self { stream, next_stream: 1, taken: 0, buffer: Vec::new(), is_over: true };
        let mut hello = PREFACE.to_vec();
        // RFC 9113, section 6.5.2: no table of headers, no push, a window of our size.
        let mut settings = Vec::new();
        for (id, value) in [(1u16, 0u32), (2, 0), (4, WINDOW * 2)] {
            settings.extend_from_slice(&id.to_be_bytes());
            settings.extend_from_slice(&value.to_be_bytes());
        }
        write_frame(&mut hello, frame::SETTINGS, 0, 0, &settings);
        write_frame(&mut hello, frame::WINDOW_UPDATE, 0, 0, &(WINDOW * 2).to_be_bytes());
        connection.stream.write_all(&hello).map_err(ContainerdError::Broken)?;
        Ok(connection)
    }

    /// Asks, and returns the one answer.
    pub(crate) fn call(
        &mut self,
        path: &str,
        namespace: &str,
        message: &[u8],
    ) -> Result<Vec<u8>, ContainerdError> {
        let stream = self.ask(path, namespace, message)?;
        let answer = self.next_message(stream)?;
        // What follows are trailers; the next call must not meet them.
        while self.next_message(stream)?.is_some() {}
        answer.ok_or_else(|| ContainerdError::Refused { call: path.to_owned() })
    }

    /// Sends a request; returns its stream.
    pub(crate) fn ask(
        &mut self,
        path: &str,
        namespace: &str,
        message: &[u8],
    ) -> Result<u32, ContainerdError> {
        let stream = self.next_stream;
        self.next_stream += 2;
        self.buffer.clear();
        self.is_over = false;
        // RFC 7541: names of the static table by number (:method POST, :scheme http, :path, :authority), the rest as literals
        // that are not indexed.
        let mut headers = vec![0x83, 0x86, 0x04];
        write_text(&mut headers, path);
        headers.push(0x01);
        write_text(&mut headers, "localhost");
        for (name, value) in [
            ("content-type", "application/grpc"),
            ("te", "trailers"),
            ("user-agent", "seawall"),
            ("containerd-namespace", namespace),
        ] {
            if !value.is_empty() {
                headers.push(0x00);
                write_text(&mut headers, name);
                write_text(&mut headers, value);
            }
        }
        // grpc.io, "gRPC over HTTP2": not compressed, length, message.
        let mut data = vec![0];
        data.extend_from_slice(&(message.len() as u32).to_be_bytes());
        data.extend_from_slice(message);
        if headers.len().max(data.len()) > FRAME_BYTES_MAX {
            return Err(ContainerdError::Malformed { reason: "the question is too long" });
        }
        let mut frames = Vec::new();
        write_frame(&mut frames, frame::HEADERS, frame::END_HEADERS, stream, &headers);
        write_frame(&mut frames, frame::DATA, frame::END_STREAM, stream, &data);
        self.stream.write_all(&frames).map_err(ContainerdError::Broken)?;
        Ok(stream)
    }

    /// The next message of a stream; none when it has ended.
    pub(crate) fn next_message(&mut self, stream: u32) -> Result<Option<Vec<u8>>, ContainerdError> {
        loop {
            if let Some(message) = self.take_message()? {
                return Ok(Some(message));
            }
            if self.is_over {
                return Ok(None);
            }
            self.is_over = !self.take_frame(stream)?;
        }
    }

    fn take_message(&mut self) -> Result<Option<Vec<u8>>, ContainerdError> {
        let Some((head, rest)) = self.buffer.split_at_checked(5) else { return Ok(None) };
        let length = u32::from_be_bytes(head[1..].try_into().expect("four bytes")) as usize;
        if head[0] != 0 || length > MESSAGE_BYTES_MAX {
            return Err(ContainerdError::Malformed { reason: "a message is compressed or too long" });
        }
        if rest.len() < length {
            return Ok(None);
        }
        let message = rest[..length].to_vec();
        self.buffer.drain(..5 + length);
        Ok(Some(message))
    }

    /// Takes one frame; returns whether more may follow on the stream.
    fn take_frame(&mut self, stream: u32) -> Result<bool, ContainerdError> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).map_err(ContainerdError::Broken)?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let (kind, flags) = (head[3], head[4]);
        let of = u32::from_be_bytes(head[5..9].try_into().expect("four bytes")) & 0x7fff_ffff;
        if length > FRAME_BYTES_MAX {
            return Err(ContainerdError::Malformed { reason: "a frame is too long" });
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).map_err(ContainerdError::Broken)?;
        match kind {
            frame::DATA => {
                self.allow_more(stream, length)?;
                if of == stream {
                    self.buffer.extend_from_slice(without_padding(&body, flags)?);
                    if self.buffer.len() > MESSAGE_BYTES_MAX + 5 {
                        return Err(ContainerdError::Malformed { reason: "an answer is too long" });
                    }
                }
            }
            frame::SETTINGS if flags & frame::ACK == 0 => self.send(frame::SETTINGS, frame::ACK, 0, &[])?,
            frame::PING if flags & frame::ACK == 0 => self.send(frame::PING, frame::ACK, 0, &body)?,
            frame::RST_STREAM if of == stream => return Ok(false),
            frame::GOAWAY => return Err(ContainerdError::Broken(io::ErrorKind::ConnectionAborted.into())),
            _ => {}
        }
        let is_end =
            of == stream && matches!(kind, frame::DATA | frame::HEADERS) && flags & frame::END_STREAM != 0;
        Ok(!is_end)
    }

    fn allow_more(&mut self, stream: u32, length: usize) -> Result<(), ContainerdError> {
        self.taken += length as u32;
        if self.taken < WINDOW {
            return Ok(());
        }
        let more = std::mem::take(&mut self.taken).to_be_bytes();
        self.send(frame::WINDOW_UPDATE, 0, 0, &more)?;
        self.send(frame::WINDOW_UPDATE, 0, stream, &more)
    }

    fn send(&mut self, kind: u8, flags: u8, stream: u32, body: &[u8]) -> Result<(), ContainerdError> {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, kind, flags, stream, body);
        self.stream.write_all(&bytes).map_err(ContainerdError::Broken)
    }
}

fn write_frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, body: &[u8]) {
    out.extend_from_slice(&(body.len() as u32).to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(body);
}

/// RFC 9113, section 6.1.
fn without_padding(body: &[u8], flags: u8) -> Result<&[u8], ContainerdError> {
    if flags & frame::PADDED == 0 {
        return Ok(body);
    }
    let padding = body.first().map_or(0, |length| usize::from(*length));
    body.get(1..body.len().saturating_sub(padding))
        .ok_or(ContainerdError::Malformed { reason: "padding is longer than its frame" })
}

/// A text as RFC 7541, section 5.2, writes it, without Huffman's code.
fn write_text(out: &mut Vec<u8>, text: &str) {
    let mut length = text.len();
    if length < 0x7f {
        out.push(length as u8);
    } else {
        out.push(0x7f);
        length -= 0x7f;
        while length >= 0x80 {
            out.push((length % 0x80) as u8 | 0x80);
            length /= 0x80;
        }
        out.push(length as u8);
    }
    out.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// A server that says what it was told to say, whatever is asked.
    struct Told {
        says: VecDeque<u8>,
        heard: Vec<u8>,
    }

    impl Read for Told {
        fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
            self.says.read(room)
        }
    }

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.heard.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn connection(says: &[u8]) -> Connection<Told> {
        Connection::over(Told { says: says.iter().copied().collect(), heard: Vec::new() }).unwrap()
    }

    fn answer(parts: &[&[u8]]) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, frame::SETTINGS, 0, 0, &[]);
        write_frame(&mut bytes, frame::PING, 0, 0, b"12345678");
        write_frame(&mut bytes, frame::HEADERS, frame::END_HEADERS, 1, &[0x88]);
        for part in parts {
            write_frame(&mut bytes, frame::DATA, 0, 1, part);
        }
        write_frame(&mut bytes, frame::HEADERS, frame::END_HEADERS | frame::END_STREAM, 1, &[0x88]);
        bytes
    }

    #[test]
    fn an_answer_in_pieces_is_put_together_and_the_server_is_answered() {
        let mut connection = connection(&answer(&[b"\0\0\0", b"\0\x05hel", b"lo"]));
        assert_eq!(connection.call("/a.B/C", "default", b"question").unwrap(), b"hello");
        let heard = connection.stream.heard;
        assert!(heard.starts_with(PREFACE));
        assert!(heard.windows(8).any(|window| window == b"12345678"), "the ping comes back");
        assert!(heard.windows(13).any(|window| window == b"\0\0\0\0\x08question"));
    }

    #[test]
    fn a_refusal_has_no_message() {
        let refused = connection(&answer(&[])).call("/a.B/C", "", b"");
        assert!(matches!(refused, Err(ContainerdError::Refused { .. })), "{refused:?}");
    }

    #[test]
    fn nonsense_ends_and_never_panics() {
        let whole = answer(&[b"\0\0\0\0\x05hello"]);
        for end in 0..whole.len() {
            assert!(connection(&whole[..end]).call("/a.B/C", "", b"").is_err(), "{end}");
        }
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                let _ = connection(&bytes).call("/a.B/C", "", b"");
            }
        }
    }

    #[test]
    fn long_texts_have_their_length_in_several_bytes() {
        let mut out = Vec::new();
        write_text(&mut out, &"x".repeat(1337 + 0x7f));
        // RFC 7541, section C.1.2, with a prefix of seven bits.
        assert_eq!(out[..3], [0x7f, 0xb9, 0x0a]);
    }
}
