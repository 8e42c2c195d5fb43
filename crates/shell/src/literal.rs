//! What words say when nothing in them is expanded.

use crate::{PartKind, SimpleCommand, Word, WordPart};

impl Word {
    /// Its text without quotes and escapes, when no part of it is expanded. Globs, braces and tildes are not expanded
    /// here.
    #[must_use]
    pub fn literal(&self) -> Option<String> {
        let mut text = String::new();
        append_literal(&self.parts, &mut text).then_some(text)
    }

    /// Its text when it is written without any quote, escape or expansion.
    #[must_use]
    pub fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [WordPart { kind: PartKind::Literal(text), .. }] => Some(text),
            _ => None,
        }
    }

    /// The literal text that it begins with, up to the first expansion.
    #[must_use]
    pub fn literal_start(&self) -> String {
        let mut text = String::new();
        append_literal(&self.parts, &mut text);
        text
    }

    /// Whether any part of it is quoted.
    #[must_use]
    pub fn has_quotes(&self) -> bool {
        self.parts.iter().any(|part| {
            matches!(
                part.kind,
                PartKind::SingleQuoted(_)
                    | PartKind::DoubleQuoted(_)
                    | PartKind::AnsiQuoted(_)
                    | PartKind::Escaped(_)
            )
        })
    }

    /// `name` and the parts of the value, when it reads `name=value` (as arguments of `export` do).
    #[must_use]
    pub fn as_assignment(&self) -> Option<(&str, &str, &[WordPart])> {
        let WordPart { kind: PartKind::Literal(text), .. } = self.parts.first()? else { return None };
        let (name, rest) = text.split_once('=')?;
        let name = name.strip_suffix('+').unwrap_or(name);
        is_name(name).then_some((name, rest, &self.parts[1..]))
    }
}

impl SimpleCommand {
    /// The literal name of the command; `None` when it is made by an expansion or there is none.
    #[must_use]
    pub fn name(&self) -> Option<String> {
        self.words.first()?.literal()
    }

    /// Whether its name is `name`.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.words.first().is_some_and(|word| match word.plain() {
            Some(plain) => plain == name,
            None => word.literal().as_deref() == Some(name),
        })
    }

    /// The words behind the name.
    #[must_use]
    pub fn arguments(&self) -> &[Word] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// Whether a text is the name of a variable.
pub(crate) fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Appends the text of the parts; false at the first one that is expanded.
fn append_literal(parts: &[WordPart], text: &mut String) -> bool {
    for part in parts {
        match &part.kind {
            PartKind::Literal(literal) | PartKind::SingleQuoted(literal) => text.push_str(literal),
            PartKind::AnsiQuoted(literal) if !literal.contains('\\') => text.push_str(literal),
            PartKind::Escaped(character) => text.push(*character),
            PartKind::DoubleQuoted(parts) => {
                if !append_literal(parts, text) {
                    return false;
                }
            }
            _ => return false,
        }
    }
    true
}
