//! Rules about words that are split, expanded or kept from it.

use super::{Hits, Text};
use crate::sites::{Place, WordSite};
use crate::{CommandKind, PartKind, Pipeline, SimpleCommand, Statement, Word, rules};

/// Commands that expand what stands between single quotes themselves.
const INTERPRETERS: &[&str] = &[
    "trap",
    "sh",
    "bash",
    "ksh",
    "zsh",
    "dash",
    "ash",
    "ssh",
    "eval",
    "xprop",
    "alias",
    "sudo",
    "doas",
    "run0",
    "dpkg-query",
    "jq",
    "rename",
    "rg",
    "unset",
    "mumps",
    "awk",
    "gawk",
    "mawk",
    "nawk",
    "perl",
    "docker",
    "podman",
    "oc",
    "prename",
    "envsubst",
    "su",
    "busybox",
];

/// Commands that do nothing with file names.
const NAMELESS: &[&str] = &["echo", "printf", "[", "set", "declare", "typeset", "local", "readonly"];

pub(super) fn judge(text: &Text<'_>, hits: &mut Hits) {
    for site in &text.sites.words {
        single_quotes(text, site, hits);
        ranges(text, site, hits);
        dash_pattern(text, site, hits);
        quotes_inside(text, site, hits);
    }
    for command in &text.sites.commands {
        if let CommandKind::For { words: Some(words), .. } = &command.kind {
            loop_words(words, hits);
        }
    }
    for pipeline in &text.sites.pipelines {
        found_names(pipeline, hits);
    }
    for site in &text.sites.simples {
        blanks(text, site.simple, hits);
    }
}

fn single_quotes(text: &Text<'_>, site: &WordSite<'_>, hits: &mut Hits) {
    match site.place {
        Place::Argument(command, _) => {
            let simple = text.sites.simples[command].simple;
            let Some(name) = simple.name() else { return };
            let name = name.rsplit('/').next().unwrap_or(&name).to_owned();
            let runs_shell = simple.arguments().iter().any(|word| {
                matches!(word.plain(), Some("sh" | "bash" | "dash" | "ash" | "ksh" | "zsh" | "-exec"))
            });
            let is_template = name == "sed"
                && site.word.parts.iter().any(|part| match &part.kind {
                    PartKind::SingleQuoted(quoted) => quoted.contains("${"),
                    _ => false,
                });
            if is_template
                || INTERPRETERS.contains(&name.as_str())
                || name.ends_with("awk")
                || name.starts_with("perl")
                || runs_shell
            {
                return;
            }
        }
        Place::Value if is_prompt(text, site.word) => return,
        Place::Name | Place::Heredoc | Place::Arithmetic => return,
        _ => (),
    }
    for part in &site.word.parts {
        if let PartKind::SingleQuoted(quoted) = &part.kind
            && holds_expansion(quoted)
        {
            let message = "the value is not put in between single quotes";
            hits.add(&rules::EXPRESSION_IN_SINGLE_QUOTES, &part.span, message);
        }
    }
}

fn is_prompt(text: &Text<'_>, word: &Word) -> bool {
    let before = &text.text[..word.span.start];
    ["PS1=", "PS2=", "PS3=", "PS4=", "PROMPT_COMMAND="].iter().any(|name| before.ends_with(name))
}

fn holds_expansion(text: &str) -> bool {
    let bytes = text.as_bytes();
    let has_dollar = bytes.windows(2).any(|pair| {
        pair[0] == b'$' && (pair[1].is_ascii_alphanumeric() || matches!(pair[1], b'{' | b'(' | b'_'))
    });
    let backticks = text.split('`').collect::<Vec<_>>();
    has_dollar || (backticks.len() > 2 && !backticks[1].is_empty())
}

/// `[full]`, where each character stands for itself.
fn ranges(text: &Text<'_>, site: &WordSite<'_>, hits: &mut Hits) {
    let is_pattern =
        matches!(site.place, Place::Argument(..) | Place::ForWord | Place::ArrayElement | Place::Target);
    if !is_pattern {
        return;
    }
    if let Place::Argument(command, _) = site.place
        && text.sites.simples[command]
            .simple
            .words
            .first()
            .is_some_and(|word| matches!(word.plain(), Some("tr" | "unset" | "read" | "declare" | "printf")))
    {
        return;
    }
    for part in &site.word.parts {
        let PartKind::Literal(literal) = &part.kind else { continue };
        let Some(open) = literal.find('[') else { continue };
        let Some(length) = literal[open..].find(']') else { continue };
        let inside = &literal[open + 1..open + length];
        let inside = inside.strip_prefix(['!', '^']).unwrap_or(inside);
        let bytes = inside.as_bytes();
        let repeats =
            bytes.iter().enumerate().any(|(at, byte)| *byte != b'-' && bytes[at + 1..].contains(byte));
        if repeats && !inside.contains([':', '[', '=']) {
            let start = part.span.start + open;
            let span = start..start + length + 1;
            hits.add(
                &rules::BRACKETS_AS_TEXT,
                &span,
                "brackets match one character; quote them when text is meant",
            );
        }
    }
}

/// `"a"b"c"`: quotes that were meant to be text end the word's quotes instead.
fn quotes_inside(text: &Text<'_>, site: &WordSite<'_>, hits: &mut Hits) {
    let follows_operator =
        site.place == Place::Condition && text.text[..site.word.span.start].trim_end().ends_with("=~");
    if follows_operator {
        return;
    }
    let parts = &site.word.parts;
    for (at, part) in parts.iter().enumerate().skip(1) {
        let is_quoted =
            |at: usize| matches!(parts.get(at), Some(part) if matches!(part.kind, PartKind::DoubleQuoted(_)));
        // An escape is a part of its own, but one with the text around it.
        if !is_quoted(at - 1) || is_quoted(at) {
            continue;
        }
        let length = parts[at..]
            .iter()
            .take_while(|part| matches!(part.kind, PartKind::Literal(_) | PartKind::Escaped(_)))
            .count();
        let span = part.span.start..parts[at + length.max(1) - 1].span.end;
        let between = &text.text[span.clone()];
        let is_joint = matches!(between, ":" | "/" | "=") || between.contains(['*', '?', '[', '{', '}']);
        // Two variables are quoted on purpose, and the text between them needs no quotes.
        let are_variables =
            [at - 1, at + length].iter().all(|at| parts.get(*at).is_some_and(is_quoted_expansion));
        if length > 0 && is_quoted(at + length) && !is_joint && !are_variables {
            hits.add(&rules::QUOTES_INSIDE_QUOTES, &span, "the quotes around this end the quoted text");
        }
    }
}

fn is_quoted_expansion(part: &crate::WordPart) -> bool {
    let PartKind::DoubleQuoted(parts) = &part.kind else { return false };
    !matches!(parts.as_slice(), [] | [_, _, ..] | [crate::WordPart { kind: PartKind::Literal(_), .. }])
}

fn dash_pattern(text: &Text<'_>, site: &WordSite<'_>, hits: &mut Hits) {
    let Place::Argument(command, argument) = site.place else { return };
    let simple = text.sites.simples[command].simple;
    let Some(name) = simple.name() else { return };
    let Some(crate::WordPart { kind: PartKind::Literal(literal), .. }) = site.word.parts.first() else {
        return;
    };
    let has_end = simple.arguments()[..argument].iter().any(|word| word.plain() == Some("--"));
    let is_extended =
        matches!(site.word.parts.get(1), Some(part) if matches!(part.kind, PartKind::ExtendedGlob(_)));
    if literal.starts_with(['*', '?']) && !is_extended && !has_end && !NAMELESS.contains(&name.as_str()) {
        hits.add(
            &rules::PATTERN_AS_OPTION,
            &site.word.span,
            "a file name that begins with a dash becomes an option",
        );
    }
}

fn loop_words(words: &[Word], hits: &mut Hits) {
    for word in words {
        for part in &word.parts {
            if let PartKind::CommandSubstitution(list) | PartKind::Backticks(list) = &part.kind {
                match first_command(list).and_then(SimpleCommand::name).as_deref() {
                    Some("find") => {
                        hits.add(
                            &rules::SPLIT_IN_FIND_LOOP,
                            &part.span,
                            "names with blanks are broken apart",
                        );
                    }
                    Some("ls") => {
                        hits.add(&rules::SPLIT_IN_LS_LOOP, &part.span, "names with blanks are broken apart");
                    }
                    _ => (),
                }
            }
        }
    }
    let [word] = words else { return };
    let is_expanded = word.parts.iter().any(|part| match &part.kind {
        PartKind::Literal(text) => text.contains(['*', '?', '[', '{']),
        PartKind::SingleQuoted(_) | PartKind::Escaped(_) => false,
        PartKind::DoubleQuoted(_) => word.literal().is_none(),
        _ => true,
    });
    if !is_expanded {
        hits.add(&rules::LOOP_RUNS_ONCE, &word.span, "the loop has one word and runs once");
    }
}

fn first_command(list: &[Statement]) -> Option<&SimpleCommand> {
    let [statement] = list else { return None };
    let [(_, pipeline)] = statement.pipelines.as_slice() else { return None };
    match &pipeline.commands.first()?.kind {
        CommandKind::Simple(simple) => Some(simple),
        _ => None,
    }
}

fn found_names(pipeline: &Pipeline, hits: &mut Hits) {
    for pair in pipeline.commands.windows(2) {
        let (CommandKind::Simple(one), CommandKind::Simple(other)) = (&pair[0].kind, &pair[1].kind) else {
            continue;
        };
        if !one.is("find") || !other.is("xargs") {
            continue;
        }
        let flags =
            |simple: &SimpleCommand| simple.arguments().iter().filter_map(Word::literal).collect::<Vec<_>>();
        let printed = flags(one)
            .iter()
            .any(|flag| matches!(flag.as_str(), "-print0" | "-printf" | "-fprint0" | "-fprintf"));
        let split = flags(other).iter().any(|flag| {
            flag == "--null"
                || flag.starts_with("--delim")
                || (flag.starts_with('-') && !flag.starts_with("--") && flag.contains(['0', 'd']))
        });
        if !printed && !split {
            hits.add(&rules::FIND_INTO_XARGS, &one.span, "names with blanks are broken apart");
        }
    }
}

fn blanks(text: &Text<'_>, simple: &SimpleCommand, hits: &mut Hits) {
    if !simple.is("echo") {
        return;
    }
    let is_spread = simple.words.windows(2).skip(1).any(|pair| {
        let between = &text.text[pair[0].span.end..pair[1].span.start];
        between.len() > 3
            && between.bytes().all(|byte| byte == b' ')
            && pair.iter().all(|word| word.parts.iter().all(|part| matches!(part.kind, PartKind::Literal(_))))
    });
    if is_spread {
        hits.add(&rules::REPEATED_BLANKS_UNQUOTED, &simple.span, "echo prints one blank between words");
    }
}
