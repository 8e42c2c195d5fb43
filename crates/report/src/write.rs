//! One door to all formats.

use crate::{Format, Options};
use model::Report;
use std::io::{self, Write};

/// Writes a report in a format. Output is buffered inside; the same report and options give the same bytes.
///
/// # Errors
/// Whatever `out` returns.
pub fn write(format: Format, report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut out = io::BufWriter::with_capacity(1 << 16, out);
    match format {
        Format::Table => crate::table::write(report, options, &mut out)?,
        Format::Json => crate::json::write(report, &mut out)?,
        Format::Sarif => crate::sarif::write(report, options, &mut out)?,
        Format::CycloneDx => crate::cyclonedx::write(report, options, &mut out)?,
        Format::Spdx => crate::spdx::write(report, options, &mut out)?,
        Format::OpenVex => crate::openvex::write(report, options, &mut out)?,
        Format::Junit => crate::junit::write(report, options, &mut out)?,
        Format::Markdown => crate::markdown::write(report, options, &mut out)?,
        Format::Checkstyle => crate::checkstyle::write(report, &mut out)?,
        Format::CodeClimate => crate::code_quality::write_codeclimate(report, &mut out)?,
        Format::GitLab => crate::code_quality::write_gitlab(report, &mut out)?,
        Format::Tty => crate::hadolint::write_tty(report, &mut out)?,
        Format::HadolintJson => crate::hadolint::write_json(report, &mut out)?,
        Format::Html => crate::html::write(report, options, &mut out)?,
    }
    out.flush()
}
