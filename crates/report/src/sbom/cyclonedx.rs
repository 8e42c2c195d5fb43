//! CycloneDX 1.4 to 1.6, JSON (bom-1.4.schema.json to bom-1.6.schema.json).

use super::{
    SbomContents, SbomError, foreign, or_empty,
    records::{Component, Gathering},
};
use crate::properties;
use model::{GapReason, Limits};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap};

/// How deep components may lie in components; each level reads the inner ones again.
const DEPTH_MAX: usize = 16;

/// Reads a CycloneDX document. Later versions are read as far as they are the same.
///
/// # Errors
/// When it is no JSON object with `bomFormat`.
pub fn read_cyclonedx(bytes: &[u8], limits: &Limits) -> Result<SbomContents, SbomError> {
    let document: Document<'_> = serde_json::from_slice(bytes)
        .map_err(|source| SbomError::Malformed { format: "CycloneDX", source })?;
    let version = document.spec_version.as_deref().unwrap_or("of unknown version");
    let mut gathering = Gathering::new(format!("CycloneDX {version}"), limits);
    if !matches!(version, "1.4" | "1.5" | "1.6") {
        gathering.gap(
            "document",
            GapReason::Unsupported,
            &format!("CycloneDX {version} is read as if it were 1.6"),
        );
    }
    if let Some(raw) = document.metadata {
        match serde_json::from_str::<Metadata<'_>>(raw.get()) {
            Ok(metadata) => {
                gathering.contents.name =
                    metadata.component.and_then(|component| component.name).map(Cow::into_owned);
                gathering.contents.layers = properties::to_layers(&table(&metadata.properties));
            }
            Err(error) => gathering.gap("metadata", GapReason::Malformed, &error.to_string()),
        }
    }
    let mut pending: Vec<(&RawValue, usize)> =
        document.components.into_iter().rev().map(|raw| (raw, 0)).collect();
    // Operating systems first: what they say goes before the package URLs.
    let mut components = Vec::new();
    while let Some((raw, depth)) = pending.pop() {
        let described: Described<'_> = match serde_json::from_str(raw.get()) {
            Ok(described) => described,
            Err(error) => {
                gathering.gap("component", GapReason::Malformed, &error.to_string());
                continue;
            }
        };
        if depth + 1 < DEPTH_MAX {
            pending.extend(described.components.iter().rev().map(|inner| (*inner, depth + 1)));
        } else if !described.components.is_empty() {
            let name = described.name.as_deref().unwrap_or("");
            gathering.gap(name, GapReason::LimitReached, "components lie deeper inside each other than 16");
        }
        if described.kind.as_deref() == Some("operating-system") && described.purl.is_none() {
            let properties = table(&described.properties);
            let name = described.name.as_deref().unwrap_or("");
            let version = described.version.as_deref().unwrap_or("");
            let distribution = properties::to_distribution(&properties)
                .or_else(|| foreign::system(name, version, &properties));
            if let Some(distribution) = distribution {
                gathering.distribution(distribution);
            }
            continue;
        }
        components.push(described);
    }
    for described in &components {
        add(described, &mut gathering);
    }
    Ok(gathering.finish())
}

fn add(described: &Described<'_>, gathering: &mut Gathering<'_>) {
    let properties = table(&described.properties);
    let name = full_name(described);
    if described.purl.is_none()
        && !properties.contains_key("seawall:ecosystem")
        && is_no_package(described, &properties)
    {
        return;
    }
    let is_sha1 = |hash: &&Hash<'_>| hash.alg == "SHA-1";
    gathering.component(Component {
        name: &name,
        purl: described.purl.as_deref(),
        licences: described.licenses.iter().filter_map(Licence::text).collect(),
        sha1: described.hashes.iter().find(is_sha1).map(|hash| hash.content.as_ref()),
        properties,
        place: None,
        source: None,
    });
}

/// Files, and the nodes by which Trivy groups the packages of a lock file, are nothing that has a version.
fn is_no_package(described: &Described<'_>, properties: &BTreeMap<&str, &str>) -> bool {
    match described.kind.as_deref() {
        Some("file" | "container" | "data" | "cryptographic-asset" | "machine-learning-model") => true,
        Some("application") => {
            described.version.is_none() && properties.contains_key("aquasecurity:trivy:Type")
        }
        _ => false,
    }
}

fn full_name<'d>(described: &'d Described<'_>) -> Cow<'d, str> {
    let name = described.name.as_deref().unwrap_or("");
    match described.group.as_deref() {
        Some(group) if !group.is_empty() => Cow::Owned(format!("{group}/{name}")),
        _ => Cow::Borrowed(name),
    }
}

fn table<'d>(properties: &'d [Property<'_>]) -> BTreeMap<&'d str, &'d str> {
    properties
        .iter()
        .map(|property| (property.name.as_ref(), property.value.as_deref().unwrap_or("")))
        .collect()
}

#[derive(Deserialize)]
struct Document<'d> {
    #[serde(rename = "bomFormat", borrow)]
    #[expect(dead_code, reason = "demands that it is there")]
    bom_format: Cow<'d, str>,
    #[serde(rename = "specVersion", borrow)]
    spec_version: Option<Cow<'d, str>>,
    #[serde(borrow)]
    metadata: Option<&'d RawValue>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    components: Vec<&'d RawValue>,
}

#[derive(Deserialize)]
struct Metadata<'d> {
    #[serde(borrow)]
    component: Option<Subject<'d>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    properties: Vec<Property<'d>>,
}

#[derive(Deserialize)]
struct Subject<'d> {
    #[serde(borrow)]
    name: Option<Cow<'d, str>>,
}

#[derive(Deserialize)]
struct Described<'d> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'d, str>>,
    #[serde(borrow)]
    group: Option<Cow<'d, str>>,
    #[serde(borrow)]
    name: Option<Cow<'d, str>>,
    #[serde(borrow)]
    version: Option<Cow<'d, str>>,
    #[serde(borrow)]
    purl: Option<Cow<'d, str>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    properties: Vec<Property<'d>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    licenses: Vec<Licence<'d>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    hashes: Vec<Hash<'d>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    components: Vec<&'d RawValue>,
}

#[derive(Deserialize)]
struct Property<'d> {
    #[serde(borrow)]
    name: Cow<'d, str>,
    #[serde(borrow)]
    value: Option<Cow<'d, str>>,
}

#[derive(Deserialize)]
struct Hash<'d> {
    #[serde(borrow)]
    alg: Cow<'d, str>,
    #[serde(borrow)]
    content: Cow<'d, str>,
}

#[derive(Deserialize)]
struct Licence<'d> {
    #[serde(borrow)]
    license: Option<NamedLicence<'d>>,
    #[serde(borrow)]
    expression: Option<Cow<'d, str>>,
}

#[derive(Deserialize)]
struct NamedLicence<'d> {
    #[serde(borrow)]
    id: Option<Cow<'d, str>>,
    #[serde(borrow)]
    name: Option<Cow<'d, str>>,
}

impl Licence<'_> {
    fn text(&self) -> Option<String> {
        let named =
            self.license.as_ref().and_then(|licence| licence.id.as_deref().or(licence.name.as_deref()));
        self.expression.as_deref().or(named).map(str::to_owned)
    }
}
