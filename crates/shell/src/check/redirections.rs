//! Rules about what commands read and where they write.

use super::{Hits, Text};
use crate::sites::SimpleSite;
use crate::{Command, CommandKind, PartKind, Redirect, Statement, Word, rules};

/// Commands that do not read what they are given, by a pipe or by a redirection.
const DEAF: &[&str] = &[
    "alias", "basename", "bg", "cd", "chgrp", "chmod", "chown", "cp", "du", "echo", "export", "fg",
    "getopts", "kill", "ln", "ls", "mv", "printf", "ps", "pwd", "rm", "rmdir", "set", "sleep", "touch",
    "trap", "ulimit", "unalias",
];

pub(super) fn judge(text: &Text<'_>, hits: &mut Hits) {
    for site in &text.sites.simples {
        order(text, site, hits);
        tested(text, site, hits);
        if let Some(name) = site.simple.name() {
            deaf(&name, site, hits);
        }
        given(site, hits);
    }
    for command in &text.sites.commands {
        doubled(text, command, hits);
    }
    for pipeline in &text.sites.pipelines {
        for pair in pipeline.commands.windows(2) {
            if !pipeline
                .stderr_pipes
                .iter()
                .any(|bar| bar.start >= pair[0].span.end && bar.end <= pair[1].span.start)
            {
                robbed(&pair[0], hits);
            }
        }
    }
    for list in &text.sites.lists {
        repeated(text, list, hits);
    }
}

fn deaf(name: &str, site: &SimpleSite<'_>, hits: &mut Hits) {
    if site.pipe_position > 0 && DEAF.contains(&name) {
        let reads = site.simple.arguments().iter().any(|word| {
            matches!(word.literal().as_deref(), Some("-" | "/dev/stdin" | "-i" | "--interactive"))
        });
        let is_redirected = site.redirects.iter().any(|redirect| redirect.operator.starts_with('<'));
        if !reads && !is_redirected {
            let span = &site.simple.words[0].span;
            hits.add(
                &rules::PIPE_INTO_DEAF_COMMAND,
                span,
                format!("{name} does not read what is piped into it"),
            );
        }
    }
}

/// `2>&1 > file`.
fn order(text: &Text<'_>, site: &SimpleSite<'_>, hits: &mut Hits) {
    let is_piped = site.pipe_position + 1 < site.pipe_length;
    for (at, redirect) in site.redirects.iter().enumerate() {
        let later = site.redirects[at + 1..].iter().any(|later| {
            matches!(later.operator, ">" | ">>" | ">|")
                && later.descriptor.as_deref().is_none_or(|number| number == "1")
                && later.target.literal().as_deref() != Some("/dev/tty")
        });
        if &text.text[redirect.span.clone()] == "2>&1" && later && !is_piped {
            hits.add(&rules::REDIRECT_ORDER, &redirect.span, "errors still go where the output went before");
        }
    }
}

/// `test a > b`, `[ a > b ]`.
fn tested(text: &Text<'_>, site: &SimpleSite<'_>, hits: &mut Hits) {
    let is_plain = |redirect: &Redirect| {
        matches!(redirect.operator, ">" | "<" | "&>")
            && redirect.descriptor.as_deref().is_none_or(|number| number == "1")
    };
    if site.simple.is("test") {
        for redirect in site.redirects.iter().filter(|redirect| is_plain(redirect)) {
            hits.add(&rules::REDIRECTION_IN_TEST, &redirect.span, "this is a redirection, not a comparison");
        }
    }
    let [name, _, end] = site.simple.words.as_slice() else { return };
    let [redirect] = site.redirects else { return };
    let is_inside = redirect.span.end <= end.span.start && redirect.descriptor.is_none();
    let is_number = redirect.target.literal().is_some_and(|text| text.parse::<i64>().is_ok());
    let is_comparison = matches!(redirect.operator, ">" | "<") && is_inside && !is_number;
    if name.plain() == Some("[") && end.plain() == Some("]") && is_comparison {
        let span = redirect.span.start..redirect.span.start + 1;
        if text.dialect.is_posix() {
            let message = format!("{} compares no texts by order", text.dialect.name());
            hits.add(&rules::STRING_ORDER_IN_SH, &span, message);
        } else {
            hits.add(&rules::UNESCAPED_ORDER_IN_TEST, &span, "this is a redirection, not a comparison");
        }
    }
}

/// `rm < list`.
fn given(site: &SimpleSite<'_>, hits: &mut Hits) {
    let is_input = |redirect: &&Redirect| {
        redirect.operator.starts_with('<') && redirect.operator != "<&" && redirect.descriptor.is_none()
    };
    let (Some(name), Some(_)) = (site.simple.name(), site.redirects.iter().find(is_input)) else { return };
    let name = name.rsplit('/').next().unwrap_or(&name);
    let reads = site.simple.arguments().iter().any(|word| word.plain() == Some("-i") || runs_command(word));
    if DEAF.contains(&name) && !reads {
        let end =
            site.redirects.iter().map(|redirect| redirect.span.end).fold(site.simple.span.end, usize::max);
        let span = site.simple.span.start..end;
        hits.add(&rules::INPUT_FOR_DEAF_COMMAND, &span, format!("{name} does not read what it is given"));
    }
}

fn runs_command(word: &Word) -> bool {
    let runs = |kind: &PartKind| matches!(kind, PartKind::CommandSubstitution(_) | PartKind::Backticks(_));
    word.parts.iter().any(|part| match &part.kind {
        PartKind::DoubleQuoted(parts) => parts.iter().any(|part| runs(&part.kind)),
        kind => runs(kind),
    })
}

/// The descriptors that a redirection leads to a file or from it.
fn descriptors(redirect: &Redirect) -> Vec<u32> {
    let own = |usual: u32| match &redirect.descriptor {
        None => vec![usual],
        Some(number) => number.parse().into_iter().collect(),
    };
    match redirect.operator {
        ">" | ">>" | ">|" => own(1),
        "<" | "<<" | "<<-" | "<<<" => own(0),
        "&>" | "&>>" => vec![1, 2],
        _ => Vec::new(),
    }
}

/// Where the operator stands.
fn operator(redirect: &Redirect) -> crate::Span {
    let start = redirect.span.start + redirect.descriptor.as_ref().map_or(0, String::len);
    match redirect.operator {
        "<<" | "<<-" => redirect.target.span.clone(),
        operator => start + usize::from(operator.starts_with('&'))..start + operator.len(),
    }
}

/// `> a > b`.
fn doubled(text: &Text<'_>, command: &Command, hits: &mut Hits) {
    let mut told = Vec::new();
    for (at, redirect) in command.redirects.iter().enumerate() {
        let own = descriptors(redirect);
        for other in &command.redirects[at + 1..] {
            if descriptors(other).iter().any(|number| own.contains(number)) {
                told.extend([operator(redirect), operator(other)]);
            }
        }
    }
    told.sort_by_key(|span| span.start);
    told.dedup();
    for span in told {
        let message =
            format!("`{}` competes with another redirection: only the last counts", &text.text[span.clone()]);
        hits.add(&rules::COMPETING_REDIRECTIONS, &span, message);
    }
}

/// `a > b | c`.
fn robbed(command: &Command, hits: &mut Hits) {
    // Descriptors that are led anew may bring something into the pipe again.
    if command.redirects.iter().any(|redirect| matches!(redirect.operator, ">&" | "<&")) {
        return;
    }
    for redirect in &command.redirects {
        let is_process =
            redirect.target.parts.iter().any(|part| matches!(part.kind, PartKind::ProcessSubstitution(_)));
        if descriptors(redirect).contains(&1) && !is_process {
            hits.add(&rules::REDIRECTED_BEFORE_PIPE, &operator(redirect), "nothing is left for the pipe");
        }
    }
}

/// `a >> f; b >> f; c >> f`.
fn repeated(text: &Text<'_>, list: &[Statement], hits: &mut Hits) {
    let mut at = 0;
    while at < list.len() {
        let Some((target, start, end)) = appended(text, &list[at]) else {
            at += 1;
            continue;
        };
        let same =
            |statement: &&Statement| appended(text, statement).is_some_and(|(other, ..)| other == target);
        let count = list[at..].iter().take_while(same).count();
        if count >= 3 {
            let message =
                format!("{count} commands in a row are appended to {target}: it is opened each time");
            hits.add(&rules::REPEATED_APPEND, &(start..end), message);
        }
        at += count.max(1);
    }
}

/// The file that a statement appends to, as written, and where the command that does so stands.
fn appended<'t>(text: &Text<'t>, statement: &Statement) -> Option<(&'t str, usize, usize)> {
    let [(_, pipeline)] = statement.pipelines.as_slice() else { return None };
    let command = pipeline.commands.last()?;
    if matches!(command.kind, CommandKind::Function { .. }) || pipeline.negation.is_some() {
        return None;
    }
    let redirect = command.redirects.iter().find(|redirect| redirect.operator == ">>")?;
    Some((&text.text[redirect.target.span.clone()], command.span.start, command.span.end))
}
