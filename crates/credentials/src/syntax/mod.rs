//! Readers of the formats that configuration is written in. All of them take what they understand and go on: files
//! are often templates, hand-made or cut.

pub(crate) mod assignments;
pub(crate) mod ini;
pub(crate) mod json;
pub(crate) mod quoted;
pub(crate) mod xml;
pub(crate) mod yaml;

/// A value without its quotes.
pub(crate) fn unquoted(value: &str) -> &str {
    let value = value.trim();
    for quote in ['"', '\'', '`'] {
        if let Some(rest) = value.strip_prefix(quote) {
            return rest.find(quote).map_or(rest, |end| &rest[..end]);
        }
    }
    value
}

/// A value without quotes and without a comment that begins, after white space, with one of the marks.
pub(crate) fn value_of<'a>(text: &'a str, comments: &[&str]) -> &'a str {
    let text = text.trim();
    if text.starts_with(['"', '\'']) {
        return unquoted(text);
    }
    let mut end = text.len();
    for mark in comments {
        for (at, _) in text.match_indices(mark) {
            if at == 0 || text[..at].ends_with([' ', '\t']) {
                end = end.min(at);
                break;
            }
        }
    }
    text[..end].trim_end()
}

/// Lines with their 1-based numbers.
pub(crate) fn numbered(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1_u32..).zip(text.lines())
}
