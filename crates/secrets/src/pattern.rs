//! A regular expression of a rule, and where in a text it can match.

use crate::dialect::translate;
use crate::window::Window;
use regex_automata::meta::{Config, Regex};
use regex_automata::{Anchored, Input, Span};
use regex_syntax::hir::Hir;
use std::sync::OnceLock;

/// Bytes that one compiled expression may take; the greatest of gitleaks' own rules needs a tenth.
const COMPILED_BYTES_MAX: usize = 32 << 20;
/// Characters of one expression.
const PATTERN_LENGTH_MAX: usize = 64 << 10;

/// A regular expression that was parsed; it is compiled when it is first needed.
#[derive(Debug)]
pub(crate) struct Pattern {
    hir: Hir,
    names: Vec<(String, usize)>,
    compiled: OnceLock<Option<Regex>>,
}

/// Why an expression is not usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatternError {
    #[error("the expression has more than {PATTERN_LENGTH_MAX} characters")]
    TooLong,
    #[error("{0}")]
    Syntax(String),
    #[error("the compiled expression needs more than {COMPILED_BYTES_MAX} bytes")]
    TooLarge,
}

impl Pattern {
    /// Reads an expression in Go's dialect. Bytes are matched, not characters, unless it asks for Unicode classes.
    pub(crate) fn parse(go: &str) -> Result<Self, PatternError> {
        if go.len() > PATTERN_LENGTH_MAX {
            return Err(PatternError::TooLong);
        }
        let translated = translate(go);
        let parse = |unicode: bool| {
            let mut builder = regex_syntax::ParserBuilder::new();
            let parsed = builder.utf8(false).unicode(unicode).build().parse(&translated.pattern);
            parsed.map_err(|error| PatternError::Syntax(one_line(&error)))
        };
        let hir = parse(false).or_else(|first| parse(true).map_err(|_| first))?;
        Ok(Self { hir, names: translated.names, compiled: OnceLock::new() })
    }

    /// The expression of a parsed tree.
    pub(crate) fn of(hir: &Hir) -> Self {
        Self { hir: without_captures(hir), names: Vec::new(), compiled: OnceLock::new() }
    }

    /// Compiles now, so that an expression that is too large is told when the rules are read.
    pub(crate) fn compile(self) -> Result<Self, PatternError> {
        if self.regex().is_none() {
            return Err(PatternError::TooLarge);
        }
        Ok(self)
    }

    /// The groups of a name.
    pub(crate) fn groups_named(&self, name: &str) -> Vec<usize> {
        self.names.iter().filter(|(other, _)| other == name).map(|(_, number)| *number).collect()
    }

    /// The number of groups.
    pub(crate) fn group_count(&self) -> usize {
        self.hir.properties().explicit_captures_len()
    }

    /// Where a match lies in relation to one of the keywords.
    pub(crate) fn window(&self, keywords: &[String]) -> Option<Window> {
        Window::of(&self.hir, keywords)
    }

    /// Whether it matches anywhere.
    pub(crate) fn is_match(&self, text: &[u8]) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(text))
    }

    /// Whether it matches from exactly this offset on; what lies outside the range counts for borders alone.
    pub(crate) fn is_match_at(&self, text: &[u8], start: usize, end: usize) -> bool {
        let input = Input::new(text).range(start..end).anchored(Anchored::Yes).earliest(true);
        self.regex().is_some_and(|regex| regex.search_half(&input).is_some())
    }

    /// The leftmost match within a range, or the one at its start.
    pub(crate) fn find(&self, text: &[u8], start: usize, end: usize, anchored: Anchored) -> Option<Span> {
        let input = Input::new(text).range(start..end).anchored(anchored);
        self.regex()?.search(&input).map(|found| found.span())
    }

    /// The spans of the groups of the leftmost match, the whole match first.
    pub(crate) fn captures(&self, text: &[u8], start: usize) -> Vec<Option<Span>> {
        let Some(regex) = self.regex() else { return Vec::new() };
        let mut captures = regex.create_captures();
        regex.search_captures(&Input::new(text).range(start..), &mut captures);
        if !captures.is_match() {
            return Vec::new();
        }
        captures.iter().collect()
    }

    #[cfg(test)]
    pub(crate) const fn hir(&self) -> &Hir {
        &self.hir
    }

    fn regex(&self) -> Option<&Regex> {
        let compile = || {
            let config =
                Config::new().utf8_empty(false).nfa_size_limit(Some(COMPILED_BYTES_MAX)).onepass(false);
            Regex::builder().configure(config).build_from_hir(&self.hir).ok()
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// The tree with its groups dissolved, so that parts of it can be put together anew.
pub(crate) fn without_captures(hir: &Hir) -> Hir {
    use regex_syntax::hir::HirKind;
    // `regex-syntax` bounds the depth of what it parses (250).
    match hir.kind() {
        HirKind::Capture(capture) => without_captures(&capture.sub),
        HirKind::Concat(parts) => Hir::concat(parts.iter().map(without_captures).collect()),
        HirKind::Alternation(parts) => Hir::alternation(parts.iter().map(without_captures).collect()),
        HirKind::Repetition(repetition) => {
            let sub = Box::new(without_captures(&repetition.sub));
            Hir::repetition(regex_syntax::hir::Repetition { sub, ..repetition.clone() })
        }
        _ => hir.clone(),
    }
}

/// The last line of the message, which says what is wrong; those before it draw the expression.
fn one_line(error: &regex_syntax::Error) -> String {
    let text = error.to_string();
    text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_outside_the_range_count() {
        let pattern = Pattern::parse(r"\bab\b").unwrap();
        assert!(pattern.find(b"xab ", 1, 4, Anchored::No).is_none());
        assert!(pattern.find(b" abx", 0, 3, Anchored::No).is_none());
        assert!(pattern.find(b" ab ", 1, 3, Anchored::No).is_some());
    }

    #[test]
    fn unicode_classes_are_possible() {
        assert!(Pattern::parse(r"^\p{Greek}+$").unwrap().is_match("αβγ".as_bytes()));
        assert!(Pattern::parse("[äö]").unwrap().is_match("ö".as_bytes()));
    }

    #[test]
    fn an_expression_that_grows_without_measure_is_refused() {
        let error = Pattern::parse("(?:(?:a{1000}){1000}){1000}").and_then(Pattern::compile).unwrap_err();
        assert_eq!(error, PatternError::TooLarge);
        assert!(
            matches!(Pattern::parse("(a").unwrap_err(), PatternError::Syntax(text) if text.contains("unclosed"))
        );
    }
}
