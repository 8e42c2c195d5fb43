//! What two scanners find in one archive by the same advisories.

use super::Setting;
use super::cases::target;
use super::image::BenchImage;
use super::inventory::document;
use super::peers::{self, Peers};
use anyhow::Result;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct Findings {
    pub(crate) both: usize,
    pub(crate) ours_only: Vec<String>,
    /// Ours, but suppressed with a reason: a system package owns the files and is judged instead.
    pub(crate) suppressed: Vec<String>,
    pub(crate) theirs_only: Vec<String>,
}

/// `None` without osv-scanner or without advisories that both can read.
pub(crate) fn compare(setting: &Setting, image: &BenchImage, peers: &Peers) -> Result<Option<Findings>> {
    let (Some(program), Some(advisories)) = (&peers.osv_scanner, &peers.advisories) else { return Ok(None) };
    let ours = document(&advisories.seawall(setting, "Seawall", &target("archive", &image.archive)))?;
    let theirs = advisories.osv_scanner("osv-scanner", program, &image.archive);
    let theirs = of_osv_scanner(&document(&peers::isolated(theirs, setting))?);
    let sources = sources(&ours);
    let found = of_seawall(&ours["findings"], &sources);
    let suppressed = of_seawall(&ours["suppressed"], &sources);
    let listed = |set: BTreeSet<String>| set.into_iter().collect();
    Ok(Some(Findings {
        both: found.intersection(&theirs).count(),
        ours_only: listed(&found - &theirs),
        suppressed: listed(&(&theirs - &found) & &suppressed),
        theirs_only: listed(&(&theirs - &found) - &suppressed),
    }))
}

/// Source packages by binary package, for osv-scanner tells the source alone.
fn sources(report: &Value) -> BTreeMap<&str, &str> {
    let packages = report["packages"].as_array().into_iter().flatten();
    packages
        .filter_map(|package| Some((package["name"].as_str()?, package["source"]["name"].as_str()?)))
        .collect()
}

fn of_seawall(findings: &Value, sources: &BTreeMap<&str, &str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in findings.as_array().into_iter().flatten() {
        let vulnerability = if entry["finding"].is_object() { &entry["finding"] } else { entry };
        let vulnerability = &vulnerability["vulnerability"];
        let (Some(package), Some(id)) = (vulnerability["package"].as_str(), vulnerability["id"].as_str())
        else {
            continue;
        };
        found.insert(format!("{} {id}", sources.get(package).unwrap_or(&package).to_lowercase()));
    }
    found
}

fn of_osv_scanner(document: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in document["results"].as_array().into_iter().flatten() {
        for package in source["packages"].as_array().into_iter().flatten() {
            let name = package["package"]["name"].as_str().unwrap_or_default().to_lowercase();
            for record in package["vulnerabilities"].as_array().into_iter().flatten() {
                let aliases = record["aliases"].as_array().into_iter().flatten().filter_map(Value::as_str);
                let id = record["id"].as_str().unwrap_or_default();
                let cve = aliases.chain([id]).find(|id| id.starts_with("CVE-")).unwrap_or(id);
                found.insert(format!("{name} {cve}"));
            }
        }
    }
    found
}
