//! The fields of a CSAF 2.0 document that are read (csaf_json_schema.json).

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Document {
    pub document: Header,
    pub product_tree: ProductTree,
    pub vulnerabilities: Vec<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Header {
    pub title: String,
    pub publisher: Publisher,
    pub tracking: Tracking,
    pub aggregate_severity: AggregateSeverity,
    pub references: Vec<Reference>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Publisher {
    pub name: String,
    pub namespace: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tracking {
    pub id: String,
    pub initial_release_date: String,
    pub current_release_date: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AggregateSeverity {
    pub text: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reference {
    pub category: String,
    pub url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProductTree {
    pub branches: Vec<Branch>,
    pub full_product_names: Vec<Product>,
    pub relationships: Vec<Relationship>,
}

/// Branches nest; `serde_json` refuses more than 128 levels.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Branch {
    pub category: String,
    pub name: String,
    pub branches: Vec<Branch>,
    pub product: Option<Product>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Product {
    pub name: String,
    pub product_id: String,
    pub product_identification_helper: Identification,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Identification {
    pub cpe: String,
    pub purl: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Relationship {
    pub full_product_name: Product,
    pub product_reference: String,
    pub relates_to_product_reference: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct VulnerabilityEntry {
    pub cve: String,
    pub ids: Vec<OtherId>,
    pub title: String,
    pub cwe: Weakness,
    pub release_date: String,
    pub references: Vec<Reference>,
    pub product_status: Statuses,
    pub remediations: Vec<Remediation>,
    pub threats: Vec<Threat>,
    pub flags: Vec<Flag>,
    pub scores: Vec<Score>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct OtherId {
    pub text: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Weakness {
    pub id: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Statuses {
    pub fixed: Vec<String>,
    pub first_fixed: Vec<String>,
    pub recommended: Vec<String>,
    pub known_affected: Vec<String>,
    pub first_affected: Vec<String>,
    pub last_affected: Vec<String>,
    pub known_not_affected: Vec<String>,
    pub under_investigation: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Remediation {
    pub category: String,
    pub details: String,
    pub product_ids: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Threat {
    pub category: String,
    pub details: String,
    pub product_ids: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Flag {
    pub label: String,
    pub product_ids: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Score {
    pub cvss_v2: Cvss,
    pub cvss_v3: Cvss,
    pub cvss_v4: Cvss,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Cvss {
    #[serde(rename = "vectorString")]
    pub vector: String,
}
