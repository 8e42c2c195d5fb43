//! `seawall explain`.

use crate::arguments::DatabaseArguments;
use crate::database;
use crate::exit::Outcome;
use crate::rules;
use advisories::{Explanation, FoundAdvisory};
use anyhow::{Result, bail};
use model::RuleInfo;
use std::fmt::Write as _;
use std::io::Write as _;

/// Rows of affected packages that are shown of one advisory.
const AFFECTED_MAX: usize = 20;

pub(crate) fn run(id: Option<&str>, arguments: &DatabaseArguments) -> Result<Outcome> {
    let text = match id {
        None => list_rules(),
        Some(id) => match rules::find(id) {
            Some(rule) => explain_rule(rule),
            None => explain_vulnerability(id, arguments)?,
        },
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(Outcome::Clean)
}

fn list_rules() -> String {
    let mut text = String::new();
    for rule in rules::all() {
        push(&mut text, &format!("{:<36} {:<9} {}", rule.id, rule.severity, rule.title));
    }
    text
}

fn explain_rule(rule: &RuleInfo) -> String {
    let mut text = format!(
        "{}\n{} ({})\n\nWhy it matters\n  {}\n\nRemedy\n  {}\n",
        rule.id, rule.title, rule.severity, rule.why, rule.remedy
    );
    if !rule.references.is_empty() {
        text.push_str("\nReferences\n");
        for reference in rule.references {
            push(&mut text, &format!("  {reference}"));
        }
    }
    text
}

fn explain_vulnerability(id: &str, arguments: &DatabaseArguments) -> Result<String> {
    let database = database::open(arguments)?;
    let id = id.trim();
    let explanation = match database.advisory(id)? {
        found if found.advisories.is_empty() => database.advisory(&id.to_ascii_uppercase())?,
        found => found,
    };
    if explanation.advisories.is_empty()
        && explanation.known_exploited.is_none()
        && explanation.epss.is_none()
    {
        bail!(
            "no rule and no advisory at hand has the id {id} (hint: seawall db update, seawall db search WORDS, or `seawall explain` for the rules)"
        );
    }
    Ok(format_explanation(id, &explanation))
}

fn format_explanation(id: &str, explanation: &Explanation) -> String {
    let mut text = format!("{id}\n");
    let summary =
        explanation.advisories.iter().map(|found| found.advisory.summary.as_str()).find(|s| !s.is_empty());
    if let Some(summary) = summary {
        push(&mut text, summary);
    }
    if let Some(known) = &explanation.known_exploited {
        let ransomware = if known.is_used_by_ransomware { ", also by ransomware" } else { "" };
        push(
            &mut text,
            &format!(
                "Known to be exploited since {} (CISA, due {}{ransomware})",
                known.date_added, known.due_date
            ),
        );
    }
    if let Some(epss) = explanation.epss {
        let line =
            format!("EPSS {:.2} % (higher than {:.1} % of all)", epss.score * 100.0, epss.percentile * 100.0);
        push(&mut text, &line);
    }
    for found in &explanation.advisories {
        text.push('\n');
        text.push_str(&format_advisory(found));
    }
    text
}

fn format_advisory(found: &FoundAdvisory) -> String {
    let advisory = &found.advisory;
    let mut text = String::new();
    push(&mut text, &format!("{} in {} ({}, {})", advisory.id, found.shard, advisory.source, found.origin));
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            push(&mut text, &format!("  {name:<10} {value}"));
        }
    };
    line("aliases", &advisory.aliases.join(", "));
    line("published", &advisory.published);
    line("weaknesses", &advisory.weaknesses.join(", "));
    for rating in &advisory.ratings {
        let score = advisories::base_score_tenths(&rating.cvss);
        let score = score.map_or(String::new(), |tenths| format!("{}.{} ", tenths / 10, tenths % 10));
        line("rating", format!("{} {score}{} ({})", rating.severity, rating.cvss, rating.source).trim());
    }
    for affected in advisory.affected.iter().take(AFFECTED_MAX) {
        let ranges: Vec<String> = affected.ranges.iter().map(format_range).collect();
        let ranges = if ranges.is_empty() { affected.versions.join(", ") } else { ranges.join("; ") };
        line("package", &format!("{} {} [{}]", affected.package, ranges, affected.status.as_str()));
    }
    if advisory.affected.len() > AFFECTED_MAX {
        line("", &format!("and {} more", advisory.affected.len() - AFFECTED_MAX));
    }
    for reference in advisory.references.iter().take(5) {
        line("see", reference);
    }
    text
}

fn format_range(range: &advisories::Range) -> String {
    let mut text = String::new();
    if !matches!(range.introduced.as_str(), "" | "0") {
        let _ = write!(text, ">= {} ", range.introduced);
    }
    if !range.fixed.is_empty() {
        let _ = write!(text, "< {}", range.fixed);
    } else if !range.last_affected.is_empty() {
        let _ = write!(text, "<= {}", range.last_affected);
    } else {
        text.push_str("no fix");
    }
    text
}

// Advisories are other people's text: no control character reaches the terminal.
fn push(text: &mut String, line: &str) {
    text.extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
    text.push('\n');
}
