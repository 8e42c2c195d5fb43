//! Findings of the sample.

use super::HOSTILE;
use model::{
    Cvss, Distribution, Edit, Epss, Finding, Fingerprint, Fix, KnownExploited, Layer, LayerPath, Location,
    Package, Severity, SourceSpan, Status, VendorSeverity, Vulnerability,
};
use std::sync::Arc;

pub(super) fn vulnerable(
    package: &Package,
    id: &str,
    summary: &str,
    severity: Severity,
    status: Status,
) -> Finding {
    let debian = Distribution::new("debian", "12");
    let matched = package.source.as_ref().map_or(package.name.as_str(), |source| &source.name);
    Finding {
        rule: id.to_owned(),
        title: format!("{id} in {} {}: {summary}", package.name, package.version),
        severity,
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
        evidence: vec![format!("{} {} is installed", package.name, package.version)],
        remedy: (status == Status::Fixed).then(|| format!("upgrade {} to 9.9.9", package.name)),
        references: vec![format!("https://nvd.nist.gov/vuln/detail/{id}")],
        fingerprint: Fingerprint::of(&[id, &package.name, package.path.as_str()]),
        aliases: Vec::new(),
        fix: None,
        vulnerability: Some(Box::new(Vulnerability {
            id: id.to_owned(),
            summary: summary.to_owned(),
            status,
            fixed_versions: if status == Status::Fixed { vec!["9.9.9".to_owned()] } else { Vec::new() },
            package: package.name.clone(),
            installed_version: package.version.clone(),
            purl: package.purl(Some(&debian)).to_string(),
            matched_name: matched.to_owned(),
            matched_version: package.version.clone(),
            matched_range: "< 9.9.9".to_owned(),
            shard: if package.ecosystem.is_system() {
                "debian:12".to_owned()
            } else {
                package.ecosystem.to_string()
            },
            advisory_source: "debian-tracker".to_owned(),
            severity_source: "nvd".to_owned(),
            severities: vec![VendorSeverity { source: "nvd".to_owned(), severity, cvss: None }],
            published: Some("2024-01-09".to_owned()),
            ..Vulnerability::default()
        })),
    }
}

fn cvss(source: &str, severity: Severity, vector: &str, score_tenths: u8) -> VendorSeverity {
    VendorSeverity {
        source: source.to_owned(),
        severity,
        cvss: Some(Cvss { vector: vector.to_owned(), score_tenths }),
    }
}

pub(super) fn findings(packages: &[Package], layers: &[Arc<Layer>]) -> Vec<Finding> {
    let named = |name: &str| packages.iter().find(|package| package.name == name).expect("in the sample");
    let log4j = named("org.apache.logging.log4j:log4j-core");
    let mut log4shell = vulnerable(
        log4j,
        "CVE-2021-44228",
        "Log4j2 JNDI lookups in log messages let a remote attacker run code",
        Severity::Critical,
        Status::Fixed,
    );
    if let Some(vulnerability) = &mut log4shell.vulnerability {
        vulnerability.aliases = vec!["GHSA-jfh8-c2jp-5v3q".to_owned()];
        vulnerability.fixed_versions = vec!["2.12.2".to_owned(), "2.15.0".to_owned()];
        vulnerability.severities = vec![
            cvss("nvd", Severity::High, "AV:N/AC:M/Au:N/C:C/I:C/A:C", 93),
            cvss("nvd", Severity::Critical, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 100),
            cvss(
                "ghsa",
                Severity::Critical,
                "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H",
                100,
            ),
        ];
        vulnerability.epss = Some(Epss { score: 0.975_57, percentile: 0.999_8 });
        vulnerability.known_exploited = Some(KnownExploited {
            date_added: "2021-12-10".to_owned(),
            due_date: "2021-12-24".to_owned(),
            is_used_by_ransomware: true,
        });
        vulnerability.weaknesses = vec!["CWE-20".to_owned(), "CWE-502".to_owned()];
        vulnerability.in_use.clone_from(&log4j.in_use);
    }
    let mut findings = vec![
        log4shell,
        vulnerable(
            log4j,
            "CVE-2021-45105",
            "uncontrolled recursion in lookups crashes the process",
            Severity::Medium,
            Status::Fixed,
        ),
        vulnerable(
            named("bash"),
            "CVE-2022-3715",
            "heap buffer overflow in valid_parameter_transform",
            Severity::High,
            Status::WillNotFix,
        ),
        vulnerable(
            named("zlib1g"),
            "CVE-2023-45853",
            "integer overflow in zipOpenNewFileInZip4_64 of MiniZip",
            Severity::Critical,
            Status::WillNotFix,
        ),
        vulnerable(
            named("libc6"),
            "CVE-2023-4911",
            "Looney Tunables: buffer overflow in ld.so on GLIBC_TUNABLES gives local root",
            Severity::High,
            Status::Fixed,
        ),
        vulnerable(
            named("libc6"),
            "CVE-2010-4756",
            "glob function uses much CPU and memory on crafted patterns",
            Severity::Negligible,
            Status::Deferred,
        ),
        vulnerable(
            named("github.com/opencontainers/runc"),
            "CVE-2024-21626",
            "Leaky Vessels: container breakout through a leaked file descriptor",
            Severity::High,
            Status::Fixed,
        ),
        vulnerable(
            named("nginx"),
            "CVE-2026-1000",
            "rated by nobody yet",
            Severity::Unknown,
            Status::UnderInvestigation,
        ),
        vulnerable(
            named("nodejs"),
            "CVE-2023-46809",
            "Marvin attack on RSA decryption",
            Severity::Medium,
            Status::EndOfLife,
        ),
        vulnerable(named(HOSTILE), "CVE-2026-0666", HOSTILE, Severity::Low, Status::Affected),
    ];
    for name in ["libssl3", "openssl"] {
        findings.push(vulnerable(
            named(name),
            "CVE-2024-0727",
            "denial of service by a malformed PKCS12 file",
            Severity::Medium,
            Status::Fixed,
        ));
        findings.push(vulnerable(
            named(name),
            "CVE-2023-5678",
            "slow check of X9.42 DH keys",
            Severity::Low,
            Status::Affected,
        ));
    }
    findings.push(rule_finding("image/digest-mismatch", Severity::Critical, None, &layers[4]));
    findings.push(rule_finding(
        "image/link-outside-root",
        Severity::Medium,
        Some("app/<script>alert(1)</script>/x"),
        &layers[4],
    ));
    let mut suggested =
        rule_finding("image/package-config-modified", Severity::Negligible, Some("etc/app.conf"), &layers[1]);
    if let Some(fix) = &mut suggested.fix {
        fix.caution = Some(format!("look at {HOSTILE} first"));
    }
    findings.push(suggested);
    findings
}

fn rule_finding(rule: &str, severity: Severity, path: Option<&str>, layer: &Arc<Layer>) -> Finding {
    Finding {
        rule: rule.to_owned(),
        title: format!("{rule} was seen: {HOSTILE}"),
        severity,
        location: Location {
            path: path.map(LayerPath::new),
            nested: Vec::new(),
            line: path.map(|_| 3),
            layer: Some(Arc::clone(layer)),
            source: path.map(|_| {
                Box::new(SourceSpan {
                    file: format!("build/{HOSTILE}"),
                    line: 3,
                    column: 5,
                    end_line: 3,
                    end_column: 9,
                })
            }),
            object: Some(format!("container {HOSTILE}")),
            hidden_by: path.map(|_| Arc::clone(layer)),
            dockerfile_line: Some(12),
        },
        evidence: vec!["expected sha256:aaaa, got sha256:bbbb".to_owned(), HOSTILE.to_owned()],
        remedy: Some("pull the image again".to_owned()),
        references: vec![
            "https://github.com/opencontainers/image-spec".to_owned(),
            "javascript:alert(1)".to_owned(),
        ],
        fingerprint: Fingerprint::of(&[rule, path.unwrap_or("")]),
        aliases: vec!["CIS-Docker-4.1".to_owned(), "DL3002".to_owned()],
        fix: path.map(|_| {
            let span = SourceSpan {
                file: "build/Dockerfile".to_owned(),
                line: 3,
                column: 5,
                end_line: 3,
                end_column: 9,
            };
            let edit = Edit { bytes: 20..24, text: HOSTILE.to_owned(), span };
            Box::new(Fix { title: format!("replaces {HOSTILE}"), edits: vec![edit], caution: None })
        }),
        vulnerability: None,
    }
}
