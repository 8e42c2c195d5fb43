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

    /// Where a part of the joined text stands in the file. A part over several lines includes what stands between.
    #[must_use]
    pub fn place(&self, part: std::ops::Range<usize>) -> std::ops::Range<usize> {
        let Some((start, _)) = self.locate(part.start) else { return 0..0 };
        let last = part.end.max(part.start + 1) - 1;
        let end = self.locate(last).map_or(start, |(at, _)| at + 1);
        if part.is_empty() { start..start } else { start..end.max(start) }
    }

    /// Offset in the file and 1-based line of an offset in the joined text.
    #[must_use]
    pub fn locate(&self, offset: usize) -> Option<(usize, u32)> {
        let after = self.pieces.partition_point(|piece| piece.0 <= offset);
        let (joined, file, line) = self.pieces.get(after.checked_sub(1)?)?;
        Some((file + (offset - joined), *line))
    }
}

/// Finds line and column of an offset. Both are 1-based; a column counts characters.
#[derive(Clone, Debug)]
pub struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    /// The index of a text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { starts: std::iter::once(0).chain(breaks).collect() }
    }

    /// Line and column of an offset in the text that the index was made of; beyond the end, those of the end.
    #[must_use]
    pub fn locate(&self, text: &str, offset: usize) -> (u32, u32) {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let column = text[self.starts[line - 1]..offset].chars().count();
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column + 1).unwrap_or(u32::MAX))
    }

    /// The bytes of a 1-based line, without its line break; empty when there is no such line.
    #[must_use]
    pub fn line(&self, text: &str, line: u32) -> std::ops::Range<usize> {
        let at = usize::try_from(line).unwrap_or(usize::MAX).saturating_sub(1);
        let Some(start) = self.starts.get(at).copied() else { return text.len()..text.len() };
        let end = self.starts.get(at + 1).copied().unwrap_or(text.len());
        start..start + text[start..end].trim_end_matches(['\n', '\r']).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_lines_have_no_breaks() {
        let text = "aé\r\nbc\n";
        let index = LineIndex::new(text);
        assert_eq!(index.locate(text, 3), (1, 3));
        assert_eq!(index.locate(text, 2), (1, 2));
        assert_eq!(index.locate(text, 6), (2, 2));
        assert_eq!(index.locate(text, 99), (3, 1));
        assert_eq!(index.line(text, 1), 0..3);
        assert_eq!(index.line(text, 2), 5..7);
        assert_eq!(index.line(text, 9), 8..8);
    }
}
