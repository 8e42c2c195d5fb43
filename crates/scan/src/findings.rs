//! Findings about the image itself.

use model::{Finding, Fingerprint, Layer, LayerPath, Location, RULES, RuleInfo};
use oci::Mismatch;
use std::sync::Arc;

/// The rule with this id.
///
/// # Panics
/// When there is none: ids are written in this crate.
pub(crate) fn rule(id: &str) -> &'static RuleInfo {
    RULES.iter().find(|rule| rule.id == id).expect("every rule of the scanner is in RULES")
}

/// A finding of a rule.
pub(crate) fn finding(
    id: &str,
    title: String,
    location: Location,
    evidence: Vec<String>,
    parts: &[&str],
) -> Finding {
    let rule = rule(id);
    let mut named = vec![id];
    named.extend_from_slice(parts);
    Finding {
        rule: id.to_owned(),
        title,
        severity: rule.severity,
        location,
        evidence,
        remedy: Some(rule.remedy.to_owned()),
        references: rule.references.iter().map(|&reference| reference.to_owned()).collect(),
        fingerprint: Fingerprint::of(&named),
        aliases: Vec::new(),
        fix: None,
        vulnerability: None,
    }
}

/// Manifest or configuration that does not hash to its digest.
pub(crate) fn of_image_mismatches(mismatches: &[Mismatch]) -> Vec<Finding> {
    mismatches.iter().map(|mismatch| of_mismatch(mismatch, None)).collect()
}

/// What the walk over a layer proved.
pub(crate) fn of_layer(
    layer: &Arc<Layer>,
    mismatches: &[Mismatch],
    bad_links: &[(LayerPath, String)],
) -> Vec<Finding> {
    let mut findings: Vec<Finding> =
        mismatches.iter().map(|mismatch| of_mismatch(mismatch, Some(layer))).collect();
    for (path, target) in bad_links {
        let location =
            Location { path: Some(path.clone()), layer: Some(layer.clone()), ..Location::default() };
        let evidence = vec![format!("{path} -> {target}")];
        let title = "a link points outside the image".to_owned();
        findings.push(finding(
            "image/link-outside-root",
            title,
            location,
            evidence,
            &[path.as_str(), target],
        ));
    }
    findings
}

fn of_mismatch(mismatch: &Mismatch, layer: Option<&Arc<Layer>>) -> Finding {
    let location = Location { layer: layer.cloned(), ..Location::default() };
    let evidence = vec![format!("expected {}", mismatch.expected), format!("found {}", mismatch.actual)];
    let title = match layer {
        Some(layer) => format!("the {} of layer {} does not match its content", mismatch.what, layer.index),
        None => format!("the {} does not match its digest", mismatch.what),
    };
    finding("image/digest-mismatch", title, location, evidence, &[mismatch.what, mismatch.expected.as_str()])
}
