//! Code Climate's issues (codeclimate/platform, spec/analyzers/SPEC.md), and the part of them that GitLab's code
//! quality report reads (docs.gitlab.com, "Code Quality", "Code quality report format").

use crate::{
    hadolint::in_order,
    source_line::{SourceLine, code, message},
};
use model::{Report, Severity};
use serde_json::{Value, json};
use std::io::{self, Write};

/// Issues one after another, each ended by a NUL, as Code Climate's engines write them.
pub(crate) fn write_codeclimate(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for issue in issues(report) {
        serde_json::to_writer(&mut *out, &issue).map_err(io::Error::from)?;
        out.write_all(b"\0")?;
    }
    Ok(())
}

/// One list.
pub(crate) fn write_gitlab(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &issues(report)).map_err(io::Error::from)?;
    writeln!(out)
}

fn issues(report: &Report) -> Vec<Value> {
    let issue = |finding: &model::Finding| {
        let place = SourceLine::of(finding, report);
        json!({
            "type": "issue",
            "check_name": code(finding),
            "description": message(finding),
            "categories": ["Security"],
            "content": { "body": finding.remedy.as_deref().unwrap_or_default() },
            "location": { "path": place.file, "lines": { "begin": place.line, "end": place.end_line } },
            "severity": severity(finding.severity),
            "fingerprint": finding.fingerprint,
        })
    };
    in_order(report).into_iter().map(issue).collect()
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "blocker",
        Severity::High => "critical",
        Severity::Medium | Severity::Unknown => "major",
        Severity::Low => "minor",
        Severity::Negligible => "info",
    }
}
