//! From an inventory to a report.

use crate::findings;
use crate::java_archives;
use crate::session::Inventory;
use advisories::{Database, MatchOptions, PackageMatch, Suppression};
use model::{Finding, Fingerprint, Location, Package, Report, Severity, Status, Suppressed, Vulnerability};

/// How an inventory is judged.
#[derive(Clone, Debug, Default)]
pub struct JudgeOptions {
    /// Passed on to the advisories.
    pub matching: MatchOptions,
    /// The day of the scan, `2026-11-22`: decides which releases are at their end of life.
    pub today: String,
}

/// Asks the advisories about everything in an inventory; without a database, what was found otherwise is all.
#[must_use]
pub fn judge(mut inventory: Inventory, database: Option<&Database>, options: &JudgeOptions) -> Report {
    let end_of_life = end_of_life(&inventory, &options.today);
    let Some(database) = database else {
        inventory.findings.extend(end_of_life);
        return inventory.into_report();
    };
    java_archives::name(&mut inventory.packages, &mut inventory.gaps, database);
    let mut report = inventory.into_report();
    let packages = &report.packages;
    let matches =
        advisories::match_packages(database, packages, report.distribution.as_ref(), &options.matching);
    let findings = matches.findings.into_iter().map(|found| to_finding(packages, found));
    let findings: Vec<Finding> = findings.chain(end_of_life).collect();
    let suppress = |(found, Suppression { by, reason }): (PackageMatch, Suppression)| Suppressed {
        finding: to_finding(packages, found),
        by: by.to_owned(),
        reason,
    };
    report.suppressed = matches.suppressed.into_iter().map(suppress).collect();
    report.findings.extend(findings);
    report.gaps.extend(matches.gaps);
    report.advisories = matches.coverage;
    report.sort();
    report
}

fn to_finding(packages: &[Package], found: PackageMatch) -> Finding {
    let package = &packages[found.package];
    let vulnerability = found.vulnerability;
    let is_malicious = is_malicious(&vulnerability);
    let remedy = match (vulnerability.status, vulnerability.fixed_versions.as_slice()) {
        (Status::WillNotFix, _) => {
            Some("the publisher will not fix it; remove the package or accept the risk".to_owned())
        }
        (_, []) => None,
        (_, fixed) => Some(format!("upgrade {} to {}", vulnerability.matched_name, fixed.join(" or "))),
    };
    let remedy = if is_malicious { Some(remedy_for_malicious(&vulnerability)) } else { remedy };
    let title = match vulnerability.summary.as_str() {
        _ if is_malicious => {
            format!("malicious package {} {} ({})", package.name, package.version, vulnerability.id)
        }
        "" => format!("{} in {} {}", vulnerability.id, package.name, package.version),
        summary => format!("{} in {} {}: {summary}", vulnerability.id, package.name, package.version),
    };
    // System packages lie in one database; a path tells nothing about them and differs between sources.
    let place = if package.ecosystem.is_system() { "" } else { package.path.as_str() };
    let nested = package.nested.join("!");
    let ecosystem = package.ecosystem.purl_type();
    let fingerprint = Fingerprint::of(&[&vulnerability.id, ecosystem, &package.name, place, &nested]);
    Finding {
        rule: vulnerability.id.clone(),
        title,
        severity: if is_malicious { Severity::Critical } else { found.severity },
        location: Location {
            path: Some(package.path.clone()),
            nested: package.nested.clone(),
            line: None,
            layer: package.layer.clone(),
            source: None,
            object: None,
            hidden_by: None,
            dockerfile_line: None,
        },
        evidence: vec![format!(
            "{} {} is in the range {} of {} ({})",
            vulnerability.matched_name,
            vulnerability.matched_version,
            vulnerability.matched_range,
            vulnerability.shard,
            vulnerability.advisory_source
        )],
        remedy,
        references: found.references,
        fingerprint,
        aliases: Vec::new(),
        fix: None,
        vulnerability: Some(Box::new(vulnerability)),
    }
}

/// Whether the advisory is about a package that is malicious itself: a record of OpenSSF's malicious-packages
/// (`MAL-…`), or one that its publisher marks so, which the importer rates under that name.
fn is_malicious(vulnerability: &Vulnerability) -> bool {
    let is_record = |id: &str| id.starts_with("MAL-");
    is_record(&vulnerability.id)
        || vulnerability.aliases.iter().any(|id| is_record(id))
        || vulnerability.severities.iter().any(|one| one.source == "openssf-malicious-packages")
}

/// No version is a remedy for code that has already run.
fn remedy_for_malicious(vulnerability: &Vulnerability) -> String {
    format!(
        "remove {} and rebuild the image from a trusted base; its code ran when it was installed or imported, so \
         rotate every secret that the build or containers of this image could read",
        vulnerability.matched_name
    )
}

fn end_of_life(inventory: &Inventory, today: &str) -> Option<Finding> {
    let distribution = inventory.distribution.as_ref()?;
    let end = packages::distribution::end_of_life(distribution)?;
    // Dates in ISO 8601 order as text.
    if end >= today {
        return None;
    }
    let location = Location { path: Some(model::LayerPath::new("etc/os-release")), ..Location::default() };
    let title = format!("{distribution} gets no security updates since {end}");
    let evidence = vec![format!("end of support {end}"), format!("scanned {today}")];
    Some(findings::finding(
        "image/end-of-life-distribution",
        title,
        location,
        evidence,
        &[&distribution.shard()],
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::{Ecosystem, FoundBy, LayerPath, VendorSeverity};

    fn finding(id: &str, alias: Option<&str>, source: &str) -> Finding {
        let package = Package::new(
            Ecosystem::Npm,
            "evil",
            "1.2.3",
            FoundBy::PackageManager,
            &LayerPath::new("a/package.json"),
        );
        let rating = VendorSeverity { source: source.to_owned(), severity: Severity::High, cvss: None };
        let vulnerability = Vulnerability {
            id: id.to_owned(),
            aliases: alias.map(str::to_owned).into_iter().collect(),
            summary: "Embedded code".to_owned(),
            matched_name: "evil".to_owned(),
            fixed_versions: vec!["1.2.4".to_owned()],
            severities: vec![rating],
            ..Vulnerability::default()
        };
        let found =
            PackageMatch { package: 0, vulnerability, severity: Severity::High, references: Vec::new() };
        to_finding(&[package], found)
    }

    #[test]
    fn a_malicious_package_is_critical_and_says_so() {
        for found in [
            finding("MAL-2024-1", None, "ghsa"),
            finding("GHSA-aaaa-bbbb-cccc", Some("MAL-2024-1"), "ghsa"),
            finding("RUSTSEC-2024-1", None, "openssf-malicious-packages"),
        ] {
            assert_eq!(found.severity, Severity::Critical);
            assert!(found.title.starts_with("malicious package evil 1.2.3 ("), "{}", found.title);
            assert!(found.remedy.unwrap().starts_with("remove evil"));
        }
        let other = finding("GHSA-aaaa-bbbb-cccc", Some("CVE-2024-1"), "ghsa");
        assert_eq!(
            (other.severity, other.remedy.as_deref()),
            (Severity::High, Some("upgrade evil to 1.2.4"))
        );
    }
}
