//! CycloneDX 1.6, JSON (ECMA-424; bom-1.6.schema.json): what is installed and what is known of it.

use crate::{
    Options,
    each::{Each, named},
    identity::{self, Components},
    licence, properties, rating,
    text::link,
    vex::{self, Standing},
};
use model::{Finding, GapReason, Package, Report, Status, Suppressed, TargetKind};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    io::{self, Write},
};

/// The `bom-ref` of what was scanned.
const ROOT: &str = "target";
/// The `bom-ref` of the operating system.
const SYSTEM: &str = "operating-system";

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let components = Components::of(report);
    let mut list: Vec<Listed<'_>> = Vec::new();
    if report.distribution.is_some() {
        list.push(Listed::System(report));
    }
    list.extend(report.packages.iter().enumerate().map(|(at, package)| Listed::Package(at, package)));
    let mut depends: Vec<String> = list.iter().map(|listed| listed.reference(&components)).collect();
    depends.sort();
    let vulnerabilities = gather(report);
    let document = Document {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: format!("urn:uuid:{}", identity::document_uuid("cyclonedx", report, options)),
        version: 1,
        metadata: metadata(report, options),
        components: Each(&list, |listed: &Listed<'_>| listed.component(&components)),
        dependencies: vec![json!({ "ref": ROOT, "dependsOn": depends })],
        compositions: compositions(report),
        vulnerabilities: Each(&vulnerabilities, |entry: &Vec<Seen<'_>>| vulnerability(entry, &components)),
    };
    serde_json::to_writer_pretty(&mut *out, &document).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<C, V> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    bom_format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Value,
    components: C,
    dependencies: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    compositions: Vec<Value>,
    vulnerabilities: V,
}

enum Listed<'r> {
    System(&'r Report),
    Package(usize, &'r Package),
}

impl Listed<'_> {
    fn reference(&self, components: &Components) -> String {
        match self {
            Self::System(_) => SYSTEM.to_owned(),
            Self::Package(at, _) => format!("pkg-{}", components.ids[*at]),
        }
    }

    fn component(&self, components: &Components) -> Value {
        match self {
            Self::System(report) => system(report),
            Self::Package(at, package) => component(*at, package, components),
        }
    }
}

fn system(report: &Report) -> Value {
    let Some(distribution) = &report.distribution else { return Value::Null };
    let mut value = json!({
        "type": "operating-system",
        "bom-ref": SYSTEM,
        "name": distribution.id,
        "version": distribution.version,
        "properties": named(&properties::of_distribution(distribution)),
    });
    if let Some(name) = &distribution.pretty_name {
        value["description"] = json!(name);
    }
    value
}

fn component(at: usize, package: &Package, components: &Components) -> Value {
    let purl = &components.purls[at];
    let mut properties = properties::of_package(package, purl);
    let mut value = json!({
        "type": if package.ecosystem == model::Ecosystem::Generic { "application" } else { "library" },
        "bom-ref": format!("pkg-{}", components.ids[at]),
        "version": package.version,
        "purl": purl.to_string(),
    });
    // Language namespaces are the group (CycloneDX 1.6, component.group); those of systems are no part of the name.
    if purl.namespace.is_empty() || package.ecosystem.is_system() {
        value["name"] = json!(package.name);
    } else {
        value["group"] = json!(purl.namespace);
        value["name"] = json!(purl.name);
    }
    if let Some(vendor) = package.vendor.as_ref().filter(|vendor| !vendor.is_empty()) {
        value["supplier"] = json!({ "name": vendor });
    }
    let licences = licence::cyclonedx(&package.licenses);
    if !licences.is_empty() {
        value["licenses"] = json!(licences);
    }
    if let Some(sha1) = identity::sha1_of(package) {
        value["hashes"] = json!([{ "alg": "SHA-1", "content": sha1 }]);
        properties.retain(|(key, _)| key != "seawall:sha1");
    }
    let mut place = format!("/{}", package.path.as_str());
    for inner in &package.nested {
        place.push('!');
        place.push_str(inner);
    }
    value["evidence"] = json!({ "occurrences": [{ "location": place }] });
    value["properties"] = json!(named(&properties));
    value
}

fn metadata(report: &Report, options: &Options) -> Value {
    let target = &report.target;
    let mut properties = properties::of_layers(&report.layers);
    let mut put = |key: &str, value: String| properties.push((format!("{}{key}", properties::PREFIX), value));
    put("target-kind", target.kind.as_str().to_owned());
    if let Some(platform) = &target.platform {
        put("platform", platform.clone());
    }
    if let Some(image_id) = &target.image_id {
        put("image-id", image_id.to_string());
    }
    for gap in &report.gaps {
        put("gap", format!("{}: {}: {}", gap.reason.as_str(), gap.what, gap.detail));
    }
    for shard in &report.advisories {
        let date = shard.date.as_deref().unwrap_or("none");
        put("advisories", format!("{} {date} {} {}", shard.shard, shard.advisories, shard.origin));
    }
    let mut component = json!({
        "type": match target.kind {
            TargetKind::Rootfs => "platform",
            TargetKind::Sbom => "application",
            _ => "container",
        },
        "bom-ref": ROOT,
        "name": target.name,
        "purl": identity::target_purl(report).to_string(),
    });
    if let Some(digest) = target.manifest_digest.as_ref().or(target.image_id.as_ref()) {
        component["version"] = json!(digest);
    }
    json!({
        "timestamp": options.timestamp,
        "tools": { "components": [{ "type": "application", "name": report.tool.name, "version": report.tool.version }] },
        "component": component,
        "properties": named(&properties),
    })
}

/// Says that the list of components is not whole, when something in the image could not be looked at.
fn compositions(report: &Report) -> Vec<Value> {
    let is_about_advisories = |reason| {
        matches!(reason, GapReason::NoAdvisories | GapReason::PartialAdvisories | GapReason::EndOfLife)
    };
    if report.gaps.iter().all(|gap| is_about_advisories(gap.reason)) {
        return Vec::new();
    }
    vec![json!({ "aggregate": "incomplete", "assemblies": [ROOT] })]
}

/// A finding, and who took it out when somebody did.
type Seen<'r> = (&'r Finding, Option<&'r Suppressed>);

/// The findings that share everything but the package.
fn gather(report: &Report) -> Vec<Vec<Seen<'_>>> {
    let kept = report.findings.iter().map(|finding| (finding, None));
    let suppressed = report.suppressed.iter().map(|item| (&item.finding, Some(item)));
    let mut entries: BTreeMap<_, Vec<Seen<'_>>> = BTreeMap::new();
    for (finding, by) in kept.chain(suppressed) {
        let vulnerability = finding.vulnerability.as_ref();
        let key = (
            &finding.rule,
            std::cmp::Reverse(finding.severity),
            vulnerability.map(|v| (v.status, &v.fixed_versions, &v.shard)),
            by.map(|item| (&item.by, &item.reason)),
            // Findings of our own rules each say something of their own.
            vulnerability.is_none().then_some(&finding.fingerprint),
        );
        entries.entry(key).or_default().push((finding, by));
    }
    entries.into_values().collect()
}

fn vulnerability(entry: &[Seen<'_>], components: &Components) -> Value {
    let Some(&(finding, suppressed)) = entry.first() else { return Value::Null };
    let mut properties = Vec::new();
    let mut put = |key: &str, value: String| properties.push((format!("{}{key}", properties::PREFIX), value));
    let mut value = json!({
        "bom-ref": format!("finding-{}", finding.fingerprint.as_str()),
        "id": finding.rule,
        "description": finding.title,
        "ratings": rating::cyclonedx(finding),
    });
    let links: Vec<Value> =
        finding.references.iter().filter_map(|text| link(text)).map(|url| json!({ "url": url })).collect();
    if !links.is_empty() {
        value["advisories"] = json!(links);
    }
    if let Some(remedy) = &finding.remedy {
        value["recommendation"] = json!(remedy);
    }
    if let Some(v) = &finding.vulnerability {
        value["source"] = json!({ "name": v.advisory_source });
        if !v.aliases.is_empty() {
            let alias = |id: &String| json!({ "id": id, "source": { "name": v.advisory_source } });
            value["references"] = v.aliases.iter().map(alias).collect();
        }
        let cwes: Vec<u32> = v
            .weaknesses
            .iter()
            .filter_map(|cwe| cwe.strip_prefix("CWE-")?.parse().ok())
            .filter(|cwe| *cwe > 0)
            .collect();
        if !cwes.is_empty() {
            value["cwes"] = json!(cwes);
        }
        if let Some(published) = v.published.as_deref().and_then(date_time) {
            value["published"] = json!(published);
        }
        put("status", v.status.as_str().to_owned());
        put("shard", v.shard.clone());
        for fixed in &v.fixed_versions {
            put("fixed-version", fixed.clone());
        }
        if let Some(epss) = v.epss {
            put("epss-score", epss.score.to_string());
            put("epss-percentile", epss.percentile.to_string());
        }
        if let Some(known) = &v.known_exploited {
            put("known-exploited-since", known.date_added.clone());
            put("known-exploited-due", known.due_date.clone());
            put("known-exploited-by-ransomware", known.is_used_by_ransomware.to_string());
        }
    } else {
        value["source"] = json!({ "name": "seawall" });
    }
    for (other, _) in entry.iter().take(100) {
        if let Some(layer) = &other.location.layer {
            let base = layer.is_base.map_or("unknown", |is_base| if is_base { "yes" } else { "no" });
            let digest =
                layer.digest.as_ref().or(layer.diff_id.as_ref()).map_or("", |digest| digest.as_str());
            put("layer", format!("{} {digest} base={base}", layer.index));
        }
    }
    if let Some(analysis) = analysis(finding, suppressed) {
        value["analysis"] = analysis;
    }
    value["affects"] = json!(affects(entry, components));
    properties.sort();
    properties.dedup();
    value["properties"] = json!(named(&properties));
    value
}

fn affects(entry: &[Seen<'_>], components: &Components) -> Vec<Value> {
    let mut by_reference: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (finding, _) in entry {
        let reference = components
            .of_finding(finding)
            .map_or_else(|| ROOT.to_owned(), |at| format!("pkg-{}", components.ids[at]));
        let versions = finding
            .vulnerability
            .as_ref()
            .filter(|v| !v.installed_version.is_empty())
            .map_or_else(Vec::new, |v| {
                let status = match v.status {
                    Status::NotAffected => "unaffected",
                    Status::UnderInvestigation => "unknown",
                    _ => "affected",
                };
                vec![json!({ "version": v.installed_version, "status": status })]
            });
        by_reference.entry(reference).or_insert(versions);
    }
    let affect = |(reference, versions): (String, Vec<Value>)| {
        if versions.is_empty() {
            json!({ "ref": reference })
        } else {
            json!({ "ref": reference, "versions": versions })
        }
    };
    by_reference.into_iter().map(affect).collect()
}

/// What was decided (CycloneDX 1.6, vulnerability.analysis).
fn analysis(finding: &Finding, suppressed: Option<&Suppressed>) -> Option<Value> {
    if let Some(item) = suppressed {
        let detail = format!("{}: {}", item.by, item.reason);
        return Some(match vex::standing(item) {
            Standing::NotAffected => {
                let mut value = json!({ "state": "not_affected", "detail": detail });
                if let Some((_, Some(justification))) = vex::justification(item) {
                    value["justification"] = json!(justification);
                }
                value
            }
            Standing::Accepted => {
                json!({ "state": "exploitable", "response": ["will_not_fix"], "detail": detail })
            }
            Standing::OutOfView => json!({ "state": "in_triage", "detail": detail }),
        });
    }
    match finding.vulnerability.as_ref()?.status {
        Status::Fixed => Some(json!({ "response": ["update"] })),
        Status::WillNotFix | Status::EndOfLife => Some(json!({ "response": ["will_not_fix"] })),
        Status::NotAffected => Some(json!({ "state": "not_affected" })),
        Status::UnderInvestigation => Some(json!({ "state": "in_triage" })),
        Status::Affected | Status::Deferred => None,
    }
}

/// A date or date and time as the schema's `date-time`.
fn date_time(text: &str) -> Option<String> {
    let is_date = |text: &str| {
        text.len() == 10
            && text
                .bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() })
    };
    match text.len() {
        10 if is_date(text) => Some(format!("{text}T00:00:00Z")),
        11.. if text.is_char_boundary(10) && is_date(&text[..10]) && text[10..].starts_with('T') => {
            Some(text.to_owned())
        }
        _ => None,
    }
}
