//! Many parts of paths looked for at once: an automaton after Aho and Corasick (“Efficient string matching”, 1975), as rows for
//! the kernel. A path stands between a byte for its start and one for its end, so that a part may be bound to either.

use std::collections::{BTreeSet, VecDeque};

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathPattern {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The path begins with it.
    pub is_start: bool,
    /// The path ends with it.
    pub is_end: bool,
}

/// For each byte the row that follows.
pub(crate) type Row = [u16; 128];

/// Rows; row 1 is where a part was found.
#[derive(Debug)]
pub(crate) struct PathRows {
    pub(crate) rows: Vec<Row>,
    /// The row behind the first slash.
    pub(crate) start: u16,
}

const START: u8 = 1;
const END: u8 = 2;
const OTHER: u8 = 3;
const FOUND: u16 = 1;
/// 4 MiB of kernel memory.
const ROWS_MAX: usize = 16_384;

/// What makes a path another than it says: rules see it without these, so such a path counts as one with a part.
const NOT_PLAIN: [&[u8]; 3] = [b"//", b"/./", b"/../"];
const NOT_PLAIN_ENDS: [&[u8]; 3] = [b"/", b"/.", b"/.."];

impl PathRows {
    /// `None` when there would be too many rows.
    pub(crate) fn of(patterns: &[PathPattern]) -> Option<Self> {
        let mut words: BTreeSet<Vec<u8>> = patterns.iter().map(word).collect();
        words.extend(NOT_PLAIN.iter().map(|part| part.to_vec()));
        words.extend(NOT_PLAIN_ENDS.iter().map(|part| [part, &[END][..]].concat()));
        let mut rows = trie(&words)?;
        complete(&mut rows);
        let first = rows[0][usize::from(START)];
        let start = rows[usize::from(first)][usize::from(b'/')];
        Some(Self { rows, start })
    }

    /// As `has_path_part()` of `bpf/filter.h`.
    #[cfg(test)]
    fn has_part(&self, path: &[u8]) -> bool {
        if path.len() >= 255 || path.first() != Some(&b'/') {
            return true;
        }
        let mut row = self.start;
        for byte in path[1..].iter().copied().chain([END]) {
            let byte = if byte != END && (byte <= END || byte > 127) { OTHER } else { byte };
            row = self.rows[usize::from(row)][usize::from(byte)];
            if row == FOUND {
                return true;
            }
        }
        path.iter().filter(|byte| **byte == b'/').count() < 2
    }
}

fn word(pattern: &PathPattern) -> Vec<u8> {
    let bytes = pattern.bytes.iter().map(|byte| if *byte <= END || *byte > 127 { OTHER } else { *byte });
    let start = pattern.is_start.then_some(START);
    start.into_iter().chain(bytes).chain(pattern.is_end.then_some(END)).collect()
}

/// Rows of words, where 0 stands for what no word goes on with. What lies behind the end of a word is left out.
fn trie(words: &BTreeSet<Vec<u8>>) -> Option<Vec<Row>> {
    let mut rows = vec![[0; 128], [FOUND; 128]];
    for word in words {
        let (mut row, last) = (0_usize, word.len().checked_sub(1)?);
        for (index, byte) in word.iter().enumerate() {
            let next = rows[row][usize::from(*byte)];
            if next == FOUND {
                break;
            }
            if index == last {
                rows[row][usize::from(*byte)] = FOUND;
            } else if next == 0 {
                if rows.len() >= ROWS_MAX {
                    return None;
                }
                rows[row][usize::from(*byte)] = u16::try_from(rows.len()).ok()?;
                row = rows.len();
                rows.push([0; 128]);
            } else {
                row = usize::from(next);
            }
        }
    }
    Some(rows)
}

/// Gives every row a next one for every byte: that of the longest end that is the start of a word.
fn complete(rows: &mut [Row]) {
    let mut fallback = vec![0_usize; rows.len()];
    let mut waiting: VecDeque<usize> = VecDeque::new();
    for next in rows[0] {
        if next > FOUND {
            waiting.push_back(usize::from(next));
        }
    }
    while let Some(row) = waiting.pop_front() {
        let behind = rows[fallback[row]];
        for byte in 0..128 {
            match rows[row][byte] {
                0 => rows[row][byte] = behind[byte],
                FOUND => {}
                next => {
                    if behind[byte] == FOUND {
                        rows[row][byte] = FOUND;
                    } else {
                        fallback[usize::from(next)] = usize::from(behind[byte]);
                        waiting.push_back(usize::from(next));
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(patterns: &[&str]) -> PathRows {
        let pattern = |text: &&str| {
            let (text, is_start) = text.strip_prefix('^').map_or((*text, false), |text| (text, true));
            let (text, is_end) = text.strip_suffix('$').map_or((text, false), |text| (text, true));
            PathPattern { bytes: text.as_bytes().to_vec(), is_start, is_end }
        };
        PathRows::of(&patterns.iter().map(pattern).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn paths_with_a_part_are_found_and_others_are_not() {
        let rows = rows(&["^/etc/shadow$", "^/proc/", "id_rsa$", "/.ssh/", "she"]);
        for path in ["/etc/shadow", "/proc/1/x", "/home/a/id_rsa", "/home/a/.ssh/x", "/a/ashes", "/a/sshe"] {
            assert!(rows.has_part(path.as_bytes()), "{path}");
        }
        for path in
            ["/etc/shadow-", "/a/etc/shadow", "/a/proc/1", "/home/id_rsa.pub", "/a/.sshd", "/etc/passwd"]
        {
            assert!(!rows.has_part(path.as_bytes()), "{path}");
        }
    }

    #[test]
    fn what_is_not_plain_counts_as_found() {
        let rows = rows(&["^/etc/shadow$"]);
        let long = format!("/a/{}", "x".repeat(300));
        for path in [
            "etc/shadow",
            "/etc//shadow",
            "/x/../etc",
            "/x/./y",
            "/x/y/",
            "/x/y/..",
            "/x/y/.",
            "/top",
            "",
            &long,
        ] {
            assert!(rows.has_part(path.as_bytes()), "{path}");
        }
        assert!(!rows.has_part(b"/x/.y/z") && !rows.has_part("/x/\u{e4}".as_bytes()));
    }

    #[test]
    fn automaton_agrees_with_looking_for_each_part() {
        let parts = ["/a", "ab", "/ab/b", "ba/", "b/b"];
        let rows = rows(&parts);
        // Every path of two to seven letters out of three.
        for length in 2..8_u32 {
            for number in 0..3_usize.pow(length) {
                let letters = (0..length).map(|at| [b'/', b'a', b'b'][number / 3_usize.pow(at) % 3]);
                let path: Vec<u8> = [b'/'].into_iter().chain(letters).collect();
                let text = std::str::from_utf8(&path).unwrap();
                let is_plain = !text.contains("//") && !text.ends_with('/');
                let expected = !is_plain
                    || parts.iter().any(|part| text.contains(part))
                    || text.matches('/').count() < 2;
                assert_eq!(rows.has_part(&path), expected, "{text}");
            }
        }
    }

    #[test]
    fn too_many_parts_are_refused() {
        let patterns: Vec<_> = (0..2_000)
            .map(|number| PathPattern {
                bytes: format!("{number:0>30}x").into_bytes(),
                is_start: false,
                is_end: false,
            })
            .map(|mut pattern| {
                pattern.bytes.reverse();
                pattern
            })
            .collect();
        assert!(PathRows::of(&patterns).is_none());
    }
}
