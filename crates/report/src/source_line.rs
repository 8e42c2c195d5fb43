//! What the formats of linters say of each finding: file, line, column, a code and a level.

use crate::text::neutral;
use model::{Finding, Report, Severity};

/// The place of a finding as linters tell it. What is in no file stands in the first line of the target.
pub(crate) struct SourceLine {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end_line: u32,
}

impl SourceLine {
    pub(crate) fn of(finding: &Finding, report: &Report) -> Self {
        let location = &finding.location;
        if let Some(span) = &location.source {
            let file = neutral(&span.file).into_owned();
            return Self {
                file,
                line: span.line,
                column: span.column,
                end_line: span.end_line.max(span.line),
            };
        }
        let file = location.path.as_ref().map_or_else(|| report.target.name.clone(), ToString::to_string);
        let line = location.line.unwrap_or(1);
        Self { file: neutral(&file).into_owned(), line, column: 1, end_line: line }
    }
}

/// The code that hadolint's users know (`DL3008`, `SC2086`), else the rule's own id.
pub(crate) fn code(finding: &Finding) -> &str {
    let is_code = |alias: &&String| {
        ["DL", "SC"].iter().any(|prefix| {
            alias
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.len() == 4 && rest.bytes().all(|byte| byte.is_ascii_digit()))
        })
    };
    finding.aliases.iter().find(is_code).map_or(&finding.rule, String::as_str)
}

/// hadolint's word for a severity.
pub(crate) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Unknown => "warning",
        Severity::Low => "info",
        Severity::Negligible => "style",
    }
}

/// What is wrong, on one line: the title, and the vulnerability when it is one.
pub(crate) fn message(finding: &Finding) -> String {
    neutral(&finding.title).into_owned()
}
