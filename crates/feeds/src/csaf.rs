//! CSAF 2.0 documents with a vendor's statements about vulnerabilities
//! (docs.oasis-open.org/csaf/csaf/v2.0, profile 5 "VEX"): Red Hat (security.access.redhat.com/data/csaf/v2/vex)
//! and SUSE (ftp.suse.com/pub/projects/security/csaf-vex).

pub(crate) mod document;
mod products;

use crate::bounded::read_all;
use crate::ids::{cve_in, date_of, is_id, one_line, push_new};
use crate::imported::Imported;
use crate::{FeedLimits, rating};
use advisories::{Advisory, Affected, Range, Rated};
use document::{Document, Statuses, VulnerabilityEntry};
use model::{Severity, Status};
use products::{Component, Products};
use std::collections::{BTreeMap, HashMap};
use std::io::Read;

/// Reads one CSAF document. Rows are made for packages of Red Hat Enterprise Linux, SUSE Linux Enterprise
/// Server and openSUSE; other products are counted as unsupported.
pub fn import(
    input: &mut dyn Read,
    file: &str,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(Advisory),
) -> Imported {
    let mut out = Imported::default();
    let document: Document = match read_all(input, limits.record_bytes_max)
        .map_err(|error| error.to_string())
        .and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| error.to_string()))
    {
        Ok(document) => document,
        Err(detail) => {
            out.counts.records += 1;
            out.problem(limits, file, None, detail);
            return out;
        }
    };
    let products = Products::of(&document.product_tree);
    let publisher = publisher(&document);
    for value in &document.vulnerabilities {
        out.counts.records += 1;
        let entry: VulnerabilityEntry = match serde_json::from_value(value.clone()) {
            Ok(entry) => entry,
            Err(error) => {
                out.problem(limits, file, None, format!("a vulnerability is not understood: {error}"));
                continue;
            }
        };
        if let Some(advisory) = advisory(&document, &entry, &products, publisher, file, limits, &mut out) {
            out.counts.advisories += 1;
            out.counts.rows += advisory.affected.len() as u64;
            sink(advisory);
        }
    }
    out
}

fn publisher(document: &Document) -> &'static str {
    let namespace = &document.document.publisher.namespace;
    if namespace.contains("redhat.com") {
        "redhat"
    } else if namespace.contains("suse.com") {
        "suse"
    } else {
        "csaf"
    }
}

fn advisory(
    document: &Document,
    entry: &VulnerabilityEntry,
    products: &Products,
    publisher: &str,
    file: &str,
    limits: &FeedLimits,
    out: &mut Imported,
) -> Option<Advisory> {
    let tracking = &document.document.tracking;
    let id = if entry.cve.is_empty() { tracking.id.clone() } else { entry.cve.clone() };
    if !is_id(&id) {
        out.problem(limits, file, None, format!("'{id}' is not an id"));
        return None;
    }
    let title = if entry.title.is_empty() { &document.document.title } else { &entry.title };
    let mut advisory = Advisory {
        summary: one_line(title),
        published: date_of(&entry.release_date),
        modified: date_of(&tracking.current_release_date),
        source: format!("{publisher}-csaf"),
        ..Advisory::default()
    };
    if advisory.published.is_empty() {
        advisory.published = date_of(&tracking.initial_release_date);
    }
    if let Some(cve) = cve_in(&id) {
        push_new(&mut advisory.aliases, &id, &cve);
    }
    advisory.id = id;
    for reference in document.document.references.iter().chain(&entry.references) {
        let is_own = matches!(reference.category.as_str(), "self");
        if is_own && reference.url.starts_with("https://") && advisory.references.len() < 5 {
            push_new(&mut advisory.references, "", &reference.url);
        }
    }
    if !entry.cwe.id.is_empty() && entry.cwe.id.len() <= 16 {
        advisory.weaknesses.push(entry.cwe.id.clone());
    }
    set_ratings(&mut advisory, document, entry, publisher);
    add_rows(&mut advisory, entry, products, publisher, file, limits, out);
    (!advisory.affected.is_empty()).then_some(advisory)
}

fn set_ratings(advisory: &mut Advisory, document: &Document, entry: &VulnerabilityEntry, publisher: &str) {
    // Threats of category `impact` without products, or the document's own rating, count for everything.
    let word = entry
        .threats
        .iter()
        .filter(|threat| threat.category == "impact" && threat.product_ids.is_empty())
        .find_map(|threat| rating::word(&threat.details))
        .or_else(|| rating::word(&document.document.aggregate_severity.text));
    let mut is_first = true;
    for score in &entry.scores {
        for vector in [&score.cvss_v3.vector, &score.cvss_v4.vector, &score.cvss_v2.vector] {
            if !vector.is_empty() && advisory.ratings.len() < 4 {
                let severity = if is_first { word.unwrap_or_default() } else { Severity::Unknown };
                rating::push(&mut advisory.ratings, publisher, severity, vector);
                is_first = false;
            }
        }
    }
    if advisory.ratings.is_empty()
        && let Some(word) = word
    {
        rating::push(&mut advisory.ratings, publisher, word, "");
    }
}

/// What makes rows one row.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct RowKey {
    shard: String,
    channel: String,
    package: String,
    module: String,
    is_source: bool,
    status: Status,
    fixed: String,
    severity: Severity,
}

fn add_rows(
    advisory: &mut Advisory,
    entry: &VulnerabilityEntry,
    products: &Products,
    publisher: &str,
    file: &str,
    limits: &FeedLimits,
    out: &mut Imported,
) {
    let impacts = impacts(entry);
    let remedies = remedies(entry);
    let mut rows: BTreeMap<RowKey, Vec<String>> = BTreeMap::new();
    let Statuses { fixed, first_fixed, known_affected, first_affected, last_affected, .. } =
        &entry.product_status;
    let Statuses { known_not_affected, under_investigation, recommended, .. } = &entry.product_status;
    let lists = [
        (Status::Fixed, fixed),
        (Status::Fixed, first_fixed),
        (Status::Fixed, recommended),
        (Status::Affected, known_affected),
        (Status::Affected, first_affected),
        (Status::Affected, last_affected),
        (Status::NotAffected, known_not_affected),
        (Status::UnderInvestigation, under_investigation),
    ];
    for (status, ids) in lists {
        for id in ids {
            let component = match products.component(id) {
                Ok(component) => component,
                Err(reason) => {
                    match reason {
                        products::NoComponent::OtherProduct(product) => out.unsupported(&product),
                        products::NoComponent::NotUnderstood => {
                            out.problem(limits, file, None, format!("product '{id}' is not understood"));
                        }
                    }
                    continue;
                }
            };
            let Some(key) = row_key(&component, status, &remedies, &impacts, id) else { continue };
            let arches = rows.entry(key).or_default();
            if !component.arch.is_empty() && !arches.contains(&component.arch) {
                arches.push(component.arch);
            }
        }
    }
    let whole = advisory.ratings.iter().map(|rated| rated.severity).max().unwrap_or_default();
    for (key, mut arches) in rows {
        if advisory.affected.len() >= limits.rows_per_record_max {
            out.problem(limits, file, None, "more affected packages than the limit");
            return;
        }
        // A row for `noarch` is a row for every machine.
        if arches.iter().any(|arch| arch == "noarch") {
            arches.clear();
        }
        let differs = key.severity != Severity::Unknown && key.severity != whole;
        advisory.affected.push(Affected {
            shard: key.shard,
            ecosystem: model::Ecosystem::Rpm,
            package: key.package,
            is_source: key.is_source,
            status: key.status,
            ranges: if key.fixed.is_empty() {
                Vec::new()
            } else {
                vec![Range { fixed: key.fixed, ..Range::default() }]
            },
            versions: Vec::new(),
            module: key.module,
            arches,
            channel: key.channel,
            rating: differs.then(|| Rated {
                source: publisher.to_owned(),
                severity: key.severity,
                cvss: String::new(),
            }),
        });
    }
}

fn row_key(
    component: &Component,
    status: Status,
    remedies: &HashMap<&str, Status>,
    impacts: &HashMap<&str, Severity>,
    id: &str,
) -> Option<RowKey> {
    let fixed = match status {
        Status::Fixed => {
            // Fixes are listed for the binary packages too; their source package would match twice. Packages
            // of debugging data are never part of an image's attack surface.
            if component.is_source || component.version.is_empty() || is_debug(&component.name) {
                return None;
            }
            component.version.clone()
        }
        // "Not affected" counts where the name stands for a whole product; the list for a version that was
        // released beside a fix (debugging data, sources) says nothing about older ones.
        Status::NotAffected if !component.version.is_empty() => return None,
        _ => String::new(),
    };
    let status = match status {
        Status::Affected => remedies.get(id).copied().unwrap_or(Status::Affected),
        other => other,
    };
    Some(RowKey {
        shard: component.platform.shard.clone(),
        channel: component.platform.channel.clone(),
        package: component.name.clone(),
        module: component.module.clone(),
        is_source: component.is_source,
        status,
        fixed,
        severity: impacts.get(id).copied().unwrap_or_default(),
    })
}

fn is_debug(name: &str) -> bool {
    name.ends_with("-debuginfo") || name.ends_with("-debugsource") || name.contains("-debuginfo-")
}

fn impacts(entry: &VulnerabilityEntry) -> HashMap<&str, Severity> {
    let mut impacts = HashMap::new();
    for threat in entry.threats.iter().filter(|threat| threat.category == "impact") {
        if let Some(severity) = rating::word(&threat.details) {
            for id in &threat.product_ids {
                impacts.insert(id.as_str(), severity);
            }
        }
    }
    impacts
}

/// What the vendor says it will do about products that are affected. The words in `details` are Red Hat's
/// (redhat.com, "Red Hat Security Data: CSAF and VEX"); the categories are of CSAF 2.0, 3.2.3.12.1.
fn remedies(entry: &VulnerabilityEntry) -> HashMap<&str, Status> {
    let mut remedies = HashMap::new();
    for remedy in &entry.remediations {
        let details = remedy.details.to_ascii_lowercase();
        let status = match remedy.category.as_str() {
            "none_available" | "no_fix_planned" | "fix_planned" if details.contains("out of support") => {
                Status::EndOfLife
            }
            "none_available" | "no_fix_planned" | "fix_planned" if details.contains("defer") => {
                Status::Deferred
            }
            "no_fix_planned" => Status::WillNotFix,
            "none_available" if details.contains("will not fix") => Status::WillNotFix,
            _ => continue,
        };
        for id in &remedy.product_ids {
            remedies.insert(id.as_str(), status);
        }
    }
    remedies
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn red_hat_statements_become_rows() {
        let json = include_str!("../../../fuzz/seeds/csaf/redhat.json");
        let mut all = Vec::new();
        let out = import(&mut json.as_bytes(), "x.json", &FeedLimits::default(), &mut |a| all.push(a));
        assert!(out.problems.is_empty() && all.len() == 1, "{:?}", out.problems);
        let advisory = &all[0];
        assert_eq!((advisory.id.as_str(), advisory.source.as_str()), ("CVE-2024-0001", "redhat-csaf"));
        assert_eq!(
            (advisory.ratings[0].severity, advisory.weaknesses[0].as_str()),
            (Severity::High, "CWE-79")
        );
        let rows: Vec<String> = advisory
            .affected
            .iter()
            .map(|row| {
                let fixed = row.ranges.first().map_or("-", |range| range.fixed.as_str());
                format!(
                    "{} {} {} {} {:?} {fixed} src={}",
                    row.shard, row.channel, row.package, row.module, row.status, row.is_source
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                "rhel:8  curl  NotAffected - src=true",
                "rhel:8  nodejs nodejs:20 Deferred - src=true",
                "rhel:8 eus:8.6 nodejs nodejs:18 Fixed 1:18.1-1.module+el8 src=false",
            ]
        );
        // Rated for itself, other than the whole.
        assert_eq!(advisory.affected[1].rating.as_ref().map(|rated| rated.severity), Some(Severity::Medium));
        assert_eq!(advisory.affected[2].arches, ["x86_64"]);
    }

    #[test]
    fn what_red_hat_will_do_is_kept() {
        let seed = include_str!("../../../fuzz/seeds/csaf/redhat.json");
        for (category, details, expected) in [
            ("none_available", "Affected", Status::Affected),
            ("no_fix_planned", "Will not fix", Status::WillNotFix),
            ("no_fix_planned", "Out of support scope", Status::EndOfLife),
            ("none_available", "Fix deferred", Status::Deferred),
            ("fix_planned", "", Status::Affected),
        ] {
            let json = seed.replace("none_available", category).replace("Fix deferred", details);
            let mut all = Vec::new();
            import(&mut json.as_bytes(), "x.json", &FeedLimits::default(), &mut |a| all.push(a));
            let row = all[0].affected.iter().find(|row| row.module == "nodejs:20").unwrap();
            assert_eq!(row.status, expected, "{details}");
        }
    }

    #[test]
    fn suse_products_are_told_by_cpe_and_packages_by_id() {
        let json = r#"{"document":{"csaf_version":"2.0","publisher":{"namespace":"https://www.suse.com/"},"tracking":{"id":"CVE-2024-0002"}},
          "product_tree":{"branches":[{"category":"vendor","name":"SUSE","branches":[
            {"category":"product_name","name":"B","product":{"name":"SUSE Linux Enterprise Module for Basesystem 15 SP5","product_id":"Basesystem 15 SP5","product_identification_helper":{"cpe":"cpe:/o:suse:sle-module-basesystem:15:sp5"}}},
            {"category":"product_version","name":"p","product":{"name":"p","product_id":"libcurl4-8.0.1-150400.5.41.1.x86_64"}}]}],
          "relationships":[{"category":"default_component_of","full_product_name":{"name":"x","product_id":"Basesystem 15 SP5:libcurl4-8.0.1-150400.5.41.1.x86_64"},"product_reference":"libcurl4-8.0.1-150400.5.41.1.x86_64","relates_to_product_reference":"Basesystem 15 SP5"}]},
          "vulnerabilities":[{"cve":"CVE-2024-0002","product_status":{"recommended":["Basesystem 15 SP5:libcurl4-8.0.1-150400.5.41.1.x86_64","nowhere"]}}]}"#;
        let mut all = Vec::new();
        let out = import(&mut json.as_bytes(), "x.json", &FeedLimits::default(), &mut |a| all.push(a));
        let row = &all[0].affected[0];
        assert_eq!(
            (row.shard.as_str(), row.package.as_str(), row.ranges[0].fixed.as_str()),
            ("sles:15.5", "libcurl4", "8.0.1-150400.5.41.1")
        );
        assert_eq!(out.problems.len(), 1);
    }
}
