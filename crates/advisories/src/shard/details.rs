//! What is read only for output: texts, addresses, dates.

use super::format::{BLOCK_BYTES, BLOCK_BYTES_MAX, read_length, read_text, write_length, write_text};
use std::io;

/// Texts of an advisory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// One line.
    pub summary: String,
    /// RFC 3339 date.
    pub published: String,
    /// RFC 3339 date.
    pub modified: String,
    /// Addresses to read on.
    pub references: Vec<String>,
    /// `CWE-79`.
    pub weaknesses: Vec<String>,
}

impl Details {
    fn write(&self, out: &mut Vec<u8>) {
        for text in [&self.summary, &self.published, &self.modified] {
            write_text(out, text);
        }
        for list in [&self.references, &self.weaknesses] {
            write_length(out, list.len());
            for text in list {
                write_text(out, text);
            }
        }
    }

    /// Reads the record that begins at `at` of an unpacked block.
    pub(crate) fn read(block: &[u8], mut at: usize) -> Option<Self> {
        let at = &mut at;
        let mut details = Self {
            summary: read_text(block, at)?.to_owned(),
            published: read_text(block, at)?.to_owned(),
            modified: read_text(block, at)?.to_owned(),
            ..Self::default()
        };
        for list in [&mut details.references, &mut details.weaknesses] {
            for _ in 0..read_length(block, at)? {
                list.push(read_text(block, at)?.to_owned());
            }
        }
        Some(details)
    }
}

/// Gathers details into compressed blocks.
#[derive(Default)]
pub(crate) struct DetailWriter {
    block: Vec<u8>,
    pub(crate) table: Vec<[u32; 3]>,
    pub(crate) frames: Vec<u8>,
}

impl DetailWriter {
    /// Adds a record; returns its block and the offset in it.
    pub(crate) fn add(&mut self, details: &Details) -> io::Result<(u32, u32)> {
        let mut record = Vec::new();
        details.write(&mut record);
        if self.block.len() + record.len() > BLOCK_BYTES {
            self.close()?;
        }
        let at = (self.table.len() as u32, self.block.len() as u32);
        self.block.extend(record);
        Ok(at)
    }

    /// Compresses what is gathered.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        const LEVEL: i32 = 12;
        if self.block.is_empty() {
            return Ok(());
        }
        if self.block.len() > BLOCK_BYTES_MAX {
            return Err(io::Error::other("a record of details is larger than a block may be"));
        }
        let frame = zstd::bulk::compress(&self.block, LEVEL)?;
        let offset = u32::try_from(self.frames.len()).map_err(io::Error::other)?;
        self.table.push([offset, frame.len() as u32, self.block.len() as u32]);
        self.frames.extend(frame);
        self.block.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_that_is_cut_anywhere_is_refused() {
        let details = Details {
            summary: "a".repeat(300),
            published: "2026-01-01".into(),
            references: vec!["https://a".into(), "https://b".into()],
            weaknesses: vec!["CWE-79".into()],
            ..Details::default()
        };
        let mut block = Vec::new();
        details.write(&mut block);
        assert_eq!(Details::read(&block, 0), Some(details));
        for end in 0..block.len() {
            assert_eq!(Details::read(&block[..end], 0), None);
        }
        assert_eq!(Details::read(&block, block.len() + 7), None);
    }
}
