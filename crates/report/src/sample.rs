//! Reports for tests, examples and screenshots; hostile strings included.

use model::{
    AdvisoryCoverage, Cvss, Digest, Distribution, Ecosystem, Epss, Finding, Fingerprint, FoundBy, Gap,
    GapReason, KnownExploited, Layer, LayerPath, Location, Package, Report, SCHEMA_VERSION, Severity,
    SourcePackage, Status, Suppressed, Target, TargetKind, Tool, VendorSeverity, Vulnerability,
};
use std::sync::Arc;

/// What an image may hold to attack whoever reads a report: terminal escapes, markup, script, table cells,
/// reversed text, line breaks, characters that XML forbids.
pub const HOSTILE: &str = "\u{1b}[2J\u{1b}]0;owned\u{7}</script><!--<img src=x onerror=alert(1)>|`x`\u{202e}txt\n\u{0}\u{ffff} &amp; ]]>";

/// A report of an empty image.
#[must_use]
pub fn empty() -> Report {
    Report {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool: Tool { name: "seawall".to_owned(), version: "0.1.0".to_owned() },
        target: Target {
            kind: TargetKind::Archive,
            name: "empty.tar".to_owned(),
            manifest_digest: None,
            image_id: None,
            names: Vec::new(),
            platform: None,
            created: None,
        },
        distribution: None,
        layers: Vec::new(),
        packages: Vec::new(),
        findings: Vec::new(),
        suppressed: Vec::new(),
        gaps: Vec::new(),
        advisories: Vec::new(),
    }
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

fn digest(byte: u8) -> Digest {
    Digest::from_sha256(&std::array::from_fn(|at| byte.wrapping_add((at * at) as u8)))
}

fn layers() -> Vec<Arc<Layer>> {
    let instructions = [
        (true, "/bin/sh -c #(nop) ADD file:4b2f in /", 48_497_664),
        (true, "CMD [\"bash\"]", 32),
        (
            false,
            "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends openssl curl # buildkit",
            12_002_134,
        ),
        (false, "COPY --chown=app:app target/api.jar /app/api.jar # buildkit", 87_221_004),
        (false, HOSTILE, 4_096),
    ];
    let layer = |(index, (is_base, instruction, size_bytes)): (usize, (bool, &str, u64))| {
        Arc::new(Layer {
            index,
            digest: Some(digest(0x20 + index as u8)),
            diff_id: Some(digest(0x60 + index as u8)),
            instruction: Some(instruction.to_owned()),
            created: Some("2026-11-20T08:00:00Z".to_owned()),
            is_base: Some(is_base),
            size_bytes: Some(size_bytes),
        })
    };
    instructions.into_iter().enumerate().map(layer).collect()
}

fn packages(layers: &[Arc<Layer>]) -> Vec<Package> {
    let dpkg = LayerPath::new("var/lib/dpkg/status");
    let deb = |name: &str, version: &str, source: &str, source_version: &str, layer: usize| Package {
        source: Some(SourcePackage { name: source.to_owned(), version: source_version.to_owned() }),
        arch: Some("amd64".to_owned()),
        vendor: Some("Debian".to_owned()),
        licenses: vec!["Apache-2.0".to_owned(), "GPL-2.0-or-later WITH Font-exception-2.0".to_owned()],
        layer: Some(Arc::clone(&layers[layer])),
        ..Package::new(Ecosystem::Deb, name, version, FoundBy::PackageManager, &dpkg)
    };
    let found = |ecosystem, name: &str, version: &str, found_by, path: &str, layer: usize| Package {
        layer: Some(Arc::clone(&layers[layer])),
        ..Package::new(ecosystem, name, version, found_by, &LayerPath::new(path))
    };
    vec![
        deb("libssl3", "3.0.11-1~deb12u2", "openssl", "3.0.11-1~deb12u2", 2),
        deb("openssl", "3.0.11-1~deb12u2", "openssl", "3.0.11-1~deb12u2", 2),
        deb("bash", "5.2.15-2+b2", "bash", "5.2.15-2", 0),
        deb("zlib1g", "1:1.2.13.dfsg-1", "zlib", "1:1.2.13.dfsg-1", 0),
        deb("libc6", "2.36-9+deb12u3", "glibc", "2.36-9+deb12u3", 0),
        Package {
            nested: vec!["BOOT-INF/lib/log4j-core-2.14.1.jar".to_owned()],
            sha1: Some("9141212b8507ab50a45525b545b39d224614528b".to_owned()),
            licenses: vec!["Apache License, Version 2.0".to_owned()],
            ..found(
                Ecosystem::Maven,
                "org.apache.logging.log4j:log4j-core",
                "2.14.1",
                FoundBy::Installed,
                "app/api.jar",
                3,
            )
        },
        found(Ecosystem::Npm, "@babel/core", "7.22.0", FoundBy::LockFile, "app/ui/package-lock.json", 4),
        Package {
            licenses: vec!["MIT OR Apache-2.0".to_owned()],
            ..found(
                Ecosystem::Npm,
                HOSTILE,
                "1.0.0<b>",
                FoundBy::Installed,
                "app/<script>alert(1)</script>/package.json",
                4,
            )
        },
        Package {
            owner: Some("python3-yaml".to_owned()),
            ..found(
                Ecosystem::PyPI,
                "pyyaml",
                "6.0",
                FoundBy::Installed,
                "usr/lib/python3/dist-packages/PyYAML-6.0.egg-info",
                2,
            )
        },
        found(
            Ecosystem::Go,
            "github.com/opencontainers/runc",
            "1.1.5",
            FoundBy::BuildInfo,
            "usr/sbin/runc",
            4,
        ),
        found(Ecosystem::Generic, "nginx", "1.24.0", FoundBy::Classifier, "usr/local/sbin/nginx", 4),
        Package {
            module: Some("nodejs:18:8080020231".to_owned()),
            ..found(
                Ecosystem::Rpm,
                "nodejs",
                "1:18.18.2-1.module",
                FoundBy::PackageManager,
                "var/lib/rpm/rpmdb.sqlite",
                4,
            )
        },
    ]
}

fn vulnerable(package: &Package, id: &str, summary: &str, severity: Severity, status: Status) -> Finding {
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
        },
        evidence: vec![format!("{} {} is installed", package.name, package.version)],
        remedy: (status == Status::Fixed).then(|| format!("upgrade {} to 9.9.9", package.name)),
        references: vec![format!("https://nvd.nist.gov/vuln/detail/{id}")],
        fingerprint: Fingerprint::of(&[id, &package.name, package.path.as_str()]),
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

fn findings(packages: &[Package], layers: &[Arc<Layer>]) -> Vec<Finding> {
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
        },
        evidence: vec!["expected sha256:aaaa, got sha256:bbbb".to_owned(), HOSTILE.to_owned()],
        remedy: Some("pull the image again".to_owned()),
        references: vec![
            "https://github.com/opencontainers/image-spec".to_owned(),
            "javascript:alert(1)".to_owned(),
        ],
        fingerprint: Fingerprint::of(&[rule, path.unwrap_or("")]),
        vulnerability: None,
    }
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
