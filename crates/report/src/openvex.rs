//! OpenVEX 0.2.0 (openvex/spec, OPENVEX-SPEC.md): which vulnerability affects which package of the image.

use crate::{
    Options, identity, summary,
    vex::{self, Standing},
};
use model::{Finding, Report, Status, Suppressed};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
};

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let product = identity::target_purl(report).to_string();
    let mut statements: BTreeMap<Key<'_>, Statement<'_>> = BTreeMap::new();
    let kept = report.findings.iter().map(|finding| (finding, None));
    let suppressed = report.suppressed.iter().map(|item| (&item.finding, Some(item)));
    for (finding, by) in kept.chain(suppressed) {
        // Rules of our own are no vulnerabilities; OpenVEX has no place for them.
        let Some(v) = &finding.vulnerability else { continue };
        let key = Key { id: &v.id, said: said(finding, by) };
        let statement =
            statements.entry(key).or_insert_with(|| Statement { finding, packages: BTreeSet::new() });
        statement.packages.insert(&v.purl);
    }
    let list: Vec<Value> = statements.iter().map(|(key, statement)| statement.json(key, &product)).collect();
    let mut document = Map::new();
    document.insert("@context".to_owned(), json!("https://openvex.dev/ns/v0.2.0"));
    document.insert(
        "@id".to_owned(),
        json!(format!("urn:uuid:{}", identity::document_uuid("openvex", report, options))),
    );
    document.insert("author".to_owned(), json!("Seawall"));
    document.insert("role".to_owned(), json!("Vulnerability scanner"));
    document.insert("timestamp".to_owned(), json!(options.timestamp));
    document.insert("version".to_owned(), json!(1));
    document.insert("tooling".to_owned(), json!(tooling(report)));
    document.insert("statements".to_owned(), json!(list));
    crate::plain_json::write(&document, out)
}

/// The document has no other place for what the scan could not see, and a reader must not take silence for
/// "not affected".
fn tooling(report: &Report) -> String {
    let mut text = format!("{} {}", report.tool.name, report.tool.version);
    if !report.gaps.is_empty() {
        text.push_str(&format!("; {} not looked at:", crate::text::count(report.gaps.len(), "gap")));
        for gap in report.gaps.iter().take(200) {
            text.push_str(&format!("\n{}: {}: {}", gap.reason.as_str(), gap.what, gap.detail));
        }
    }
    text
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key<'r> {
    id: &'r str,
    said: Said,
}

/// What is stated of a vulnerability.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Said {
    status: &'static str,
    justification: Option<&'static str>,
    impact: Option<String>,
    action: Option<String>,
    notes: Option<String>,
}

struct Statement<'r> {
    finding: &'r Finding,
    packages: BTreeSet<&'r str>,
}

fn said(finding: &Finding, suppressed: Option<&Suppressed>) -> Said {
    let status = finding.vulnerability.as_ref().map_or(Status::Affected, |v| v.status);
    let mut said = match status {
        Status::NotAffected => Said {
            status: "not_affected",
            justification: None,
            impact: Some("the publisher says so".to_owned()),
            action: None,
            notes: None,
        },
        Status::UnderInvestigation => Said {
            status: "under_investigation",
            justification: None,
            impact: None,
            action: None,
            notes: None,
        },
        // "fixed" would state that the image holds the fix; the advisory's fix is the action to take.
        _ => Said {
            status: "affected",
            justification: None,
            impact: None,
            action: Some(action(finding)),
            notes: None,
        },
    };
    said.notes = Some(notes(finding));
    let Some(item) = suppressed else { return said };
    let reason = format!("{}: {}", item.by, item.reason);
    match vex::standing(item) {
        Standing::NotAffected => Said {
            status: "not_affected",
            justification: vex::justification(item).map(|(label, _)| label),
            impact: Some(reason),
            action: None,
            notes: said.notes,
        },
        Standing::Accepted | Standing::OutOfView => {
            said.notes = Some(format!("{}; suppressed by {reason}", said.notes.unwrap_or_default()));
            said
        }
    }
}

fn action(finding: &Finding) -> String {
    // Not the remedy's words, which name the package: packages with the same fix share a statement.
    if summary::is_fixable(finding) {
        return format!("upgrade to {}", summary::fix(finding));
    }
    finding.remedy.clone().unwrap_or_else(|| format!("no version to upgrade to: {}", summary::fix(finding)))
}

fn notes(finding: &Finding) -> String {
    let mut text = format!("severity {}", finding.severity);
    if let Some(v) = &finding.vulnerability {
        if !v.severity_source.is_empty() {
            text.push_str(&format!(" by {}", v.severity_source));
        }
        if let Some(epss) = v.epss {
            text.push_str(&format!(", EPSS {}", epss.score));
        }
        // Never `not_affected`: that nothing was seen is no proof that nothing ever runs.
        if let Some(words) = summary::use_words(finding) {
            text.push_str(&format!(", {words}"));
        }
        if let Some(known) = &v.known_exploited {
            text.push_str(&format!(", known to be exploited since {}", known.date_added));
        }
    }
    text
}

impl Statement<'_> {
    fn json(&self, key: &Key<'_>, product: &str) -> Value {
        let v = self.finding.vulnerability.as_ref();
        let mut vulnerability = json!({ "name": key.id });
        if let Some(v) = v {
            if !v.aliases.is_empty() {
                vulnerability["aliases"] = json!(v.aliases);
            }
            if !v.summary.is_empty() {
                vulnerability["description"] = json!(v.summary);
            }
        }
        let packages: Vec<Value> = self
            .packages
            .iter()
            .map(|purl| json!({ "@id": purl, "identifiers": { "purl": purl } }))
            .collect();
        let mut value = json!({
            "vulnerability": vulnerability,
            "products": [{ "@id": product, "identifiers": { "purl": product }, "subcomponents": packages }],
            "status": key.said.status,
        });
        let optional = [
            ("justification", key.said.justification),
            ("impact_statement", key.said.impact.as_deref()),
            ("action_statement", key.said.action.as_deref()),
            ("status_notes", key.said.notes.as_deref()),
        ];
        for (name, text) in optional {
            if let Some(text) = text {
                value[name] = json!(text);
            }
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Value {
        let mut out = Vec::new();
        write(&crate::sample::rich(), &Options::default(), &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    fn statement<'v>(document: &'v Value, id: &str) -> &'v Value {
        document["statements"].as_array().unwrap().iter().find(|s| s["vulnerability"]["name"] == id).unwrap()
    }

    #[test]
    fn statements_keep_the_rules_of_the_specification() {
        let document = written();
        for statement in document["statements"].as_array().unwrap() {
            match statement["status"].as_str().unwrap() {
                "affected" => assert!(statement["action_statement"].is_string(), "{statement}"),
                "not_affected" => assert!(
                    statement["justification"].is_string() || statement["impact_statement"].is_string(),
                    "{statement}"
                ),
                "under_investigation" => {}
                other => panic!("{other}"),
            }
            assert!(!statement["products"][0]["subcomponents"].as_array().unwrap().is_empty());
        }
    }

    #[test]
    fn only_a_vex_statement_makes_a_finding_not_affected() {
        let document = written();
        let vex = statement(&document, "CVE-2024-5535");
        assert_eq!(
            (vex["status"].as_str(), vex["justification"].as_str()),
            (Some("not_affected"), Some("vulnerable_code_not_in_execute_path"))
        );
        assert_eq!(statement(&document, "CVE-2019-18276")["status"], "affected");
        assert_eq!(statement(&document, "CVE-2021-44228")["status"], "affected");
    }

    #[test]
    fn packages_with_the_same_vulnerability_share_a_statement() {
        let document = written();
        assert_eq!(
            statement(&document, "CVE-2024-0727")["products"][0]["subcomponents"].as_array().unwrap().len(),
            1 + 1
        );
    }
}
