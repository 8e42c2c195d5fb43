//! What is measured on one corpus: the floors, Seawall with all and with single engines, and the peers.

use super::super::Setting;
use super::super::cases::{seawall, target};
use super::super::image::BenchImage;
use super::super::measure::Case;
use super::super::peers::{isolated, locate};
use super::Extent;
use super::corpus::Corpus;
use super::rules::{Rules, VARIABLES};
use super::yara_x;
use anyhow::Result;
use std::path::{Path, PathBuf};

pub(crate) const LAYER_FLOOR: &str = "floor: unzstd and SHA-256 twice, one thread";
pub(crate) const GZIP_FLOOR: &str = "floor: gunzip (zlib-rs) and SHA-256 twice, one thread";
pub(crate) const GZIP: &str = "OCI layout, gzip, every engine";
pub(crate) const TREE_FLOOR: &str = "floor: SHA-256 of every file, one thread";
pub(crate) const LAYOUT: &str = "OCI layout, every engine";
pub(crate) const LAYOUT_CONTENT: &str = "OCI layout, every engine but vulnerabilities";
pub(crate) const LAYOUT_PARANOID: &str = "OCI layout, every engine, --paranoid";
pub(crate) const LAYOUT_WARM: &str = "OCI layout, every engine, cache warm";
pub(crate) const TREE: &str = "directory, every engine";
pub(crate) const TREE_SAME: &str = "directory, every engine, the peers' rules added";
pub(crate) const TREE_SAME_PARANOID: &str = "directory, every engine, the peers' rules added, --paranoid";
pub(crate) const MALWARE: &str = "directory, malware only";
pub(crate) const MALWARE_PARANOID: &str = "directory, malware only, --paranoid";
pub(crate) const MALWARE_PACKS: &str = "directory, malware only, other people's packs added";
pub(crate) const SECRETS: &str = "directory, secrets only, gitleaks' rules added";
pub(crate) const SECRETS_PARANOID: &str = "directory, secrets only, gitleaks' rules added, --paranoid";
pub(crate) const YARA: &str = "yara, Seawall's rules";
pub(crate) const YARA_X: &str = "yara-x, Seawall's rules";
pub(crate) const YARA_X_PACKS: &str = "yara-x, Seawall's rules and other people's packs";
pub(crate) const CLAMSCAN: &str = "clamscan, the rules that it loads and the digests";
pub(crate) const GITLEAKS: &str = "gitleaks, its own rules";
pub(crate) const TRIVY: &str = "trivy, secrets only, its own rules";

/// What is measured on every corpus.
const MAIN: [&str; 10] = [
    LAYER_FLOOR,
    LAYOUT,
    LAYOUT_WARM,
    TREE_FLOOR,
    TREE,
    TREE_SAME,
    MALWARE,
    SECRETS,
    SECRETS_PARANOID,
    LAYOUT_PARANOID,
];

/// The name that a case has on a corpus.
pub(crate) fn name_on(corpus: &str, case: &str) -> String {
    format!("{corpus}: {case}")
}

/// The floors and Seawall.
pub(crate) fn ours(setting: &Setting, corpus: &Corpus, rules: &Rules, extent: Extent) -> Result<Vec<Case>> {
    let named = |case: &str| name_on(corpus.name, case);
    let scan = |case: &str, target: &str, more: &[&str]| {
        let mut arguments = vec!["scan", "--quiet", target];
        arguments.extend(more);
        seawall(setting, &named(case), &arguments)
    };
    let floor = |case: &str, program: &Path, path: &Path| {
        Case::new(&named(case), program, &[&path.to_string_lossy()])
    };
    let (layout, tree) = (target("oci", &corpus.layout), target("rootfs", &corpus.rootfs));
    let cache = setting.directory.join("deep-cache").to_string_lossy().into_owned();
    let digests = rules.digests.to_string_lossy();
    let gitleaks = rules.gitleaks.as_ref().map(|path| path.to_string_lossy());
    let secret_rules: Vec<&str> = gitleaks.as_deref().map_or(Vec::new(), |path| vec!["--secret-rules", path]);
    let same = [&["--no-cache", "--hashes", &digests], &secret_rules[..]].concat();
    let secrets = [&["--no-cache", "--only", "secrets"], &secret_rules[..]].concat();
    let malware = ["--no-cache", "--only", "malware"];
    let mut cases = vec![
        floor(LAYER_FLOOR, &setting.floor, &BenchImage::layer(&corpus.layout)?),
        scan(LAYOUT, &layout, &["--no-cache"]).against(&named(LAYER_FLOOR)),
        scan(LAYOUT_CONTENT, &layout, &["--no-cache", "--skip", "vulnerabilities"])
            .against(&named(LAYER_FLOOR)),
        scan(LAYOUT_PARANOID, &layout, &["--no-cache", "--paranoid"]).against(&named(LAYER_FLOOR)),
        scan(LAYOUT_WARM, &layout, &["--cache", &cache]).against(&named(LAYER_FLOOR)),
        floor(TREE_FLOOR, &setting.hash_files, &corpus.rootfs),
        scan(TREE, &tree, &["--no-cache"]).against(&named(TREE_FLOOR)),
        scan(TREE_SAME, &tree, &same).against(&named(TREE_FLOOR)),
        scan(TREE_SAME_PARANOID, &tree, &paranoid(&same)).against(&named(TREE_FLOOR)),
        scan(MALWARE, &tree, &malware).against(&named(TREE_FLOOR)),
        scan(MALWARE_PARANOID, &tree, &paranoid(&malware)).against(&named(TREE_FLOOR)),
        scan(SECRETS, &tree, &secrets).against(&named(TREE_FLOOR)),
        scan(SECRETS_PARANOID, &tree, &paranoid(&secrets)).against(&named(TREE_FLOOR)),
    ];
    if extent == Extent::Main {
        let main = MAIN.map(&named);
        cases.retain(|case| main.contains(&case.name));
    } else if !rules.packs.is_empty() {
        let packs: Vec<_> = rules.packs.iter().map(|path| path.to_string_lossy()).collect();
        let mut arguments = vec!["scan", "--quiet", &tree, "--only", "malware"];
        for pack in &packs {
            arguments.extend(["--yara", pack]);
        }
        let case = with_empty_cache(setting, &named(MALWARE_PACKS), &arguments);
        cases.push(case.against(&named(TREE_FLOOR)));
    }
    if let Some(gzip) = &corpus.gzip {
        let layout = target("oci", gzip);
        cases.push(floor(GZIP_FLOOR, &setting.floor, &BenchImage::layer(gzip)?));
        cases.push(scan(GZIP, &layout, &["--no-cache"]).against(&named(GZIP_FLOOR)));
    }
    Ok(cases)
}

/// A scan that knows no layer and no verdict, but finds its rules compiled: `--no-cache` would compile them each time.
fn with_empty_cache(setting: &Setting, name: &str, arguments: &[&str]) -> Case {
    let cache = setting.directory.join("empty-cache").to_string_lossy().into_owned();
    let empty_first =
        ["-c", "rm -rf \"$1\"; shift; exec \"$@\"", "sh", &cache, &setting.seawall.to_string_lossy()]
            .map(str::to_owned);
    let words: Vec<&str> = empty_first.iter().map(String::as_str).chain(arguments.iter().copied()).collect();
    let words = [&words[..], &["--cache", &cache]].concat();
    let mut case = seawall(setting, name, &words);
    case.program = PathBuf::from("/bin/sh");
    case
}

fn paranoid<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [arguments, &["--paranoid"]].concat()
}

/// Other scanners of content over the directory.
pub(crate) fn peers(
    setting: &Setting,
    corpus: &Corpus,
    rules: &Rules,
    extent: Extent,
    skipped: &mut Vec<String>,
) -> Result<Vec<Case>> {
    let tree = corpus.rootfs.to_string_lossy();
    let yara_files: Vec<String> = rules.yara.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let defined: Vec<String> = VARIABLES.iter().map(|variable| format!("{variable}=none")).collect();
    let mut defines = Vec::new();
    for definition in &defined {
        defines.extend(["-d", definition]);
    }
    let yara_files = || yara_files.iter().map(String::as_str);
    let database = match locate("clamscan") {
        Some(program) => format!("--database={}", rules.for_clamscan(&program, setting, skipped)?.display()),
        None => String::new(),
    };
    let mut cases = Vec::new();
    let mut add = |program: &str, case: &str, against: &str, arguments: &[&str]| match locate(program) {
        Some(found) => {
            let case = Case::new(&name_on(corpus.name, case), &found, arguments);
            cases.push(isolated(case.peer(), setting).against(&name_on(corpus.name, against)));
        }
        None => {
            let line = format!("{program}: neither in SEAWALL_PEERS nor on the path");
            if !skipped.contains(&line) {
                skipped.push(line);
            }
        }
    };
    let mut arguments = vec!["--recursive", "--no-follow-symlinks", "--no-warnings"];
    arguments.extend(&defines);
    arguments.extend(yara_files());
    arguments.push(&tree);
    add("yara", YARA, TREE_SAME, &arguments);
    let arguments = ["--recursive", "--infected", "--no-summary", &database, &tree];
    add("clamscan", CLAMSCAN, TREE_SAME, &arguments);
    let quiet = ["dir", "--no-banner", "--log-level", "error", "--exit-code", "0"];
    let mut arguments = quiet.to_vec();
    let config = rules.gitleaks.as_ref().map(|path| path.to_string_lossy());
    if let Some(config) = &config {
        arguments.extend(["--config", config]);
    }
    // Never a device: gitleaks removes what has the name and makes a file.
    let findings = setting.directory.join("gitleaks.json").to_string_lossy().into_owned();
    arguments.extend(["--report-format", "json", "--report-path", &findings, &tree]);
    add("gitleaks", GITLEAKS, SECRETS, &arguments);
    let quiet = ["rootfs", "--quiet", "--offline-scan", "--cache-backend", "memory", "--scanners", "secret"];
    let mut arguments = quiet.to_vec();
    arguments.push(&tree);
    add("trivy", TRIVY, SECRETS, &arguments);
    cases.extend(yara_x_cases(setting, corpus, rules, extent, skipped));
    Ok(cases)
}

fn yara_x_cases(
    setting: &Setting,
    corpus: &Corpus,
    rules: &Rules,
    extent: Extent,
    skipped: &mut Vec<String>,
) -> Vec<Case> {
    let tree = corpus.rootfs.to_string_lossy();
    let mut cases = Vec::new();
    let mut add = |name: &str, against: &str, peer: Result<yara_x::Peer>| match peer {
        Ok(peer) => {
            let mut arguments: Vec<&str> = peer.arguments.iter().map(String::as_str).collect();
            arguments.push(&tree);
            let case = Case::new(&name_on(corpus.name, name), &peer.program, &arguments);
            cases.push(isolated(case.peer(), setting).against(&name_on(corpus.name, against)));
            if peer.is_package && name == YARA_X {
                skipped.push(
                    "yr: neither in SEAWALL_PEERS nor on the path; yara-x is measured by its Python package"
                        .to_owned(),
                );
            }
        }
        Err(error) => skipped.push(format!("{name}: {error:#}")),
    };
    add(YARA_X, MALWARE, yara_x::with_own_rules(setting, rules));
    if extent == Extent::Everything && !rules.packs.is_empty() {
        add(YARA_X_PACKS, MALWARE_PACKS, yara_x::with_packs(setting, rules));
    }
    cases
}

pub(crate) const EVERY_PACK: &str = "2 GB image, every engine and every pack";

/// The image of two layers, of which the second is unknown to every package record, with every pack.
pub(crate) fn every_pack(setting: &Setting, layout: &Path, rules: &Rules) -> Case {
    let target = target("oci", layout);
    let packs: Vec<_> = rules.packs.iter().map(|path| path.to_string_lossy()).collect();
    let digests = rules.digests.to_string_lossy();
    let mut arguments = vec!["scan", "--quiet", &target, "--hashes", &digests];
    let gitleaks = rules.gitleaks.as_ref().map(|path| path.to_string_lossy());
    if let Some(path) = &gitleaks {
        arguments.extend(["--secret-rules", path]);
    }
    for pack in &packs {
        arguments.extend(["--yara", pack]);
    }
    with_empty_cache(setting, EVERY_PACK, &arguments)
}
