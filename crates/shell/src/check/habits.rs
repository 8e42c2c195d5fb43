//! Rules about old or roundabout ways.

use super::{Hits, Text, replace};
use crate::sites::Place;
use crate::{CommandKind, PartKind, Pipeline, SimpleCommand, Statement, Word, WordPart, rules};

pub(super) fn judge(text: &Text<'_>, hits: &mut Hits) {
    for site in &text.sites.simples {
        let Some(first) = site.simple.words.first() else { continue };
        match first.plain() {
            Some("egrep") => {
                let edits = vec![replace(first.span.clone(), "grep -E")];
                hits.add_with_fix(&rules::EGREP, &first.span, "egrep is obsolete", "write grep -E", edits);
            }
            Some("fgrep") => {
                let edits = vec![replace(first.span.clone(), "grep -F")];
                hits.add_with_fix(&rules::FGREP, &first.span, "fgrep is obsolete", "write grep -F", edits);
            }
            Some("expr") if counts(site.simple) => hits.add(&rules::EXPR, &first.span, "expr is obsolete"),
            Some("echo") => echoed(site.simple, hits),
            _ => (),
        }
    }
    for site in &text.sites.simples {
        if site.simple.name().is_some_and(|name| name.rsplit('/').next() == Some("which")) {
            let message = "which is no part of POSIX, and missing in small images";
            hits.add(&rules::WHICH, &site.simple.words[0].span, message);
        }
    }
    for pipeline in &text.sites.pipelines {
        piped(pipeline, hits);
    }
    for site in &text.sites.parts {
        match &site.part.kind {
            PartKind::CommandSubstitution(list) | PartKind::Backticks(list) => {
                echo_in_substitution(list, &site.part.span, hits);
            }
            PartKind::Parameter(parameter) if site.place == Place::Arithmetic => {
                let is_name = crate::literal::is_name(&parameter.name);
                let is_bare =
                    parameter.operator.is_empty() && !parameter.is_length && parameter.subscript.is_none();
                if is_name && is_bare && !parameter.is_indirect && stands_alone(text, &site.part.span) {
                    hits.add(&rules::DOLLAR_IN_ARITHMETIC, &site.part.span, "names need no $ in arithmetic");
                }
            }
            _ => (),
        }
    }
}

/// Whether no name, number or other expansion touches it.
fn stands_alone(text: &Text<'_>, span: &crate::Span) -> bool {
    let bytes = text.text.as_bytes();
    let touches = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_$#`\"}[]".contains(byte))
    };
    !touches(span.start.checked_sub(1).and_then(|at| bytes.get(at))) && !touches(bytes.get(span.end))
}

/// Whether `expr` counts, which the shell can do itself; texts it cannot match.
fn counts(simple: &SimpleCommand) -> bool {
    let is_of_text =
        |word: &Word| matches!(word.plain(), Some(":" | "length" | "substr" | "index" | "match"));
    !simple.arguments().iter().any(is_of_text)
}

fn single(list: &[Statement]) -> Option<&SimpleCommand> {
    let [Statement { pipelines, is_background: false, .. }] = list else { return None };
    let [(_, pipeline)] = pipelines.as_slice() else { return None };
    let [command] = pipeline.commands.as_slice() else { return None };
    match &command.kind {
        CommandKind::Simple(simple) if command.redirects.is_empty() && pipeline.negation.is_none() => {
            Some(simple)
        }
        _ => None,
    }
}

/// `$(echo …)`.
fn echo_in_substitution(list: &[Statement], span: &crate::Span, hits: &mut Hits) {
    let Some(simple) = single(list).filter(|simple| simple.is("echo") && simple.assignments.is_empty())
    else {
        return;
    };
    let has_flag = simple.arguments().first().and_then(Word::plain).is_some_and(|word| word.starts_with('-'));
    let is_expanded = simple.arguments().iter().any(|word| {
        word.parts
            .iter()
            .any(|part| matches!(&part.kind, PartKind::Literal(text) if text.contains(['*', '?', '[', '{'])))
    });
    if !has_flag && !is_expanded && !simple.arguments().is_empty() {
        hits.add(&rules::NEEDLESS_ECHO, span, "the words can stand here without echo");
    }
}

/// `echo $(…)`.
fn echoed(simple: &SimpleCommand, hits: &mut Hits) {
    let [word] = simple.arguments() else { return };
    let substitution = |parts: &[WordPart]| matches!(parts, [WordPart { kind: PartKind::CommandSubstitution(list) | PartKind::Backticks(list), .. }] if !list.is_empty());
    let is_quoted = matches!(word.parts.as_slice(), [WordPart { kind: PartKind::DoubleQuoted(parts), .. }] if substitution(parts));
    if is_quoted || substitution(&word.parts) {
        hits.add(&rules::ECHO_OF_OUTPUT, &word.span, "the command prints by itself");
    }
}

fn piped(pipeline: &Pipeline, hits: &mut Hits) {
    for pair in pipeline.commands.windows(2) {
        let CommandKind::Simple(one) = &pair[0].kind else { continue };
        let Some(name) = one.words.first().and_then(Word::plain) else { continue };
        if let CommandKind::Simple(other) = &pair[1].kind
            && matches!(name, "grep" | "egrep" | "fgrep" | "zgrep")
            && other.is("wc")
        {
            let counts =
                matches!(other.arguments(), [flag] if matches!(flag.plain(), Some("-l" | "--lines")));
            let prints_other = one.arguments().iter().filter_map(Word::plain).any(|flag| {
                flag == "--only-matching"
                    || flag == "--recursive"
                    || (flag.starts_with('-')
                        && !flag.starts_with("--")
                        && flag.contains(['o', 'r', 'R', 'l', 'L', 'A', 'B', 'C']))
            });
            if counts && !prints_other {
                hits.add(&rules::GREP_THEN_WC, &one.span, "grep -c counts by itself");
            }
        }
    }
    if let [first, _, ..] = pipeline.commands.as_slice()
        && let CommandKind::Simple(one) = &first.kind
        && one.is("cat")
        && first.redirects.is_empty()
        && let [word] = one.arguments()
    {
        let is_one_file = !word.literal_start().starts_with('-')
            && word.parts.iter().all(|part| match &part.kind {
                PartKind::Literal(text) => !text.contains(['*', '?', '[', '{']),
                PartKind::CommandSubstitution(_) | PartKind::Backticks(_) | PartKind::ProcessSubstitution(_) => false,
                PartKind::Parameter(parameter) => !matches!(parameter.name.as_str(), "@" | "*"),
                PartKind::DoubleQuoted(parts) => !parts.iter().any(|part| {
                    matches!(&part.kind, PartKind::Parameter(parameter) if matches!(parameter.name.as_str(), "@" | "*"))
                }),
                _ => true,
            });
        let is_bare_variable = word.parts.iter().any(|part| matches!(part.kind, PartKind::Parameter(_)));
        if is_one_file && !is_bare_variable {
            hits.add(&rules::NEEDLESS_CAT, &word.span, "the next command can read the file itself");
        }
    }
}
