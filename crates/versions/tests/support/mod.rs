//! What the tests share.
#![allow(clippy::unwrap_used, reason = "tests may fail loudly")]

/// A deterministic pseudo-random sequence (xorshift64*), so that a failure can be repeated.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let value = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(value).unwrap() % limit
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// A text of up to `pieces_max` of the pieces.
    pub(crate) fn text(&mut self, pieces: &[&str], pieces_max: usize) -> String {
        (0..self.below(pieces_max + 1)).map(|_| self.pick(pieces)).collect()
    }
}
