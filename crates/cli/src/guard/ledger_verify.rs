//! `seawall ledger verify`.

use super::say;
use crate::arguments::{LedgerCommand, LedgerVerifyArguments};
use crate::exit::Outcome;
use anyhow::{Context, Result};
use ledger::{Verification, VerifierKey, VerifyOptions, verify};
use serde_json::json;

pub(crate) fn run(command: LedgerCommand) -> Result<Outcome> {
    let LedgerCommand::Verify(arguments) = command;
    let mut options = VerifyOptions { may_begin_late: arguments.pruned, ..VerifyOptions::default() };
    options.key = arguments.key.as_deref().map(VerifierKey::parse).transpose()?;
    for path in &arguments.checkpoint {
        let text =
            std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        options.checkpoints.push((path.clone(), text));
    }
    let found = verify(&arguments.file, &options)?;
    if arguments.json {
        say(&as_json(&found).to_string());
    } else {
        for line in as_text(&found, &arguments).lines() {
            say(&report::neutral(line));
        }
    }
    Ok(if found.problems.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

fn as_text(found: &Verification, arguments: &LedgerVerifyArguments) -> String {
    let mut text = String::new();
    for problem in &found.problems {
        let place = match problem.line {
            0 => problem.file.display().to_string(),
            line => format!("{}:{line}", problem.file.display()),
        };
        text.push_str(&format!("{place}: {}: {}\n", problem.kind.as_str(), problem.detail));
    }
    let what = if found.problems.is_empty() { "whole" } else { "NOT what was written" };
    text.push_str(&format!(
        "{}: {what}: {} records in {} file(s), {} checkpoint(s), {} record(s) behind the last one\n",
        arguments.file.display(),
        found.records,
        found.files.len(),
        found.checkpoints,
        found.unsealed
    ));
    if found.torn_bytes > 0 {
        text.push_str(&format!("{} bytes at the end are a record that was cut off\n", found.torn_bytes));
    }
    match (&found.key, &arguments.key) {
        (Some(key), None) => text.push_str(&format!("key, as the log says of itself: {key}\n")),
        (Some(key), Some(_)) => text.push_str(&format!("key: {key}\n")),
        (None, _) => text.push_str("no key: checkpoints cannot be verified\n"),
    }
    text
}

fn as_json(found: &Verification) -> serde_json::Value {
    let problems = found.problems.iter().map(|problem| {
        json!({
            "kind": problem.kind.as_str(), "record": problem.sequence, "file": problem.file, "line": problem.line,
            "detail": problem.detail,
        })
    });
    json!({
        "is_whole": found.problems.is_empty(), "records": found.records, "first": found.first,
        "files": found.files, "checkpoints": found.checkpoints, "unsealed": found.unsealed,
        "torn_bytes": found.torn_bytes, "key": found.key.as_ref().map(ToString::to_string),
        "problems": problems.collect::<Vec<_>>(),
    })
}
