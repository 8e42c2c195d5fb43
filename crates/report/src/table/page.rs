//! Lines of a terminal: width, indent, colour.

use crate::{
    Colour, Options,
    text::{self, pad},
};
use model::Severity;
use std::{
    borrow::Cow,
    io::{self, Write},
};

/// Columns of the severity, the longest of which is `NEGLIGIBLE`.
pub(super) const SEVERITY: usize = 10;

/// How the lines are written.
pub(super) struct Page<'o> {
    pub(super) options: &'o Options,
    pub(super) width: usize,
}

impl<'o> Page<'o> {
    pub(super) fn new(options: &'o Options) -> Self {
        Self { options, width: options.width.map_or(usize::MAX, |width| width.clamp(40, 1_000)) }
    }
}

impl Page<'_> {
    /// A line broken at the width; the rest is indented under it.
    pub(super) fn plain(&self, line: &str, out: &mut dyn Write) -> io::Result<()> {
        let indent = line.len() - line.trim_start().len();
        self.block(indent, indent + if indent > 0 { 2 } else { 0 }, Ink::None, line.trim_start(), out)
    }

    pub(super) fn faint(&self, line: &str, out: &mut dyn Write) -> io::Result<()> {
        self.block(SEVERITY + 1, SEVERITY + 1, Ink::Faint, line, out)
    }

    pub(super) fn indented(&self, line: &str, out: &mut dyn Write) -> io::Result<()> {
        self.block(SEVERITY + 1, SEVERITY + 3, Ink::None, line, out)
    }

    pub(super) fn wrapped(&self, painted: &str, line: &str, out: &mut dyn Write) -> io::Result<()> {
        if text::width(line) <= self.width { writeln!(out, "{painted}") } else { self.plain(line, out) }
    }

    pub(super) fn block(
        &self,
        first: usize,
        rest: usize,
        ink: Ink,
        line: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let lines = match self.options.width {
            None => vec![line.to_owned()],
            Some(_) => text::wrap(line, self.width.saturating_sub(first.max(rest))),
        };
        for (at, line) in lines.iter().enumerate() {
            let indent = if at == 0 { first } else { rest };
            writeln!(out, "{}{}", " ".repeat(indent), self.paint(ink, &line.replace('\u{a0}', " ")))?;
        }
        Ok(())
    }

    pub(super) fn label(&self, severity: Severity) -> String {
        self.paint(Ink::Severity(severity), &pad(&severity.as_str().to_ascii_uppercase(), SEVERITY))
            .into_owned()
    }

    pub(super) fn paint<'t>(&self, ink: Ink, text: &'t str) -> Cow<'t, str> {
        // SGR parameters of ECMA-48, 8.3.117; the sixteen basic colours, so that the terminal's theme decides.
        let code = match ink {
            _ if self.options.colour == Colour::Never || text.is_empty() => return Cow::Borrowed(text),
            Ink::None => return Cow::Borrowed(text),
            Ink::Bold => "1",
            Ink::Faint => "2",
            Ink::Severity(Severity::Critical) => "1;31",
            Ink::Severity(Severity::High) => "31",
            Ink::Severity(Severity::Medium) => "33",
            Ink::Severity(Severity::Low) => "36",
            Ink::Severity(_) => "2",
        };
        Cow::Owned(format!("\u{1b}[{code}m{text}\u{1b}[0m"))
    }
}

#[derive(Clone, Copy)]
/// What a piece of text is painted with.
pub(super) enum Ink {
    None,
    Bold,
    Faint,
    Severity(Severity),
}

/// Facts in a row that are wrapped between them rather than inside: `text::wrap` breaks at plain spaces alone.
pub(super) fn unbroken(facts: &[String]) -> String {
    facts.iter().map(|fact| fact.replace(' ', "\u{a0}")).collect::<Vec<_>>().join("\u{a0}· ")
}
