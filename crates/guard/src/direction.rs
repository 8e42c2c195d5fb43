//! One direction of an exchange: content is taken out of one framing and put into another.

use crate::{
    buffer::Buffer,
    channel::Channel,
    filter::{Filter, FilterRefused},
    wire::{BodyDecoder, WireRefusal},
};
use std::io::{self, ErrorKind};

pub(crate) struct Direction {
    decoder: Option<BodyDecoder>,
    is_chunked: bool,
    is_ended: bool,
    out: Vec<u8>,
    sent: usize,
    /// Bytes of content so far.
    pub(crate) content: u64,
    /// The other side was told that nothing more comes.
    pub(crate) was_shut: bool,
    filtered: Option<Filtered>,
    /// Nothing of what was read can go on before more is.
    is_starved: bool,
}

/// A filter with what it has not taken yet.
#[derive(Debug)]
struct Filtered {
    filter: Box<dyn Filter>,
    /// So many bytes of content stand at the begin of what was read.
    pending: usize,
    is_full: bool,
}

/// Why a body goes no further.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyRefused {
    #[error(transparent)]
    Wire(#[from] WireRefusal),
    #[error(transparent)]
    Filter(#[from] FilterRefused),
}

/// So much may wait to be sent; as much again is read meanwhile.
const OUT_BYTES_MAX: usize = 128 << 10;

impl Direction {
    /// Without a decoder nothing is taken but what is pushed.
    pub(crate) fn new(decoder: Option<BodyDecoder>, is_chunked: bool) -> Self {
        let is_ended = decoder.is_none();
        Self {
            decoder,
            is_chunked,
            is_ended,
            out: Vec::new(),
            sent: 0,
            content: 0,
            was_shut: false,
            filtered: None,
            is_starved: true,
        }
    }

    /// A body that goes through a filter; in chunks, since nobody knows how long it will be.
    pub(crate) fn through(decoder: BodyDecoder, filter: Box<dyn Filter>) -> Self {
        let mut direction = Self::new(Some(decoder), true);
        direction.set_filter(filter);
        direction
    }

    /// From here on the body, which goes out in chunks, goes through a filter.
    pub(crate) fn set_filter(&mut self, filter: Box<dyn Filter>) {
        self.filtered = Some(Filtered { filter, pending: 0, is_full: false });
    }

    /// From here on there is a body.
    pub(crate) fn begin(&mut self, decoder: BodyDecoder, is_chunked: bool) {
        self.decoder = Some(decoder);
        self.is_chunked = is_chunked;
        self.is_ended = false;
    }

    /// Sends these bytes as they are.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// Moves content from what was read to what is to be sent, until much waits there.
    pub(crate) fn take(&mut self, input: &mut Buffer) -> Result<(), BodyRefused> {
        self.take_until(input, OUT_BYTES_MAX)
    }

    /// The same until so much waits there.
    pub(crate) fn take_until(&mut self, input: &mut Buffer, out_bytes: usize) -> Result<(), BodyRefused> {
        if let Some(mut filtered) = self.filtered.take() {
            let result = self.take_through(&mut filtered, input, out_bytes);
            self.filtered = Some(filtered);
            return result;
        }
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        self.is_starved = false;
        while !self.is_ended && self.out.len() - self.sent < out_bytes {
            let decoded = decoder.next(input.bytes())?;
            let content = &input.bytes()[decoded.skip..decoded.skip + decoded.content];
            if !content.is_empty() {
                self.content += content.len() as u64;
                if self.is_chunked {
                    self.out.extend_from_slice(format!("{:x}\r\n", content.len()).as_bytes());
                }
                self.out.extend_from_slice(content);
                if self.is_chunked {
                    self.out.extend_from_slice(b"\r\n");
                }
            }
            input.consume(decoded.skip + decoded.content);
            if decoder.is_done() {
                self.finish();
                break;
            } else if decoded.skip + decoded.content == 0 {
                self.is_starved = true;
                break;
            }
        }
        Ok(())
    }

    fn take_through(
        &mut self,
        filtered: &mut Filtered,
        input: &mut Buffer,
        out_bytes: usize,
    ) -> Result<(), BodyRefused> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        self.is_starved = false;
        while !self.is_ended && self.out.len() - self.sent < out_bytes {
            if filtered.pending == 0 && !filtered.is_full {
                if decoder.is_done() {
                    let start = begin_chunk(&mut self.out);
                    filtered.filter.end(&mut self.out)?;
                    end_chunk(&mut self.out, start);
                    self.is_ended = true;
                    self.out.extend_from_slice(b"0\r\n\r\n");
                    break;
                }
                let decoded = decoder.next(input.bytes())?;
                input.consume(decoded.skip);
                filtered.pending = decoded.content;
                self.content += decoded.content as u64;
                if decoded.skip + decoded.content == 0 {
                    self.is_starved = true;
                    break;
                }
                if decoded.content == 0 {
                    continue;
                }
            }
            let start = begin_chunk(&mut self.out);
            let passed = filtered.filter.pass(&input.bytes()[..filtered.pending], &mut self.out)?;
            end_chunk(&mut self.out, start);
            input.consume(passed.used);
            filtered.pending -= passed.used;
            filtered.is_full = passed.is_full;
        }
        Ok(())
    }

    /// Whether what was read already can go on once there is room.
    pub(crate) fn has_more(&self) -> bool {
        self.decoder.is_some() && !self.is_ended && !self.is_starved
    }

    /// Whether there is a body that comes piece by piece.
    pub(crate) fn has_body(&self) -> bool {
        self.decoder.is_some()
    }

    /// Bytes that wait to be sent.
    pub(crate) fn waiting_bytes(&self) -> usize {
        self.out.len() - self.sent
    }

    /// Whether the whole body was taken.
    pub(crate) fn has_ended(&self) -> bool {
        self.is_ended
    }

    /// Moves bytes of a stream that has no framing.
    pub(crate) fn take_raw(&mut self, input: &mut Buffer) {
        let room = OUT_BYTES_MAX.saturating_sub(self.out.len() - self.sent);
        let size = room.min(input.bytes().len());
        self.content += size as u64;
        self.out.extend_from_slice(&input.bytes()[..size]);
        input.consume(size);
    }

    /// The connection that content came from has ended.
    pub(crate) fn end_of_input(&mut self) {
        if self.decoder.as_ref().is_some_and(BodyDecoder::may_end_here) {
            self.finish();
        }
    }

    fn finish(&mut self) {
        if !self.is_ended {
            self.is_ended = true;
            if self.is_chunked {
                self.out.extend_from_slice(b"0\r\n\r\n");
            }
        }
    }

    /// Sends as much as is taken now.
    pub(crate) fn send(&mut self, channel: &mut Channel) -> io::Result<()> {
        while self.sent < self.out.len() {
            match channel.write(&self.out[self.sent..]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(size) => self.sent += size,
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.out.clear();
        self.sent = 0;
        Ok(())
    }

    /// The other side takes nothing any more.
    pub(crate) fn give_up(&mut self) {
        self.out = Vec::new();
        self.sent = 0;
    }

    /// Whether all that was taken is sent.
    pub(crate) fn is_sent(&self) -> bool {
        self.out.is_empty()
    }

    /// Whether the body has ended and is sent.
    pub(crate) fn is_finished(&self) -> bool {
        self.is_ended && self.out.is_empty()
    }
}

/// Where the size of a chunk will stand: eight digits, since leading zeros are none of a reader's concern (RFC 9112, section 7.1).
const CHUNK_HEAD: &[u8] = b"00000000\r\n";

fn begin_chunk(out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend_from_slice(CHUNK_HEAD);
    start
}

// A chunk without content would be the last one.
fn end_chunk(out: &mut Vec<u8>, start: usize) {
    let size = out.len() - start - CHUNK_HEAD.len();
    if size == 0 {
        out.truncate(start);
        return;
    }
    out[start..start + 8].copy_from_slice(format!("{size:08x}").as_bytes());
    out.extend_from_slice(b"\r\n");
}
