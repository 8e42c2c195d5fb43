//! Bytes that were read and not used yet.

use crate::channel::Channel;
use std::io;

/// A buffer that grows with what passes through it, and is given back when nothing does.
#[derive(Debug, Default)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

/// The first read asks for so much: heads and events fit.
const SMALL_BYTES: usize = 4 << 10;
/// Bulk transfers end up here.
const LARGE_BYTES: usize = 128 << 10;

impl Buffer {
    /// What is there.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Uses up so many bytes.
    pub(crate) fn consume(&mut self, size: usize) {
        self.start += size;
        debug_assert!(self.start <= self.end, "only what was read is used up");
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    /// Reads what is there; 0 is the end.
    pub(crate) fn fill(&mut self, channel: &mut Channel) -> io::Result<usize> {
        self.read(|bytes| channel.read(bytes))
    }

    /// As [`fill`](Self::fill), but waits for something to come, if the channel can.
    pub(crate) fn fill_waiting(&mut self, channel: &mut Channel) -> io::Result<usize> {
        self.read(|bytes| channel.read_waiting(bytes))
    }

    fn read(&mut self, read: impl FnOnce(&mut [u8]) -> io::Result<usize>) -> io::Result<usize> {
        if self.end == self.bytes.len() {
            if self.start > 0 {
                self.bytes.copy_within(self.start..self.end, 0);
                self.end -= self.start;
                self.start = 0;
            }
            if self.end == self.bytes.len() {
                let larger =
                    (self.bytes.len() * 2).clamp(SMALL_BYTES, LARGE_BYTES.max(self.end + SMALL_BYTES));
                self.bytes.resize(larger, 0);
            }
        }
        let room = self.bytes.len() - self.end;
        let size = read(&mut self.bytes[self.end..])?;
        self.end += size;
        if size == room && self.start == 0 && self.bytes.len() < LARGE_BYTES {
            // More came than fits: the next read takes more at once.
            let larger = self.bytes.len() * 4;
            self.bytes.resize(larger.min(LARGE_BYTES), 0);
        }
        Ok(size)
    }

    /// Gives memory back while nothing is there.
    pub(crate) fn shrink(&mut self) {
        if self.start == self.end && self.bytes.len() > SMALL_BYTES {
            *self = Self::default();
        }
    }
}
