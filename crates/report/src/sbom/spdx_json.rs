//! SPDX 2.2 and 2.3, JSON (spdx-spec 2.3, annex D of the JSON schema).

use super::{
    SbomContents, SbomError, or_empty,
    records::Gathering,
    spdx_package::{SpdxPackage, add_all},
};
use model::{GapReason, Limits};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::HashSet};

/// Reads an SPDX document in JSON.
///
/// # Errors
/// When it is no JSON object with `spdxVersion`.
pub fn read_spdx_json(bytes: &[u8], limits: &Limits) -> Result<SbomContents, SbomError> {
    let document: Document<'_> =
        serde_json::from_slice(bytes).map_err(|source| SbomError::Malformed { format: "SPDX", source })?;
    let mut gathering = Gathering::new(document.spdx_version.clone().into_owned(), limits);
    if !matches!(document.spdx_version.as_ref(), "SPDX-2.2" | "SPDX-2.3") {
        let detail = format!("{} is read as if it were SPDX-2.3", document.spdx_version);
        gathering.gap("document", GapReason::Unsupported, &detail);
    }
    gathering.contents.name = document.name.map(Cow::into_owned);
    let mut packages = Vec::new();
    for raw in document.packages {
        match serde_json::from_str::<Described<'_>>(raw.get()) {
            Ok(described) => packages.push(described.into_package()),
            Err(error) => gathering.gap("package", GapReason::Malformed, &error.to_string()),
        }
    }
    let mut described: HashSet<String> =
        document.document_describes.into_iter().map(Cow::into_owned).collect();
    for raw in document.relationships {
        // Relationships only tell what the document is about; a broken one loses nothing else.
        let Ok(relationship) = serde_json::from_str::<Relationship<'_>>(raw.get()) else { continue };
        match relationship.kind.as_ref() {
            "DESCRIBES" => described.insert(relationship.to.into_owned()),
            "DESCRIBED_BY" => described.insert(relationship.from.into_owned()),
            _ => false,
        };
    }
    add_all(&packages, &described.iter().map(String::as_str).collect(), &mut gathering);
    Ok(gathering.finish())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document<'d> {
    #[serde(borrow)]
    spdx_version: Cow<'d, str>,
    #[serde(borrow)]
    name: Option<Cow<'d, str>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    packages: Vec<&'d RawValue>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    relationships: Vec<&'d RawValue>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    document_describes: Vec<Cow<'d, str>>,
}

#[derive(Deserialize)]
struct Relationship<'d> {
    #[serde(rename = "spdxElementId", borrow)]
    from: Cow<'d, str>,
    #[serde(rename = "relationshipType", borrow)]
    kind: Cow<'d, str>,
    #[serde(rename = "relatedSpdxElement", borrow)]
    to: Cow<'d, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Described<'d> {
    #[serde(rename = "SPDXID", borrow, default)]
    id: Cow<'d, str>,
    #[serde(borrow, default)]
    name: Cow<'d, str>,
    #[serde(borrow)]
    version_info: Option<Cow<'d, str>>,
    #[serde(borrow)]
    primary_package_purpose: Option<Cow<'d, str>>,
    #[serde(borrow)]
    license_declared: Option<Cow<'d, str>>,
    #[serde(borrow)]
    license_concluded: Option<Cow<'d, str>>,
    #[serde(borrow)]
    source_info: Option<Cow<'d, str>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    external_refs: Vec<Reference<'d>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    checksums: Vec<Checksum<'d>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    annotations: Vec<Annotation<'d>>,
    #[serde(borrow, default, deserialize_with = "or_empty")]
    attribution_texts: Vec<Cow<'d, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference<'d> {
    #[serde(borrow)]
    reference_type: Cow<'d, str>,
    #[serde(borrow)]
    reference_locator: Cow<'d, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checksum<'d> {
    #[serde(borrow)]
    algorithm: Cow<'d, str>,
    #[serde(borrow)]
    checksum_value: Cow<'d, str>,
}

#[derive(Deserialize)]
struct Annotation<'d> {
    #[serde(borrow, default)]
    comment: Cow<'d, str>,
}

impl Described<'_> {
    fn into_package(self) -> SpdxPackage {
        let text = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned).unwrap_or_default();
        let is_known = |text: &Cow<'_, str>| !matches!(text.as_ref(), "" | "NOASSERTION" | "NONE");
        let licence = self.license_declared.filter(is_known).or(self.license_concluded);
        let mut notes: Vec<String> =
            self.annotations.into_iter().map(|annotation| annotation.comment.into_owned()).collect();
        notes.extend(self.attribution_texts.into_iter().map(Cow::into_owned));
        // Writers differ in how they spell the type (`purl`, `http://spdx.org/rdf/references/purl`).
        let purl =
            self.external_refs.into_iter().find(|reference| reference.reference_type.ends_with("purl"));
        SpdxPackage {
            id: self.id.into_owned(),
            name: self.name.into_owned(),
            version: text(self.version_info),
            purl: purl.map(|reference| reference.reference_locator.into_owned()),
            purpose: text(self.primary_package_purpose),
            licence: text(licence),
            source_info: text(self.source_info),
            sha1: self
                .checksums
                .into_iter()
                .find(|sum| sum.algorithm == "SHA1")
                .map(|sum| sum.checksum_value.into_owned()),
            notes,
        }
    }
}
