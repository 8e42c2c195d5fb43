//! Reports for tests, examples and screenshots; hostile strings included.

mod findings;
mod inventory;

use findings::{findings, vulnerable};
use inventory::{digest, layers, packages};
use model::{
    AdvisoryCoverage, ContentCoverage, Distribution, Ecosystem, Epss, Executable, FoundBy, Gap, GapReason,
    LayerPath, Outcome, OutcomeState, Package, Report, Severity, Status, Suppressed, Target, TargetKind,
};
use std::sync::Arc;

/// What an image may hold to attack whoever reads a report: terminal escapes, markup, script, table cells,
/// reversed text, line breaks, characters that XML forbids.
pub const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}</script><!--<img src=x onerror=alert(1)>|`x`\u{202e}txt\n\u{0}\u{ffff} &amp; ]]>";

/// A report of an empty image.
#[must_use]
pub fn empty() -> Report {
    Report::new("0.1.0", Target::new(TargetKind::Archive, "empty.tar".to_owned()))
}

/// A report that uses every field of the model.
#[must_use]
pub fn rich() -> Report {
    let layers = layers();
    let packages = packages(&layers);
    let mut report = Report {
        target: Target {
            kind: TargetKind::Docker,
            name: "registry.example/shop/api:2.3".to_owned(),
            manifest_digest: Some(digest(0x9f)),
            image_id: Some(digest(0x1d)),
            names: vec![
                "registry.example/shop/api:2.3".to_owned(),
                format!("registry.example/shop/api@{}", digest(0x9f)),
            ],
            base: Some("registry.example/base/debian:12".to_owned()),
            base_digest: Some(digest(0xba)),
            platform: Some("linux/amd64".to_owned()),
            created: Some("2026-11-20T08:00:00Z".to_owned()),
        },
        distribution: Some(Distribution {
            id: "debian".to_owned(),
            version: "12".to_owned(),
            codename: Some("bookworm".to_owned()),
            pretty_name: Some("Debian GNU/Linux 12 (bookworm)".to_owned()),
            like: vec!["debian".to_owned()],
            channel: Some("security".to_owned()),
            cpe: Some("cpe:2.3:o:debian:debian_linux:12:*:*:*:*:*:*:*".to_owned()),
        }),
        findings: findings(&packages, &layers),
        suppressed: suppressed(&packages),
        gaps: gaps(),
        advisories: vec![
            coverage("debian:12", 38_214, Some("2026-11-20"), "embedded", true, 5),
            coverage("maven", 61, Some("2026-11-18"), "/var/lib/seawall/db", false, 1),
            coverage("npm", 0, None, "none", false, 2),
        ],
        content: Some(ContentCoverage {
            engines: vec![format!("secrets {HOSTILE}")],
            files: 5_331,
            bytes: 202_700_000,
            verified_files: 4_670,
            verified_bytes: 198_200_000,
            members: 12,
        }),
        outcomes: vec![Outcome {
            rule: "audit/daemon-without-icc-off".to_owned(),
            object: format!("container {HOSTILE}"),
            state: OutcomeState::Manual,
            detail: HOSTILE.to_owned(),
            aliases: vec!["CIS-Docker-2.2".to_owned()],
        }],
        executables: vec![Executable {
            path: LayerPath::new("usr/local/bin/<b>tool"),
            digest: digest(0x77),
            size_bytes: 18_000,
            layer: 3,
        }],
        packages,
        layers,
        ..empty()
    };
    report.sort();
    report
}

/// A report with many findings, for size and speed.
#[must_use]
pub fn large(findings: usize) -> Report {
    let mut report = rich();
    let layers = report.layers.clone();
    let path = LayerPath::new("var/lib/dpkg/status");
    report.findings.clear();
    report.packages.clear();
    for index in 0..findings {
        let name = format!("package-{:04}", index / 7);
        if index % 7 == 0 {
            let mut package = Package::new(Ecosystem::Deb, &name, "1.2.3-4", FoundBy::PackageManager, &path);
            package.layer = Some(Arc::clone(&layers[index % layers.len()]));
            report.packages.push(package);
        }
        let package = report.packages.last().expect("the first round adds a package");
        let mut finding = vulnerable(
            package,
            &format!("CVE-2026-{:05}", index % 9_000),
            "heap overflow while parsing a crafted header lets a remote attacker run code",
            Severity::ALL[(index * 7 + index / 50) % 6],
            if index % 3 == 0 { Status::Affected } else { Status::Fixed },
        );
        let epss = (index % 1_000) as f32 / 1_000.0;
        if let Some(vulnerability) = &mut finding.vulnerability {
            vulnerability.epss = Some(Epss { score: epss, percentile: epss });
        }
        report.findings.push(finding);
    }
    report.sort();
    report
}

fn suppressed(packages: &[Package]) -> Vec<Suppressed> {
    let item = |package: &Package, id: &str, by: &str, reason: &str| Suppressed {
        finding: vulnerable(package, id, "taken out on somebody's word", Severity::High, Status::Fixed),
        by: by.to_owned(),
        reason: reason.to_owned(),
    };
    vec![
        item(&packages[0], "CVE-2024-5535", "vex", "vulnerable_code_not_in_execute_path"),
        item(&packages[2], "CVE-2019-18276", "ignore-file", "accepted until 2027-01-01: no setuid bash here"),
        item(&packages[8], "CVE-2020-14343", "package-owner", "owned by python3-yaml, judged there"),
        item(&packages[9], "CVE-2023-27561", "baseline", HOSTILE),
    ]
}

fn gaps() -> Vec<Gap> {
    vec![
        Gap::new("npm", GapReason::NoAdvisories, "2 packages were not judged"),
        Gap::new("maven", GapReason::PartialAdvisories, "the embedded list holds 61 advisories"),
        Gap::new("/opt/big.jar", GapReason::LimitReached, "archive nests deeper than 8"),
        Gap::new("/opt/bigger.jar", GapReason::LimitReached, "archive nests deeper than 8"),
        Gap::new(HOSTILE, GapReason::Malformed, HOSTILE),
    ]
}

fn coverage(
    shard: &str,
    advisories: u64,
    date: Option<&str>,
    origin: &str,
    is_complete: bool,
    packages: u64,
) -> AdvisoryCoverage {
    AdvisoryCoverage {
        shard: shard.to_owned(),
        advisories,
        date: date.map(str::to_owned),
        origin: origin.to_owned(),
        is_complete,
        packages,
    }
}
