//! Our own JSON: serde's view of [`Report`], described by `docs/schema/report-1.3.json`.

use model::{Report, SCHEMA_VERSION};
use serde::Deserialize;
use std::io::{self, Write};

/// Why bytes are not a report of ours.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not JSON, or not the JSON of a report.
    #[error("not a Seawall report (hint: write one with --format json)")]
    Malformed(#[source] serde_json::Error),
    /// Written by a release whose reports have another shape.
    #[error(
        "the report has schema version {found}, this release reads {} (hint: scan again, or use the release that \
         wrote it)",
        SCHEMA_VERSION
    )]
    Version {
        /// The version in the report, cut at 40 characters.
        found: String,
    },
}

/// Reads a report that `--format json` wrote. Fields added by later releases of the same major schema version
/// are ignored.
///
/// # Errors
/// When the bytes are no such report.
pub fn read_report(bytes: &[u8]) -> Result<Report, ReadError> {
    #[derive(Deserialize)]
    struct Head {
        schema_version: String,
    }
    // The version first: a report of another major version need not have the shape of this one.
    let head: Head = serde_json::from_slice(bytes).map_err(ReadError::Malformed)?;
    if major(&head.schema_version) != major(SCHEMA_VERSION) {
        return Err(ReadError::Version { found: head.schema_version.chars().take(40).collect() });
    }
    serde_json::from_slice(bytes).map_err(ReadError::Malformed)
}

pub(crate) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    crate::plain_json::write(report, out)
}

fn major(version: &str) -> &str {
    version.split('.').next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Vec<u8> {
        let mut out = Vec::new();
        write(&crate::sample::rich(), &mut out).unwrap();
        out
    }

    #[test]
    fn a_report_survives_its_json() {
        assert_eq!(read_report(&written()).unwrap(), crate::sample::rich());
    }

    #[test]
    fn another_major_schema_version_is_refused_with_a_hint() {
        let text = String::from_utf8(written()).unwrap();
        let newer = text.replacen("\"schema_version\": \"1.3\"", "\"schema_version\": \"2.0\"", 1);
        let error = read_report(newer.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("2.0") && error.contains("hint"), "{error}");
        let minor =
            text.replacen("\"schema_version\": \"1.3\"", "\"schema_version\": \"1.7\", \"new_field\": 1", 1);
        assert!(read_report(minor.as_bytes()).is_ok());
    }

    #[test]
    fn damaged_reports_are_refused_without_panic() {
        let bytes = written();
        for step in 0..400 {
            let mut broken = bytes.clone();
            let at = (step * 7919) % broken.len();
            if step % 2 == 0 {
                broken.truncate(at);
            } else {
                broken[at] ^= 1 << (step % 8);
            }
            let _ = read_report(&broken);
        }
    }
}
