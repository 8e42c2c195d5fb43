//! SARIF 2.1.0 (OASIS sarif-v2.1.0-errata01), with the properties that GitHub code scanning reads.

use crate::{
    Options,
    each::Each,
    rating,
    summary::{self, fix},
    text::link,
};
use model::{Finding, Gap, Report, Severity, Suppressed};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let results = results(report);
    let rules = Rules::of(&results);
    let fallback = artifact_uri(&report.target.name);
    let list: Vec<&Vec<&Finding>> = rules.findings.values().collect();
    let log = Log {
        schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: &report.tool.name,
                    version: &report.tool.version,
                    rules: Each(&list, |findings: &&Vec<&Finding>| rule(findings)),
                    notifications: notification_descriptors(&report.gaps),
                },
            },
            invocations: [invocation(report, options)],
            original_uri_base_ids: json!({ "ROOT": { "description": { "text": "root directory of the image" } } }),
            automation_details: json!({ "id": format!("seawall/{}/", report.target.name) }),
            column_kind: "unicodeCodePoints",
            results: Each(&results, |seen: &Seen<'_>| result(seen, &rules, &fallback)),
            properties: run_properties(report),
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Log<D, S> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<D, S>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<D, S> {
    tool: Tool<D>,
    invocations: [Value; 1],
    original_uri_base_ids: Value,
    automation_details: Value,
    column_kind: &'static str,
    results: S,
    properties: Value,
}

#[derive(Serialize)]
struct Tool<D> {
    driver: D,
}

#[derive(Serialize)]
struct Driver<'r, R> {
    name: &'r str,
    version: &'r str,
    rules: R,
    notifications: Vec<Value>,
}

type Seen<'r> = (&'r Finding, Option<&'r Suppressed>);

fn results(report: &Report) -> Vec<Seen<'_>> {
    let kept = report.findings.iter().map(|finding| (finding, None));
    kept.chain(report.suppressed.iter().map(|item| (&item.finding, Some(item)))).collect()
}

/// The findings of each rule; a rule's place in the map is its index.
struct Rules<'r> {
    findings: BTreeMap<&'r str, Vec<&'r Finding>>,
    index: BTreeMap<&'r str, usize>,
}

impl<'r> Rules<'r> {
    fn of(results: &[Seen<'r>]) -> Self {
        let mut findings: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for (finding, _) in results {
            findings.entry(&finding.rule).or_default().push(finding);
        }
        let index = findings.keys().enumerate().map(|(at, rule)| (*rule, at)).collect();
        Self { findings, index }
    }
}

fn rule(findings: &[&Finding]) -> Value {
    // The rule shows the worst of its findings, since a viewer takes the severity from here.
    let worst = findings
        .iter()
        .max_by(|a, b| a.severity.cmp(&b.severity).then(rating::score(a).total_cmp(&rating::score(b))));
    let Some(finding) = worst else { return Value::Null };
    let known = model::RULES.iter().find(|rule| rule.id == finding.rule);
    let title = known.map_or(finding.title.as_str(), |rule| rule.title);
    let (text, markdown) = help(finding);
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
        "name": if finding.vulnerability.is_some() { "VulnerablePackage" } else { "ImageDefect" },
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

fn help(finding: &Finding) -> (String, String) {
    let mut lines = vec![format!("{}: {}", finding.rule, finding.title)];
    if let Some(rule) = model::RULES.iter().find(|rule| rule.id == finding.rule) {
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

fn result(&(finding, suppressed): &Seen<'_>, rules: &Rules<'_>, fallback: &str) -> Value {
    let location = &finding.location;
    let uri = location
        .path
        .as_ref()
        .filter(|path| !path.as_str().is_empty())
        .map(|path| artifact_uri(path.as_str()));
    // A viewer drops results without a place: what lies in no file is shown at the image's name.
    let artifact = match &uri {
        Some(uri) => json!({ "uri": uri, "uriBaseId": "ROOT" }),
        None => json!({ "uri": fallback }),
    };
    let mut place = json!({ "physicalLocation": {
        "artifactLocation": artifact,
        "region": { "startLine": location.line.unwrap_or(1).max(1) },
    }});
    if uri.is_some() {
        place["message"] = json!({ "text": summary::place(location) });
    }
    if let Some(v) = &finding.vulnerability {
        place["logicalLocations"] = json!([{ "fullyQualifiedName": v.purl, "kind": "package" }]);
    }
    let mut value = json!({
        "ruleId": finding.rule,
        "ruleIndex": rules.index.get(finding.rule.as_str()),
        "level": level(finding.severity),
        "message": { "text": message(finding) },
        "locations": [place],
        "partialFingerprints": { "seawallFingerprint/v1": finding.fingerprint.as_str() },
        "properties": properties(finding),
    });
    if let Some(item) = suppressed {
        value["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": format!("{}: {}", item.by, item.reason),
        }]);
    }
    value
}

fn message(finding: &Finding) -> String {
    let Some(v) = &finding.vulnerability else {
        let mut lines = vec![non_empty(&finding.title, &finding.rule).to_owned()];
        lines.extend(finding.evidence.iter().cloned());
        lines.extend(finding.remedy.iter().map(|remedy| format!("Remedy: {remedy}")));
        return lines.join("\n");
    };
    let mut text = format!("{} {} has {}: {}", v.package, v.installed_version, v.id, finding.title);
    let fix = fix(finding);
    text.push_str(&if summary::is_fixable(finding) {
        format!("\nFixed in: {fix}")
    } else {
        format!("\nFix: {fix}")
    });
    if let Some(layer) = &finding.location.layer {
        text.push_str(&format!("\nIn {}", summary::layer_words(layer)));
        if let Some(instruction) = &layer.instruction {
            text.push_str(&format!(": {instruction}"));
        }
    }
    text
}

fn properties(finding: &Finding) -> Value {
    let mut value = json!({ "severity": finding.severity.as_str() });
    if !finding.evidence.is_empty() {
        value["evidence"] = json!(finding.evidence);
    }
    if let Some(layer) = &finding.location.layer {
        value["layer"] = json!(layer);
    }
    if let Some(v) = &finding.vulnerability {
        value["purl"] = json!(v.purl);
        value["installedVersion"] = json!(v.installed_version);
        value["fixedVersions"] = json!(v.fixed_versions);
        value["status"] = json!(v.status);
        value["severitySource"] = json!(v.severity_source);
        value["advisories"] = json!(v.shard);
        if let Some(epss) = v.epss {
            value["epss"] = json!(epss);
        }
        if let Some(known) = &v.known_exploited {
            value["knownExploited"] = json!(known);
        }
    }
    value
}

fn invocation(report: &Report, options: &Options) -> Value {
    let notification = |gap: &Gap| {
        json!({
            "descriptor": { "id": format!("gap/{}", gap.reason.as_str()) },
            "level": "warning",
            "message": { "text": format!("not looked at: {}: {}", gap.what, gap.detail) },
        })
    };
    json!({
        "executionSuccessful": true,
        "endTimeUtc": options.timestamp,
        "toolExecutionNotifications": report.gaps.iter().map(notification).collect::<Vec<_>>(),
    })
}

fn notification_descriptors(gaps: &[Gap]) -> Vec<Value> {
    let mut reasons: Vec<_> = gaps.iter().map(|gap| gap.reason).collect();
    reasons.sort_unstable();
    reasons.dedup();
    let descriptor = |reason: &model::GapReason| {
        json!({
            "id": format!("gap/{}", reason.as_str()),
            "shortDescription": { "text": format!("something was not looked at: {}", summary::gap_words(*reason)) },
        })
    };
    reasons.iter().map(descriptor).collect()
}

fn run_properties(report: &Report) -> Value {
    json!({
        "target": report.target,
        "distribution": report.distribution,
        "layers": report.layers,
        "advisories": report.advisories,
        "packages": report.packages.len(),
        "suppressed": report.suppressed.len(),
        "gaps": report.gaps.len(),
    })
}

/// SARIF 2.1.0, section 3.27.10. What nobody has rated may be anything, so it is a warning.
const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium | Severity::Unknown => "warning",
        Severity::Low | Severity::Negligible => "note",
    }
}

/// A relative URI reference (RFC 3986, section 4.2) of a path or name.
fn artifact_uri(path: &str) -> String {
    const KEPT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'/')
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~')
        .remove(b'@')
        .remove(b'+');
    let uri = utf8_percent_encode(path.trim_start_matches('/'), KEPT).to_string();
    if uri.is_empty() { ".".to_owned() } else { uri }
}

fn non_empty<'t>(text: &'t str, otherwise: &'t str) -> &'t str {
    if text.trim().is_empty() { otherwise } else { text }
}
