//! The Open Source Vulnerability format (ossf.github.io/osv-schema, version 1.7).

mod ecosystem;
mod ranges;
mod record;
mod rows;

use crate::bounded::read_all;
use crate::ids::{cve_in, date_of, is_cve, is_id, one_line, push_new};
use crate::imported::Imported;
use crate::{FeedLimits, rating};
use advisories::{Advisory, Rated};
use model::Severity;
use record::{AffectedPackage, Record};
use std::io::Read;

/// Reads one OSV record. `file` names it in problems.
pub fn import(
    input: &mut dyn Read,
    file: &str,
    limits: &FeedLimits,
    sink: &mut dyn FnMut(Advisory),
) -> Imported {
    let mut out = Imported::default();
    let bytes = match read_all(input, limits.record_bytes_max) {
        Ok(bytes) => bytes,
        Err(error) => {
            out.problem(limits, file, None, format!("unreadable: {error}"));
            return out;
        }
    };
    out.counts.records += 1;
    let record: Record = match serde_json::from_slice(&bytes) {
        Ok(record) => record,
        Err(error) => {
            out.problem(limits, file, Some(error.line() as u64), error.to_string());
            return out;
        }
    };
    if let Some(advisory) = to_advisory(&record, file, limits, &mut out) {
        out.counts.advisories += 1;
        out.counts.rows += advisory.affected.len() as u64;
        sink(advisory);
    }
    out
}

fn to_advisory(record: &Record, file: &str, limits: &FeedLimits, out: &mut Imported) -> Option<Advisory> {
    if !is_id(&record.id) {
        out.problem(limits, file, None, format!("'{}' is not an id", record.id));
        return None;
    }
    let mut advisory = Advisory {
        published: date_of(&record.published),
        modified: date_of(&record.modified),
        summary: one_line(if record.summary.is_empty() { &record.details } else { &record.summary }),
        references: references(record),
        is_withdrawn: !record.withdrawn.is_empty(),
        source: "osv".to_owned(),
        ..Advisory::default()
    };
    if advisory.is_withdrawn {
        out.counts.withdrawn += 1;
    }
    let is_malicious = record.id.starts_with("MAL-") || record.is_marked_malicious();
    if is_malicious {
        out.counts.malicious += 1;
    }
    set_ids(&mut advisory, record, is_malicious);
    if is_not_security(&advisory) {
        out.counts.not_security += 1;
        return None;
    }
    set_ratings(&mut advisory, record, is_malicious);
    advisory.weaknesses = record.weaknesses();
    let module = rows::module_in_summary(&record.summary);
    for affected in &record.affected {
        let Some(place) = ecosystem::place(&affected.package.ecosystem) else {
            out.unsupported(&affected.package.ecosystem);
            continue;
        };
        if advisory.affected.len() >= limits.rows_per_record_max {
            out.problem(limits, file, None, "more affected packages than the limit");
            break;
        }
        rows::add_rows(affected, &place, module.as_deref(), file, limits, out, &mut advisory);
    }
    rows::keep_lowest_module_build(&mut advisory.affected);
    (!advisory.affected.is_empty()).then_some(advisory)
}

/// Own id, aliases, and the vulnerabilities of a vendor's advisory.
fn set_ids(advisory: &mut Advisory, record: &Record, is_malicious: bool) {
    advisory.id.clone_from(&record.id);
    for alias in &record.aliases {
        if is_id(alias) {
            push_new(&mut advisory.aliases, &record.id, alias);
        }
    }
    if is_malicious {
        return;
    }
    // `UBUNTU-CVE-2024-1` is the publisher's page about CVE-2024-1.
    if let Some(cve) = cve_in(&record.id) {
        push_new(&mut advisory.aliases, &record.id, &cve);
        return;
    }
    // Software that bundles other software lists the vulnerabilities of that: several are not one another.
    let upstream_cves = record.upstream.iter().filter(|id| cve_in(id).is_some()).count();
    if !names_several_vulnerabilities(record) && upstream_cves < 2 {
        for upstream in record.upstream.iter().filter(|id| is_id(id)) {
            push_new(&mut advisory.aliases, &record.id, upstream);
        }
        return;
    }
    // A vendor's advisory lists what it fixes in `upstream`, before version 1.7 in `related` or `aliases`.
    let mut cves: Vec<String> = Vec::new();
    for id in record.upstream.iter().chain(&record.aliases).chain(&record.related) {
        if let Some(cve) = cve_in(id) {
            push_new(&mut cves, "", &cve);
        }
    }
    advisory.aliases.retain(|alias| !is_cve(alias));
    advisory.vulnerabilities = cves;
}

/// Whether the publisher's ids stand for an update that fixes several vulnerabilities.
fn names_several_vulnerabilities(record: &Record) -> bool {
    let is_system = |affected: &AffectedPackage| {
        ecosystem::place(&affected.package.ecosystem).is_some_and(|place| place.ecosystem.is_system())
    };
    // Chainguard's `CGA-…` are one vulnerability each.
    !record.id.starts_with("CGA-") && record.affected.iter().any(is_system)
}

/// Bug-fix and enhancement advisories, which name no vulnerability.
fn is_not_security(advisory: &Advisory) -> bool {
    let kind = advisory.id.split('-').next().unwrap_or("");
    let is_other = matches!(kind, "ALBA" | "ALEA" | "RHBA" | "RHEA" | "RLBA" | "RLEA" | "ELBA" | "ELEA");
    is_other && advisory.vulnerabilities.is_empty()
}

fn set_ratings(advisory: &mut Advisory, record: &Record, is_malicious: bool) {
    let source = publisher(&record.id);
    if is_malicious {
        advisory.ratings.push(Rated {
            source: "openssf-malicious-packages".to_owned(),
            severity: Severity::Critical,
            cvss: String::new(),
        });
    }
    let mut word = rating::word(&record.database_specific_text("severity"));
    // AlmaLinux and Rocky begin the summary with the rating: `Important: openssl security update`.
    if word.is_none() && matches!(source, "almalinux" | "rocky" | "redhat") {
        word = record.summary.split_once(": ").and_then(|(first, _)| rating::word(first));
    }
    for severity in &record.severity {
        if severity.kind.starts_with("CVSS_") {
            rating::push(&mut advisory.ratings, source, Severity::Unknown, &severity.score);
        } else if word.is_none() {
            // `{"type": "Ubuntu", "score": "medium"}`.
            word = rating::word(&severity.score);
        }
    }
    if let Some(word) = word {
        match advisory.ratings.iter_mut().find(|rated| rated.source == source) {
            Some(rated) => rated.severity = word,
            None => rating::push(&mut advisory.ratings, source, word, ""),
        }
    }
    // RustSec: "informational" advisories are no vulnerabilities (advisory-db, README.md).
    if advisory.ratings.is_empty()
        && record.affected.iter().any(|affected| {
            matches!(affected.database_specific_text("informational").as_str(), "unmaintained" | "notice")
        })
    {
        rating::push(&mut advisory.ratings, source, Severity::Negligible, "");
    }
}

/// Who publishes ids with this prefix.
fn publisher(id: &str) -> &'static str {
    match id.split('-').next().unwrap_or("") {
        "GHSA" => "ghsa",
        "PYSEC" => "pypa",
        "RUSTSEC" => "rustsec",
        "GO" => "go",
        "MAL" => "openssf-malicious-packages",
        "ALSA" | "ALBA" | "ALEA" => "almalinux",
        "RLSA" | "RLBA" | "RLEA" | "RXSA" => "rocky",
        "RHSA" | "RHBA" | "RHEA" => "redhat",
        "USN" | "UBUNTU" | "LSN" => "ubuntu",
        "DSA" | "DLA" | "DTSA" | "DEBIAN" => "debian",
        "SUSE" | "openSUSE" => "suse",
        "ALPINE" => "alpine",
        "MGASA" => "mageia",
        "BIT" => "bitnami",
        "CGA" => "chainguard",
        "CVE" => "nvd",
        _ => "osv",
    }
}

fn references(record: &Record) -> Vec<String> {
    const REFERENCES_MAX: usize = 10;
    let mut addresses = Vec::new();
    let is_advisory = |kind: &str| kind == "ADVISORY";
    for wanted in [true, false] {
        for reference in record.references.iter().filter(|r| is_advisory(&r.kind) == wanted) {
            let is_address = reference.url.starts_with("https://") || reference.url.starts_with("http://");
            if is_address && reference.url.len() <= 500 && addresses.len() < REFERENCES_MAX {
                push_new(&mut addresses, "", &reference.url);
            }
        }
    }
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Status;

    fn read(json: &str) -> (Vec<Advisory>, Imported) {
        let mut all = Vec::new();
        let out = import(&mut json.as_bytes(), "x.json", &FeedLimits::default(), &mut |a| all.push(a));
        (all, out)
    }

    fn one(json: &str) -> Advisory {
        let (mut all, out) = read(json);
        assert!(out.problems.is_empty() && all.len() == 1, "{:?}", out.problems);
        all.remove(0)
    }

    #[test]
    fn ubuntu_channels_and_priorities_are_kept() {
        let advisory = one(
            r#"{"id":"UBUNTU-CVE-2024-48943","modified":"2024-11-01T00:00:00Z","upstream":["CVE-2024-48943"],
            "severity":[{"type":"CVSS_V3","score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"},{"type":"Ubuntu","score":"low"}],
            "affected":[{"package":{"ecosystem":"Ubuntu:Pro:20.04:LTS","name":"fort","purl":"pkg:deb/ubuntu/fort@1.2~esm1?arch=source&distro=esm-apps/focal"},
              "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"1.2.0-1ubuntu0.1~esm1"}]}],"versions":["1.1.1-2"],
              "ecosystem_specific":{"binaries":[{"binary_name":"fort","binary_version":"1.2"}],"ubuntu_priority":"medium"}},
             {"package":{"ecosystem":"Ubuntu:22.04:LTS","name":"fort"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"}]}]},
             {"package":{"ecosystem":"Android","name":"x"}}]}"#,
        );
        assert_eq!(advisory.aliases, ["CVE-2024-48943"]);
        assert_eq!(
            (advisory.ratings[0].source.as_str(), advisory.ratings[0].severity),
            ("ubuntu", Severity::Low)
        );
        let [pro, plain] = &advisory.affected[..] else { panic!("{advisory:?}") };
        assert_eq!(
            (pro.shard.as_str(), pro.channel.as_str(), pro.status, pro.is_source),
            ("ubuntu:20.04", "esm", Status::Fixed, true)
        );
        assert_eq!(pro.rating.as_ref().map(|rated| rated.severity), Some(Severity::Medium));
        assert!(pro.versions.is_empty());
        assert_eq!((plain.channel.as_str(), plain.status), ("", Status::Affected));
    }

    #[test]
    fn vendor_advisory_fixes_several_vulnerabilities_and_bundled_ones_are_not_one_another() {
        let affected = |ecosystem: &str| {
            format!(
                r#"[{{"package":{{"ecosystem":"{ecosystem}","name":"p"}},"ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"2"}}]}}]}}]"#
            )
        };
        for (id, ecosystem, expected) in [
            ("RLSA-2024:1", "Rocky Linux:9", 2),
            ("USN-1-1", "Ubuntu:22.04:LTS", 2),
            ("PYSEC-2024-1", "PyPI", 2),
        ] {
            let advisory = one(&format!(
                r#"{{"id":"{id}","modified":"2024-01-01T00:00:00Z","upstream":["CVE-2024-1","CVE-2024-2"],"affected":{}}}"#,
                affected(ecosystem)
            ));
            assert_eq!((advisory.vulnerabilities.len(), advisory.aliases.len()), (expected, 0), "{id}");
        }
        let advisory = one(&format!(
            r#"{{"id":"GHSA-x","modified":"","aliases":["CVE-2024-1"],"related":["CVE-2024-9"],"affected":{}}}"#,
            affected("npm")
        ));
        assert_eq!(
            (&advisory.aliases[..], advisory.vulnerabilities.len()),
            (&["CVE-2024-1".to_owned()][..], 0)
        );
    }

    #[test]
    fn suse_binaries_have_their_own_versions() {
        let advisory = one(
            r#"{"id":"SUSE-SU-2024:1-1","modified":"","related":["CVE-2024-1"],"affected":[{"package":{"ecosystem":"SUSE:Linux Enterprise Module for Basesystem 15 SP5","name":"curl"},
            "ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"8.0.1-1"}]}],"ecosystem_specific":{"binaries":[{"libcurl4":"8.0.1-1","curl":"8.0.1-1"}]}}]}"#,
        );
        let mut rows: Vec<_> = advisory
            .affected
            .iter()
            .map(|row| (row.package.as_str(), row.shard.as_str(), row.is_source))
            .collect();
        // The order of keys of a JSON object says nothing.
        rows.sort_unstable();
        assert_eq!(rows, [("curl", "sles:15.5", false), ("libcurl4", "sles:15.5", false)]);
    }

    #[test]
    fn malicious_package_is_critical_and_has_no_fix() {
        let advisory = one(
            r#"{"id":"MAL-2024-1","modified":"2024-01-01T00:00:00Z","summary":"Malicious code in x (npm)","affected":[{"package":{"ecosystem":"npm","name":"x"},"versions":["1.0.0"]}]}"#,
        );
        assert_eq!(
            (advisory.ratings[0].severity, advisory.affected[0].status),
            (Severity::Critical, Status::Affected)
        );
        assert_eq!(advisory.affected[0].versions, ["1.0.0"]);
    }

    #[test]
    fn records_without_comparable_versions_make_no_rows() {
        let (all, out) = read(
            r#"{"id":"GHSA-x","modified":"","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"GIT","repo":"r","events":[{"introduced":"0"}]}],"versions":null},
            {"package":null}],"references":null,"severity":null,"aliases":null,"database_specific":null}"#,
        );
        assert_eq!((all.len(), out.counts.git_ranges, out.problems.len()), (0, 1, 0));
    }

    #[test]
    fn withdrawn_record_keeps_its_rows_and_is_marked() {
        let advisory = one(
            r#"{"id":"GHSA-x","modified":"","withdrawn":"2024-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"npm","name":"x"},"ranges":[{"type":"SEMVER","events":[{"introduced":"0"}]}]}]}"#,
        );
        assert!(advisory.is_withdrawn);
    }

    #[test]
    fn lowest_build_of_a_module_fixes_it() {
        let json = include_str!("../../../fuzz/seeds/osv/alma.json");
        let advisory = one(json);
        let [row] = &advisory.affected[..] else { panic!("{advisory:?}") };
        assert_eq!(
            (row.module.as_str(), row.ranges[0].fixed.as_str()),
            ("nodejs:18", "1:18.19.0-1.module_el8.8.0+3699+9a9ec082")
        );
        assert_eq!((advisory.ratings[0].severity, advisory.vulnerabilities.len()), (Severity::High, 2));
    }
}
