//! Policy files: what can be read decides about a report without panicking, and tells every reason on one line.
#![no_main]

use model::{Finding, Fingerprint, LayerPath, Location, Report, Severity};
use policy::{Circumstances, Policy};
use std::sync::OnceLock;

fn report() -> &'static Report {
    static REPORT: OnceLock<Report> = OnceLock::new();
    REPORT.get_or_init(|| {
        let json = r#"{"schema_version":"1.0","tool":{"name":"a","version":"0"},"target":{"kind":"registry","name":"a:1"}}"#;
        let mut report: Report = serde_json::from_str(json).expect("the rest of a report has defaults");
        for (rule, severity) in [("CVE-2024-1", Severity::High), ("image/runs-as-root", Severity::Low)] {
            report.findings.push(Finding {
                rule: rule.to_owned(),
                title: "title".to_owned(),
                severity,
                location: Location { path: Some(LayerPath::new("usr/bin/a")), ..Location::default() },
                evidence: Vec::new(),
                remedy: None,
                references: Vec::new(),
                fingerprint: Fingerprint::of(&[rule]),
                aliases: Vec::new(),
                fix: None,
                vulnerability: None,
            });
        }
        report
    })
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok((policy, _)) = Policy::parse(text) else { return };
    let mut circumstances = Circumstances::on("2026-11-22".parse().expect("it is a date"));
    circumstances.image = Some("registry.example/app:1".to_owned());
    let verdict = policy.decide(report(), &circumstances);
    for reason in verdict.blocks.iter().chain(&verdict.warnings) {
        assert!(reason.count > 0 && !reason.title.contains('\n'));
    }
    assert_eq!(verdict.passes(), verdict.blocks.is_empty());
    let _ = policy.signature_demand("registry.example/app:1");
});
