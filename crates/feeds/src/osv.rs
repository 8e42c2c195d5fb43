//! The Open Source Vulnerability format (ossf.github.io/osv-schema, version 1.7).

mod ecosystem;
mod ranges;
mod record;

use crate::bounded::read_all;
use crate::ids::{cve_in, date_of, is_cve, is_id, one_line, push_new};
use crate::imported::Imported;
use crate::{FeedLimits, rating};
use advisories::{Advisory, Affected, Rated};
use ecosystem::Place;
use model::{Ecosystem, PackageUrl, Severity, Status};
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
    let module = module_in_summary(&record.summary);
    for affected in &record.affected {
        let Some(place) = ecosystem::place(&affected.package.ecosystem) else {
            out.unsupported(&affected.package.ecosystem);
            continue;
        };
        if advisory.affected.len() >= limits.rows_per_record_max {
            out.problem(limits, file, None, "more affected packages than the limit");
            break;
        }
        add_rows(affected, &place, module.as_deref(), file, limits, out, &mut advisory);
    }
    keep_lowest_module_build(&mut advisory.affected);
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
    if !names_several_vulnerabilities(record) {
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

fn add_rows(
    affected: &AffectedPackage,
    place: &Place,
    module: Option<&str>,
    file: &str,
    limits: &FeedLimits,
    out: &mut Imported,
    advisory: &mut Advisory,
) {
    let name = affected.package.name.trim();
    if name.is_empty() || name.len() > 500 {
        out.problem(limits, file, None, "an affected package has no usable name");
        return;
    }
    let (ranges, skipped) = ranges::ranges_of(affected, place.ecosystem);
    out.counts.git_ranges += skipped.git_ranges;
    let mut versions = affected.versions.clone();
    if versions.len() > limits.versions_per_row_max {
        out.problem(limits, file, None, format!("'{name}' lists more versions than the limit"));
        versions.truncate(limits.versions_per_row_max);
    }
    ranges::drop_covered(&mut versions, &ranges, place.ecosystem);
    if ranges.is_empty() && versions.is_empty() {
        // No version is affected (osv-schema, "Evaluation"); ranges of commits cannot be compared.
        return;
    }
    let has_fix = ranges.iter().any(|range| !range.fixed.is_empty());
    let mut row = Affected {
        shard: place.shard.clone(),
        ecosystem: place.ecosystem,
        package: name.to_owned(),
        is_source: is_source(affected, place),
        status: if has_fix { Status::Fixed } else { Status::Affected },
        ranges,
        versions,
        module: String::new(),
        arches: Vec::new(),
        channel: place.channel.clone(),
        rating: affected_rating(affected, publisher(&advisory.id)),
    };
    let binaries = if place.shard.starts_with("sles") || place.shard.starts_with("opensuse") {
        affected.suse_binaries()
    } else {
        Vec::new()
    };
    if binaries.is_empty() {
        set_module(&mut row, module, file, limits, out);
        advisory.affected.push(row);
        return;
    }
    // SUSE names the source package and lists the binary packages with their versions beside it.
    row.is_source = false;
    for (binary, version) in binaries {
        if advisory.affected.len() >= limits.rows_per_record_max {
            break;
        }
        let mut of_binary = row.clone();
        of_binary.package = binary;
        if let [range] = &mut of_binary.ranges[..]
            && !range.fixed.is_empty()
        {
            range.fixed = version;
        }
        advisory.affected.push(of_binary);
    }
}

/// The publisher's rating of one package (`ecosystem_specific.severity`, `ubuntu_priority`, or an own list).
fn affected_rating(affected: &AffectedPackage, source: &str) -> Option<Rated> {
    let word = rating::word(&affected.ecosystem_specific_text("ubuntu_priority"))
        .or_else(|| rating::word(&affected.ecosystem_specific_text("severity")));
    let cvss = affected.severity.iter().find(|severity| severity.kind.starts_with("CVSS_"));
    if word.is_none() && cvss.is_none() {
        return None;
    }
    let cvss = cvss.map(|severity| severity.score.clone()).unwrap_or_default();
    Some(Rated { source: source.to_owned(), severity: word.unwrap_or_default(), cvss })
}

fn is_source(affected: &AffectedPackage, place: &Place) -> bool {
    match place.ecosystem {
        Ecosystem::Deb | Ecosystem::Apk => true,
        Ecosystem::Rpm => affected.package.purl.parse::<PackageUrl>().is_ok_and(|purl| {
            purl.qualifiers.get("arch").is_some_and(|arch| arch == "source" || arch == "src")
        }),
        _ => false,
    }
}

/// `Moderate: nodejs:18 security update` is about the stream `nodejs:18`.
fn module_in_summary(summary: &str) -> Option<String> {
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b'+'))
    };
    summary.split_whitespace().find_map(|word| {
        // `httpd:2.4/mod_http2` names a package of the module too.
        let (name, stream) = word.trim_end_matches(',').split_once(':')?;
        let stream = stream.split('/').next().unwrap_or(stream);
        (is_part(name) && is_part(stream)).then(|| format!("{name}:{stream}"))
    })
}

/// Packages of a module carry `.module_el8…` (AlmaLinux) or `.module+el8…` (Red Hat, Rocky) in their release.
fn set_module(row: &mut Affected, module: Option<&str>, file: &str, limits: &FeedLimits, out: &mut Imported) {
    let is_modular = |version: &str| version.contains(".module_el") || version.contains(".module+el");
    if row.ecosystem != Ecosystem::Rpm || !row.ranges.iter().any(|range| is_modular(&range.fixed)) {
        return;
    }
    match module {
        Some(module) => module.clone_into(&mut row.module),
        None => {
            // Any stream: the build that fixes it is still compared.
            "*".clone_into(&mut row.module);
            out.problem(limits, file, None, format!("the module stream of '{}' is not told", row.package));
        }
    }
}

/// AlmaLinux lists the builds of one fix for each minor release (`module_el8.3.0`, `module_el8.4.0`) as
/// fixes side by side. A package with any of them is fixed, so that the lowest counts.
fn keep_lowest_module_build(rows: &mut Vec<Affected>) {
    let mut kept: Vec<Affected> = Vec::with_capacity(rows.len());
    let mut places: std::collections::HashMap<(String, String, String), usize> =
        std::collections::HashMap::new();
    for row in rows.drain(..) {
        let [range] = &row.ranges[..] else {
            kept.push(row);
            continue;
        };
        if row.module.is_empty() || range.fixed.is_empty() || !range.introduced.is_empty() {
            kept.push(row);
            continue;
        }
        let key = (row.shard.clone(), row.package.clone(), row.module.clone());
        match places.get(&key) {
            Some(&at) => {
                let known = &mut kept[at].ranges[0].fixed;
                if versions::compare(versions::Scheme::of(row.ecosystem), &range.fixed, known)
                    == std::cmp::Ordering::Less
                {
                    known.clone_from(&range.fixed);
                }
            }
            None => {
                places.insert(key, kept.len());
                kept.push(row);
            }
        }
    }
    *rows = kept;
}
