//! Assignments of programming languages: names with a quoted value on the same line.

use super::numbered;
use crate::document::Document;
use std::rc::Rc;

/// Reads pairs of a name and a quoted text: `define('A', 'x')`, `'a' => 'x'`, `$a = "x"`, `A = 'x'`, `"a": "x"`,
/// `a: 'x'`. Lines that are comments as a whole are left out.
pub(crate) fn parse(text: &str) -> Document {
    let mut document = Document::default();
    let root: Rc<str> = Rc::from("");
    for (number, line) in numbered(text) {
        let trimmed = line.trim_start();
        if trimmed.starts_with(['#', '*', ';'])
            || trimmed.starts_with("//")
            || trimmed.starts_with("/*")
            || line.len() > 4_096
        {
            continue;
        }
        for (name, value) in pairs(trimmed) {
            if !document.push(&root, name, value.to_owned(), number) {
                return document;
            }
        }
    }
    document
}

/// The pairs of one line, in their order.
fn pairs(line: &str) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    let mut strings = strings(line).into_iter().peekable();
    while let Some((start, end)) = strings.next() {
        // What stands before this string names it: an identifier and `=`, `=>`, `:` or a comma after another string.
        let before = line[..start - 1].trim_end();
        // `b'…'`, `u"…"`, `r'…'` of Python.
        let before = before
            .strip_suffix(['b', 'u', 'r', 'f', 'B', 'U', 'R'])
            .filter(|b| b.ends_with(['=', ' ', ':', '(', '>']))
            .unwrap_or(before)
            .trim_end();
        let Some(before) = ["=>", ":=", "=", ":"].iter().find_map(|sign| before.strip_suffix(sign)) else {
            // `define('NAME', 'value')`: a string after a string.
            if let Some((next, end_of_next)) = strings.peek().copied()
                && line[end + 1..next - 1].trim() == ","
                && before.ends_with('(')
            {
                pairs.push((&line[start..end], &line[next..end_of_next]));
                strings.next();
            }
            continue;
        };
        // `!=`, `==`, `<=`, `>=` compare.
        if before.ends_with(['!', '=', '<', '>', '~', '+', '.']) {
            continue;
        }
        let name = name_at_end(before.trim_end());
        if !name.is_empty() && end > start {
            pairs.push((name, &line[start..end]));
        }
    }
    pairs
}

/// The last identifier or quoted name of a text: `$cfg['Servers'][$i]['password']` gives `password`.
fn name_at_end(text: &str) -> &str {
    let text = text.trim_end_matches([']', ')', '}', ' ']);
    for quote in ['\'', '"'] {
        if let Some(inner) = text.strip_suffix(quote) {
            return inner.rfind(quote).map_or("", |at| &inner[at + 1..]);
        }
    }
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, c)| c.is_alphanumeric() || matches!(c, '_' | '-'))
        .last()
        .map_or(text.len(), |(at, _)| at);
    &text[start..]
}

/// Begin and end of the quoted texts of a line, without the quotes.
fn strings(line: &str) -> Vec<(usize, usize)> {
    let bytes = line.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let quote = bytes[at];
        if !matches!(quote, b'"' | b'\'') {
            // A comment at the end of the line.
            if quote == b'#' && at > 0 && bytes[at - 1] == b' ' {
                break;
            }
            at += 1;
            continue;
        }
        let start = at + 1;
        let mut end = start;
        while end < bytes.len() && bytes[end] != quote {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        if end >= bytes.len() {
            break;
        }
        found.push((start, end));
        at = end + 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[(&str, &str)]) {
        assert_eq!(pairs(line), expected, "{line}");
    }

    #[test]
    fn pairs_of_many_languages_are_read() {
        check("define( 'DB_PASSWORD', 'admin' );", &[("DB_PASSWORD", "admin")]);
        check("'password' => 'p', 'host' => 'h',", &[("password", "p"), ("host", "h")]);
        check("$dbpasswd = 'pass123';", &[("dbpasswd", "pass123")]);
        check("SECRET_KEY = b'abc'  # 'x'", &[("SECRET_KEY", "abc")]);
        check("'PASSWORD': \"p'q\",", &[("PASSWORD", "p'q")]);
        check("$cfg['Servers'][$i]['password'] = 'x';", &[("password", "x")]);
        check("if ($a == 'x') {", &[]);
        check("print('a', b)", &[]);
        check("public $password = 'jp';", &[("password", "jp")]);
        check("os.environ['KEY']", &[]);
        check("'unterminated", &[]);
        check("ü = 'ö\\", &[]);
    }
}
