//! Rules about `[ … ]`, `test` and `[[ … ]]`.

use super::{Hits, Text};
use crate::sites::SimpleSite;
use crate::{CommandKind, ConditionItem, PartKind, Pipeline, Word, WordPart, rules};

pub(super) fn judge(text: &Text<'_>, hits: &mut Hits) {
    for site in &text.sites.simples {
        if site.simple.is("[") || site.simple.is("test") {
            tests(site, hits);
        }
    }
    for pipeline in &text.sites.pipelines {
        negated(pipeline, hits);
    }
    for command in &text.sites.commands {
        if let CommandKind::Condition(items) = &command.kind {
            compared(items, hits);
        }
    }
}

fn tests(site: &SimpleSite<'_>, hits: &mut Hits) {
    let simple = site.simple;
    let mut words = simple.arguments();
    if simple.is("[")
        && let Some((_, rest)) = words.split_last()
    {
        words = rest;
    }
    let literal: Vec<_> = words.iter().map(|word| word.plain().unwrap_or("")).collect();
    for (at, word) in words.iter().enumerate() {
        if matches!(literal[at], "-a" | "-o") && at > 0 && literal[at - 1] != "!" && words.len() > 2 {
            hits.add(&rules::AND_IN_TEST, &word.span, "join two tests with && or || instead");
        }
        if literal[at] == "!" && matches!(literal.get(at + 1), Some(&("-z" | "-n"))) {
            hits.add(&rules::NEGATED_EMPTY_TEST, &word.span, "two negations where none is needed");
        }
        let is_dollar = word.parts.len() == 1 && is_outcome(&word.parts[0]);
        if is_dollar && words.len() == 3 {
            let zero = words.iter().any(|word| word.literal().as_deref() == Some("0"));
            if zero {
                hits.add(&rules::OUTCOME_LOOKED_UP_LATE, &word.span, "look at the command itself");
            }
        }
    }
    if let [left, _, right] = words {
        let x = |word: &Word| word.literal_start().to_ascii_lowercase().starts_with('x');
        let is_comparison = matches!(literal[1], "=" | "!=" | "==");
        if is_comparison && x(left) && x(right) && left.literal().is_none() {
            hits.add(&rules::X_COMPARISON, &left.span, "quotes do what this x was for");
        }
        if is_comparison
            && left.literal().is_some()
            && right.literal().is_some()
            && !left.literal_start().is_empty()
        {
            hits.add(&rules::CONSTANT_TEST, &words[1].span, "both sides are constant");
        }
    }
}

fn is_outcome(part: &WordPart) -> bool {
    match &part.kind {
        PartKind::Parameter(parameter) => parameter.name == "?",
        PartKind::DoubleQuoted(parts) => parts.len() == 1 && is_outcome(&parts[0]),
        _ => false,
    }
}

/// `! [ -n x ]`.
fn negated(pipeline: &Pipeline, hits: &mut Hits) {
    let (Some(negation), [command]) = (&pipeline.negation, pipeline.commands.as_slice()) else { return };
    let first = match &command.kind {
        CommandKind::Simple(simple) if simple.is("[") && simple.words.len() == 4 => simple.words.get(1),
        CommandKind::Condition(items) => match items.as_slice() {
            [ConditionItem::Word(first), ConditionItem::Word(_)] => Some(first),
            _ => None,
        },
        _ => None,
    };
    let opposite = match first.and_then(Word::plain) {
        Some("-n") => "-z",
        Some("-z") => "-n",
        _ => return,
    };
    hits.add(&rules::NEGATED_TEST, negation, format!("{opposite} asks the same without a negation"));
}

/// `[[ a = $b ]]` and `[[ a =~ "b.c" ]]`.
fn compared(items: &[ConditionItem], hits: &mut Hits) {
    for triple in items.windows(3) {
        let [ConditionItem::Word(_), ConditionItem::Word(operator), ConditionItem::Word(right)] = triple
        else {
            continue;
        };
        let [part] = right.parts.as_slice() else { continue };
        match (operator.plain(), &part.kind) {
            (Some("=" | "==" | "!="), PartKind::Parameter(_)) => {
                let message = "the value is taken as a pattern, not as text";
                hits.add(&rules::VARIABLE_AS_PATTERN, &right.span, message);
            }
            (Some("=~"), PartKind::SingleQuoted(text)) if has_operator(text) => {
                hits.add(&rules::QUOTED_EXPRESSION, &right.span, QUOTED);
            }
            (Some("=~"), PartKind::DoubleQuoted(parts)) if parts.iter().any(is_expression) => {
                hits.add(&rules::QUOTED_EXPRESSION, &right.span, QUOTED);
            }
            _ => (),
        }
    }
}

const QUOTED: &str = "between quotes every character stands for itself";

fn is_expression(part: &WordPart) -> bool {
    match &part.kind {
        PartKind::Literal(text) => has_operator(text),
        PartKind::Escaped(letter) => has_operator(&letter.to_string()),
        _ => true,
    }
}

/// Whether a text has a character that means something in an extended regular expression, and hardly ever stands in
/// plain text.
fn has_operator(text: &str) -> bool {
    text.contains(['[', ']', '*', '.', '+', '(', ')', '|'])
}
