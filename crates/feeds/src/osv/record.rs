//! The fields of an OSV record that are read.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// An OSV record (osv-schema, "Format overview"). Publishers write `null` for empty lists, which is accepted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Record {
    pub id: String,
    #[serde(deserialize_with = "or_default")]
    pub modified: String,
    #[serde(deserialize_with = "or_default")]
    pub published: String,
    #[serde(deserialize_with = "or_default")]
    pub withdrawn: String,
    #[serde(deserialize_with = "or_default")]
    pub aliases: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub related: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub upstream: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub summary: String,
    #[serde(deserialize_with = "or_default")]
    pub details: String,
    #[serde(deserialize_with = "or_default")]
    pub severity: Vec<SeverityEntry>,
    #[serde(deserialize_with = "or_default")]
    pub affected: Vec<AffectedPackage>,
    #[serde(deserialize_with = "or_default")]
    pub references: Vec<Reference>,
    #[serde(deserialize_with = "or_default")]
    pub database_specific: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SeverityEntry {
    #[serde(rename = "type")]
    pub kind: String,
    pub score: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reference {
    #[serde(rename = "type")]
    pub kind: String,
    pub url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AffectedPackage {
    #[serde(deserialize_with = "or_default")]
    pub package: Package,
    #[serde(deserialize_with = "or_default")]
    pub severity: Vec<SeverityEntry>,
    #[serde(deserialize_with = "or_default")]
    pub ranges: Vec<EventRange>,
    #[serde(deserialize_with = "or_default")]
    pub versions: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub ecosystem_specific: Value,
    #[serde(deserialize_with = "or_default")]
    pub database_specific: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Package {
    pub ecosystem: String,
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub purl: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct EventRange {
    #[serde(rename = "type")]
    pub kind: String,
    #[serde(deserialize_with = "or_default")]
    pub events: Vec<Event>,
}

/// One event; the schema allows one field, some publishers write several.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Event {
    pub introduced: Option<String>,
    pub fixed: Option<String>,
    pub last_affected: Option<String>,
    pub limit: Option<String>,
}

impl Record {
    /// A text of `database_specific`, or an empty one.
    pub(super) fn database_specific_text(&self, key: &str) -> String {
        text_of(&self.database_specific, key)
    }

    /// `database_specific.cwe_ids` (GitHub).
    pub(super) fn weaknesses(&self) -> Vec<String> {
        let ids = self.database_specific.get("cwe_ids").and_then(Value::as_array);
        let is_weakness = |id: &&str| id.starts_with("CWE-") && id.len() <= 16;
        ids.into_iter().flatten().filter_map(Value::as_str).filter(is_weakness).map(str::to_owned).collect()
    }

    /// RustSec's category `malicious` (advisory-db, README.md).
    pub(super) fn is_marked_malicious(&self) -> bool {
        self.affected.iter().any(|affected| {
            let categories = affected.database_specific.get("categories").and_then(Value::as_array);
            categories.is_some_and(|all| all.iter().any(|category| category == "malicious"))
        })
    }
}

impl AffectedPackage {
    pub(super) fn database_specific_text(&self, key: &str) -> String {
        text_of(&self.database_specific, key)
    }

    pub(super) fn ecosystem_specific_text(&self, key: &str) -> String {
        text_of(&self.ecosystem_specific, key)
    }

    /// SUSE: `ecosystem_specific.binaries` is a list of objects from binary package to version.
    pub(super) fn suse_binaries(&self) -> Vec<(String, String)> {
        let binaries = self.ecosystem_specific.get("binaries").and_then(Value::as_array);
        let mut all = Vec::new();
        for object in binaries.into_iter().flatten().filter_map(Value::as_object) {
            for (name, version) in object {
                if let Some(version) = version.as_str().filter(|version| !version.is_empty()) {
                    all.push((name.clone(), version.to_owned()));
                }
            }
        }
        all
    }

    /// Go: `ecosystem_specific.custom_ranges` (go.dev/doc/security/vuln/database), ranges in versions that
    /// the module system does not know.
    pub(super) fn custom_ranges(&self) -> Vec<EventRange> {
        let ranges = self.ecosystem_specific.get("custom_ranges").cloned().unwrap_or_default();
        serde_json::from_value(ranges).unwrap_or_default()
    }
}

fn text_of(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or("").to_owned()
}

fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(input: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(input)?.unwrap_or_default())
}
