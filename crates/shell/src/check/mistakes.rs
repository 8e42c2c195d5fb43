//! Rules about text that does something else than it seems.

use super::{Hits, Text};
use crate::sites::{Place, SimpleSite};
use crate::{PartKind, SimpleCommand, Word, WordPart, rules};

pub(super) fn judge(text: &Text<'_>, hits: &mut Hits) {
    for site in &text.sites.simples {
        empty_assignments(text, site.simple, hits);
        let Some(name) = site.simple.name() else { continue };
        match name.as_str() {
            "find" => path_of_find(site.simple, hits),
            "tr" => sets_of_tr(site.simple, hits),
            "echo" | "/bin/echo" => escapes(site, hits),
            "printf" => format_of_printf(site.simple, hits),
            _ if name.rsplit('/').next() == Some("ln") => link(site, hits),
            _ => (),
        }
        command_word(site.simple, &name, hits);
    }
    for site in &text.sites.parts {
        let span = &site.part.span;
        match &site.part.kind {
            PartKind::Escaped(character)
                if !site.is_quoted && !site.is_in_parameter && site.place != Place::Condition =>
            {
                if matches!(character, 'n' | 't' | 'r' | 'a'..='z' | 'A'..='Z') {
                    let message =
                        format!("the shell takes this backslash away: \\{character} becomes {character}");
                    hits.add(&rules::NEEDLESS_BACKSLASH, span, message);
                }
            }
            PartKind::Literal(literal)
                if matches!(site.place, Place::Argument(..) | Place::Name)
                    && !site.is_quoted
                    && !site.is_in_parameter =>
            {
                braces(site.word.map(|word| text.sites.words[word].word), literal, span, hits);
            }
            _ => (),
        }
    }
}

/// `name= value`.
fn empty_assignments(text: &Text<'_>, simple: &SimpleCommand, hits: &mut Hits) {
    for assignment in &simple.assignments {
        let end = assignment.span.end;
        let is_followed = simple.span.end > end && text.text[end..].starts_with([' ', '\t']);
        if assignment.value.parts.is_empty() && assignment.name != "IFS" && is_followed {
            let span = end..end + 1;
            let message = format!("this empties {} instead of assigning what follows", assignment.name);
            hits.add(&rules::BLANK_AFTER_EQUALS, &span, message);
        }
    }
}

fn path_of_find(simple: &SimpleCommand, hits: &mut Hits) {
    let mut arguments = simple.arguments().iter();
    let first = loop {
        match arguments.next() {
            Some(word)
                if word
                    .plain()
                    .is_some_and(|flag| matches!(flag, "-L" | "-H" | "-P") || flag.starts_with("-O")) => {}
            Some(word) if word.plain() == Some("-D") => {
                arguments.next();
            }
            other => break other,
        }
    };
    let is_missing = first.is_none_or(|word| {
        word.literal().is_some_and(|text| text.starts_with('-') && !matches!(text.as_str(), "--" | "-f"))
    });
    if is_missing {
        hits.add(&rules::FIND_WITHOUT_PATH, &simple.words[0].span, "find has no path");
    }
}

/// `ln -s target`, which links into the directory that one is in.
fn link(site: &SimpleSite<'_>, hits: &mut Hits) {
    let mut names = 0;
    for word in site.simple.arguments() {
        let start = word.literal_start();
        let has_directory = start == "--"
            || start.starts_with("--target-directory")
            || (start.starts_with('-') && !start.starts_with("--") && start.contains('t'));
        let is_one = word.parts.iter().all(|part| match &part.kind {
            PartKind::Literal(text) => !text.contains(['*', '?', '[', '{']),
            PartKind::Parameter(_) | PartKind::ExtendedGlob(_) => false,
            PartKind::DoubleQuoted(parts) => !parts.iter().any(is_list),
            _ => true,
        });
        if has_directory || !is_one {
            return;
        }
        names += usize::from(!start.starts_with('-'));
    }
    if names == 1 {
        let end =
            site.redirects.iter().map(|redirect| redirect.span.end).fold(site.simple.span.end, usize::max);
        let message = "the link is made in the directory that one happens to be in";
        hits.add(&rules::LINK_WITHOUT_NAME, &(site.simple.span.start..end), message);
    }
}

fn is_list(part: &WordPart) -> bool {
    matches!(&part.kind, PartKind::Parameter(parameter) if parameter.name == "@" || parameter.subscript.is_some())
}

fn sets_of_tr(simple: &SimpleCommand, hits: &mut Hits) {
    for word in simple.arguments() {
        let Some(set) = word.literal() else { continue };
        let is_bracketed = set.starts_with('[') && set.ends_with(']') && set.len() > 3;
        if is_bracketed && !set.starts_with("[:") && !set.starts_with("[=") && !set[1..].contains(['*', '['])
        {
            hits.add(&rules::TR_BRACKETS, &word.span, "tr takes these brackets as characters");
        }
    }
}

fn escapes(site: &SimpleSite<'_>, hits: &mut Hits) {
    let simple = site.simple;
    let has_flag = simple
        .arguments()
        .first()
        .and_then(Word::literal)
        .is_some_and(|flag| flag.starts_with('-') && flag.contains('e'));
    if has_flag {
        return;
    }
    for word in simple.arguments() {
        let mut written = String::new();
        append_text(&word.parts, &mut written);
        if is_escape(&written) {
            hits.add(&rules::ECHO_ESCAPES, &word.span, "echo of some shells prints the escape as it is");
        }
    }
}

/// The text that the program gets, as far as it is literal.
fn append_text(parts: &[WordPart], text: &mut String) {
    for part in parts {
        match &part.kind {
            PartKind::SingleQuoted(literal) | PartKind::Literal(literal) => text.push_str(literal),
            PartKind::Escaped(character) => text.push(*character),
            PartKind::DoubleQuoted(parts) => append_text(parts, text),
            _ => text.push(' '),
        }
    }
}

fn is_escape(text: &str) -> bool {
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' {
            match bytes.next() {
                Some(b'a' | b'b' | b'e' | b'f' | b'n' | b'r' | b't' | b'v' | b'x') => return true,
                Some(b'0') if bytes.peek().is_some_and(u8::is_ascii_digit) => return true,
                _ => (),
            }
        }
    }
    false
}

fn format_of_printf(simple: &SimpleCommand, hits: &mut Hits) {
    let mut arguments = simple.arguments();
    while let Some(first) = arguments.first() {
        match first.plain() {
            Some("-v") => arguments = arguments.get(2..).unwrap_or_default(),
            Some("--") => arguments = &arguments[1..],
            _ => break,
        }
    }
    let Some(format) = arguments.first() else { return };
    let has_variable = |parts: &[WordPart]| {
        parts
            .iter()
            .any(|part| matches!(part.kind, PartKind::Parameter(_) | PartKind::CommandSubstitution(_)))
    };
    let is_variable = format.parts.iter().any(|part| match &part.kind {
        PartKind::Parameter(_) => true,
        PartKind::DoubleQuoted(parts) => has_variable(parts),
        _ => false,
    });
    let has_placeholder = format.literal_start().contains('%');
    if is_variable && !has_placeholder {
        hits.add(&rules::PRINTF_FORMAT_VARIABLE, &format.span, "the value is read as a format");
    }
}

fn command_word(simple: &SimpleCommand, name: &str, hits: &mut Hits) {
    let first = &simple.words[0];
    if name.starts_with('-') {
        hits.add(&rules::OPTION_AS_COMMAND, &first.span, "this option belongs to the line before");
    }
    let is_joined_bracket = name.starts_with('[') && name.len() > 1 && !name.starts_with("[[");
    if is_joined_bracket || first.has_quotes() && name.ends_with([']', '}', ')', '"', '\'']) && name.len() > 1
    {
        hits.add(&rules::BRACKET_COMMAND, &first.span, "this whole text is the name of a command");
    }
    if let Some(second) = simple.arguments().first()
        && second
            .parts
            .first()
            .is_some_and(|part| matches!(&part.kind, PartKind::Literal(text) if text.starts_with('=')))
        && name != "["
        && name != "test"
        && name != "expr"
    {
        let start = second.span.start;
        hits.add(&rules::BLANK_BEFORE_EQUALS, &(start..start + 1), format!("this runs the command {name}"));
    }
}

/// Braces that are plain text.
fn braces(word: Option<&Word>, literal: &str, span: &crate::Span, hits: &mut Hits) {
    let mut depth = 0_usize;
    let mut opened = Vec::new();
    let is_expansion = |inside: &str| inside.is_empty() || inside.contains(',') || inside.contains("..");
    let is_whole = word.is_some_and(|word| word.parts.len() == 1);
    for (at, byte) in literal.bytes().enumerate() {
        match byte {
            b'{' => {
                depth += 1;
                opened.push(at);
            }
            b'}' if depth > 0 => {
                depth -= 1;
                let start = opened.pop().unwrap_or(0);
                if !is_expansion(&literal[start + 1..at]) && is_whole {
                    for at in [start, at] {
                        brace(span.start + at, hits);
                    }
                }
            }
            b'}' if is_whole => brace(span.start + at, hits),
            _ => (),
        }
    }
    if is_whole {
        for at in opened {
            brace(span.start + at, hits);
        }
    }
}

fn brace(at: usize, hits: &mut Hits) {
    hits.add(&rules::LITERAL_BRACE, &(at..at + 1), "this brace is plain text");
}
