//! Reports and policies for tests.
#![allow(dead_code, reason = "not every test file needs everything")]

use model::{Finding, Fingerprint, LayerPath, Location, Report, Severity, Vulnerability};
use policy::{Circumstances, Policy};

/// A policy from its tables.
#[track_caller]
pub(crate) fn parse(tables: &str) -> Policy {
    Policy::parse(&format!("version = 1\n{tables}")).unwrap().0
}

pub(crate) fn on(date: &str) -> Circumstances {
    Circumstances::on(date.parse().unwrap())
}

pub(crate) fn finding(rule: &str, severity: Severity) -> Finding {
    Finding {
        rule: rule.to_owned(),
        title: String::new(),
        severity,
        location: Location { path: Some(LayerPath::new("app/left-pad")), ..Location::default() },
        evidence: Vec::new(),
        remedy: None,
        references: Vec::new(),
        fingerprint: Fingerprint::of(&[rule]),
        aliases: Vec::new(),
        fix: None,
        vulnerability: None,
    }
}

/// A vulnerability of left-pad 1.0 that version 2.0 fixes.
pub(crate) fn vulnerability(id: &str, severity: Severity) -> Finding {
    let known = Vulnerability {
        id: id.to_owned(),
        aliases: vec!["GHSA-alias".to_owned()],
        package: "left-pad".to_owned(),
        installed_version: "1.0".to_owned(),
        fixed_versions: vec!["2.0".to_owned()],
        ..Vulnerability::default()
    };
    Finding { vulnerability: Some(Box::new(known)), ..finding(id, severity) }
}

/// The report of a directory.
pub(crate) fn report(findings: Vec<Finding>) -> Report {
    let json = serde_json::json!({
        "schema_version": model::SCHEMA_VERSION,
        "tool": { "name": "seawall", "version": "0" },
        "target": { "kind": "rootfs", "name": "/srv" },
    });
    Report { findings, ..serde_json::from_value(json).unwrap() }
}
