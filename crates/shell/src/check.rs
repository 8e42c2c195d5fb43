//! What is wrong with a shell text.

mod flow;
mod hits;
mod quoting;

use crate::{Dialect, Options, Script, ShellHit, parse, rules, sites::Sites};
use hits::{Hits, replace};

/// What rules look at.
struct Text<'s> {
    text: &'s str,
    script: &'s Script,
    sites: Sites<'s>,
    dialect: Dialect,
    options: &'s Options,
}

/// Judges a shell text; hits come in the order of the text. A text of another shell has none.
#[must_use]
pub fn check(text: &str, dialect: Dialect, options: &Options) -> Vec<ShellHit> {
    let script = parse(text, dialect);
    let text = Text { text, script: &script, sites: Sites::of(&script), dialect, options };
    let mut hits = Hits::default();
    if let Some(problem) = &script.problem {
        hits.add(&rules::SYNTAX_ERROR, &problem.span, problem.message.clone());
    }
    for judge in JUDGES {
        judge(&text, &mut hits);
    }
    hits.sorted()
}

type Judge = fn(&Text<'_>, &mut Hits);

const JUDGES: &[Judge] = &[flow::unquoted_variables, quoting::judge];
