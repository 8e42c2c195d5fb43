//! Where something stands in a text.

/// Lines of a text, both counted from 1, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineSpan {
    /// The first line.
    pub first: u32,
    /// The last line, not before the first.
    pub last: u32,
}

impl LineSpan {
    /// The lines `first` to `last`.
    #[must_use]
    pub const fn new(first: u32, last: u32) -> Self {
        Self { first, last: if last < first { first } else { last } }
    }
}

/// Leads from a text that was joined of several lines back to the file: pieces of the joined text and where each
/// begins in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextMap {
    /// Offset in the joined text, offset in the file, 1-based line; ascending.
    pieces: Vec<(usize, usize, u32)>,
}

impl TextMap {
    pub(crate) fn push(&mut self, joined_offset: usize, file_offset: usize, line: u32) {
        self.pieces.push((joined_offset, file_offset, line));
    }

    /// The map of the text without its first `skipped` bytes.
    pub(crate) fn skip(&self, skipped: usize) -> Self {
        let mut pieces = Vec::new();
        for (at, (joined, file, line)) in self.pieces.iter().enumerate() {
            let ends = self.pieces.get(at + 1).is_some_and(|next| next.0 <= skipped);
            if *joined >= skipped {
                pieces.push((joined - skipped, *file, *line));
            } else if !ends {
                pieces.push((0, file + (skipped - joined), *line));
            }
        }
        Self { pieces }
    }

    /// Offset in the file and 1-based line of an offset in the joined text.
    #[must_use]
    pub fn locate(&self, offset: usize) -> Option<(usize, u32)> {
        let after = self.pieces.partition_point(|piece| piece.0 <= offset);
        let (joined, file, line) = self.pieces.get(after.checked_sub(1)?)?;
        Some((file + (offset - joined), *line))
    }
}
