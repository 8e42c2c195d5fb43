//! A hash of thread numbers.

use std::hash::{BuildHasher, Hasher};

/// Hashes thread numbers: one multiplication of 128 bits, folded, under a key of this run, so that nobody can prepare
/// numbers that meet.
#[derive(Clone, Copy)]
pub(crate) struct Fold {
    seed: u64,
}

impl Fold {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed }
    }
}

pub(crate) struct FoldHasher {
    state: u64,
}

impl BuildHasher for Fold {
    type Hasher = FoldHasher;

    fn build_hasher(&self) -> FoldHasher {
        FoldHasher { state: self.seed }
    }
}

impl Hasher for FoldHasher {
    fn finish(&self) -> u64 {
        self.state
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, number: u64) {
        // The fraction of the golden ratio; any odd number with well mixed bits would do.
        let product =
            u128::from(self.state ^ number) * u128::from(0x9e37_79b9_7f4a_7c15_u64 | (self.state << 1));
        self.state = (product as u64) ^ ((product >> 64) as u64);
    }

    fn write_i64(&mut self, number: i64) {
        self.write_u64(number.cast_unsigned());
    }
}
