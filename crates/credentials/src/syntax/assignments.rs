//! Assignments of shells and of files of environment variables.

use super::{numbered, value_of};
use crate::document::Document;
use std::rc::Rc;

/// Reads `NAME=value`, also after `export`, `set`, `setenv`, `declare -x` and `ENV`, at the beginning of lines and,
/// after `export`, anywhere in them.
pub(crate) fn parse(text: &str) -> Document {
    let mut document = Document::default();
    let root: Rc<str> = Rc::from("");
    for (number, line) in numbered(text) {
        let mut line = line.trim_start();
        if line.starts_with('#') {
            continue;
        }
        if let Some(at) = line.find("export ").filter(|at| *at > 0) {
            line = &line[at..];
        }
        for word in [
            "export ",
            "set -gx ",
            "set -x ",
            "setenv ",
            "declare -x ",
            "readonly ",
            "local ",
            "env ",
            "ENV ",
        ] {
            if let Some(rest) = line.strip_prefix(word) {
                line = rest.trim_start();
            }
        }
        let Some(at) = line.find(|c: char| !is_name(c)) else { continue };
        let (name, rest) = line.split_at(at);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let rest = rest.trim_start();
        // `setenv NAME value` and fish's `set -x NAME value` have no equals sign; `.env` files may have spaces.
        let Some(value) = rest.strip_prefix('=') else { continue };
        let mut value = value_of(value, &["#"]);
        if !value.is_empty() && !line.contains("='") && !line.contains("=\"") {
            value = value.trim_end_matches(';').trim_end();
        }
        if !document.push(&root, name, value.to_owned(), number) {
            break;
        }
    }
    document
}

/// Whether the text consists of assignments alone, as a file of environment variables does.
pub(crate) fn is_environment(text: &str) -> bool {
    let mut count = 0;
    for line in text.lines() {
        let line = line.trim();
        let line = line.strip_prefix("export ").unwrap_or(line);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, _)) = line.split_once('=') else { return false };
        if name.trim().is_empty() || !name.trim().chars().all(is_name) {
            return false;
        }
        count += 1;
    }
    count > 0
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assignments_of_shells_are_read() {
        let text = "A=1\nexport B='x # y' # z\n# C=1\nif x; then export D=4; fi\necho hi\nE = 5\n";
        let document = parse(text);
        let seen: Vec<_> =
            document.entries.iter().map(|e| (e.key.as_str(), e.value.as_str(), e.line)).collect();
        assert_eq!(seen, [("A", "1", 1), ("B", "x # y", 2), ("D", "4; fi", 4), ("E", "5", 6)]);
        assert!(
            is_environment("# a\nA=1\n\nexport B=2\n")
                && !is_environment("A=1\nfoo bar\n")
                && !is_environment("")
        );
    }
}
