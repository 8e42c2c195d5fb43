//! Results of a SARIF log (SARIF 2.1.0, section 3.27).

use super::{Rules, Seen, level, non_empty};
use crate::summary;
use model::{Finding, Fix, SourceSpan};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

pub(super) fn result(&(finding, suppressed): &Seen<'_>, rules: &Rules<'_>, fallback: &str) -> Value {
    let location = &finding.location;
    let source = location.source.as_deref();
    let uri = location
        .path
        .as_ref()
        .filter(|path| !path.as_str().is_empty())
        .map(|path| artifact_uri(path.as_str()));
    // A viewer drops results without a place: what lies in no file is shown at the image's name.
    let artifact = match (source, &uri) {
        (Some(span), _) => json!({ "uri": artifact_uri(&span.file) }),
        (None, Some(uri)) => json!({ "uri": uri, "uriBaseId": "ROOT" }),
        (None, None) => json!({ "uri": fallback }),
    };
    let region = source.map_or_else(|| json!({ "startLine": location.line.unwrap_or(1).max(1) }), region);
    let mut place = json!({ "physicalLocation": { "artifactLocation": artifact, "region": region } });
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
    // Viewers make these edits with one click, so what needs a decision is not among them.
    if let Some(fix) = finding.fix.as_ref().filter(|fix| fix.caution.is_none()) {
        value["fixes"] = json!([sarif_fix(fix)]);
    }
    if let Some(item) = suppressed {
        value["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": format!("{}: {}", item.by, item.reason),
        }]);
    }
    value
}

/// SARIF 2.1.0, section 3.30: lines and columns from 1, the end behind the last character.
fn region(span: &SourceSpan) -> Value {
    json!({
        "startLine": span.line.max(1), "startColumn": span.column.max(1), "endLine": span.end_line.max(span.line).max(1),
        "endColumn": span.end_column.max(1),
    })
}

/// SARIF 2.1.0, section 3.55: replacements of one file.
fn sarif_fix(fix: &Fix) -> Value {
    let replacement = |edit: &model::Edit| json!({ "deletedRegion": region(&edit.span), "insertedContent": { "text": edit.text } });
    let file = fix.edits.first().map_or("", |edit| edit.span.file.as_str());
    json!({
        "description": { "text": fix.title },
        "artifactChanges": [{
            "artifactLocation": { "uri": artifact_uri(file) },
            "replacements": fix.edits.iter().map(replacement).collect::<Vec<_>>(),
        }],
    })
}

fn message(finding: &Finding) -> String {
    let Some(v) = &finding.vulnerability else {
        let mut lines = vec![non_empty(&finding.title, &finding.rule).to_owned()];
        lines.extend(finding.evidence.iter().cloned());
        lines.extend(finding.remedy.iter().map(|remedy| format!("Remedy: {remedy}")));
        return lines.join("\n");
    };
    let mut text = format!("{} {} has {}", v.package, v.installed_version, v.id);
    if !v.summary.is_empty() {
        text.push_str(&format!(": {}", v.summary));
    }
    let fix = summary::fix(finding);
    text.push_str(&if summary::is_fixable(finding) {
        format!("\nFixed in: {fix}")
    } else {
        format!("\nFix: {fix}")
    });
    if let Some(words) = summary::use_words(finding) {
        text.push_str(&format!("\nUse: {words}"));
    }
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
    if !finding.aliases.is_empty() {
        value["aliases"] = json!(finding.aliases);
    }
    if let Some(object) = &finding.location.object {
        value["object"] = json!(object);
    }
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
        if let Some(seen) = &v.in_use {
            value["inUse"] = json!(seen);
        }
    }
    value
}
/// A relative URI reference (RFC 3986, section 4.2) of a path or name.
pub(super) fn artifact_uri(path: &str) -> String {
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
