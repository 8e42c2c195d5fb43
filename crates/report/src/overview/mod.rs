//! Many images on one page: what a scan over registries found, with links to the report of each image.

mod html;
mod markdown;

use crate::summary;
use model::{Digest, Finding, Gap, Report, Severity, Tool};
use serde::Serialize;
use std::collections::BTreeMap;
use std::io;

/// Findings of an image that are told one by one.
const WORST_MAX: usize = 5;
/// Gaps of an image that are told one by one.
const GAPS_MAX: usize = 5;

/// What a scan over many images came to. Its JSON form is `summary.json`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overview {
    /// Version of this form.
    pub schema_version: &'static str,
    /// What wrote it.
    pub tool: Tool,
    /// When (RFC 3339).
    pub timestamp: String,
    /// What was asked for: `registry:registry.example.com/*`.
    pub target: String,
    /// What the images were, in the order of their names.
    pub images: Vec<ImageSummary>,
    /// What could not be scanned.
    pub failures: Vec<Failure>,
    /// What was there and is nothing to scan.
    pub skipped: Vec<Skipped>,
}

/// One image.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImageSummary {
    /// All names under which it was found.
    pub names: Vec<String>,
    /// Digest of its manifest.
    pub digest: Digest,
    /// `os/architecture[/variant]`, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Number of findings.
    pub findings: usize,
    /// Findings by severity.
    pub severities: BTreeMap<String, usize>,
    /// Findings by kind.
    pub kinds: BTreeMap<String, usize>,
    /// Some of the worst findings, one of each rule and package.
    pub worst: Vec<WorstFinding>,
    /// Number of gaps.
    pub gaps: usize,
    /// Some of the gaps.
    pub first_gaps: Vec<Gap>,
    /// What the policy decided, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<String>,
    /// The files of its report, relative to the page, by format.
    pub reports: Vec<ReportFile>,
}

/// A finding in few words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorstFinding {
    /// How bad it is.
    pub severity: Severity,
    /// The rule or vulnerability.
    pub id: String,
    /// What is wrong.
    pub title: String,
    /// The package with its version, or the file.
    pub place: String,
}

/// A file of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReportFile {
    /// Name of the format.
    pub format: &'static str,
    /// Path relative to the page.
    pub path: String,
}

/// Something that could not be scanned.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Failure {
    /// All names of the image, or the name of a repository.
    pub names: Vec<String>,
    /// Digest of its manifest, when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Why.
    pub reason: String,
}

/// Something that is nothing to scan, such as a signature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Skipped {
    /// Its name.
    pub name: String,
    /// Why.
    pub reason: String,
}

/// In which form an overview is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverviewFormat {
    /// One page without script, and with nothing from elsewhere.
    Html,
    /// GitHub-flavoured Markdown.
    Markdown,
    /// Everything.
    Json,
}

impl Overview {
    /// Version of the JSON form.
    pub const SCHEMA_VERSION: &'static str = "1.0";

    /// Writes it.
    ///
    /// # Errors
    /// Whatever `out` returns.
    pub fn write(&self, format: OverviewFormat, out: &mut dyn io::Write) -> io::Result<()> {
        match format {
            OverviewFormat::Html => html::write(self, out),
            OverviewFormat::Markdown => markdown::write(self, out),
            OverviewFormat::Json => {
                serde_json::to_writer_pretty(&mut *out, self).map_err(io::Error::from)?;
                writeln!(out)
            }
        }
    }

    /// How many findings of all images have this severity.
    fn count(&self, severity: Severity) -> usize {
        self.images.iter().map(|image| image.count(severity)).sum()
    }
}

impl ImageSummary {
    /// What stands in the report of an image; `kind` names the kind of a finding.
    #[must_use]
    pub fn new(
        names: Vec<String>,
        digest: Digest,
        report: &Report,
        kind: &dyn Fn(&Finding) -> &'static str,
    ) -> Self {
        let mut severities = BTreeMap::new();
        let mut kinds = BTreeMap::new();
        for finding in &report.findings {
            *severities.entry(finding.severity.as_str().to_owned()).or_default() += 1;
            *kinds.entry(kind(finding).to_owned()).or_default() += 1;
        }
        Self {
            names,
            digest,
            platform: report.target.platform.clone(),
            findings: report.findings.len(),
            severities,
            kinds,
            worst: worst(&report.findings),
            gaps: report.gaps.len(),
            first_gaps: report.gaps.iter().take(GAPS_MAX).cloned().collect(),
            decision: None,
            reports: Vec::new(),
        }
    }

    /// How many findings have this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.severities.get(severity.as_str()).copied().unwrap_or(0)
    }

    /// In one line: `2 critical, 1 high`, `clean`, `nothing found, 1 gap`.
    #[must_use]
    pub fn words(&self) -> String {
        let mut words: Vec<String> = Severity::ALL
            .into_iter()
            .filter(|severity| self.count(*severity) > 0)
            .map(|severity| format!("{} {severity}", self.count(severity)))
            .collect();
        match (words.is_empty(), self.gaps) {
            (true, 0) => return "clean".to_owned(),
            (true, _) => words.push("nothing found".to_owned()),
            _ => {}
        }
        if self.gaps > 0 {
            words.push(crate::text::count(self.gaps, "gap"));
        }
        words.join(", ")
    }
}

/// The worst findings, one of each rule and package; the findings of a report are sorted, worst first.
fn worst(findings: &[Finding]) -> Vec<WorstFinding> {
    let mut order: Vec<&Finding> = findings.iter().collect();
    order.sort_by_key(|finding| {
        (
            std::cmp::Reverse(finding.severity),
            // Malware and credentials stand before vulnerabilities, of which there are many.
            finding.vulnerability.is_some(),
            !summary::is_known_exploited(finding),
        )
    });
    let mut worst: Vec<WorstFinding> = Vec::new();
    for finding in order {
        let package =
            finding.vulnerability.as_ref().map(|v| format!("{} {}", v.package, v.installed_version));
        let one = WorstFinding {
            severity: finding.severity,
            id: finding.rule.clone(),
            title: summary::words(finding).to_owned(),
            place: package.unwrap_or_else(|| summary::place(&finding.location)),
        };
        let is_known = |other: &WorstFinding| {
            other.id == one.id && (finding.vulnerability.is_none() || other.place == one.place)
        };
        if !worst.iter().any(is_known) {
            worst.push(one);
        }
        if worst.len() == WORST_MAX {
            break;
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn overview() -> Overview {
        let report = crate::sample::rich();
        let hostile = crate::sample::HOSTILE.to_owned();
        let digest: Digest = format!("sha256:{}", "a".repeat(64)).parse().unwrap();
        let mut image = ImageSummary::new(
            vec![hostile.clone(), "b:1".to_owned()],
            digest.clone(),
            &report,
            &|_| "secret",
        );
        image.reports.push(ReportFile { format: "json", path: "reports/a.json".to_owned() });
        Overview {
            schema_version: Overview::SCHEMA_VERSION,
            tool: report.tool,
            timestamp: "2026-11-22T00:00:00Z".to_owned(),
            target: format!("registry:{hostile}"),
            images: vec![image],
            failures: vec![Failure {
                names: vec![hostile.clone()],
                digest: Some(digest),
                reason: hostile.clone(),
            }],
            skipped: vec![Skipped { name: hostile.clone(), reason: hostile }],
        }
    }

    pub(super) fn written(format: OverviewFormat) -> String {
        let mut out = Vec::new();
        overview().write(format, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn one_line_tells_what_there_is() {
        let empty = crate::sample::empty();
        let digest: Digest = format!("sha256:{}", "a".repeat(64)).parse().unwrap();
        let mut image = ImageSummary::new(Vec::new(), digest, &empty, &|_| "secret");
        assert_eq!((image.words().as_str(), image.gaps), ("clean", 0));
        image.gaps = 2;
        assert_eq!(image.words(), "nothing found, 2 gaps");
        image.severities.insert("high".to_owned(), 3);
        assert_eq!(image.words(), "3 high, 2 gaps");
    }

    #[test]
    fn json_counts_every_finding_by_severity_and_kind() {
        let json: serde_json::Value = serde_json::from_str(&written(OverviewFormat::Json)).unwrap();
        let image = &json["images"][0];
        let sum = |map: &serde_json::Value| -> u64 {
            map.as_object().unwrap().values().map(|number| number.as_u64().unwrap()).sum()
        };
        let findings = crate::sample::rich().findings.len() as u64;
        assert_eq!((sum(&image["severities"]), sum(&image["kinds"])), (findings, findings));
        assert_eq!(image["reports"][0]["path"], "reports/a.json");
        assert!(!image["worst"].as_array().unwrap().is_empty());
    }
}
