//! One direction of an exchange: content is taken out of one framing and put into another.

use crate::{
    buffer::Buffer,
    channel::Channel,
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
}

/// So much may wait to be sent; as much again is read meanwhile.
const OUT_BYTES_MAX: usize = 128 << 10;

impl Direction {
    /// Without a decoder nothing is taken but what is pushed.
    pub(crate) fn new(decoder: Option<BodyDecoder>, is_chunked: bool) -> Self {
        let is_ended = decoder.is_none();
        Self { decoder, is_chunked, is_ended, out: Vec::new(), sent: 0, content: 0, was_shut: false }
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

    /// Moves content from what was read to what is to be sent.
    pub(crate) fn take(&mut self, input: &mut Buffer) -> Result<(), WireRefusal> {
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        while !self.is_ended && self.out.len() - self.sent < OUT_BYTES_MAX {
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
                break;
            }
        }
        Ok(())
    }

    /// Moves bytes of a stream that has no framing.
    pub(crate) fn take_raw(&mut self, input: &mut Buffer) -> Result<(), WireRefusal> {
        let room = OUT_BYTES_MAX.saturating_sub(self.out.len() - self.sent);
        let size = room.min(input.bytes().len());
        self.content += size as u64;
        self.out.extend_from_slice(&input.bytes()[..size]);
        input.consume(size);
        Ok(())
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
