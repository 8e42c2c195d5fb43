//! What the line formats of operating system packages share.

use crate::{Context, Diversion, OwnedFile, Problem, Sink};
use model::{GapReason, LayerPath, Package};
use std::borrow::Cow;

/// How many problems of one file are told one by one; a hostile file could hold one on every line.
const PROBLEMS_MAX: u32 = 50;

/// Characters of a name, a version or another value of one line.
const TEXT_LENGTH_MAX: usize = 4_096;

/// Bytes of all paths of one file together. apk and rpm write a directory once for all its files, so that a small
/// hostile file could claim any amount.
const PATHS_BYTES_MAX: usize = 512 << 20;

/// A sink that stops telling problems one by one when there are too many, and paths when they are too long.
pub(crate) struct Out<'s> {
    sink: &'s mut dyn Sink,
    problems: u32,
    paths_bytes_left: usize,
    paths_left_out: u64,
}

impl<'s> Out<'s> {
    pub(crate) fn new(sink: &'s mut dyn Sink) -> Self {
        Self { sink, problems: 0, paths_bytes_left: PATHS_BYTES_MAX, paths_left_out: 0 }
    }

    pub(crate) fn package(&mut self, package: Package) {
        self.sink.package(package);
    }

    pub(crate) fn owns(&mut self, package: &str, file: OwnedFile<'_>) {
        self.sink.owns(package, file);
    }

    pub(crate) fn diverts(&mut self, diversion: Diversion<'_>) {
        self.sink.diverts(diversion);
    }

    /// Whether a path of this length may be put together and told; otherwise it is counted.
    pub(crate) fn has_room_for_path(&mut self, ctx: &Context<'_>, length: usize) -> bool {
        let left = self.paths_bytes_left.checked_sub(length).filter(|_| length <= ctx.limits.path_length_max);
        self.paths_left_out += u64::from(left.is_none());
        self.paths_bytes_left = left.unwrap_or(self.paths_bytes_left);
        left.is_some()
    }

    /// Tells a malformed line.
    pub(crate) fn malformed(&mut self, line: u32, detail: impl FnOnce() -> String) {
        self.problem(|| Problem { line: Some(line), reason: GapReason::Malformed, detail: detail() });
    }

    /// Tells a problem; it is only put into words when it is told, since a file could hold millions.
    pub(crate) fn problem(&mut self, problem: impl FnOnce() -> Problem) {
        self.problems = self.problems.saturating_add(1);
        if self.problems <= PROBLEMS_MAX {
            self.sink.problem(problem());
        }
    }

    /// Tells how much was left out.
    pub(crate) fn finish(self) {
        let mut tell = |detail| {
            self.sink.problem(Problem { line: None, reason: GapReason::LimitReached, detail });
        };
        if self.paths_left_out > 0 {
            tell(format!("{} paths are too long, alone or together", self.paths_left_out));
        }
        if let Some(more @ 1..) = self.problems.checked_sub(PROBLEMS_MAX) {
            tell(format!("{more} more problems of this file are not listed"));
        }
    }
}

/// The lines of a file with their 1-based numbers, without their ends.
pub(crate) struct Lines<'a> {
    rest: Option<&'a [u8]>,
    number: u32,
}

impl<'a> Lines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: Some(bytes).filter(|bytes| !bytes.is_empty()), number: 0 }
    }

    /// What follows the last line.
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest.unwrap_or_default()
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (u32, &'a [u8]);

    fn next(&mut self) -> Option<(u32, &'a [u8])> {
        let rest = self.rest?;
        let line = match memchr::memchr(b'\n', rest) {
            Some(end) => {
                self.rest = Some(&rest[end + 1..]).filter(|rest| !rest.is_empty());
                &rest[..end]
            }
            None => {
                self.rest = None;
                rest
            }
        };
        self.number = self.number.saturating_add(1);
        Some((self.number, line.strip_suffix(b"\r").unwrap_or(line)))
    }
}

/// A value of one line: text, neither empty nor endless, without control characters.
pub(crate) fn value_text(value: &[u8]) -> Option<&str> {
    let value = value.trim_ascii();
    if value.is_empty() || value.len() > TEXT_LENGTH_MAX || value.iter().any(u8::is_ascii_control) {
        return None;
    }
    std::str::from_utf8(value).ok()
}

/// The path of an owned file; bytes that are not UTF-8 are written as the walk over the image writes them.
pub(crate) fn owned_path(path: &[u8]) -> Cow<'_, str> {
    let path = path.strip_prefix(b"/").unwrap_or(path);
    match std::str::from_utf8(path) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(LayerPath::from_bytes(path).as_str().to_owned()),
    }
}

/// A value of untrusted input for a message.
pub(crate) fn shown(value: &[u8]) -> String {
    let cut = &value[..value.len().min(80)];
    let mut text = String::from_utf8_lossy(cut).replace(|character: char| character.is_control(), "?");
    if cut.len() < value.len() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_numbered_and_have_no_ends() {
        let lines: Vec<_> = Lines::new(b"a\r\n\nb").collect();
        assert_eq!(lines, [(1, &b"a"[..]), (2, b""), (3, b"b")]);
        assert_eq!(Lines::new(b"").count(), 0);
        assert_eq!(Lines::new(b"a\n").count(), 1);
    }

    #[test]
    fn problems_are_counted_when_there_are_too_many() {
        let mut found = crate::testing::Found::default();
        let mut out = Out::new(&mut found);
        for line in 0..60 {
            out.malformed(line, String::new);
        }
        out.finish();
        assert_eq!(found.problems.len(), 51);
        assert_eq!(found.problems[50].detail, "10 more problems of this file are not listed");
    }

    #[test]
    fn values_that_are_no_text_are_refused() {
        assert_eq!(value_text(b" 1.0 "), Some("1.0"));
        for bad in [&b""[..], b"  ", b"a\0b", b"\xff", &[b'x'; 5000]] {
            assert_eq!(value_text(bad), None);
        }
    }
}
