//! Untrusted text for people: neutralised, measured, cut and wrapped.

use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The text on one line without anything that a terminal, a page or an eye would obey: control characters
/// (Unicode general category Cc, with ESC and CSI), characters that reorder text (Unicode Technical Report 36,
/// "Bidirectional Text Spoofing") and line separators are shown as `\u{…}`; line breaks and tabs become spaces.
#[must_use]
pub fn neutral(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_active) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' | '\r' | '\t' => safe.push(' '),
            c if is_active(c) => safe.push_str(&format!("\\u{{{:x}}}", c as u32)),
            c => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Whether a terminal, a page or an eye would obey the character rather than show it.
pub(crate) fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text when it is a web address that may be made a link; `javascript:` and malformed ones are not.
pub(crate) fn link(text: &str) -> Option<&str> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"))?;
    // Characters that no URI holds (RFC 3986, section 2), so nothing can break out of an attribute or a cell.
    let is_allowed =
        |c: char| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"' | '{' | '}' | '|' | '\\' | '^' | '`');
    (!rest.is_empty() && text.len() <= 2_000 && text.chars().all(is_allowed)).then_some(text)
}

/// Columns that a terminal uses for the text.
pub(crate) fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text in at most `columns` columns, with `…` when something was cut off.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    let mut used = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if used + wide + 1 > columns {
            break;
        }
        used += wide;
        kept.push(c);
    }
    kept.push('…');
    Cow::Owned(kept)
}

/// The text broken at spaces into lines of at most `columns` columns; a longer word is broken where it must be.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let wide = width(word);
        if used > 0 && used + 1 + wide <= columns {
            line.push(' ');
            line.push_str(word);
            used += 1 + wide;
            continue;
        }
        if used > 0 {
            lines.push(std::mem::take(&mut line));
            used = 0;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(c);
            used += wide;
        }
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The text filled with spaces to `columns` columns.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    format!("{text}{}", " ".repeat(columns.saturating_sub(width(text))))
}

/// A number with its noun: `1 finding`, `2 findings`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    let (stem, ending) = match (number, noun.strip_suffix('y')) {
        (1, _) => (noun, ""),
        (_, Some(stem)) => (stem, "ies"),
        (_, None) => (noun, "s"),
    };
    format!("{} {stem}{ending}", grouped(number as u64))
}

/// A number with a comma before every three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size for people: `48.5 MB`.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    if unit == 0 || value >= 99.5 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_obeys_survives() {
        let safe = neutral(crate::sample::HOSTILE);
        assert!(!safe.chars().any(|c| c.is_control() || c == '\u{202e}'), "{safe:?}");
        assert!(safe.contains("\\u{1b}[2J"), "{safe}");
        assert_eq!(neutral("a\nb\tc"), "a b c");
        assert_eq!(neutral("\u{9b}2J"), "\\u{9b}2J");
        assert!(matches!(neutral("żółw 漢字"), Cow::Borrowed(_)));
    }

    #[test]
    fn only_web_addresses_become_links() {
        assert!(link("https://nvd.nist.gov/vuln/detail/CVE-2021-44228?a=b#c").is_some());
        for text in
            ["javascript:alert(1)", "https://", "http://a\" onclick=\"x", "https://a b", "data:text/html,x"]
        {
            assert_eq!(link(text), None, "{text}");
        }
    }

    #[test]
    fn wide_characters_count_twice() {
        assert_eq!(cut("漢字漢字", 5), "漢字…");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(pad("漢", 4), "漢  ");
        assert!(wrap("漢字漢字漢字 abc", 8).iter().all(|line| width(line) <= 8));
    }

    #[test]
    fn wrapped_text_keeps_every_word() {
        let text = "one two three four averyveryverylongword five";
        assert_eq!(wrap(text, 12).concat().replace(' ', ""), text.replace(' ', ""));
    }

    #[test]
    fn numbers_are_easy_to_read() {
        assert_eq!(count(1, "advisory"), "1 advisory");
        assert_eq!(count(38_214, "advisory"), "38,214 advisories");
        assert_eq!(size(48_497_664), "48.5 MB");
        assert_eq!(size(32), "32 B");
        assert_eq!(size(999_999), "1.0 MB");
    }
}
