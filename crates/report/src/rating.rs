//! Severities in the words and numbers of other formats.

use model::{Finding, Severity, VendorSeverity};
use serde_json::{Value, json};

/// A score from 0 to 10 in the band of the finding's severity (CVSS 3.1, section 5): the score of the publisher
/// whose severity is shown where it lies in the band, else the nearest end of the band.
pub(crate) fn score(finding: &Finding) -> f64 {
    let (low, high): (u8, u8) = match finding.severity {
        Severity::Critical => (90, 100),
        Severity::High => (70, 89),
        Severity::Medium => (40, 69),
        Severity::Low => (1, 39),
        Severity::Negligible | Severity::Unknown => (0, 0),
    };
    let ratings = finding.vulnerability.as_ref().map_or(&[][..], |vulnerability| &vulnerability.severities);
    let shown =
        finding.vulnerability.as_ref().map_or("", |vulnerability| vulnerability.severity_source.as_str());
    let score_of = |rating: &VendorSeverity| rating.cvss.as_ref().map(|cvss| cvss.score_tenths);
    let of_source = ratings.iter().filter(|rating| rating.source == shown).filter_map(score_of).max();
    let tenths = of_source.or_else(|| ratings.iter().filter_map(score_of).max());
    f64::from(tenths.unwrap_or(low.midpoint(high)).clamp(low, high)) / 10.0
}

/// The CycloneDX `ratings` of a finding: the shown severity first, then every publisher's.
pub(crate) fn cyclonedx(finding: &Finding) -> Vec<Value> {
    let Some(vulnerability) = &finding.vulnerability else {
        return vec![
            json!({ "severity": cyclonedx_severity(finding.severity), "source": { "name": "seawall" } }),
        ];
    };
    let mut ratings = Vec::new();
    let has_shown = vulnerability.severities.first().is_some_and(|rating| {
        rating.source == vulnerability.severity_source && rating.severity == finding.severity
    });
    if !has_shown {
        let mut rating = json!({ "severity": cyclonedx_severity(finding.severity) });
        if !vulnerability.severity_source.is_empty() {
            rating["source"] = json!({ "name": vulnerability.severity_source });
        }
        ratings.push(rating);
    }
    for rating in &vulnerability.severities {
        let mut value =
            json!({ "severity": cyclonedx_severity(rating.severity), "source": { "name": rating.source } });
        if let Some(cvss) = &rating.cvss {
            value["score"] = json!(f64::from(cvss.score_tenths) / 10.0);
            value["vector"] = json!(cvss.vector);
            value["method"] = json!(match cvss.vector.get(..8) {
                Some("CVSS:4.0") => "CVSSv4",
                Some("CVSS:3.1") => "CVSSv31",
                Some("CVSS:3.0") => "CVSSv3",
                _ => "CVSSv2",
            });
        }
        ratings.push(value);
    }
    ratings
}

const fn cyclonedx_severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Negligible => "info",
        other => other.as_str(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_never_contradicts_the_shown_severity() {
        for mut finding in crate::sample::rich().findings {
            for severity in Severity::ALL {
                finding.severity = severity;
                let tenths = (score(&finding) * 10.0).round() as u8;
                let expected = if severity == Severity::Unknown { Severity::Negligible } else { severity };
                assert_eq!(Severity::from_score_tenths(tenths), expected, "{}", finding.rule);
            }
        }
    }
}
