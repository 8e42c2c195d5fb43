//! Reports of `seawall scan` as facts about images.

use crate::judge::read_report;
use anyhow::{Context, Result};
use facts::{Fact, HostFacts, Image, ScanRecord};
use model::{Report, Severity};
use std::path::{Path, PathBuf};

/// Reports in one directory.
const REPORTS_MAX: usize = 20_000;

/// Gives each image the newest report about it.
pub(super) fn join(facts: &mut HostFacts, paths: &[PathBuf]) -> Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let mut reports = Vec::new();
    for path in paths {
        for file in files(path)? {
            let report = read_report(&file)?;
            let written = std::fs::metadata(&file).and_then(|metadata| metadata.modified()).ok();
            let written = written.map(crate::clock::timestamp_of);
            reports.push((written, report));
        }
    }
    reports.sort_by(|a, b| a.0.cmp(&b.0));
    if let Fact::Known(images) = &mut facts.engine.images {
        for image in images {
            let found = reports.iter().rev().find(|(_, report)| is_about(report, image));
            image.scan = Fact::Known(found.map(|(written, report)| record(written.clone(), report)));
        }
    }
    Ok(())
}

fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let context = || format!("cannot read {}", path.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).with_context(context)?.take(REPORTS_MAX) {
        let file = entry.with_context(context)?.path();
        if file.extension().is_some_and(|extension| extension == "json") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn is_about(report: &Report, image: &Image) -> bool {
    let by_id = report.target.image_id.as_ref().is_some_and(|id| id.to_string() == image.id);
    let by_manifest = report.target.manifest_digest.as_ref().is_some_and(|digest| {
        image.id == digest.to_string()
            || image.digests.iter().any(|name| name.ends_with(&format!("@{digest}")))
    });
    by_id || by_manifest
}

fn record(scanned: Option<String>, report: &Report) -> ScanRecord {
    let rule =
        |part: &str| report.findings.iter().filter(|finding| finding.rule.starts_with(part)).count() as u64;
    let vulnerable = |severity: Severity| {
        report
            .findings
            .iter()
            .filter(|finding| finding.vulnerability.is_some() && finding.severity == severity)
            .count() as u64
    };
    let setuid =
        report.findings.iter().filter(|f| f.rule.contains("setuid") || f.rule.contains("setgid")).count()
            as u64;
    ScanRecord {
        scanned,
        critical: vulnerable(Severity::Critical),
        high: vulnerable(Severity::High),
        secrets: rule("secrets/") + rule("credentials/"),
        setuid_files: setuid,
        has_content: report.content.is_some(),
        integrity: rule("image/package-file-modified")
            + rule("image/package-record-edited")
            + rule("image/digest-mismatch"),
        packages: report.packages.len() as u64,
        gaps: report.gaps.len() as u64,
    }
}
