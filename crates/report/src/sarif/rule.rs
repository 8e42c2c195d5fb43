//! Rules of a SARIF log (SARIF 2.1.0, section 3.49).

use super::{level, non_empty};
use crate::{Options, rating, summary, text::link};
use model::{Finding, RuleInfo};
use serde_json::{Value, json};

/// The rule of findings that share an id.
pub(super) fn rule(findings: &[&Finding], options: &Options) -> Value {
    // The rule shows the worst of its findings, since a viewer takes the severity from here.
    let worst = findings
        .iter()
        .max_by(|a, b| a.severity.cmp(&b.severity).then(rating::score(a).total_cmp(&rating::score(b))));
    let Some(finding) = worst else { return Value::Null };
    let known = options.rule(&finding.rule);
    let title = known.map_or(non_empty(summary::words(finding), &finding.rule), |rule| rule.title);
    let (text, markdown) = help(finding, known);
    let mut tags = vec!["security".to_owned()];
    if let Some(vulnerability) = &finding.vulnerability {
        tags.push("vulnerability".to_owned());
        if vulnerability.known_exploited.is_some() {
            tags.push("known-exploited".to_owned());
        }
        tags.extend(
            vulnerability.weaknesses.iter().map(|cwe| format!("external/cwe/{}", cwe.to_ascii_lowercase())),
        );
    }
    let mut seen = std::collections::HashSet::new();
    tags.retain(|tag| seen.insert(tag.clone()));
    let mut value = json!({
        "id": finding.rule,
        "name": name(finding),
        "shortDescription": { "text": non_empty(title, &finding.rule) },
        "fullDescription": { "text": known.map_or(non_empty(title, &finding.rule), |rule| rule.why) },
        "help": { "text": text, "markdown": markdown },
        "defaultConfiguration": { "level": level(finding.severity) },
        "properties": { "tags": tags, "precision": "very-high", "severity": finding.severity.as_str() },
    });
    let score = rating::score(finding);
    if score > 0.0 {
        value["properties"]["security-severity"] = json!(format!("{score:.1}"));
    }
    if let Some(url) = finding.references.iter().find_map(|text| link(text)) {
        value["helpUri"] = json!(url);
    }
    value
}

/// A readable name in PascalCase (SARIF 2.1.0, section 3.49.7).
fn name(finding: &Finding) -> &'static str {
    if finding.vulnerability.is_some() {
        return "VulnerablePackage";
    }
    match finding.rule.split('/').next().unwrap_or_default() {
        "secrets" | "credentials" => "LeakedCredential",
        "malware" | "yara" => "Malware",
        "webshell" => "Webshell",
        "licence" => "Licence",
        "dockerfile" | "shell" => "UnsafeDockerfile",
        "container" => "UnsafeContainer",
        _ => "ImageDefect",
    }
}

fn help(finding: &Finding, known: Option<&RuleInfo>) -> (String, String) {
    let mut lines = vec![finding.rule.clone()];
    lines.extend(Some(summary::words(finding)).filter(|words| !words.is_empty()).map(str::to_owned));
    if let Some(rule) = known {
        lines.push(rule.why.to_owned());
        lines.push(format!("Remedy: {}", rule.remedy));
    }
    if let Some(v) = &finding.vulnerability {
        if !v.aliases.is_empty() {
            lines.push(format!("Also known as: {}", v.aliases.join(", ")));
        }
        lines.push(format!("Severity: {} ({})", finding.severity, v.severity_source));
        for rating in &v.severities {
            if let Some(cvss) = &rating.cvss {
                lines.push(format!(
                    "CVSS of {}: {}.{} {}",
                    rating.source,
                    cvss.score_tenths / 10,
                    cvss.score_tenths % 10,
                    cvss.vector
                ));
            }
        }
        if let Some(epss) = v.epss {
            lines.push(format!(
                "EPSS: {} (percentile {})",
                summary::percent(epss.score),
                summary::percent(epss.percentile)
            ));
        }
        if let Some(known) = &v.known_exploited {
            lines.push(format!("Known to be exploited since {}", known.date_added));
        }
    }
    lines.extend(finding.references.iter().filter_map(|text| link(text)).map(str::to_owned));
    let markdown = lines.iter().map(|line| crate::markdown::escape(line)).collect::<Vec<_>>().join("\n\n");
    (lines.join("\n"), markdown)
}
