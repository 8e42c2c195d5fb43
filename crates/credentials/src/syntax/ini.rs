//! Sections and assignments: INI, git configuration, TOML tables, properties.

use super::{numbered, unquoted, value_of};
use crate::document::{Document, below};
use std::rc::Rc;

/// What stands between a name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Separator {
    /// `=` alone, since names hold colons (npm, git).
    Equals,
    /// The first of `=` and `:` (Python's configparser, Java's properties).
    EqualsOrColon,
}

/// Reads sections in brackets and assignments below them. Comments begin with `#` or `;`.
pub(crate) fn parse(text: &str, separator: Separator) -> Document {
    let mut document = Document::default();
    let mut section: Rc<str> = Rc::from("");
    for (number, line) in numbered(text) {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//") && !line.contains('=') {
            continue;
        }
        if let Some(rest) = line.strip_prefix('[') {
            // TOML's arrays of tables have two brackets; git puts a subsection in quotes.
            let name = rest.trim_start_matches('[');
            let name = name.rfind(']').map_or(name, |end| &name[..end]).trim_end_matches(']');
            section = below("", &name.replace(['"', '\''], ""));
            continue;
        }
        let at = match separator {
            Separator::Equals => line.find('='),
            Separator::EqualsOrColon => line.find(['=', ':']),
        };
        let Some(at) = at else { continue };
        let key = unquoted(&line[..at]);
        if !document.push(&section, key, value_of(&line[at + 1..], &["#", ";"]).to_owned(), number) {
            break;
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_and_comments_are_read() {
        let document = parse("[a \"b\"]\n# c\nx = 1 # y\nz=\"q # r\"\n//h/:_t=v\n", Separator::Equals);
        let seen: Vec<_> = document
            .entries
            .iter()
            .map(|e| (e.section(), e.key.as_str(), e.value.as_str(), e.line))
            .collect();
        assert_eq!(seen, [("a b", "x", "1", 3), ("a b", "z", "q # r", 4), ("a b", "//h/:_t", "v", 5)]);
        assert_eq!(parse("a: b=c\n", Separator::EqualsOrColon).entries[0].value, "b=c");
    }
}
