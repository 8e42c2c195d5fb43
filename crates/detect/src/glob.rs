//! Patterns of `glob` and `iglob`: those of fnmatch(3) with `FNM_EXTMATCH`, where `*` goes over slashes.

use regex::bytes::{Regex, RegexBuilder};

/// A pattern.
#[derive(Debug)]
pub(crate) enum Glob {
    /// Only plain bytes, `*` and `?`.
    Simple { pattern: Box<[u8]>, ignores_case: bool },
    /// Everything else.
    Regex(Regex),
    /// A pattern that matches nothing: a bracket that never ends inside an extended group.
    Never,
}

impl Glob {
    pub(crate) fn new(pattern: &[u8], ignores_case: bool) -> Self {
        let is_extended = pattern
            .windows(2)
            .any(|pair| matches!(pair[0], b'?' | b'*' | b'+' | b'@' | b'!') && pair[1] == b'(');
        if !is_extended && !pattern.iter().any(|byte| matches!(byte, b'[' | b'\\')) {
            return Self::Simple { pattern: pattern.into(), ignores_case };
        }
        let Some(regex) = to_regex(pattern) else { return Self::Never };
        RegexBuilder::new(&regex)
            .unicode(false)
            .dot_matches_new_line(true)
            .case_insensitive(ignores_case)
            .size_limit(1 << 20)
            .build()
            .map_or(Self::Never, Self::Regex)
    }

    pub(crate) fn matches(&self, text: &[u8]) -> bool {
        match self {
            Self::Simple { pattern, ignores_case } => simple(pattern, text, *ignores_case),
            Self::Regex(regex) => regex.is_match(text),
            Self::Never => false,
        }
    }
}

/// Matches greedily and goes back to the last star alone, which is enough: what an earlier star took can only be longer.
fn simple(pattern: &[u8], text: &[u8], ignores_case: bool) -> bool {
    let same = |wanted: u8, found: u8| {
        wanted == b'?' || wanted == found || ignores_case && wanted.eq_ignore_ascii_case(&found)
    };
    let (mut at, mut read, mut star) = (0, 0, None);
    while read < text.len() {
        if pattern.get(at) == Some(&b'*') {
            star = Some((at, read));
            at += 1;
        } else if pattern.get(at).is_some_and(|wanted| same(*wanted, text[read])) {
            at += 1;
            read += 1;
        } else if let Some((star_at, star_read)) = star {
            star = Some((star_at, star_read + 1));
            at = star_at + 1;
            read = star_read + 1;
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

fn to_regex(pattern: &[u8]) -> Option<String> {
    let mut regex = String::from("\\A(?:");
    let mut groups = Vec::new();
    let mut index = 0;
    while let Some(byte) = pattern.get(index).copied() {
        let opens = pattern.get(index + 1) == Some(&b'(');
        match byte {
            b'?' | b'*' | b'+' | b'@' if opens => {
                groups.push(match byte {
                    b'?' => ")?",
                    b'*' => ")*",
                    b'+' => ")+",
                    _ => ")",
                });
                regex.push_str("(?:");
                index += 2;
                continue;
            }
            // What must not be there cannot be said by a regular expression.
            b'!' if opens => return None,
            b'*' => regex.push_str(".*"),
            b'?' => regex.push('.'),
            b'|' if !groups.is_empty() => regex.push('|'),
            b')' if !groups.is_empty() => regex.push_str(groups.pop()?),
            b'\\' => {
                index += 1;
                literal(&mut regex, pattern.get(index).copied().unwrap_or(b'\\'));
            }
            b'[' => match class(&pattern[index + 1..]) {
                Some((class, length)) => {
                    regex.push_str(&class);
                    index += length;
                }
                None => literal(&mut regex, b'['),
            },
            other => literal(&mut regex, other),
        }
        index += 1;
    }
    groups.is_empty().then(|| regex + ")\\z")
}

/// A bracket expression behind its opening bracket, and its length.
fn class(rest: &[u8]) -> Option<(String, usize)> {
    let mut class = String::from("[");
    let mut index = 0;
    if matches!(rest.first(), Some(b'!' | b'^')) {
        class.push('^');
        index = 1;
    }
    let first = index;
    loop {
        let byte = *rest.get(index)?;
        match byte {
            b']' if index > first => return Some((class + "]", index + 1)),
            b'[' if rest.get(index + 1) == Some(&b':') => {
                let end = rest[index..].windows(2).position(|pair| pair == b":]")?;
                class.push_str(std::str::from_utf8(&rest[index..index + end + 2]).ok()?);
                index += end + 2;
                continue;
            }
            b'-' if index > first && rest.get(index + 1).is_some_and(|next| *next != b']') => class.push('-'),
            b'\\' => {
                index += 1;
                literal(&mut class, *rest.get(index)?);
            }
            other => literal(&mut class, other),
        }
        index += 1;
    }
}

fn literal(regex: &mut String, byte: u8) {
    use std::fmt::Write as _;
    if byte.is_ascii_alphanumeric() {
        regex.push(char::from(byte));
    } else {
        let _ = write!(regex, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_fnmatch_does() {
        for (pattern, text, is_match) in [
            ("*.log", "/var/x.log", true),
            ("/proc/*/environ", "/proc/1/task/1/environ", true),
            ("/proc/?/environ", "/proc/12/environ", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c-b", false),
            ("", "", true),
            ("*", "", true),
            ("?", "", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]]x", "]x", true),
            ("[[:digit:]]", "7", true),
            ("[a", "[a", true),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("@(bash|sh)", "sh", true),
            ("+(ab)c", "ababc", true),
            ("*.?(tar.)gz", "x.tar.gz", true),
            ("a.b", "axb", false),
            ("[\\]]", "]", true),
        ] {
            assert_eq!(
                Glob::new(pattern.as_bytes(), false).matches(text.as_bytes()),
                is_match,
                "{pattern} {text}"
            );
        }
        assert!(Glob::new(b"*.LOG", true).matches(b"x.log"));
        assert!(Glob::new(b"[A-C]x", true).matches(b"bX"));
    }
}
