//! The names of the formats.

use std::{fmt, str::FromStr};

/// A format that a report can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For a person at a terminal.
    Table,
    /// The whole report.
    Json,
    /// OASIS SARIF 2.1.0.
    Sarif,
    /// OWASP CycloneDX 1.6, JSON.
    CycloneDx,
    /// SPDX 2.3, JSON.
    Spdx,
    /// OpenVEX 0.2.0.
    OpenVex,
    /// JUnit XML.
    Junit,
    /// GitHub-flavoured Markdown.
    Markdown,
    /// One self-contained page.
    Html,
    /// Checkstyle XML.
    Checkstyle,
    /// Code Climate issues.
    CodeClimate,
    /// GitLab code quality report.
    GitLab,
    /// A line a finding, as hadolint writes it.
    Tty,
    /// hadolint's JSON.
    HadolintJson,
}

/// A text that names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown format '{0}' (hint: table, json, sarif, cyclonedx, spdx, openvex, junit, markdown, html, checkstyle, codeclimate, gitlab, tty or \
     hadolint-json)"
)]
pub struct FormatError(pub String);

impl Format {
    /// Every format.
    pub const ALL: [Self; 14] = [
        Self::Table,
        Self::Json,
        Self::Sarif,
        Self::CycloneDx,
        Self::Spdx,
        Self::OpenVex,
        Self::Junit,
        Self::Markdown,
        Self::Html,
        Self::Checkstyle,
        Self::CodeClimate,
        Self::GitLab,
        Self::Tty,
        Self::HadolintJson,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::CycloneDx => "cyclonedx",
            Self::Spdx => "spdx",
            Self::OpenVex => "openvex",
            Self::Junit => "junit",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Checkstyle => "checkstyle",
            Self::CodeClimate => "codeclimate",
            Self::GitLab => "gitlab",
            Self::Tty => "tty",
            Self::HadolintJson => "hadolint-json",
        }
    }

    /// One line for `--help`.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Self::Table => "for a person at a terminal: what to upgrade, worst first",
            Self::Json => "everything, in a stable form with a published schema; can be read back",
            Self::Sarif => "SARIF 2.1.0 for code scanning services and editors",
            Self::CycloneDx => "CycloneDX 1.6 bill of materials with vulnerabilities, JSON",
            Self::Spdx => "SPDX 2.3 bill of materials, JSON",
            Self::OpenVex => "OpenVEX 0.2.0: which vulnerability affects which package of the image",
            Self::Junit => {
                "JUnit XML for build servers: each finding is a failed test, each gap a skipped one"
            }
            Self::Markdown => "GitHub-flavoured Markdown, fit for a comment on a change",
            Self::Html => "one self-contained page with filter, sort and layer view; needs no network",
            Self::Checkstyle => "Checkstyle XML for build servers: file, line, code",
            Self::CodeClimate => "Code Climate issues, each ended by a NUL",
            Self::GitLab => "GitLab code quality report",
            Self::Tty => "a line a finding, as hadolint writes it: file:line code level: message",
            Self::HadolintJson => "hadolint's JSON: a list of file, line, column, code, level, message",
        }
    }

    /// Whether the format has a place for gaps; those of linters have none, so whoever writes one tells the gaps otherwise.
    #[must_use]
    pub const fn shows_gaps(self) -> bool {
        !matches!(self, Self::Checkstyle | Self::CodeClimate | Self::GitLab | Self::Tty | Self::HadolintJson)
    }

    /// The usual end of a file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Table => "txt",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::CycloneDx => "cdx.json",
            Self::Spdx => "spdx.json",
            Self::OpenVex => "openvex.json",
            Self::Junit => "xml",
            Self::Markdown => "md",
            Self::Html => "html",
            Self::Checkstyle => "checkstyle.xml",
            Self::CodeClimate => "codeclimate.json",
            Self::GitLab => "gitlab.json",
            Self::Tty => "log",
            Self::HadolintJson => "hadolint.json",
        }
    }
}

impl FromStr for Format {
    type Err = FormatError;
    /// Reads a name; also the names that other scanners use (`cyclonedx-json`, `spdx-json`, `md`).
    fn from_str(text: &str) -> Result<Self, FormatError> {
        let name = text.to_ascii_lowercase();
        Ok(match name.as_str() {
            "cyclonedx-json" | "cdx" => Self::CycloneDx,
            "spdx-json" => Self::Spdx,
            "vex" => Self::OpenVex,
            "md" => Self::Markdown,
            "gitlab_codeclimate" => Self::GitLab,
            _ => Self::ALL
                .into_iter()
                .find(|format| format.as_str() == name)
                .ok_or_else(|| FormatError(text.chars().take(80).collect()))?,
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>(), Ok(format));
            assert!(FormatError(String::new()).to_string().contains(format.as_str()), "hint lacks {format}");
        }
        assert!("pdf".parse::<Format>().is_err());
    }
}
