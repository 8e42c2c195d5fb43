//! Rules about failures that nobody notices.

use super::{Hits, Text, flow};
use crate::sites::{Holder, SimpleSite, StatementSite};
use crate::{CommandKind, Connector, PartKind, Pipeline, SimpleCommand, Statement, Word, WordPart, rules};

/// Directories that a system cannot do without.
const SYSTEM_DIRECTORIES: &[&str] = &[
    "",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/media",
    "/mnt",
    "/proc",
    "/sbin",
    "/sys",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/sbin",
    "/usr/share",
    "/var",
    "/var/lib",
];

pub(super) fn judge(text: &Text<'_>, hits: &mut Hits) {
    for site in &text.sites.simples {
        let Some(name) = site.simple.name() else { continue };
        masked(&name, site.simple, hits);
        unchecked_cd(text, &name, site, hits);
        match name.as_str() {
            "rm" => removal(site.simple, hits),
            "mkdir" => mode(site.simple, hits),
            "read" => reading(site.simple, hits),
            _ => (),
        }
    }
    for site in &text.sites.statements {
        if !site.is_condition {
            chain(text, site.statement, hits);
        }
        negation(text, site, hits);
    }
    for pipeline in &text.sites.pipelines {
        listing(pipeline, hits);
    }
    if !text.has_errexit {
        for list in &text.sites.lists {
            there_and_back(list, hits);
        }
    }
}

/// `cd a; …; cd ..`: when the first fails, the second leaves the wrong place.
fn there_and_back(list: &[Statement], hits: &mut Hits) {
    let Some(there) = list.iter().position(|statement| changes_to(statement).is_some_and(|to| !is_back(&to)))
    else {
        return;
    };
    let back =
        list[there + 1..].iter().find(|statement| changes_to(statement).is_some_and(|to| is_back(&to)));
    if let Some(statement) = back {
        let message =
            "when the first cd fails, this one leads to another place (hint: a subshell needs no way back)";
        hits.add(&rules::CD_BACK, &statement.span, message);
    }
}

fn is_back(directory: &str) -> bool {
    matches!(directory, ".." | "-")
}

/// The directory that a statement of one `cd` changes to, as far as it is literal.
fn changes_to(statement: &Statement) -> Option<String> {
    let [(_, pipeline)] = statement.pipelines.as_slice() else { return None };
    let [command] = pipeline.commands.as_slice() else { return None };
    let CommandKind::Simple(simple) = &command.kind else { return None };
    let is_plain = simple.is("cd") && pipeline.negation.is_none() && !statement.is_background;
    is_plain.then(|| simple.arguments().first().and_then(Word::literal).unwrap_or_default())
}

fn masked(name: &str, simple: &SimpleCommand, hits: &mut Hits) {
    if !flow::DECLARATIONS.contains(&name) {
        return;
    }
    let is_readonly_local =
        simple.arguments().iter().any(|word| word.plain().is_some_and(|flag| flag.starts_with("-r")));
    if is_readonly_local {
        return;
    }
    for word in simple.arguments() {
        let Some((variable, _, _)) = word.as_assignment() else { continue };
        if holds_command(&word.parts) {
            let span = word.span.start..word.span.start + variable.len();
            let message = format!("{name} succeeds even when the command that makes {variable} fails");
            hits.add(&rules::MASKED_FAILURE, &span, message);
        }
    }
}

fn holds_command(parts: &[WordPart]) -> bool {
    parts.iter().any(|part| match &part.kind {
        PartKind::CommandSubstitution(list) | PartKind::Backticks(list) => !list.is_empty(),
        PartKind::DoubleQuoted(parts) => holds_command(parts),
        _ => false,
    })
}

fn unchecked_cd(text: &Text<'_>, name: &str, site: &SimpleSite<'_>, hits: &mut Hits) {
    if !matches!(name, "cd" | "pushd" | "popd") || site.is_checked || text.has_errexit {
        return;
    }
    let target = site.simple.arguments().first().and_then(Word::literal).unwrap_or_default();
    let is_safe = matches!(target.as_str(), "/" | "." | "..") || target.trim_matches(['.', '/']).is_empty();
    if is_safe && name == "cd" && !site.simple.arguments().is_empty() && !target.is_empty() {
        return;
    }
    hits.add(
        &rules::UNCHECKED_CD,
        &site.simple.span,
        format!("when {name} fails, what follows runs in another place"),
    );
}

fn removal(simple: &SimpleCommand, hits: &mut Hits) {
    let is_recursive = simple.arguments().iter().filter_map(Word::literal).any(|flag| {
        flag == "--recursive"
            || (flag.starts_with('-') && !flag.starts_with("--") && flag.contains(['r', 'R']))
    });
    if !is_recursive {
        return;
    }
    for word in simple.arguments() {
        if let Some(path) = word.literal() {
            let path = path.trim_end_matches('*').trim_end_matches('/');
            let is_absolute = word.literal().is_some_and(|path| path.starts_with('/'));
            if is_absolute && SYSTEM_DIRECTORIES.contains(&path) {
                let shown = if path.is_empty() { "/" } else { path };
                hits.add(
                    &rules::SYSTEM_DIRECTORY_REMOVED,
                    &word.span,
                    format!("{shown} is a system directory"),
                );
            }
            continue;
        }
        if let Some(rest) = behind_variables(&word.parts) {
            let rest = rest.trim_end_matches('*').trim_end_matches('/');
            if SYSTEM_DIRECTORIES.contains(&rest) && !matches!(rest, "/usr/lib" | "/var/lib") {
                let message = "with an empty variable this removes a directory of the system";
                hits.add(&rules::EMPTY_VARIABLE_IN_RM, &word.span, message);
            }
        }
    }
}

/// What is left of a word when its variables are empty; `None` when it does not begin with a variable that may be.
fn behind_variables(parts: &[WordPart]) -> Option<String> {
    let mut rest = String::new();
    let mut flat = Vec::new();
    for part in parts {
        match &part.kind {
            PartKind::DoubleQuoted(parts) => flat.extend(parts),
            _ => flat.push(part),
        }
    }
    for (at, part) in flat.iter().enumerate() {
        match &part.kind {
            PartKind::Parameter(parameter) => {
                if parameter.operator.contains(['?', '-', '=']) {
                    return None;
                }
            }
            _ if at == 0 => return None,
            PartKind::Literal(literal) | PartKind::SingleQuoted(literal) => rest.push_str(literal),
            _ => return None,
        }
    }
    rest.starts_with('/').then_some(rest)
}

fn mode(simple: &SimpleCommand, hits: &mut Hits) {
    let flags: Vec<_> = simple.arguments().iter().filter_map(|word| Some((word.literal()?, word))).collect();
    let is_short = |flag: &str, letter: char| {
        flag.starts_with('-')
            && !flag.starts_with("--")
            && flag[1..]
                .split(|c: char| c.is_ascii_digit())
                .next()
                .is_some_and(|letters| letters.contains(letter))
    };
    let has_parents = flags.iter().any(|(flag, _)| is_short(flag, 'p') || flag == "--parents");
    let Some((_, word)) = flags.iter().find(|(flag, _)| is_short(flag, 'm') || flag.starts_with("--mode"))
    else {
        return;
    };
    let is_deep = simple.arguments().iter().any(|word| {
        let text = word.literal_start();
        let text = text.strip_prefix("./").or(text.strip_prefix("../")).unwrap_or(&text);
        !text.starts_with('-') && text.trim_end_matches('/').contains('/')
            || word.literal().is_none() && text.contains('/')
    });
    if has_parents && is_deep {
        hits.add(
            &rules::MODE_OF_LAST_DIRECTORY_ONLY,
            &word.span,
            "directories on the way get the default mode",
        );
    }
}

fn reading(simple: &SimpleCommand, hits: &mut Hits) {
    let has_raw = simple.arguments().iter().filter_map(Word::plain).any(|flag| {
        flag.starts_with('-')
            && flag[1..].bytes().take_while(|byte| !b"dnNptui".contains(byte)).any(|byte| byte == b'r')
    });
    if !has_raw {
        hits.add(
            &rules::READ_EATS_BACKSLASHES,
            &simple.words[0].span,
            "read without -r takes backslashes away",
        );
    }
}

/// `a && b || c`.
fn chain(text: &Text<'_>, statement: &Statement, hits: &mut Hits) {
    let pipelines = &statement.pipelines;
    if pipelines.len() < 3 {
        return;
    }
    let at = pipelines.len() - 2;
    let (connector, middle) = &pipelines[at];
    let (next, last) = &pipelines[at + 1];
    if *connector != Connector::And || *next != Connector::Or {
        return;
    }
    if is_sure(middle) || leaves(last) {
        return;
    }
    let start = pipelines[at - 1].1.span.end;
    let start = start + text.text[start..middle.span.start].find("&&").unwrap_or(0);
    let span = start..start + 2;
    hits.add(&rules::AND_OR_CHAIN, &span, "what follows || also runs when the middle command fails");
}

/// Whether a pipeline only tells or leaves, so that it may also run when the middle command fails.
fn leaves(pipeline: &Pipeline) -> bool {
    let [command] = pipeline.commands.as_slice() else { return false };
    let CommandKind::Simple(simple) = &command.kind else { return false };
    ["exit", "return", "echo", "break", "continue"].iter().any(|name| simple.is(name))
}

/// Whether a pipeline does not fail.
fn is_sure(pipeline: &Pipeline) -> bool {
    pipeline.commands.iter().all(|command| match &command.kind {
        CommandKind::Simple(simple) => match simple.name().as_deref() {
            None => simple.words.is_empty(),
            Some(name) => matches!(
                name,
                "echo" | "exit" | "return" | "printf" | "set" | "true" | ":" | "break" | "continue"
            ),
        },
        _ => false,
    })
}

fn negation(text: &Text<'_>, site: &StatementSite<'_>, hits: &mut Hits) {
    let decides =
        site.is_last && matches!(site.holder, Holder::Script | Holder::Subshell | Holder::Substitution);
    if site.is_condition || decides || !text.has_errexit {
        return;
    }
    let [(_, pipeline)] = site.statement.pipelines.as_slice() else { return };
    if let Some(span) = &pipeline.negation {
        hits.add(&rules::NEGATION_SKIPS_ERREXIT, span, "set -e does not stop at a command behind !");
    }
}

fn listing(pipeline: &Pipeline, hits: &mut Hits) {
    for pair in pipeline.commands.windows(2) {
        let (CommandKind::Simple(one), CommandKind::Simple(other)) = (&pair[0].kind, &pair[1].kind) else {
            continue;
        };
        let (Some(one_name), Some(other_name)) = (one.name(), other.name()) else { continue };
        match (one_name.as_str(), other_name.as_str()) {
            ("ls", "grep" | "egrep" | "fgrep") => {
                hits.add(&rules::LS_INTO_GREP, &one.span, "ls changes names, so grep may miss them");
            }
            ("ls", _) => {
                hits.add(&rules::LS_READ_BY_PROGRAM, &one.span, "ls changes names with odd characters");
            }
            _ => (),
        }
    }
}
