//! Bytes of lines and columns, and back.

use crate::spec::Place;
use std::ops::Range;

/// Where each line of a text begins.
pub(super) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let ends = text.match_indices('\n').map(|(at, _)| at + 1);
        // A mark in front of the text has no column.
        let first = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
        Self { text, starts: std::iter::once(first).chain(ends).collect() }
    }

    /// The bytes of a line without its end; lines count from 1.
    pub(super) fn line(&self, number: u32) -> Option<Range<usize>> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        let start = *self.starts.get(at)?;
        let end = self.starts.get(at + 1).map_or(self.text.len(), |next| next - 1);
        let end = if self.text[start..end].ends_with('\r') { end - 1 } else { end };
        Some(start..end)
    }

    /// The byte at a line and column.
    pub(super) fn byte(&self, line: u32, column: u32) -> Option<usize> {
        let bytes = self.line(line)?;
        let ahead = usize::try_from(column).ok()?.checked_sub(1)?;
        let text = &self.text[bytes.clone()];
        let inside = text.char_indices().map(|(at, _)| at).chain([text.len()]).nth(ahead)?;
        Some(bytes.start + inside)
    }

    /// The bytes of a place.
    pub(super) fn bytes(&self, place: Place) -> Option<Range<usize>> {
        let (start, end) =
            (self.byte(place.line, place.column)?, self.byte(place.end_line, place.end_column)?);
        (start <= end).then_some(start..end)
    }

    /// Line and column of a byte.
    pub(super) fn locate(&self, byte: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= byte).max(1);
        let start = self.starts[line - 1].min(byte);
        let column = self.text.get(start..byte).map_or(0, |text| text.chars().count());
        (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column + 1).unwrap_or(u32::MAX))
    }

    /// How its lines end.
    pub(super) fn end(&self) -> &'static str {
        let first = self.text.find('\n').unwrap_or(0);
        if self.text[..first].ends_with('\r') { "\r\n" } else { "\n" }
    }
}
