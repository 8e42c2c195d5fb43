//! Output in the form of docker-bench-security, so that what reads its output goes on.

use crate::{BENCHMARK, BenchmarkItem, benchmark};
use model::{Outcome, OutcomeState, Report};
use serde_json::{Value, json};
use std::io::{self, Write};

const SECTIONS: [(&str, &str); 7] = [
    ("1", "Host Configuration"),
    ("2", "Docker daemon configuration"),
    ("3", "Docker daemon configuration files"),
    ("4", "Container Images and Build File"),
    ("5", "Container Runtime"),
    ("6", "Docker Security Operations"),
    ("7", "Docker Swarm Configuration"),
];
/// Objects of one item that are listed.
const ITEMS_MAX: usize = 200;

/// The answer of one item, its worst.
fn verdict(outcomes: &[&Outcome]) -> &'static str {
    let any = |state| outcomes.iter().any(|outcome| outcome.state == state);
    if any(OutcomeState::Failed) {
        "WARN"
    } else if any(OutcomeState::Unknown) {
        // docker-bench has no word for it; a fact that is missing must never look like PASS.
        "NOTE"
    } else if any(OutcomeState::Passed) {
        "PASS"
    } else if any(OutcomeState::Manual) {
        "NOTE"
    } else {
        "INFO"
    }
}

fn score(report: &Report) -> (usize, i64) {
    let mut score = 0;
    for item in BENCHMARK.iter().filter(|item| item.is_scored) {
        match verdict(&benchmark::outcomes_of(&report.outcomes, item.id)) {
            "PASS" => score += 1,
            "WARN" => score -= 1,
            _ => {}
        }
    }
    (BENCHMARK.len(), score)
}

/// Writes the text form: `[WARN] 5.5 - …` and a line for each object. Names are made neutral by `neutral`, which the caller
/// gives, since they come from containers.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_text(report: &Report, neutral: &dyn Fn(&str) -> String, out: &mut dyn Write) -> io::Result<()> {
    for (number, title) in SECTIONS {
        writeln!(out, "[INFO] {number} - {title}")?;
        for item in of_section(number) {
            let outcomes = benchmark::outcomes_of(&report.outcomes, item.id);
            let verdict = verdict(&outcomes);
            let scored = if item.is_scored { "Scored" } else { "Not Scored" };
            writeln!(out, "[{verdict}] {} - {} ({scored})", item.id, item.title)?;
            for outcome in shown(&outcomes).take(ITEMS_MAX) {
                writeln!(
                    out,
                    "[{verdict}]      * {}: {}",
                    neutral(&outcome.object),
                    neutral(&outcome.detail)
                )?;
            }
        }
        writeln!(out)?;
    }
    let (checks, score) = score(report);
    writeln!(out, "Section C - Score\n\n[INFO] Checks: {checks}\n[INFO] Score: {score}")
}

/// Writes the JSON form; unlike the original it is always well-formed.
///
/// # Errors
/// Whatever `out` returns.
pub fn write_json(report: &Report, start_secs: i64, out: &mut dyn Write) -> io::Result<()> {
    let tests: Vec<Value> = SECTIONS
        .iter()
        .map(|(number, title)| {
            let results: Vec<Value> = of_section(number).map(|item| result(report, item)).collect();
            json!({ "id": number, "desc": title, "results": results })
        })
        .collect();
    let (checks, score) = score(report);
    let document = json!({
        "dockerbenchsecurity": "1.6.1",
        "tool": format!("{} {}", report.tool.name, report.tool.version),
        "start": start_secs,
        "tests": tests,
        "checks": checks,
        "score": score,
        "end": start_secs,
    });
    serde_json::to_writer_pretty(&mut *out, &document).map_err(io::Error::other)?;
    writeln!(out)
}

fn of_section(number: &str) -> impl Iterator<Item = &'static BenchmarkItem> {
    let prefix = format!("{number}.");
    BENCHMARK.iter().filter(move |item| item.id.starts_with(&prefix))
}

fn result(report: &Report, item: &BenchmarkItem) -> Value {
    let outcomes = benchmark::outcomes_of(&report.outcomes, item.id);
    let verdict = verdict(&outcomes);
    let items: Vec<&str> = shown(&outcomes).take(ITEMS_MAX).map(|outcome| outcome.object.as_str()).collect();
    let details: Vec<String> = shown(&outcomes)
        .take(ITEMS_MAX)
        .map(|outcome| format!("{}: {}", outcome.object, outcome.detail))
        .collect();
    json!({
        "id": item.id,
        "desc": item.title,
        "result": verdict,
        "details": details.join("; "),
        "items": items,
    })
}

/// The outcomes that explain the verdict.
fn shown<'o>(outcomes: &[&'o Outcome]) -> impl Iterator<Item = &'o Outcome> {
    let worst = [OutcomeState::Failed, OutcomeState::Unknown, OutcomeState::Passed, OutcomeState::Manual]
        .into_iter()
        .find(|state| outcomes.iter().any(|outcome| outcome.state == *state));
    let list: Vec<&Outcome> = outcomes
        .iter()
        .copied()
        .filter(|outcome| {
            worst.is_none_or(|worst| outcome.state == worst) && worst != Some(OutcomeState::Passed)
        })
        .collect();
    list.into_iter()
}
