//! gitleaks' pieces of a file, for answers that are exactly its own (`sources/file.go`, `detect/location.go`).

/// Bytes that are read at once (`defaultBufferSize`).
const PIECE_BYTES: usize = 100_000;
/// Bytes that are read on to reach an empty line (`maxPeekSize`).
const PEEK_BYTES_MAX: usize = 25_000;

/// The ranges of the pieces that gitleaks judges one by one.
pub(crate) fn fragments(text: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let read = (start + PIECE_BYTES).min(text.len());
        let end = if ends_empty(&text[start..read]) { read } else { safe_end(text, read) };
        ranges.push(start..end);
        start = end;
    }
    if ranges.is_empty() {
        ranges.push(0..0);
    }
    ranges
}

/// Whether the white space at the end holds two line breaks.
fn ends_empty(piece: &[u8]) -> bool {
    let white = piece.iter().rev().take_while(|byte| is_white(**byte));
    white.filter(|byte| **byte == b'\n').count() >= 2
}

fn safe_end(text: &[u8], read: usize) -> usize {
    let mut breaks = 0;
    let mut end = read;
    loop {
        match text[end - 1] {
            b'\n' => {
                breaks += 1;
                if breaks >= 2 {
                    return end;
                }
            }
            byte if is_white(byte) => {}
            _ => breaks = 0,
        }
        if end - read >= PEEK_BYTES_MAX || end == text.len() {
            return end;
        }
        end += 1;
    }
}

const fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// Where a match lies, as gitleaks counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Location {
    /// 0-based line of the start.
    pub(crate) line: usize,
    /// Column of the start; on all lines but the first the line break counts.
    pub(crate) column: usize,
    /// What gitleaks takes for the line: it begins with the break before it. A match in the last line, without a
    /// break after it, has everything from the start of the piece.
    pub(crate) line_start: usize,
    pub(crate) line_end: usize,
}

/// The location of a match; `breaks` are the offsets of all line breaks of the piece.
pub(crate) fn location(breaks: &[usize], text: &[u8], start: usize, end: usize) -> Location {
    let whole = [text.len()];
    let breaks = if breaks.is_empty() { &whole[..] } else { breaks };
    let index = breaks.partition_point(|at| *at <= start);
    let before = if index == 0 { 0 } else { breaks[index - 1] };
    let column = start - before + 1;
    let Some(next) = breaks.get(index) else {
        let rest = &text[end.min(text.len())..];
        let more = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        return Location { line: breaks.len(), column, line_start: 0, line_end: end + more };
    };
    // The end has its own line; before it, or beyond the last break, that of the start remains.
    let end_index = breaks.partition_point(|at| *at < end);
    let line_end = breaks.get(end_index).copied().unwrap_or(*next).max(end);
    Location { line: index, column, line_start: before, line_end }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaks(text: &str) -> Vec<usize> {
        text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect()
    }

    #[test]
    fn a_piece_ends_at_an_empty_line() {
        let mut text = vec![b'a'; 100_010];
        assert_eq!((fragments(&text).len(), &fragments(&text)[0]), (1, &(0..100_010)));
        text.extend(vec![b'b'; 200_000]);
        assert_eq!(fragments(&text), [0..125_000, 125_000..250_000, 250_000..300_010]);
        text[100_500] = b'\n';
        text[100_501] = b'\n';
        assert_eq!(fragments(&text)[0], 0..100_502);
        assert_eq!(fragments(b"")[0], 0..0);
    }

    #[test]
    fn the_line_of_a_match_begins_with_the_break_before_it() {
        let text = "one\ntwo\nthree";
        let at = |start, end| {
            let location = location(&breaks(text), text.as_bytes(), start, end);
            (location.line, location.column, &text[location.line_start..location.line_end])
        };
        assert_eq!(at(0, 3), (0, 1, "one"));
        assert_eq!(at(4, 7), (1, 2, "\ntwo"));
        assert_eq!(at(1, 6), (0, 2, "one\ntwo"));
        assert_eq!(at(8, 10), (2, 2, "one\ntwo\nthree"), "the last line without a break");
        let single = location(&[], b"abc", 1, 2);
        assert_eq!((single.line, single.line_start, single.line_end), (0, 0, 3));
    }
}
