//! Rules about expansions that sh lacks, and about outputs that are not quoted.

use super::{Hits, Text, flow, replace};
use crate::sites::{PartSite, Place};
use crate::{Parameter, PartKind, Span, rules};

/// Variables that bash sets and POSIX sh does not.
const BASH_VARIABLES: &[&str] = &[
    "BASH",
    "BASHOPTS",
    "BASHPID",
    "BASH_ALIASES",
    "BASH_ARGC",
    "BASH_ARGV",
    "BASH_CMDS",
    "BASH_COMMAND",
    "BASH_EXECUTION_STRING",
    "BASH_LINENO",
    "BASH_REMATCH",
    "BASH_SOURCE",
    "BASH_SUBSHELL",
    "BASH_VERSINFO",
    "DIRSTACK",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HISTCMD",
    "HOSTNAME",
    "HOSTTYPE",
    "MACHTYPE",
    "MAPFILE",
    "OSTYPE",
    "PIPESTATUS",
    "RANDOM",
    "SECONDS",
    "SHELLOPTS",
    "SHLVL",
    "TIMEFORMAT",
    "UID",
];

pub(super) fn judge(text: &Text<'_>, hits: &mut Hits) {
    for site in &text.sites.parts {
        output(text, site, hits);
        array_in_text(text, site, hits);
        if text.dialect.is_posix() {
            extension(text, site, hits);
        }
    }
}

fn output(text: &Text<'_>, site: &PartSite<'_>, hits: &mut Hits) {
    let span = &site.part.span;
    let (PartKind::CommandSubstitution(list) | PartKind::Backticks(list)) = &site.part.kind else { return };
    if let PartKind::Backticks(_) = &site.part.kind {
        let inside = &text.text[span.start + 1..span.end - 1];
        let message = "backticks are hard to read and to nest";
        if inside.contains('\\') {
            hits.add(&rules::BACKTICKS, span, message);
        } else {
            let edits = vec![replace(span.clone(), format!("$({inside})"))];
            hits.add_with_fix(&rules::BACKTICKS, span, message, "write $( … )", edits);
        }
    }
    if site.is_quoted || site.is_in_parameter || list.is_empty() || !is_split(text, site) {
        return;
    }
    let edits = vec![replace(span.start..span.start, "\""), replace(span.end..span.end, "\"")];
    let message = "the output of the command is split into words and expanded as a pattern";
    hits.add_with_fix(&rules::UNQUOTED_COMMAND_OUTPUT, span, message, "quote the output", edits);
}

/// `"text $@"`.
fn array_in_text(text: &Text<'_>, site: &PartSite<'_>, hits: &mut Hits) {
    let PartKind::DoubleQuoted(parts) = &site.part.kind else { return };
    let word_parts = site.word.map_or(0, |word| text.sites.words[word].word.parts.len());
    if parts.len() < 2 && word_parts < 2 || matches!(site.place, Place::Value | Place::Heredoc) {
        return;
    }
    for part in parts {
        if let PartKind::Parameter(parameter) = &part.kind
            && !parameter.is_length
            && (parameter.name == "@"
                || parameter.subscript.as_ref().is_some_and(|span| &text.text[span.clone()] == "[@]"))
        {
            hits.add(
                &rules::ARRAY_IN_TEXT,
                &part.span,
                "this becomes several words, and the text belongs to the first",
            );
        }
    }
}

/// Whether a bare expansion at this place is split into words.
fn is_split(text: &Text<'_>, site: &PartSite<'_>) -> bool {
    match site.place {
        Place::Name => site.word.is_some_and(|word| text.sites.words[word].word.parts.len() > 1),
        Place::Argument(command, argument) => {
            let simple = text.sites.simples[command].simple;
            let is_declaration = flow::DECLARATIONS.iter().any(|name| simple.is(name));
            !(is_declaration
                && !text.dialect.is_posix()
                && simple.arguments()[argument].as_assignment().is_some())
        }
        Place::Target => true,
        _ => false,
    }
}

fn extension(text: &Text<'_>, site: &PartSite<'_>, hits: &mut Hits) {
    let span = &site.part.span;
    let shell = text.dialect.name();
    match &site.part.kind {
        PartKind::ProcessSubstitution(_) => {
            hits.add(
                &rules::PROCESS_SUBSTITUTION_IN_SH,
                span,
                format!("{shell} has no process substitution"),
            );
        }
        PartKind::AnsiQuoted(_) => {
            hits.add(&rules::ANSI_QUOTES_IN_SH, span, format!("{shell} does not know $'…'"));
        }
        PartKind::DoubleQuoted(_) if text.text[span.clone()].starts_with('$') => {
            hits.add(&rules::TRANSLATED_QUOTES_IN_SH, span, format!("{shell} does not know $\"…\""));
        }
        PartKind::Parameter(parameter) => parameter_extension(text, parameter, span, hits),
        PartKind::Arithmetic(parts) => {
            for part in parts {
                if let PartKind::Literal(literal) = &part.kind {
                    arithmetic_extension(literal, span, shell, hits);
                }
            }
        }
        PartKind::Array(_) => {
            hits.add(&rules::ARRAY_IN_SH, span, format!("{shell} has no arrays"));
        }
        _ => (),
    }
}

fn arithmetic_extension(literal: &str, span: &Span, shell: &str, hits: &mut Hits) {
    for operator in ["++", "--"] {
        if literal.contains(operator) {
            hits.add(&rules::INCREMENT_IN_SH, span, format!("{shell} does not promise {operator}"));
        }
    }
    if literal.contains("**") {
        hits.add(&rules::EXPONENT_IN_SH, span, format!("{shell} has no **"));
    }
}

fn parameter_extension(text: &Text<'_>, parameter: &Parameter, span: &Span, hits: &mut Hits) {
    let shell = text.dialect.name();
    let name = parameter.name.as_str();
    if BASH_VARIABLES.contains(&name) && !text.is_assigned(name) {
        hits.add(&rules::SPECIAL_VARIABLE_IN_SH, span, format!("{shell} does not set {name}"));
    }
    if parameter.is_indirect {
        hits.add(&rules::INDIRECT_EXPANSION_IN_SH, span, format!("{shell} has no ${{!{name}}}"));
        return;
    }
    if parameter.subscript.is_some() {
        hits.add(&rules::ARRAY_REFERENCE_IN_SH, span, format!("{shell} has no arrays"));
    }
    let (rule, what) = match parameter.operator {
        ":" => (&rules::SUBSTRING_IN_SH, "${name:offset}"),
        "^" | "^^" | "," | ",," => (&rules::CASE_CHANGE_IN_SH, "${name^} and ${name,}"),
        "/" | "//" | "/#" | "/%" => (&rules::REPLACEMENT_IN_SH, "${name/pattern/text}"),
        _ => return,
    };
    hits.add(rule, span, format!("{shell} has no {what}"));
}
