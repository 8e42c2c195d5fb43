//! hadolint's own formats, `tty` and `json` (hadolint 2.15, measured): a pipeline that reads them need not change.

use crate::source_line::{SourceLine, code, level, message};
use model::Report;
use serde_json::json;
use std::io::{self, Write};

pub(crate) fn write_tty(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    for finding in in_order(report) {
        let place = SourceLine::of(finding, report);
        let level = level(finding.severity);
        writeln!(
            out,
            "{}:{} {} {level}: {}",
            place.file,
            place.line,
            crate::text::neutral(code(finding)),
            message(finding)
        )?;
    }
    Ok(())
}

pub(crate) fn write_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let list: Vec<_> = in_order(report)
        .into_iter()
        .map(|finding| {
            let place = SourceLine::of(finding, report);
            json!({
                "code": code(finding), "column": place.column, "file": place.file, "level": level(finding.severity),
                "line": place.line, "message": message(finding),
            })
        })
        .collect();
    serde_json::to_writer(&mut *out, &list).map_err(io::Error::from)?;
    writeln!(out)
}

/// The findings as they stand in the files.
pub(crate) fn in_order(report: &Report) -> Vec<&model::Finding> {
    let mut findings: Vec<_> = report.findings.iter().collect();
    findings.sort_by_cached_key(|finding| {
        let place = SourceLine::of(finding, report);
        (place.file, place.line, place.column, finding.rule.clone())
    });
    findings
}
