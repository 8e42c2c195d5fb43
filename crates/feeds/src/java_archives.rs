//! Lists of Java archives by SHA-1: one line `SHA1  group:artifact:version` for each, lines with `#` are comments.

use crate::FeedLimits;
use crate::bounded::Metered;
use crate::imported::{Imported, cut};
use std::io::{BufRead, Read};

/// A Java archive and the coordinates under which it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JavaArchive {
    /// SHA-1 of the whole archive.
    pub sha1: [u8; 20],
    /// `group:artifact`.
    pub name: String,
    /// Its version.
    pub version: String,
}

const LINE_BYTES_MAX: u64 = 64 << 10;
const NAME_BYTES_MAX: usize = 512;
const VERSION_BYTES_MAX: usize = 256;

/// Reads a list; `sink` gets each archive.
pub fn import(
    input: &mut dyn Read,
    file: &str,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(JavaArchive),
) -> Imported {
    let mut out = Imported::default();
    let (mut reader, budget) = Metered::new(input, LINE_BYTES_MAX);
    let mut line = Vec::new();
    let mut number = 0;
    loop {
        line.clear();
        budget.renew();
        number += 1;
        match reader.read_until(b'\n', &mut line) {
            Ok(0) => return out,
            Ok(_) => {}
            Err(error) => {
                out.problem(limits, file, Some(number), format!("unreadable: {error}"));
                return out;
            }
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        out.counts.records += 1;
        if out.counts.records > limits.records_max {
            out.problem(limits, file, Some(number), "more records than the limit");
            return out;
        }
        match archive(text) {
            Some(archive) => {
                out.counts.java_archives += 1;
                sink(archive);
            }
            None => {
                let detail = format!("not 'SHA1  group:artifact:version': {}", cut(text, 100));
                out.problem(limits, file, Some(number), detail);
            }
        }
    }
}

/// Whether a file begins like such a list.
pub(crate) fn is_list(first: &[u8]) -> bool {
    let lines = first.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let mut lines = lines.filter(|line| !line.is_empty() && !line.starts_with(b"#"));
    lines.next().and_then(|line| std::str::from_utf8(line).ok()).and_then(archive).is_some()
}

fn archive(line: &str) -> Option<JavaArchive> {
    let (digest, coordinates) = line.split_once([' ', '\t'])?;
    let (name, version) = coordinates.trim_start().rsplit_once(':')?;
    let (group, artifact) = name.split_once(':')?;
    new(digest_of(digest)?, group, artifact, version)
}

/// An archive, when its coordinates can be some.
pub(crate) fn new(sha1: [u8; 20], group: &str, artifact: &str, version: &str) -> Option<JavaArchive> {
    let is_word = |text: &str, bytes_max: usize| {
        !text.is_empty()
            && text.len() <= bytes_max
            && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == ':')
    };
    let is_usual = is_word(group, NAME_BYTES_MAX)
        && is_word(artifact, NAME_BYTES_MAX)
        && is_word(version, VERSION_BYTES_MAX);
    is_usual.then(|| JavaArchive { sha1, name: format!("{group}:{artifact}"), version: version.to_owned() })
}

/// The SHA-1 that 40 hexadecimal digits tell.
pub(crate) fn digest_of(hexadecimal: &str) -> Option<[u8; 20]> {
    let (pairs, rest) = hexadecimal.as_bytes().as_chunks::<2>();
    let mut digest = [0; 20];
    if pairs.len() != digest.len() || !rest.is_empty() {
        return None;
    }
    for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        *byte = u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()?;
    }
    Some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn archives_are_read_and_bad_lines_are_reported_by_number() {
        let digest = "0123456789abcdefABCD0123456789abcdef0123";
        let text = format!(
            "# SHA-1 of archives\n\n{digest}  org.acme:tool:1.2\n{digest} tool:1.2\n{digest}\torg.acme:b:2\r\n\
             {}  a:b:1\n{digest}  a:b:\n{digest}  a:b:jar:1\n{digest}  a b:c:1",
            &digest[1..]
        );
        let mut all = Vec::new();
        let out = import(&mut text.as_bytes(), "list", &FeedLimits::default(), &mut |archive| {
            all.push(archive);
        });
        let names: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.version.as_str())).collect();
        assert_eq!(names, [("org.acme:tool", "1.2"), ("org.acme:b", "2")]);
        assert_eq!(all[0].sha1[..4], [0x01, 0x23, 0x45, 0x67]);
        let lines: Vec<_> = out.problems.iter().filter_map(|problem| problem.line).collect();
        assert_eq!(lines, [4, 6, 7, 8, 9]);
        assert_eq!(out.counts.java_archives, 2);
        assert!(is_list(text.as_bytes()) && !is_list(b"# only\n") && !is_list(b"x  a:b:1\n"));
    }

    #[test]
    fn limit_on_records_is_a_problem() {
        let limits = FeedLimits { records_max: 1, ..FeedLimits::default() };
        let text = format!("{0} a:b:1\n{0} a:b:2\n", "a".repeat(40));
        let out = import(&mut text.as_bytes(), "list", &limits, &mut |_| {});
        assert_eq!((out.counts.java_archives, out.problem_count()), (1, 1));
    }
}
