//! Findings gathered by what would be upgraded.

use crate::summary;
use model::{Finding, InUse, Layer, Report, Severity, UseState};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Findings about one thing that would be upgraded at once: the binary packages of one source package, or one
/// language package in one file.
pub(crate) struct Group<'r> {
    /// Name of the source package or package.
    pub(crate) name: &'r str,
    /// Installed version.
    pub(crate) version: &'r str,
    /// Advisory shard or ecosystem.
    pub(crate) shard: &'r str,
    /// Installed packages, as found.
    pub(crate) packages: Vec<&'r str>,
    /// Where it is, neutral; one line a file.
    pub(crate) places: Vec<String>,
    /// Layers that brought it in.
    pub(crate) layers: Vec<Arc<Layer>>,
    /// One row a vulnerability, worst first.
    pub(crate) rows: Vec<Row<'r>>,
}

/// One vulnerability of a group.
pub(crate) struct Row<'r> {
    /// The finding of the first package.
    pub(crate) finding: &'r Finding,
    /// The packages that have it.
    pub(crate) packages: Vec<&'r str>,
    /// Findings that it stands for.
    pub(crate) findings: usize,
    /// What is known of the use of these packages.
    pub(crate) in_use: Vec<&'r InUse>,
}

impl<'r> Group<'r> {
    /// The worst severity in it.
    pub(crate) fn severity(&self) -> Severity {
        self.rows.iter().map(|row| row.finding.severity).max().unwrap_or_default()
    }

    /// Whether one of its packages was seen to be used, when a record of use was asked.
    pub(crate) fn in_use(&self) -> Option<&'r InUse> {
        let seen = |row: &Row<'r>| row.in_use.iter().copied().min_by_key(|seen| seen.state);
        self.rows.iter().filter_map(seen).min_by_key(|seen| seen.state)
    }

    /// Where it stands in the order of use; without an answer, as in [`Report::sort`], among those in use.
    fn state(&self) -> UseState {
        self.in_use().map_or(UseState::InUse, |seen| seen.state)
    }

    /// The fix, when one version repairs everything that can be repaired.
    pub(crate) fn common_fix(&self) -> Option<String> {
        let mut fixes: Vec<String> = self
            .rows
            .iter()
            .filter(|row| summary::is_fixable(row.finding))
            .map(|row| summary::fix(row.finding))
            .collect();
        fixes.sort();
        fixes.dedup();
        if fixes.len() == 1 { fixes.pop() } else { None }
    }
}

/// The vulnerabilities of a report in groups, those in use, worst and known exploited first, and all other findings.
pub(crate) fn group(report: &Report) -> (Vec<Group<'_>>, Vec<&Finding>) {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut by_key: HashMap<_, usize> = HashMap::new();
    let mut by_row: HashMap<(usize, &str, String), usize> = HashMap::new();
    // What a group already lists: an image may claim any number of packages of one source.
    let mut listed: HashSet<(usize, Listed<'_>)> = HashSet::new();
    let mut others = Vec::new();
    for finding in &report.findings {
        let Some(vulnerability) = &finding.vulnerability else {
            others.push(finding);
            continue;
        };
        let place = summary::place(&finding.location);
        // The binaries of a source package are upgraded together, wherever their records lie.
        let is_source = vulnerability.shard.contains(':') && !vulnerability.matched_name.is_empty();
        let name = if is_source { &vulnerability.matched_name } else { &vulnerability.package };
        let where_ = if is_source { String::new() } else { place.clone() };
        let key = (name, &vulnerability.installed_version, &vulnerability.shard, where_);
        let at = *by_key.entry(key).or_insert_with(|| {
            groups.push(Group {
                name,
                version: &vulnerability.installed_version,
                shard: &vulnerability.shard,
                packages: Vec::new(),
                places: Vec::new(),
                layers: Vec::new(),
                rows: Vec::new(),
            });
            groups.len() - 1
        });
        let group = &mut groups[at];
        let package = vulnerability.package.as_str();
        if listed.insert((at, Listed::Package(package))) {
            group.packages.push(package);
        }
        if !place.is_empty() && listed.insert((at, Listed::Place(place.clone()))) {
            group.places.push(place);
        }
        if let Some(layer) = &finding.location.layer
            && listed.insert((at, Listed::Layer(layer.index)))
        {
            group.layers.push(Arc::clone(layer));
        }
        let row = *by_row.entry((at, &vulnerability.id, summary::fix(finding))).or_insert_with(|| {
            group.rows.push(Row { finding, packages: Vec::new(), findings: 0, in_use: Vec::new() });
            group.rows.len() - 1
        });
        if listed.insert((at, Listed::InRow(row, package))) {
            group.rows[row].packages.push(package);
        }
        group.rows[row].findings += 1;
        group.rows[row].in_use.extend(vulnerability.in_use.as_deref());
    }
    for group in &mut groups {
        group.rows.sort_by_cached_key(|row| row_order(row.finding));
    }
    groups.sort_by_cached_key(|group| {
        let first = group.rows.first().map(|row| row_order(row.finding));
        (group.state(), first, group.name.to_owned(), group.version.to_owned(), group.places.clone())
    });
    (groups, others)
}

#[derive(PartialEq, Eq, Hash)]
enum Listed<'r> {
    Package(&'r str),
    Place(String),
    Layer(usize),
    InRow(usize, &'r str),
}

fn row_order(finding: &Finding) -> impl Ord + use<> {
    let epss = finding.vulnerability.as_ref().and_then(|vulnerability| vulnerability.epss);
    (
        std::cmp::Reverse(finding.severity),
        !summary::is_known_exploited(finding),
        // Scores are shares of one, so the order of their millionths is their order.
        std::cmp::Reverse(epss.map_or(0, |epss| (epss.score * 1e6) as u32)),
        finding.rule.clone(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binaries_of_one_source_package_are_one_group_and_lose_no_finding() {
        let report = crate::sample::rich();
        let (groups, others) = group(&report);
        let openssl = groups.iter().find(|group| group.name == "openssl").unwrap();
        assert_eq!(openssl.packages, ["libssl3", "openssl"]);
        assert_eq!(openssl.rows.len(), 2);
        let counted: usize = groups.iter().flat_map(|group| &group.rows).map(|row| row.findings).sum();
        assert_eq!(counted + others.len(), report.findings.len());
    }

    #[test]
    fn worst_group_is_first() {
        let report = crate::sample::rich();
        let (groups, _) = group(&report);
        assert_eq!(groups[0].name, "org.apache.logging.log4j:log4j-core");
        assert!(groups.windows(2).all(|pair| pair[0].severity() >= pair[1].severity()));
    }
}
