//! The rows of an OSV record: one for each affected package, and what modules and binary packages make of it.

use super::ecosystem::Place;
use super::record::AffectedPackage;
use super::{publisher, ranges};
use crate::imported::Imported;
use crate::{FeedLimits, rating};
use advisories::{Advisory, Affected, Rated};
use model::{Ecosystem, PackageUrl, Status};
use std::cmp::Ordering;
use std::collections::HashMap;

/// Adds the rows of one affected package.
pub(super) fn add_rows(
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
pub(super) fn module_in_summary(summary: &str) -> Option<String> {
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
            // Neither a package with a label nor one without: to guess the stream would report versions of other
            // streams. The problem below says what is missing.
            "*".clone_into(&mut row.module);
            out.problem(limits, file, None, format!("the module stream of '{}' is not told", row.package));
        }
    }
}

/// AlmaLinux lists the builds of one fix for each minor release (`module_el8.3.0`, `module_el8.4.0`) as
/// fixes side by side. A package with any of them is fixed, so that the lowest counts.
pub(super) fn keep_lowest_module_build(rows: &mut Vec<Affected>) {
    let mut kept: Vec<Affected> = Vec::with_capacity(rows.len());
    let mut places: HashMap<(String, String, String), usize> = HashMap::new();
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
                    == Ordering::Less
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
