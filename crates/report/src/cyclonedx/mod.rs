//! CycloneDX 1.6, JSON (ECMA-424; bom-1.6.schema.json): what is installed and what is known of it.

mod vulnerability;

use crate::{
    Options,
    each::{Each, named},
    identity::{self, Components},
    licence, properties,
};
use model::{GapReason, Package, Report, TargetKind};
use serde::Serialize;
use serde_json::{Value, json};
use std::io::{self, Write};
use vulnerability::{Seen, gather, vulnerability};

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
    crate::plain_json::write(&document, out)
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
            TargetKind::Docker | TargetKind::Registry | TargetKind::Archive | TargetKind::Oci => "container",
            TargetKind::Rootfs | TargetKind::Host | TargetKind::Cluster => "platform",
            TargetKind::Sbom | TargetKind::Files => "application",
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

#[cfg(test)]
mod tests {
    use super::*;

    fn written() -> Value {
        let mut out = Vec::new();
        write(&crate::sample::rich(), &Options::default(), &mut out).unwrap();
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn vulnerabilities_point_at_components() {
        let document = written();
        let components = document["components"].as_array().unwrap();
        for vulnerability in document["vulnerabilities"].as_array().unwrap() {
            for affected in vulnerability["affects"].as_array().unwrap() {
                let is_known =
                    affected["ref"] == ROOT || components.iter().any(|one| one["bom-ref"] == affected["ref"]);
                assert!(is_known, "{affected}");
            }
        }
    }

    #[test]
    fn ratings_name_the_version_of_the_scoring_system() {
        let document = written();
        let list = document["vulnerabilities"].as_array().unwrap();
        let log4shell = list.iter().find(|one| one["id"] == "CVE-2021-44228").unwrap();
        let methods: Vec<&str> = log4shell["ratings"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["method"].as_str())
            .collect();
        assert_eq!(methods, ["CVSSv2", "CVSSv31", "CVSSv4"]);
        assert_eq!(log4shell["cwes"], json!([20, 502]));
    }

    #[test]
    fn packages_with_the_same_vulnerability_share_an_entry() {
        let document = written();
        let list = document["vulnerabilities"].as_array().unwrap();
        let entry: Vec<&Value> = list.iter().filter(|one| one["id"] == "CVE-2024-0727").collect();
        assert_eq!((entry.len(), entry[0]["affects"].as_array().unwrap().len()), (1, 2));
    }

    #[test]
    fn a_list_with_gaps_does_not_claim_to_be_whole() {
        assert_eq!(written()["compositions"][0]["aggregate"], "incomplete");
    }
}
