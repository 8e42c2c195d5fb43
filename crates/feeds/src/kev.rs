//! CISA's catalogue of known exploited vulnerabilities (cisa.gov/known-exploited-vulnerabilities-catalog, JSON).

use crate::FeedLimits;
use crate::bounded::read_all;
use crate::ids::is_cve;
use crate::imported::Imported;
use model::KnownExploited;
use serde::Deserialize;
use serde_json::Value;
use std::io::Read;

/// Reads the catalogue; `sink` gets a CVE id and its entry.
pub fn import(
    input: &mut dyn Read,
    file: &str,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(String, KnownExploited),
) -> Imported {
    let mut out = Imported::default();
    let catalogue: Catalogue = match read_all(input, limits.record_bytes_max)
        .map_err(|error| error.to_string())
        .and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()))
    {
        Ok(catalogue) => catalogue,
        Err(detail) => {
            out.problem(limits, file, None, detail);
            return out;
        }
    };
    for value in catalogue.vulnerabilities {
        out.counts.records += 1;
        match serde_json::from_value::<Entry>(value) {
            Ok(entry) if is_cve(&entry.id) => {
                out.counts.known_exploited += 1;
                let known = KnownExploited {
                    date_added: crate::ids::date_of(&entry.date_added),
                    due_date: crate::ids::date_of(&entry.due_date),
                    is_used_by_ransomware: entry.ransomware == "Known",
                };
                sink(entry.id, known);
            }
            Ok(entry) => out.problem(limits, file, None, format!("'{}' is not a CVE id", entry.id)),
            Err(error) => out.problem(limits, file, None, error.to_string()),
        }
    }
    out
}

#[derive(Debug, Deserialize)]
struct Catalogue {
    vulnerabilities: Vec<Value>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    #[serde(rename = "cveID")]
    id: String,
    #[serde(default, rename = "dateAdded")]
    date_added: String,
    #[serde(default, rename = "dueDate")]
    due_date: String,
    #[serde(default, rename = "knownRansomwareCampaignUse")]
    ransomware: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_and_bad_ones_lose_only_themselves() {
        let json = r#"{"catalogVersion":"1","vulnerabilities":[
            {"cveID":"CVE-2021-44228","dateAdded":"2021-12-10","dueDate":"2021-12-24","knownRansomwareCampaignUse":"Known"},
            {"cveID":"nothing"},{"cveID":7},
            {"cveID":"CVE-2022-1","knownRansomwareCampaignUse":"Unknown"}]}"#;
        let mut all = Vec::new();
        let out = import(&mut json.as_bytes(), "kev", &FeedLimits::default(), &mut |id, known| {
            all.push((id, known));
        });
        assert_eq!(all.len(), 2);
        assert!(all[0].1.is_used_by_ransomware && !all[1].1.is_used_by_ransomware);
        assert_eq!(all[0].1.due_date, "2021-12-24");
        assert_eq!((out.counts.known_exploited, out.problems.len()), (2, 2));
    }
}
