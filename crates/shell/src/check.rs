//! What is wrong with a shell text.

mod conditions;
mod expansions;
mod flow;
mod habits;
mod hits;
mod mistakes;
mod names;
mod outcomes;
mod patterns;
mod portability;
mod redirections;
mod unused;
mod words;

use crate::{Dialect, Options, Script, ShellHit, SimpleCommand, Word, parse, rules, sites::Sites};
use hits::{Hits, replace};
use std::collections::BTreeSet;

/// What rules look at.
struct Text<'s> {
    text: &'s str,
    script: &'s Script,
    sites: Sites<'s>,
    dialect: Dialect,
    options: &'s Options,
    /// Whether the shell stops at the first failure: `set -e` anywhere.
    has_errexit: bool,
    /// What the text itself assigns.
    assigned: BTreeSet<&'s str>,
}

impl Text<'_> {
    fn is_assigned(&self, name: &str) -> bool {
        self.assigned.contains(name) || self.options.variables.contains_key(name)
    }
}

/// Judges a shell text; hits come in the order of the text. A text of another shell has none.
#[must_use]
pub fn check(text: &str, dialect: Dialect, options: &Options) -> Vec<ShellHit> {
    let script = parse(text, dialect);
    let sites = Sites::of(&script);
    let has_errexit = options.has_errexit || sites.simples.iter().any(|site| sets_errexit(site.simple));
    let assigned = sites.assignments.iter().map(|assignment| assignment.name.as_str()).collect();
    let text = Text { text, script: &script, sites, dialect, options, has_errexit, assigned };
    let mut hits = Hits::default();
    if let Some(problem) = &script.problem {
        hits.add(&rules::SYNTAX_ERROR, &problem.span, problem.message.clone());
    }
    for judge in JUDGES {
        judge(&text, &mut hits);
    }
    hits.sorted()
}

fn sets_errexit(simple: &SimpleCommand) -> bool {
    if !simple.is("set") {
        return false;
    }
    simple.arguments().iter().filter_map(Word::literal).any(|flag| {
        flag == "errexit" || (flag.starts_with('-') && !flag.starts_with("--") && flag.contains('e'))
    })
}

type Judge = fn(&Text<'_>, &mut Hits);

const JUDGES: &[Judge] = &[
    flow::unquoted_variables,
    expansions::judge,
    portability::judge,
    outcomes::judge,
    mistakes::judge,
    conditions::judge,
    names::judge,
    habits::judge,
    words::judge,
    patterns::judge,
    redirections::judge,
    unused::judge,
];
