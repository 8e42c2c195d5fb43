//! Checkstyle's XML, which most build servers read.

use crate::{
    hadolint::in_order,
    junit::escape,
    source_line::{SourceLine, code, level, message},
};
use model::Report;
use std::io::{self, Write};

pub(crate) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">")?;
    let mut open: Option<String> = None;
    for finding in in_order(report) {
        let place = SourceLine::of(finding, report);
        if open.as_deref() != Some(place.file.as_str()) {
            if open.is_some() {
                writeln!(out, "  </file>")?;
            }
            writeln!(out, "  <file name=\"{}\">", escape(&place.file))?;
            open = Some(place.file.clone());
        }
        // Checkstyle knows error, warning, info and ignore.
        let severity = match level(finding.severity) {
            "style" => "info",
            level => level,
        };
        writeln!(
            out,
            "    <error line=\"{}\" column=\"{}\" severity=\"{severity}\" message=\"{}\" source=\"{}\"/>",
            place.line,
            place.column,
            escape(&message(finding)),
            escape(code(finding))
        )?;
    }
    if open.is_some() {
        writeln!(out, "  </file>")?;
    }
    writeln!(out, "</checkstyle>")
}
