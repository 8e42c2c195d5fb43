//! A package of an SPDX document, whatever the document was written in.

use super::{
    foreign,
    records::{Component, Gathering},
};
use crate::properties;
use std::collections::{BTreeMap, HashSet};

/// A package of an SPDX document (SPDX 2.3, section 7).
#[derive(Default)]
pub(super) struct SpdxPackage {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) purl: Option<String>,
    pub(super) purpose: String,
    pub(super) licence: String,
    pub(super) source_info: String,
    pub(super) sha1: Option<String>,
    /// Comments of annotations and attribution texts.
    pub(super) notes: Vec<String>,
}

/// Adds the packages of a document; `described` are the ids of what the document is about.
pub(super) fn add_all(packages: &[SpdxPackage], described: &HashSet<&str>, gathering: &mut Gathering<'_>) {
    let tables: Vec<BTreeMap<String, Vec<String>>> = packages.iter().map(SpdxPackage::properties).collect();
    // What is said of the target and of the operating system is needed for the packages.
    for (package, table) in packages.iter().zip(&tables) {
        let flat = flat(table);
        if described.contains(package.id.as_str()) && gathering.contents.layers.is_empty() {
            gathering.contents.layers = properties::to_layers(&flat);
        }
        if package.is_system() {
            let distribution = properties::to_distribution(&flat)
                .or_else(|| foreign::system(&package.name, &package.version, &flat));
            if let Some(distribution) = distribution {
                gathering.distribution(distribution);
            }
        }
    }
    for (package, table) in packages.iter().zip(&tables) {
        let flat = flat(table);
        let is_subject = described.contains(package.id.as_str()) || package.is_system() || package.is_group();
        let is_ours = flat.contains_key("seawall:found-by");
        if is_subject && !is_ours && !package.has_usable_purl() {
            continue;
        }
        let licences = match table.get("seawall:licenses") {
            Some(licences) => licences.clone(),
            None if matches!(package.licence.as_str(), "" | "NOASSERTION" | "NONE") || is_ours => Vec::new(),
            None => vec![package.licence.clone()],
        };
        gathering.component(Component {
            name: &package.name,
            purl: package.purl.as_deref(),
            properties: flat,
            licences,
            sha1: package.sha1.as_deref(),
            place: foreign::place_in_source_info(&package.source_info),
            source: foreign::source_in_source_info(&package.source_info),
        });
    }
}

/// Properties with one value.
fn flat(table: &BTreeMap<String, Vec<String>>) -> BTreeMap<&str, &str> {
    let single = |(key, values): (&'_ String, &'_ Vec<String>)| {
        values.first().is_some_and(|_| key != "seawall:licenses" && values.len() == 1)
    };
    table
        .iter()
        .filter(|pair| single(*pair))
        .map(|(key, values)| (key.as_str(), values[0].as_str()))
        .collect()
}

impl SpdxPackage {
    fn is_system(&self) -> bool {
        matches!(self.purpose.as_str(), "OPERATING-SYSTEM" | "OPERATING_SYSTEM")
    }

    /// The nodes that stand for the image, for files, and for the lock files by which Trivy groups packages.
    fn is_group(&self) -> bool {
        match self.purpose.as_str() {
            "CONTAINER" | "FILE" => true,
            "APPLICATION" => self.version.is_empty() && self.id.starts_with("SPDXRef-Application-"),
            _ => false,
        }
    }

    fn has_usable_purl(&self) -> bool {
        let purl = self.purl.as_deref().and_then(|text| text.parse::<model::PackageUrl>().ok());
        purl.is_some_and(|purl| model::Ecosystem::from_purl_type(&purl.purl_type).is_some())
    }

    /// Our annotation, which is a JSON object, or Trivy's `Key: value` notes.
    fn properties(&self) -> BTreeMap<String, Vec<String>> {
        let mut table = BTreeMap::new();
        for note in &self.notes {
            if note.starts_with('{') {
                let object: BTreeMap<String, OneOrMany> = serde_json::from_str(note).unwrap_or_default();
                let ours = object.into_iter().filter(|(key, _)| key.starts_with(properties::PREFIX));
                table.extend(ours.map(|(key, value)| (key, value.into_list())));
            } else if let Some((key, value)) = note.split_once(": ") {
                table.insert(format!("aquasecurity:trivy:{key}"), vec![value.to_owned()]);
            }
        }
        table
    }
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_list(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(list) => list,
        }
    }
}
