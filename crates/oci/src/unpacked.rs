//! The unpacked bytes of a blob on their way from the decompressing to the parsing side.

use crate::compression::{Decoded, Decoder};
use crate::hash::Hasher;
use crate::tar_reader::TarInput;
use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender};

/// Bytes of a buffer that goes from the decompressing to the parsing thread: it fits the second-level cache.
pub(crate) const BUFFER_BYTES: usize = 256 << 10;
/// Buffers between the threads; with [`BUFFER_BYTES`] the memory of one walk.
pub(crate) const BUFFERS: usize = 6;

pub(crate) struct Buffer {
    bytes: Vec<u8>,
    end: usize,
}

/// Where the parsing side gets its buffers from.
pub(crate) trait Feed: Send {
    /// The next full buffer in exchange for the used one; None is the end.
    fn next(&mut self, used: Option<Buffer>) -> Option<Buffer>;
}

/// Decompresses on the parsing thread.
pub(crate) struct InlineFeed<'a> {
    pub(crate) decoder: Decoder<'a>,
    is_over: bool,
}

impl<'a> InlineFeed<'a> {
    pub(crate) fn new(decoder: Decoder<'a>) -> Self {
        Self { decoder, is_over: false }
    }
}

impl Feed for InlineFeed<'_> {
    fn next(&mut self, used: Option<Buffer>) -> Option<Buffer> {
        let mut buffer = used.unwrap_or_else(|| Buffer { bytes: vec![0; BUFFER_BYTES], end: 0 });
        buffer.end = if self.is_over { 0 } else { self.decoder.fill(&mut buffer.bytes) };
        self.is_over = buffer.end == 0;
        (!self.is_over).then_some(buffer)
    }
}

/// Gets what [`produce`] decompresses on another thread.
pub(crate) struct ThreadFeed {
    pub(crate) filled: Receiver<Buffer>,
    pub(crate) used: Sender<Buffer>,
}

impl Feed for ThreadFeed {
    fn next(&mut self, used: Option<Buffer>) -> Option<Buffer> {
        if let Some(buffer) = used {
            // The producer may be done and gone.
            let _ = self.used.send(buffer);
        }
        self.filled.recv().ok()
    }
}

/// The unpacked bytes, hashed as buffers arrive.
pub(crate) struct Input<F> {
    pub(crate) feed: F,
    pub(crate) hasher: Option<Hasher>,
    buffer: Option<Buffer>,
    start: usize,
    is_over: bool,
}

impl<F: Feed> Input<F> {
    pub(crate) fn new(feed: F, hasher: Option<Hasher>) -> Self {
        Self { feed, hasher, buffer: None, start: 0, is_over: false }
    }
}

impl<F: Feed> BufRead for Input<F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let is_empty = self.buffer.as_ref().is_none_or(|buffer| self.start == buffer.end);
        if is_empty && !self.is_over {
            self.start = 0;
            self.buffer = self.feed.next(self.buffer.take());
            self.is_over = self.buffer.is_none();
            if let (Some(hasher), Some(buffer)) = (&mut self.hasher, &self.buffer) {
                hasher.update(&buffer.bytes[..buffer.end]);
            }
        }
        Ok(self.buffer.as_ref().map_or(&[], |buffer| &buffer.bytes[self.start..buffer.end]))
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
    }
}

impl<F: Feed> TarInput for Input<F> {}

impl<F: Feed> Read for Input<F> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        crate::buffered::read(self, out)
    }
}

/// Decompresses until the end of the blob; None when nobody listens any more.
pub(crate) fn produce(
    mut decoder: Decoder<'_>,
    full: &SyncSender<Buffer>,
    recycled: &Receiver<Buffer>,
) -> Option<Decoded> {
    let mut made = 0;
    loop {
        let mut buffer = if made < BUFFERS {
            made += 1;
            Buffer { bytes: vec![0; BUFFER_BYTES], end: 0 }
        } else {
            recycled.recv().ok()?
        };
        buffer.end = decoder.fill(&mut buffer.bytes);
        if buffer.end == 0 {
            return Some(decoder.finish());
        }
        full.send(buffer).ok()?;
    }
}
