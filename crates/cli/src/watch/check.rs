//! `--rules-check`: what is wrong and what is odd with files of rules.

use super::rules;
use crate::arguments::WatchArguments;
use crate::exit::Outcome;
use anyhow::Result;
use detect::{unmet_needs, unmet_plugins};
use std::io::Write;

pub(super) fn run(arguments: &WatchArguments) -> Result<Outcome> {
    let (results, ruleset) = rules::load(&arguments.rules_check, arguments.own_rules)?;
    let unmet = unmet_plugins(&ruleset);
    let needs = unmet_needs(&ruleset);
    let is_sound = unmet.is_empty() && results.iter().all(|result| result.successful);
    let mut stdout = std::io::stdout().lock();
    if arguments.json {
        // Falco's shape, and beside it what it tells elsewhere.
        let document = serde_json::json!({
            "falco_load_results": results,
            "rules": ruleset.rules.len(),
            "macros": ruleset.macros,
            "lists": ruleset.lists,
            "unmet_plugins": unmet,
            "unmet_needs": needs,
        });
        serde_json::to_writer_pretty(&mut stdout, &document)?;
        writeln!(stdout)?;
    } else {
        for result in rules::told(&results) {
            for line in result.text().lines() {
                writeln!(stdout, "{}", report::neutral(line))?;
            }
        }
        for plugin in &unmet {
            writeln!(stdout, "error: the rules need a plugin that is not there: {plugin}")?;
        }
        for need in &needs {
            let place = if need.in_condition { "condition" } else { "output" };
            let (rule, field, reason) = (report::neutral(&need.rule), &need.field, need.reason);
            writeln!(
                stdout,
                "note: the {place} of '{rule}' asks for {field}, which is never there: {reason}"
            )?;
        }
        if is_sound {
            let (rules, macros, lists) = (ruleset.rules.len(), ruleset.macros, ruleset.lists);
            writeln!(stdout, "{rules} rules, {macros} macros, {lists} lists")?;
        }
    }
    Ok(if is_sound { Outcome::Clean } else { Outcome::Findings })
}
