//! Variables that nothing reads.

use super::{Hits, Text};
use crate::{CommandKind, ConditionItem, PartKind, SimpleCommand, Span, Word, WordPart, literal, rules};
use std::collections::{BTreeMap, BTreeSet};

/// Variables that the shell, or every second program, reads (Bash Reference Manual, sections 5.1 and 5.2; POSIX.1-2017,
/// XBD chapter 8).
const READ_BY_OTHERS: &[&str] = &[
    "BASHOPTS",
    "BASHPID",
    "BASH_ALIASES",
    "BASH_ARGV0",
    "BASH_CMDS",
    "BASH_COMPAT",
    "BASH_ENV",
    "BASH_LOADABLES_PATH",
    "BASH_REMATCH",
    "BASH_XTRACEFD",
    "CDPATH",
    "CHILD_MAX",
    "COLUMNS",
    "COMPREPLY",
    "COMP_WORDBREAKS",
    "COMP_WORDS",
    "COPROC",
    "DIRSTACK",
    "DISPLAY",
    "EMACS",
    "ENV",
    "EXECIGNORE",
    "FCEDIT",
    "FIGNORE",
    "FUNCNEST",
    "GLOBIGNORE",
    "GROUPS",
    "HISTCMD",
    "HISTCONTROL",
    "HISTFILE",
    "HISTFILESIZE",
    "HISTIGNORE",
    "HISTSIZE",
    "HISTTIMEFORMAT",
    "HOME",
    "HOSTFILE",
    "HOSTNAME",
    "HOSTTYPE",
    "IFS",
    "IGNOREEOF",
    "INPUTRC",
    "INSIDE_EMACS",
    "LANG",
    "LANGUAGE",
    "LD_LIBRARY_PATH",
    "LINENO",
    "LINES",
    "LOGNAME",
    "MACHTYPE",
    "MAIL",
    "MAILCHECK",
    "MAILPATH",
    "MAPFILE",
    "OLDPWD",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PATH",
    "PIPESTATUS",
    "POSIXLY_CORRECT",
    "PPID",
    "PROMPT_COMMAND",
    "PROMPT_DIRTRIM",
    "PS0",
    "PS1",
    "PS2",
    "PS3",
    "PS4",
    "PWD",
    "RANDOM",
    "READLINE_LINE",
    "READLINE_POINT",
    "REPLY",
    "SECONDS",
    "SHELL",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "TERM",
    "TIMEFORMAT",
    "TMOUT",
    "TMPDIR",
    "TZ",
    "UID",
    "USER",
    "auto_resume",
    "histchars",
];

/// Names that say of themselves that nobody reads them: `read -r first rest`.
const MEANT: &[&str] = &["rest"];

/// `shell/variable-never-read`: the last place that sets a variable which nothing in the text reads and no program gets.
pub(super) fn judge(text: &Text<'_>, hits: &mut Hits) {
    // With `set -a` every variable is given to programs.
    if text.sites.simples.iter().any(|site| exports_all(site.simple)) {
        return;
    }
    let read = names_read(text);
    for (name, span) in names_written(text) {
        let is_known = name.starts_with('_') || name.starts_with("LC_") || MEANT.contains(&name);
        let is_read = is_known
            || READ_BY_OTHERS.contains(&name)
            || text.options.variables.contains_key(name)
            || read.contains(name);
        if !is_read {
            let message = format!("nothing reads {name}, and without export no program gets it");
            hits.add(&rules::VARIABLE_NEVER_READ, &span, message);
        }
    }
}

fn exports_all(simple: &SimpleCommand) -> bool {
    simple.is("set")
        && simple.arguments().iter().filter_map(Word::plain).any(|flag| {
            flag == "allexport"
                || flag.strip_prefix('-').is_some_and(|flags| !flags.starts_with('-') && flags.contains('a'))
        })
}

/// The last place that writes each variable.
fn names_written<'s>(text: &'s Text<'_>) -> BTreeMap<&'s str, Span> {
    let mut written: BTreeMap<&str, Span> = BTreeMap::new();
    let mut write = |name: &'s str, start: usize, length: usize| {
        let place = written.entry(name).or_insert(start..start + length);
        if place.start < start {
            *place = start..start + length;
        }
    };
    for site in &text.sites.simples {
        if site.simple.words.is_empty() {
            for assignment in &site.simple.assignments {
                write(&assignment.name, assignment.span.start, assignment.name.len());
            }
        }
        for (name, word) in words_written(site.simple) {
            write(name, word.span.start, name.len());
        }
    }
    for command in &text.sites.commands {
        if let CommandKind::For { variable, .. } = &command.kind {
            let keyword = text.text[command.span.clone()].find(|letter: char| !letter.is_ascii_alphabetic());
            write(variable, command.span.start, keyword.unwrap_or(0));
        }
    }
    written
}

/// The arguments that name variables which the command sets.
fn words_written(simple: &SimpleCommand) -> Vec<(&str, &Word)> {
    let name = simple.words.first().and_then(Word::plain).unwrap_or("");
    let arguments = simple.arguments();
    let has_flag = |letter: char| {
        arguments.iter().filter_map(Word::plain).any(|flag| flag.starts_with('-') && flag.contains(letter))
    };
    let names: Vec<&Word> = match name {
        "declare" | "typeset" if has_flag('x') || has_flag('p') || has_flag('f') || has_flag('F') => {
            Vec::new()
        }
        "declare" | "typeset" | "local" | "readonly" => arguments.iter().collect(),
        "read" => behind_flags(arguments, "adinNptu"),
        "mapfile" | "readarray" => behind_flags(arguments, "dnOsuCc"),
        "getopts" => arguments.iter().skip(1).take(1).collect(),
        "printf" if arguments.first().and_then(Word::plain) == Some("-v") => {
            arguments.iter().skip(1).take(1).collect()
        }
        _ => Vec::new(),
    };
    let named = names.into_iter().filter_map(|word| {
        let name = word.as_assignment().map(|(name, ..)| name).or(word.plain())?;
        literal::is_name(name).then_some((name, word))
    });
    named.collect()
}

/// Arguments that are no flags and no values of flags; of `-a` the value is an array that is set too.
fn behind_flags<'w>(arguments: &'w [Word], with_value: &str) -> Vec<&'w Word> {
    let mut words = Vec::new();
    let mut rest = arguments.iter();
    while let Some(word) = rest.next() {
        let Some(flags) = word.plain().and_then(|flag| flag.strip_prefix('-')) else {
            words.push(word);
            continue;
        };
        let last = flags.chars().next_back();
        if last.is_some_and(|last| with_value.contains(last)) && !flags.starts_with('-') {
            let value = rest.next();
            words.extend(value.filter(|_| last == Some('a')));
        }
    }
    words
}

fn names_read<'s>(text: &'s Text<'_>) -> BTreeSet<&'s str> {
    let mut read: BTreeSet<&str> = BTreeSet::new();
    for site in &text.sites.parts {
        match &site.part.kind {
            PartKind::Parameter(parameter) => {
                read.insert(&parameter.name);
                if parameter.operator == ":" {
                    parameter.argument.iter().for_each(|part| words_of(part, &mut read));
                }
                if let Some(subscript) = &parameter.subscript {
                    read.extend(words_in(&text.text[subscript.clone()]));
                }
            }
            PartKind::Arithmetic(parts) => parts.iter().for_each(|part| words_of(part, &mut read)),
            _ => (),
        }
    }
    for site in &text.sites.words {
        if site.place == crate::sites::Place::Arithmetic {
            site.word.parts.iter().for_each(|part| words_of(part, &mut read));
        }
    }
    for assignment in &text.sites.assignments {
        if assignment.is_append {
            read.insert(&assignment.name);
        }
        if let Some(subscript) = &assignment.subscript {
            read.extend(words_in(&text.text[subscript.clone()]));
        }
    }
    for command in &text.sites.commands {
        if let CommandKind::Condition(items) = &command.kind {
            let words = items.iter().filter_map(|item| match item {
                ConditionItem::Word(word) => word.plain(),
                ConditionItem::Operator(_) => None,
            });
            read.extend(words.filter(|word| literal::is_name(word)));
        }
    }
    for site in &text.sites.simples {
        read_by_command(site.simple, &mut read);
    }
    read
}

/// What builtins read without a `$`.
fn read_by_command<'s>(simple: &'s SimpleCommand, read: &mut BTreeSet<&'s str>) {
    let name = simple.words.first().and_then(Word::plain).unwrap_or("");
    let arguments = simple.arguments();
    let is_exporting = name == "export"
        || matches!(name, "declare" | "typeset")
            && arguments
                .iter()
                .filter_map(Word::plain)
                .any(|flag| flag.starts_with('-') && flag.contains(['x', 'n']));
    for word in arguments {
        if is_exporting {
            read.extend(word.as_assignment().map(|(name, value, _)| [name, value]).into_iter().flatten());
            read.extend(word.plain());
        }
        match name {
            // The text is run later, by this shell.
            "eval" | "trap" | "alias" | "let" => word.parts.iter().for_each(|part| words_of(part, read)),
            "[" => read.extend(
                word.plain().filter(|word| literal::is_name(word)).filter(|_| tests_variable(arguments)),
            ),
            _ => (),
        }
    }
}

fn tests_variable(arguments: &[Word]) -> bool {
    arguments.first().and_then(Word::plain) == Some("-v")
}

/// Every word of literal text that could be a name.
fn words_of<'s>(part: &'s WordPart, read: &mut BTreeSet<&'s str>) {
    match &part.kind {
        PartKind::Literal(text) | PartKind::SingleQuoted(text) | PartKind::AnsiQuoted(text) => {
            read.extend(words_in(text));
        }
        PartKind::DoubleQuoted(parts) | PartKind::Arithmetic(parts) => {
            parts.iter().for_each(|part| words_of(part, read));
        }
        _ => (),
    }
}

fn words_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
        .filter(|word| literal::is_name(word))
}
