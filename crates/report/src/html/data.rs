//! The report as the page's script reads it: short keys, nothing empty, every text neutral.

use super::reason;
use crate::{
    each::Each,
    summary,
    text::{link, neutral},
};
use model::{Finding, Gap, Layer, Package, Report, Severity, Suppressed};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{
    io::{self, Write},
    sync::Arc,
};

pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let data = Data {
        findings: Each(&report.findings, finding),
        layers: Each(&report.layers, |item: &Arc<Layer>| layer(item)),
        packages: Each(&report.packages, |item: &Package| package(item, report)),
        gaps: Each(
            &report.gaps,
            |gap: &Gap| json!({ "reason": reason(gap), "what": neutral(&gap.what), "detail": neutral(&gap.detail) }),
        ),
        advisories: Each(&report.advisories, |shard: &model::AdvisoryCoverage| {
            json!({
                "shard": neutral(&shard.shard), "advisories": shard.advisories, "date": shard.date,
                "origin": neutral(&shard.origin), "is_complete": shard.is_complete, "packages": shard.packages,
            })
        }),
        suppressed: Each(
            &report.suppressed,
            |item: &Suppressed| json!({ "f": finding(&item.finding), "by": neutral(&item.by), "reason": neutral(&item.reason) }),
        ),
    };
    serde_json::to_writer(InScript(out), &data).map_err(io::Error::from)
}

#[derive(Serialize)]
struct Data<F, L, P, G, A, S> {
    findings: F,
    layers: L,
    packages: P,
    gaps: G,
    advisories: A,
    suppressed: S,
}

/// JSON inside a script element: `<`, `>` and `&` stand in strings alone and are written as escapes, so neither
/// `</script>` nor `<!--` can occur (HTML, section 4.12.1.3, "Restrictions for contents of script elements").
struct InScript<'o>(&'o mut dyn Write);

impl Write for InScript<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut start = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if matches!(byte, b'<' | b'>' | b'&') {
                self.0.write_all(&bytes[start..at])?;
                write!(self.0, "\\u{byte:04x}")?;
                start = at + 1;
            }
        }
        self.0.write_all(&bytes[start..])?;
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn severity_index(severity: Severity) -> usize {
    Severity::ALL.iter().position(|one| *one == severity).expect("ALL holds every severity")
}

fn finding(finding: &Finding) -> Value {
    let mut fields = Map::new();
    fields.insert("id".to_owned(), json!(neutral(&finding.rule)));
    fields.insert("t".to_owned(), json!(neutral(summary::words(finding))));
    fields.insert("s".to_owned(), json!(severity_index(finding.severity)));
    fields.insert("fp".to_owned(), json!(finding.fingerprint));
    let mut put = |key: &str, value: Value| {
        let is_empty = match &value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Bool(is_set) => !is_set,
            _ => false,
        };
        if !is_empty {
            fields.insert(key.to_owned(), value);
        }
    };
    let texts = |list: &[String]| -> Value { list.iter().map(|text| neutral(text)).collect() };
    put("path", json!(summary::place(&finding.location)));
    put("ev", texts(&finding.evidence));
    put("rem", json!(finding.remedy.as_deref().map(neutral)));
    put("r", finding.references.iter().filter_map(|text| link(text)).collect());
    if let Some(layer) = &finding.location.layer {
        put("l", json!(layer.index));
        put("b", json!(layer.is_base == Some(true)));
    }
    put("h", json!(finding.location.hidden_by.as_ref().map(|upper| upper.index)));
    let Some(v) = &finding.vulnerability else {
        put("a", texts(&finding.aliases));
        return Value::Object(fields);
    };
    put("p", json!(neutral(&v.package)));
    put("v", json!(neutral(&v.installed_version)));
    put("f", json!(summary::fix(finding)));
    put("x", json!(summary::is_fixable(finding)));
    put("a", texts(&v.aliases));
    put("w", texts(&v.weaknesses));
    put("purl", json!(neutral(&v.purl)));
    put("sh", json!(neutral(&v.shard)));
    put("src", json!(neutral(&v.severity_source)));
    put("pub", json!(v.published.as_deref().map(neutral)));
    let matched = format!(
        "{} {} in {} ({}, {})",
        v.matched_name, v.matched_version, v.matched_range, v.shard, v.advisory_source
    );
    put("m", json!(neutral(&matched)));
    if let Some(epss) = v.epss {
        put("e", json!(epss.score));
        put("ep", json!(epss.percentile));
    }
    if let Some(known) = &v.known_exploited {
        put("k", json!(neutral(&known.date_added)));
        put("kd", json!(neutral(&known.due_date)));
        put("kr", json!(known.is_used_by_ransomware));
    }
    if let Some(seen) = &v.in_use {
        put("u", json!(seen.state.as_str()));
        put("ud", json!(neutral(&seen.detail)));
    }
    let shown = v.severities.iter().filter(|rating| rating.source == v.severity_source);
    let worst = shown.filter_map(|rating| rating.cvss.as_ref()).map(|cvss| cvss.score_tenths).max();
    put("c", json!(worst.map(|tenths| f64::from(tenths) / 10.0)));
    let rating = |rating: &model::VendorSeverity| {
        let cvss = rating.cvss.as_ref();
        json!([
            neutral(&rating.source),
            severity_index(rating.severity),
            cvss.map(|cvss| f64::from(cvss.score_tenths) / 10.0),
            cvss.map(|cvss| neutral(&cvss.vector)),
        ])
    };
    put("rs", v.severities.iter().map(rating).collect());
    Value::Object(fields)
}

fn layer(layer: &Layer) -> Value {
    let mut value = json!({ "index": layer.index, "base": layer.is_base == Some(true) });
    if let Some(digest) = layer.digest.as_ref().or(layer.diff_id.as_ref()) {
        value["digest"] = json!(format!("{}:{}", digest.algorithm(), digest.short()));
    }
    if let Some(instruction) = &layer.instruction {
        value["instruction"] = json!(neutral(instruction));
    }
    if let Some(size_bytes) = layer.size_bytes {
        value["size"] = json!(size_bytes);
    }
    value
}

fn package(package: &Package, report: &Report) -> Value {
    let place = model::Location {
        path: Some(package.path.clone()),
        nested: package.nested.clone(),
        ..model::Location::default()
    };
    let mut value = json!({
        "n": neutral(&package.name),
        "v": neutral(&package.version),
        "e": package.ecosystem.purl_type(),
        "path": summary::place(&place),
        "purl": neutral(&package.purl(report.distribution.as_ref()).to_string()),
    });
    if !package.licenses.is_empty() {
        value["lic"] = json!(neutral(&package.licenses.join(", ")));
    }
    if let Some(layer) = &package.layer {
        value["l"] = json!(layer.index);
    }
    if let Some(source) = package.source.as_ref().filter(|source| source.name != package.name) {
        value["src"] = json!(neutral(&format!("{} {}", source.name, source.version)));
    }
    value
}
