//! SARIF 2.1.0 (OASIS sarif-v2.1.0-errata01), with the properties that GitHub code scanning reads.

mod result;
mod rule;

use crate::{Options, each::Each, summary};
use model::{Finding, Gap, Report, Severity, Suppressed};
use result::{artifact_uri, result};
use rule::rule;
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
                    rules: Each(&list, |findings: &&Vec<&Finding>| rule(findings, options)),
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
    crate::plain_json::write(&log, out)
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

fn non_empty<'t>(text: &'t str, otherwise: &'t str) -> &'t str {
    if text.trim().is_empty() { otherwise } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Value {
        let mut out = Vec::new();
        write(&crate::sample::rich(), &Options::default(), &mut out).unwrap();
        let log: Value = serde_json::from_slice(&out).unwrap();
        log["runs"][0].clone()
    }

    fn result_of<'v>(run: &'v Value, id: &str) -> &'v Value {
        run["results"].as_array().unwrap().iter().find(|result| result["ruleId"] == id).unwrap()
    }

    #[test]
    fn results_point_at_their_rules() {
        let run = run();
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
    }

    #[test]
    fn code_scanning_gets_severity_place_and_fingerprint() {
        let run = run();
        let result = result_of(&run, "CVE-2021-44228");
        assert_eq!(result["level"], "error");
        assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "app/api.jar");
        assert!(result["partialFingerprints"]["seawallFingerprint/v1"].is_string());
        let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
        let rule = rules.iter().find(|rule| rule["id"] == "CVE-2021-44228").unwrap();
        assert_eq!(rule["properties"]["security-severity"], "10.0");
        assert!(rule["properties"]["tags"].as_array().unwrap().contains(&json!("external/cwe/cwe-502")));
    }

    #[test]
    fn gaps_are_notifications_and_suppressed_findings_are_marked() {
        let run = run();
        let report = crate::sample::rich();
        assert_eq!(
            run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(),
            report.gaps.len()
        );
        assert!(
            result_of(&run, "CVE-2024-5535")["suppressions"][0]["justification"]
                .as_str()
                .unwrap()
                .starts_with("vex")
        );
        assert!(result_of(&run, "CVE-2021-44228").get("suppressions").is_none());
    }

    #[test]
    fn finding_without_a_file_is_shown_at_the_image() {
        let run = run();
        let place = &result_of(&run, "image/digest-mismatch")["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "registry.example/shop/api%3A2.3");
    }
}
