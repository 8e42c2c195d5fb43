//! SPDX 2.3, JSON (ISO/IEC 5962 and spdx.github.io/spdx-spec/v2.3): what is installed, with the advisories as
//! external references.

use crate::{
    Options,
    each::Each,
    identity::{self, Components},
    licence::{self, Reference},
    properties, summary,
    text::link,
};
use model::{Distribution, Finding, Package, Report};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, HashMap},
    io::{self, Write},
};

/// The SPDX id of what was scanned.
const ROOT: &str = "SPDXRef-Target";
/// The SPDX id of the operating system.
const SYSTEM: &str = "SPDXRef-OperatingSystem";

pub(crate) fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let page = Page {
        report,
        options,
        components: Components::of(report),
        findings: HashMap::new(),
        annotator: format!("Tool: {}-{}", report.tool.name, report.tool.version),
    }
    .with_findings();
    let mut licences: BTreeMap<String, String> = BTreeMap::new();
    for package in &report.packages {
        licences
            .extend(licence::spdx(&package.licenses).1.into_iter().map(|Reference { id, text }| (id, text)));
    }
    let licences: Vec<(String, String)> = licences.into_iter().collect();
    let mut packages = vec![Listed::Root];
    packages.extend(report.distribution.as_ref().map(Listed::System));
    packages.extend((0..report.packages.len()).map(Listed::Package));
    let uuid = identity::document_uuid("spdx", report, options);
    let document = Document {
        spdx_version: "SPDX-2.3",
        data_license: "CC0-1.0",
        spdx_id: "SPDXRef-DOCUMENT",
        name: if report.target.name.is_empty() { "unnamed" } else { &report.target.name },
        document_namespace: format!("https://spdx.org/spdxdocs/seawall-{uuid}"),
        creation_info: json!({
            "created": options.timestamp,
            "creators": [format!("Tool: {}-{}", report.tool.name, report.tool.version)],
        }),
        annotations: page.document_annotations(),
        packages: Each(&packages, |listed: &Listed<'_>| page.package(listed)),
        has_extracted_licensing_infos: Each(
            &licences,
            |(id, text): &(String, String)| json!({ "licenseId": id, "extractedText": text, "name": text }),
        ),
        relationships: Each(&packages, |listed: &Listed<'_>| match listed {
            Listed::Root => relationship("SPDXRef-DOCUMENT", "DESCRIBES", ROOT),
            other => relationship(ROOT, "CONTAINS", &page.id(other)),
        }),
    };
    crate::plain_json::write(&document, out)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'r, P, L, R> {
    spdx_version: &'static str,
    data_license: &'static str,
    #[serde(rename = "SPDXID")]
    spdx_id: &'static str,
    name: &'r str,
    document_namespace: String,
    creation_info: Value,
    annotations: Vec<Value>,
    packages: P,
    has_extracted_licensing_infos: L,
    relationships: R,
}

enum Listed<'r> {
    Root,
    System(&'r Distribution),
    Package(usize),
}

struct Page<'r> {
    report: &'r Report,
    options: &'r Options,
    components: Components,
    /// Findings by the package they are about.
    findings: HashMap<usize, Vec<&'r Finding>>,
    annotator: String,
}

impl Page<'_> {
    fn with_findings(mut self) -> Self {
        for finding in &self.report.findings {
            if let Some(at) = self.components.of_finding(finding) {
                self.findings.entry(at).or_default().push(finding);
            }
        }
        self
    }

    fn id(&self, listed: &Listed<'_>) -> String {
        match listed {
            Listed::Root => ROOT.to_owned(),
            Listed::System(_) => SYSTEM.to_owned(),
            Listed::Package(at) => format!("SPDXRef-Package-{}", self.components.ids[*at]),
        }
    }

    fn package(&self, listed: &Listed<'_>) -> Value {
        match listed {
            Listed::Root => self.root(),
            Listed::System(distribution) => self.system(distribution),
            Listed::Package(at) => self.installed(*at, &self.report.packages[*at]),
        }
    }

    fn root(&self) -> Value {
        let target = &self.report.target;
        let purl = identity::target_purl(self.report).to_string();
        let mut value = bare(ROOT, &target.name);
        value["primaryPackagePurpose"] = json!(if target.kind.is_image() { "CONTAINER" } else { "OTHER" });
        if let Some(digest) = target.manifest_digest.as_ref().or(target.image_id.as_ref()) {
            value["versionInfo"] = json!(digest);
            let algorithm = digest.algorithm().to_ascii_uppercase();
            value["checksums"] = json!([{ "algorithm": algorithm, "checksumValue": digest.hex() }]);
        }
        value["externalRefs"] = json!([purl_reference(&purl)]);
        let layers = properties::of_layers(&self.report.layers);
        if !layers.is_empty() {
            value["annotations"] = json!([self.annotation(&as_object(&layers))]);
        }
        value
    }

    fn system(&self, distribution: &Distribution) -> Value {
        let mut value = bare(SYSTEM, &distribution.id);
        if !distribution.version.is_empty() {
            value["versionInfo"] = json!(distribution.version);
        }
        value["primaryPackagePurpose"] = json!("OPERATING_SYSTEM");
        if let Some(cpe) = distribution.cpe.as_deref().filter(|cpe| cpe.starts_with("cpe:2.3:")) {
            value["externalRefs"] = json!([{ "referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": cpe }]);
        }
        value["annotations"] =
            json!([self.annotation(&as_object(&properties::of_distribution(distribution)))]);
        value
    }

    fn installed(&self, at: usize, package: &Package) -> Value {
        let purl = &self.components.purls[at];
        let mut value = bare(&self.id(&Listed::Package(at)), &package.name);
        if !package.version.is_empty() {
            value["versionInfo"] = json!(package.version);
        }
        if let Some(vendor) = package.vendor.as_ref().filter(|vendor| !vendor.trim().is_empty()) {
            value["supplier"] = json!(format!("Organization: {}", crate::text::neutral(vendor)));
        }
        value["sourceInfo"] = json!(source_info(package));
        value["licenseDeclared"] = json!(licence::spdx(&package.licenses).0);
        let mut properties = as_object(&properties::of_package(package, purl));
        if !package.licenses.is_empty() {
            properties.insert(format!("{}licenses", properties::PREFIX), json!(package.licenses));
        }
        if let Some(sha1) = identity::sha1_of(package) {
            value["checksums"] = json!([{ "algorithm": "SHA1", "checksumValue": sha1 }]);
        }
        let mut references = vec![purl_reference(&purl.to_string())];
        references.extend(self.findings.get(&at).into_iter().flatten().map(|finding| advisory(finding)));
        value["externalRefs"] = json!(references);
        value["annotations"] = json!([self.annotation(&properties)]);
        value
    }

    /// Annotations of the document: gaps, advisories that were used, and findings that are in no package.
    fn document_annotations(&self) -> Vec<Value> {
        let mut lines = Vec::new();
        for gap in &self.report.gaps {
            lines.push(format!("gap: {}: {}: {}", gap.reason.as_str(), gap.what, gap.detail));
        }
        for shard in &self.report.advisories {
            let date = shard.date.as_deref().unwrap_or("none at hand");
            lines.push(format!(
                "advisories: {}: {} of {date}, {}",
                shard.shard, shard.advisories, shard.origin
            ));
        }
        for finding in
            self.report.findings.iter().filter(|finding| self.components.of_finding(finding).is_none())
        {
            let place = summary::place(&finding.location);
            lines.push(
                format!("finding: {}: {}: {} {place}", finding.severity, finding.rule, finding.title)
                    .trim_end()
                    .to_owned(),
            );
        }
        for item in &self.report.suppressed {
            lines.push(format!("suppressed: {} by {}: {}", item.finding.rule, item.by, item.reason));
        }
        let annotation = |comment: &String| {
            json!({
                "annotationDate": self.options.timestamp,
                "annotationType": "REVIEW",
                "annotator": self.annotator,
                "comment": comment,
            })
        };
        lines.iter().map(annotation).collect()
    }

    fn annotation(&self, properties: &Map<String, Value>) -> Value {
        json!({
            "annotationDate": self.options.timestamp,
            "annotationType": "OTHER",
            "annotator": self.annotator,
            "comment": serde_json::to_string(properties).expect("a map with text keys"),
        })
    }
}

/// A package with what section 7 of the specification demands.
fn bare(id: &str, name: &str) -> Value {
    json!({
        "SPDXID": id,
        "name": if name.is_empty() { "unnamed" } else { name },
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "supplier": "NOASSERTION",
    })
}

fn source_info(package: &Package) -> String {
    let mut text = format!("found in /{}", package.path.as_str());
    for inner in &package.nested {
        text.push_str(&format!("!{inner}"));
    }
    if let Some(source) = &package.source {
        text.push_str(&format!("; built package from: {} {}", source.name, source.version));
    }
    text
}

fn purl_reference(purl: &str) -> Value {
    json!({ "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": purl })
}

/// Annex F.1 of the specification: an advisory is referenced by its address.
fn advisory(finding: &Finding) -> Value {
    let fallback = match finding.rule.strip_prefix("CVE-") {
        Some(_) => format!("https://nvd.nist.gov/vuln/detail/{}", finding.rule),
        None => format!("https://osv.dev/vulnerability/{}", finding.rule),
    };
    let url = finding
        .references
        .iter()
        .find_map(|text| link(text))
        .or_else(|| link(&fallback))
        .unwrap_or("https://osv.dev");
    let mut comment = format!("{}: {}", finding.rule, finding.severity);
    if let Some(v) = &finding.vulnerability {
        if !v.severity_source.is_empty() {
            comment.push_str(&format!(" by {}", v.severity_source));
        }
        comment.push_str(&format!(", {}", v.status.as_str()));
        if !v.fixed_versions.is_empty() {
            comment.push_str(&format!(" in {}", v.fixed_versions.join(", ")));
        }
        if let Some(epss) = v.epss {
            comment.push_str(&format!(", EPSS {}", epss.score));
        }
        if let Some(known) = &v.known_exploited {
            comment.push_str(&format!(", known to be exploited since {}", known.date_added));
        }
    }
    if let Some(layer) = &finding.location.layer {
        comment.push_str(&format!(", {}", summary::layer_words(layer)));
    }
    json!({ "referenceCategory": "SECURITY", "referenceType": "advisory", "referenceLocator": url, "comment": comment })
}

fn relationship(from: &str, kind: &str, to: &str) -> Value {
    json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to })
}

fn as_object(properties: &[(String, String)]) -> Map<String, Value> {
    properties.iter().map(|(key, value)| (key.clone(), json!(value))).collect()
}
