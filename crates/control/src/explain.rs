//! A decision in words, for `seawall guard test` and logs.

use crate::decision::Decision;
use std::fmt::Write as _;

/// A decision in words: the verdict, who and why, each rule, each change, and what the daemon gets.
#[must_use]
pub fn explain(decision: &Decision) -> String {
    let mut out = String::new();
    let call = &decision.call;
    let client = decision.client.as_deref().unwrap_or("no client of the policy");
    let mut line = |text: String| {
        writeln!(out, "{text}").expect("memory takes every line");
    };
    line(format!(
        "{}: {} {} ({}, {})",
        decision.word(),
        call.method(),
        call.target(),
        call.route().id,
        call.route().class.as_str()
    ));
    line(format!("  client: {client}"));
    line(format!("  access: {}", decision.access));
    for hit in &decision.rules {
        let field = if hit.field.is_empty() { String::new() } else { format!(" at {}", hit.field) };
        line(format!("  {}: {} [{}]{field}", hit.mode.as_str(), hit.message, hit.rule));
        for seen in &hit.evidence {
            line(format!("    seen: {seen}"));
        }
        if let Some(waived) = &hit.waived {
            line(format!("    waived: {waived}"));
        }
    }
    for change in &decision.rewrites {
        line(format!("  rewritten: {} = {} [{}]", change.field, change.value, change.rule));
    }
    for warning in &decision.warnings {
        line(format!("  told: {warning}"));
    }
    match &decision.message {
        Some(message) => line(format!("  answer: {} {message}", decision.status)),
        None if call.body().is_some() => {
            line(format!("  sent: {}", String::from_utf8_lossy(&call.body_bytes())));
        }
        None => {}
    }
    out
}
