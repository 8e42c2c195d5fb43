//! Lines of a Dockerfile with their continuations joined.
//!
//! As BuildKit's parser.go joins them: comments and empty lines inside a continuation vanish, leading blanks of
//! continued lines stay, the escape character continues a line unless another one stands before it.

use crate::TextMap;

/// Walks over the physical lines of a file.
pub(crate) struct Lines<'a> {
    text: &'a str,
    offset: usize,
    /// 1-based number of the line that was read last.
    pub(crate) number: u32,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, offset: 0, number: 0 }
    }

    /// The next line with its line break and its offset.
    pub(crate) fn next(&mut self) -> Option<(&'a str, usize)> {
        let rest = self.text.get(self.offset..).filter(|rest| !rest.is_empty())?;
        let line = rest.split_inclusive('\n').next()?;
        let at = self.offset;
        self.offset += line.len();
        self.number += 1;
        Some((line, at))
    }

    /// Offset of the next line.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }
}

/// One instruction's text, joined.
pub(crate) struct LogicalLine {
    pub(crate) text: String,
    pub(crate) map: TextMap,
    pub(crate) has_empty_continuation: bool,
}

impl LogicalLine {
    /// Joins the lines that continue a first line, of which `first` is left after its leading blanks were cut.
    pub(crate) fn join(first: &str, first_offset: usize, lines: &mut Lines<'_>, escape: char) -> Self {
        let mut joined = Self { text: String::new(), map: TextMap::default(), has_empty_continuation: false };
        joined.map.push(0, first_offset, lines.number);
        let (part, mut is_end) = without_continuation(first, escape);
        joined.text.push_str(part);
        while !is_end {
            let Some((line, offset)) = lines.next() else { break };
            let line = line.trim_end_matches(['\r', '\n']);
            if is_comment(line) {
                continue;
            }
            if line.trim_start().is_empty() {
                joined.has_empty_continuation = true;
                continue;
            }
            let part;
            (part, is_end) = without_continuation(line, escape);
            joined.map.push(joined.text.len(), offset, lines.number);
            joined.text.push_str(part);
        }
        joined
    }
}

pub(crate) fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// The line without a continuation character at its end, and whether there was none.
pub(crate) fn without_continuation(line: &str, escape: char) -> (&str, bool) {
    let trimmed = line.trim_end_matches([' ', '\t']);
    match trimmed.strip_suffix(escape) {
        Some(rest) if !rest.ends_with(escape) => (rest, false),
        _ => (line, true),
    }
}
