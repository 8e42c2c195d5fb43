//! Rules about patterns that the shell expands where a program was meant to.

use super::{Hits, Text};
use crate::{PartKind, SimpleCommand, Word, rules};

/// Tests of find(1) whose value is a pattern.
const PATTERN_TESTS: &[&str] = &[
    "-ilname",
    "-iname",
    "-ipath",
    "-iregex",
    "-iwholename",
    "-lname",
    "-name",
    "-path",
    "-regex",
    "-wholename",
];

pub(super) fn judge(text: &Text<'_>, hits: &mut Hits) {
    for site in &text.sites.simples {
        match program(site.simple).as_deref() {
            Some("tr") => translated(site.simple, hits),
            Some("find") => found(site.simple, hits),
            Some("grep") => searched(site.simple, hits),
            _ => (),
        }
    }
}

/// The name of the program without its directory.
fn program(simple: &SimpleCommand) -> Option<String> {
    let name = simple.name()?;
    Some(name.rsplit('/').next().unwrap_or(&name).to_owned())
}

fn translated(simple: &SimpleCommand, hits: &mut Hits) {
    for word in simple.arguments().iter().filter(|word| is_pattern(word)) {
        hits.add(
            &rules::UNQUOTED_SET_OF_TR,
            &word.span,
            "a file here whose name fits takes the place of this set",
        );
    }
}

fn found(simple: &SimpleCommand, hits: &mut Hits) {
    for pair in simple.arguments().windows(2) {
        if pair[0].plain().is_some_and(|test| PATTERN_TESTS.contains(&test)) && is_pattern(&pair[1]) {
            hits.add(
                &rules::UNQUOTED_PATTERN_OF_FIND,
                &pair[1].span,
                "files here whose names fit take the place of this pattern",
            );
        }
    }
}

fn searched(simple: &SimpleCommand, hits: &mut Hits) {
    let is_flag = |word: &&Word| word.literal_start().starts_with('-');
    let expression = simple.arguments().iter().find(|word| !is_flag(word));
    if let Some(word) = expression.filter(|word| is_pattern(word)) {
        hits.add(
            &rules::UNQUOTED_PATTERN_OF_GREP,
            &word.span,
            "files here whose names fit take the place of this expression",
        );
    }
}

/// Whether the shell expands the word to names of files.
fn is_pattern(word: &Word) -> bool {
    word.parts.iter().any(|part| match &part.kind {
        PartKind::Literal(text) => {
            let is_range = text.find('[').is_some_and(|open| text[open..].contains(']'));
            text.contains(['*', '?']) || is_range
        }
        PartKind::ExtendedGlob(_) => true,
        _ => false,
    })
}
