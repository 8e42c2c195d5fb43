//! From an inventory to a report.

use crate::findings;
use crate::java_archives;
use crate::session::Inventory;
use advisories::{Database, MatchOptions, PackageMatch, Suppression};
use model::{Finding, Fingerprint, Location, Package, Report, Status, Suppressed};

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
    let remedy = match (vulnerability.status, vulnerability.fixed_versions.as_slice()) {
        (Status::WillNotFix, _) => {
            Some("the publisher will not fix it; remove the package or accept the risk".to_owned())
        }
        (_, []) => None,
        (_, fixed) => Some(format!("upgrade {} to {}", vulnerability.matched_name, fixed.join(" or "))),
    };
    let title = match vulnerability.summary.as_str() {
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
        severity: found.severity,
        location: Location {
            path: Some(package.path.clone()),
            nested: package.nested.clone(),
            line: None,
            layer: package.layer.clone(),
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
        vulnerability: Some(Box::new(vulnerability)),
    }
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
