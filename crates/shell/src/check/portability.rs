//! Rules about commands, redirections and words that sh lacks.

use super::{Hits, Text};
use crate::sites::{Place, SimpleSite, WordSite};
use crate::{Command, CommandKind, Dialect, PartKind, Redirect, SimpleCommand, Word, rules};

/// Builtins of bash that no POSIX shell has.
const BASH_BUILTINS: &[&str] = &[
    "let",
    "caller",
    "builtin",
    "complete",
    "compgen",
    "declare",
    "dirs",
    "disown",
    "enable",
    "mapfile",
    "popd",
    "pushd",
    "readarray",
    "shopt",
    "suspend",
    "typeset",
    "compopt",
    "help",
    "history",
    "logout",
];

/// What POSIX lets `set -o` set.
const SET_OPTIONS: &[&str] = &[
    "allexport",
    "errexit",
    "ignoreeof",
    "monitor",
    "noclobber",
    "noexec",
    "noglob",
    "nolog",
    "notify",
    "nounset",
    "verbose",
    "vi",
    "xtrace",
];

pub(super) fn judge(text: &Text<'_>, hits: &mut Hits) {
    if !text.dialect.is_posix() {
        return;
    }
    for command in &text.sites.commands {
        compound(text, command, hits);
    }
    for site in &text.sites.simples {
        simple(text, site, hits);
    }
    for redirect in &text.sites.redirects {
        redirection(text, redirect, hits);
    }
    for site in &text.sites.words {
        braces(text, site, hits);
    }
    for site in &text.sites.parts {
        let shell = text.dialect.name();
        match &site.part.kind {
            PartKind::ExtendedGlob(_) => {
                // The sign in front belongs to it; a parenthesis inside of another has none.
                let start = site.part.span.start;
                if !text.text[..start].ends_with(['@', '?', '*', '+', '!']) {
                    continue;
                }
                let span = start - 1..site.part.span.end;
                hits.add(&rules::EXTENDED_GLOB_IN_SH, &span, format!("{shell} has no such patterns"));
            }
            PartKind::Arithmetic(_) if text.text[site.part.span.clone()].starts_with("$[") => {
                hits.add(&rules::BRACKET_ARITHMETIC_IN_SH, &site.part.span, format!("{shell} has no $[ ]"));
            }
            _ => (),
        }
    }
    for assignment in &text.sites.assignments {
        let shell = text.dialect.name();
        if assignment.is_append {
            hits.add(&rules::APPEND_ASSIGNMENT_IN_SH, &assignment.span, format!("{shell} has no +="));
        }
        if let Some(subscript) = &assignment.subscript {
            hits.add(&rules::ARRAY_REFERENCE_IN_SH, subscript, format!("{shell} has no arrays"));
        }
    }
    for pipeline in &text.sites.pipelines {
        for bar in &pipeline.stderr_pipes {
            hits.add(&rules::PIPE_BOTH_IN_SH, bar, format!("{} has no |&", text.dialect.name()));
        }
    }
}

fn compound(text: &Text<'_>, command: &Command, hits: &mut Hits) {
    let shell = text.dialect.name();
    let opener = |length: usize| command.span.start..command.span.start + length;
    match &command.kind {
        CommandKind::Condition(_) => {
            hits.add(&rules::DOUBLE_BRACKETS_IN_SH, &command.span, format!("{shell} has no [[ ]]"));
        }
        CommandKind::Arithmetic(_) => {
            hits.add(&rules::ARITHMETIC_COMMAND_IN_SH, &command.span, format!("{shell} has no (( ))"));
        }
        CommandKind::ArithmeticFor { .. } => {
            hits.add(&rules::ARITHMETIC_FOR_IN_SH, &command.span, format!("{shell} has no for (( ))"));
        }
        CommandKind::For { .. } if text.text[command.span.clone()].starts_with("select") => {
            hits.add(&rules::SELECT_IN_SH, &command.span, format!("{shell} has no select"));
        }
        CommandKind::Function { keyword: Some(_), .. } => {
            hits.add(
                &rules::SHELL_FUNCTION_KEYWORD_IN_SH,
                &opener(8),
                format!("{shell} has no keyword function"),
            );
        }
        _ => (),
    }
}

fn simple(text: &Text<'_>, site: &SimpleSite<'_>, hits: &mut Hits) {
    let simple = site.simple;
    let shell = text.dialect.name();
    let Some(first) = simple.words.first() else { return };
    let Some(name) = simple.name() else { return };
    let arguments = simple.arguments();
    let flag =
        arguments.first().and_then(Word::literal).filter(|flag| flag.starts_with('-') && flag.len() > 1);
    let first_argument = arguments.first().map(|word| word.span.clone()).unwrap_or_default();
    if BASH_BUILTINS.contains(&name.as_str()) {
        let rule = if name == "let" { &rules::LET_IN_SH } else { &rules::DECLARE_IN_SH };
        hits.add(rule, &first.span, format!("{shell} has no builtin {name}"));
        return;
    }
    match name.as_str() {
        "source" => hits.add(&rules::SOURCE_IN_SH, &first.span, format!("{shell} has no source")),
        "local" if text.dialect == Dialect::Sh => {
            hits.add(&rules::LOCAL_IN_SH, &simple.span, "POSIX does not define local");
        }
        "echo" | "/bin/echo" | "/usr/bin/echo" => echo(text, simple, hits),
        "set" => set(shell, simple, hits),
        "exec" if flag.is_some() => {
            hits.add(&rules::EXEC_FLAG_IN_SH, &first_argument, format!("{shell} has no flags of exec"));
        }
        "trap" => {
            for word in arguments.iter().skip(1) {
                let signal = word.literal().unwrap_or_default();
                let is_lower = signal.bytes().any(|byte| byte.is_ascii_lowercase());
                if matches!(signal.as_str(), "ERR" | "DEBUG" | "RETURN")
                    || signal.starts_with("SIG")
                    || is_lower
                {
                    hits.add(
                        &rules::TRAP_SIGNAL_IN_SH,
                        &word.span,
                        format!("{shell} does not know {signal} in trap"),
                    );
                }
            }
        }
        "printf" if arguments.first().and_then(Word::literal).is_some_and(|format| format.contains("%q")) => {
            hits.add(&rules::PRINTF_FORMAT_IN_SH, &first_argument, format!("{shell} has no %q"));
        }
        "[" | "test" => comparison(shell, simple, hits),
        _ => builtin_flags(text, &name, simple, hits),
    }
    if let (Some(flag), "printf") = (&flag, name.as_str())
        && flag.starts_with("-v")
    {
        hits.add(&rules::BUILTIN_FLAG_IN_SH, &first_argument, format!("{shell} has no printf -v"));
    }
}

/// Flags of builtins that POSIX lacks.
fn builtin_flags(text: &Text<'_>, name: &str, simple: &SimpleCommand, hits: &mut Hits) {
    let allowed = match name {
        "read" if text.dialect == Dialect::Sh => "r",
        "read" => "rp",
        "export" | "readonly" => "p",
        "unset" => "fv",
        "ulimit" if text.dialect == Dialect::Sh => "f",
        "wait" => "",
        "cd" => "LP",
        "type" => "",
        "hash" => "r",
        "umask" => "S",
        "jobs" => "lp",
        _ => return,
    };
    if name == "ulimit" && text.dialect != Dialect::Sh {
        return;
    }
    for word in simple.arguments() {
        let Some(flag) = word.literal() else { break };
        let Some(letters) =
            flag.strip_prefix('-').filter(|letters| !letters.is_empty() && !letters.starts_with('-'))
        else {
            break;
        };
        if letters.chars().any(|letter| letter.is_ascii_alphabetic() && !allowed.contains(letter)) {
            let shell = text.dialect.name();
            hits.add(&rules::BUILTIN_FLAG_IN_SH, &word.span, format!("{shell} has no {name} {flag}"));
            break;
        }
    }
}

fn echo(text: &Text<'_>, simple: &SimpleCommand, hits: &mut Hits) {
    let Some(word) = simple.arguments().first() else { return };
    let Some(flag) = word.literal() else { return };
    let letters = flag.strip_prefix('-').unwrap_or("");
    let is_flag = !letters.is_empty() && letters.chars().all(|letter| "neE".contains(letter));
    let is_known = text.dialect != Dialect::Sh && letters == "n";
    if is_flag && !is_known {
        let message = format!("{} does not promise what echo does with {flag}", text.dialect.name());
        hits.add(&rules::ECHO_FLAG_IN_SH, &word.span, message);
    }
}

fn set(shell: &str, simple: &SimpleCommand, hits: &mut Hits) {
    let mut is_option_next = false;
    for word in simple.arguments() {
        let Some(flag) = word.literal() else { return };
        if is_option_next {
            is_option_next = false;
            if !SET_OPTIONS.contains(&flag.as_str()) {
                hits.add(
                    &rules::SHELL_OPTION_IN_SH,
                    &word.span,
                    format!("{shell} does not promise set -o {flag}"),
                );
            }
            continue;
        }
        let Some(letters) = flag.strip_prefix(['-', '+']) else { return };
        if letters.is_empty() || letters.starts_with('-') {
            return;
        }
        is_option_next = letters.contains('o');
        if let Some(letter) = letters.chars().find(|letter| !"abCefhmnouvx".contains(*letter)) {
            hits.add(&rules::SET_FLAG_IN_SH, &word.span, format!("{shell} has no set -{letter}"));
        }
    }
}

fn comparison(shell: &str, simple: &SimpleCommand, hits: &mut Hits) {
    for word in simple.arguments() {
        let Some(operator) = word.literal() else { continue };
        let rule = match operator.as_str() {
            "==" => &rules::DOUBLE_EQUALS_IN_SH,
            "=~" => &rules::REGEX_MATCH_IN_SH,
            "<" | ">" => &rules::STRING_ORDER_IN_SH,
            "-nt" | "-ot" | "-ef" => &rules::FILE_COMPARISON_IN_SH,
            "-v" => &rules::UNARY_V_IN_SH,
            _ => continue,
        };
        let is_unary = operator == "-v";
        let is_first = simple.arguments().first().is_some_and(|first| first.span == word.span);
        if !is_first || is_unary {
            hits.add(rule, &word.span, format!("{shell} does not promise {operator} in [ ]"));
        }
    }
}

fn redirection(text: &Text<'_>, redirect: &Redirect, hits: &mut Hits) {
    let shell = text.dialect.name();
    let span = &redirect.span;
    match redirect.operator {
        "<<<" => hits.add(&rules::HERE_STRING_IN_SH, span, format!("{shell} has no <<<")),
        "&>" | "&>>" => {
            hits.add(&rules::REDIRECT_BOTH_IN_SH, span, format!("{shell} has no {}", redirect.operator));
        }
        ">&" => {
            let target = redirect.target.literal().unwrap_or_else(|| "1".to_owned());
            let is_descriptor =
                target == "-" || target.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
            if !is_descriptor {
                hits.add(&rules::OUTPUT_DESCRIPTOR_IN_SH, span, format!("{shell} has no >& with a file"));
            }
        }
        _ => (),
    }
    if redirect.descriptor.as_deref().is_some_and(|descriptor| descriptor.starts_with('{')) {
        hits.add(&rules::NAMED_DESCRIPTOR_IN_SH, span, format!("{shell} has no descriptors in variables"));
    }
    let target = redirect.target.literal_start();
    if target.starts_with("/dev/tcp/") || target.starts_with("/dev/udp/") {
        hits.add(&rules::NETWORK_PATH_IN_SH, span, format!("{shell} has no {target}"));
    }
}

/// Brace expansion, and `[^…]`.
fn braces(text: &Text<'_>, site: &WordSite<'_>, hits: &mut Hits) {
    if matches!(site.place, Place::Value | Place::Condition | Place::Arithmetic | Place::Heredoc) {
        return;
    }
    let shell = text.dialect.name();
    if let Some(span) = brace_expansion(text.text, site.word) {
        hits.add(&rules::BRACE_EXPANSION_IN_SH, &span, format!("{shell} does not expand braces"));
    }
    for part in &site.word.parts {
        if let PartKind::Literal(literal) = &part.kind
            && let Some(at) = literal.find("[^")
            && literal[at..].contains(']')
        {
            let start = part.span.start + at;
            hits.add(&rules::CARET_NEGATION_IN_SH, &(start..start + 2), format!("{shell} negates with [!…]"));
        }
    }
}

/// Where a word holds `{a,b}` or `{1..3}`.
pub(super) fn brace_expansion(text: &str, word: &Word) -> Option<std::ops::Range<usize>> {
    let mut opened: Option<usize> = None;
    let mut has_separator = false;
    for part in &word.parts {
        let PartKind::Literal(literal) = &part.kind else { continue };
        for (at, byte) in text[part.span.clone()].bytes().enumerate() {
            match byte {
                b'{' => (opened, has_separator) = (Some(part.span.start + at), false),
                b',' if opened.is_some() => has_separator = true,
                b'.' if opened.is_some() && literal[at.min(literal.len())..].starts_with("..") => {
                    has_separator = true;
                }
                b'}' => {
                    if let Some(start) = opened.take()
                        && has_separator
                    {
                        return Some(start..part.span.start + at + 1);
                    }
                }
                _ => (),
            }
        }
    }
    None
}
