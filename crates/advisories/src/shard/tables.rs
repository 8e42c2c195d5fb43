//! Tables of a shard while it is built: each value is stored once.

use super::format::write_text;
use std::collections::HashMap;

/// Why a shard cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// A table does not fit into 32-bit numbers.
    #[error("shard {shard} is too large: {what} do not fit into 32 bits (hint: split it by release)")]
    TooLarge {
        /// The shard.
        shard: String,
        /// Which part.
        what: &'static str,
    },
    /// The shard's name is empty, too long or has characters that file names and manifests must not have.
    #[error("'{0}' is no name for a shard (hint: lower-case letters, digits and ':', '.', '-', '_')")]
    Name(String),
    /// The details could not be compressed.
    #[error("cannot compress details of shard {shard}")]
    Compress {
        /// The shard.
        shard: String,
        /// What the compressor says.
        #[source]
        source: std::io::Error,
    },
}

/// Texts, each stored once.
pub(crate) struct Pool {
    pub(crate) bytes: Vec<u8>,
    offsets: HashMap<String, u32>,
}

impl Pool {
    pub(crate) fn new() -> Self {
        // Offset 0 is the empty text.
        Self { bytes: vec![0], offsets: HashMap::from([(String::new(), 0)]) }
    }

    pub(crate) fn add(&mut self, text: &str) -> u32 {
        if let Some(&offset) = self.offsets.get(text) {
            return offset;
        }
        // Saturates; `fits` refuses the shard then.
        let offset = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        write_text(&mut self.bytes, text);
        self.offsets.insert(text.to_owned(), offset);
        offset
    }

    pub(crate) fn fits(&self) -> bool {
        u32::try_from(self.bytes.len()).is_ok()
    }
}

/// Runs of numbers, each stored once; the writer decides what a run means.
pub(crate) struct Runs {
    pub(crate) numbers: Vec<u32>,
    offsets: HashMap<Vec<u32>, u32>,
}

impl Runs {
    /// `empty` is the run at offset 0.
    pub(crate) fn new(empty: Vec<u32>) -> Self {
        Self { numbers: empty.clone(), offsets: HashMap::from([(empty, 0)]) }
    }

    pub(crate) fn add(&mut self, run: Vec<u32>) -> u32 {
        if let Some(&offset) = self.offsets.get(&run) {
            return offset;
        }
        let offset = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        self.numbers.extend_from_slice(&run);
        self.offsets.insert(run, offset);
        offset
    }

    /// Adds a run with its count before it.
    pub(crate) fn add_list(&mut self, items: Vec<u32>) -> u32 {
        let mut run = Vec::with_capacity(items.len() + 1);
        run.push(items.len() as u32);
        run.extend(items);
        self.add(run)
    }
}

/// Rows of `N` numbers, each stored once and named by its position.
pub(crate) struct Rows<const N: usize> {
    pub(crate) rows: Vec<[u32; N]>,
    positions: HashMap<[u32; N], u32>,
}

impl<const N: usize> Rows<N> {
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new(), positions: HashMap::new() }
    }

    pub(crate) fn add(&mut self, row: [u32; N]) -> u32 {
        if let Some(&position) = self.positions.get(&row) {
            return position;
        }
        let position = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        self.rows.push(row);
        self.positions.insert(row, position);
        position
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        row_bytes(&self.rows)
    }
}

pub(crate) fn row_bytes<const N: usize>(rows: &[[u32; N]]) -> Vec<u8> {
    rows.iter().flatten().flat_map(|number| number.to_le_bytes()).collect()
}

pub(crate) fn number_bytes(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}
