//! Dockerfiles of known projects: each is understood, none of the grave rules means their ordinary lines, every fix
//! leaves a file that is understood, and damage never makes it panic.
//!
//! They are read when mirrors of the projects are there in `SEAWALL_MIRROR`, and skipped otherwise.
#![allow(clippy::disallowed_methods, reason = "the test reads mirrors of repositories")]

use lint::{Config, Made, Surroundings, apply_fixes, lint};
use model::Severity;
use std::{path::PathBuf, process::Command};

const PROJECTS: &[&str] = &[
    "docker-library+php",
    "docker-library+postgres",
    "docker-library+python",
    "nodejs+docker-node",
    "nginxinc+docker-nginx",
    "moby+buildkit",
];

fn files() -> Vec<(String, String)> {
    // An empty path holds no repository: each is then told as skipped.
    let mirror = std::env::var_os("SEAWALL_MIRROR").map(PathBuf::from).unwrap_or_default();
    let mut files = Vec::new();
    for project in PROJECTS {
        let repository = mirror.join(project).join("repo");
        if !repository.is_dir() {
            eprintln!("skipped: no mirror of {project}");
            continue;
        }
        let git = |arguments: &[&str]| {
            let output =
                Command::new("git").arg("-C").arg(&repository).args(arguments).output().expect("git runs");
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        let listed = git(&["ls-tree", "-r", "--name-only", "HEAD"]);
        let wanted = listed.lines().filter(|path| {
            let name = path.rsplit('/').next().unwrap_or_default();
            (name == "Dockerfile" || name.ends_with(".Dockerfile") || name.starts_with("Dockerfile."))
                && !path.contains("testfiles")
                && !name.ends_with(".template")
        });
        files.extend(
            wanted.map(|path| (format!("{project}/{path}"), git(&["show", &format!("HEAD:{path}")]))),
        );
    }
    files
}

#[test]
fn ordinary_dockerfiles_are_understood_and_not_accused() {
    let mut accused = Vec::new();
    let mut count = std::collections::BTreeMap::<String, usize>::new();
    let files = files();
    for (name, text) in &files {
        let linted = lint(name, text, &Surroundings::default(), &Config::default());
        for finding in &linted.findings {
            *count.entry(finding.rule.clone()).or_default() += 1;
            let line = finding.location.source.as_ref().map_or(0, |span| span.line);
            let is_grave = finding.severity >= Severity::High || finding.rule.contains("not-understood");
            let is_hadolints =
                finding.aliases.iter().any(|alias| alias.starts_with("DL") && alias != "DL1000");
            if is_grave && !is_hadolints {
                accused.push(format!("{name}:{line} {} {}", finding.rule, finding.title));
            }
        }
        for gap in linted.gaps.iter().filter(|gap| !gap.detail.contains("InvalidBaseImagePlatform")) {
            accused.push(format!("{name}: {gap:?}"));
        }
    }
    println!("{} files: {count:#?}", files.len());
    // These do what they are accused of: packages of the build's own, whose signatures are not verified, and an installer
    // that is piped into a shell; the commands of Windows are told as not judged.
    accused.retain(|line| {
        !line.contains("apk-without-verification")
            && !line.contains("lint.Dockerfile:37 dockerfile/download-run-unverified")
            && !line.contains("the commands of powershell are not judged")
    });
    assert!(accused.is_empty(), "{}", accused.join("\n"));
}

#[test]
fn fixes_leave_files_that_are_understood_and_repair_what_they_promise() {
    for (name, text) in files() {
        let before = lint(&name, &text, &Surroundings::default(), &Config::default());
        let applied = apply_fixes(&text, &before.findings, Made::Safe);
        let after = lint(&name, &applied.text, &Surroundings::default(), &Config::default());
        let broken = |linted: &lint::Linted| {
            linted
                .findings
                .iter()
                .filter(|finding| {
                    finding.rule.ends_with("not-understood") || finding.rule == "shell/syntax-error"
                })
                .count()
        };
        assert!(broken(&after) <= broken(&before), "{name}\n{}", lint::diff(&name, &text, &applied.text));
        assert!(
            after.findings.len() + applied.made.len() <= before.findings.len() + applied.left + 2,
            "{name}: {} before, {} after {} fixes\n{}",
            before.findings.len(),
            after.findings.len(),
            applied.made.len(),
            lint::diff(&name, &text, &applied.text)
        );
    }
}

#[test]
fn damaged_files_never_panic() {
    let seed = "# syntax=docker/dockerfile:1\nARG V=1\nFROM --platform=linux/amd64 alpine:${V} AS Build\n# hadolint ignore=DL3018\n\
                RUN --mount=type=cache,target=/x apk add a && \\\n  # c\n  curl http://x | sh\nRUN <<EOF bash\nchmod 777 \"/é\"\nEOF\n\
                ENV A=b C=$A\nLABEL x y\nCOPY --from=Build [\"a\", \"b/\"]\nHEALTHCHECK --interval=5s CMD curl -k x\n\
                ONBUILD USER root\nEXPOSE 80:80/TCP 70000\nCMD echo 'a'";
    let bytes = seed.as_bytes();
    for step in 0..3_000_usize {
        let mut broken = bytes.to_vec();
        let at = (step * 7_919) % broken.len();
        match step % 3 {
            0 => broken.truncate(at),
            1 => broken[at] ^= 1 << (step % 8),
            _ => {
                let piece = broken[at..].to_vec();
                broken.splice(..at / 2, piece);
            }
        }
        let text = String::from_utf8_lossy(&broken);
        let linted =
            lint("x", &text, &Surroundings::default(), &Config { wants_all: true, ..Config::default() });
        let applied = apply_fixes(&text, &linted.findings, Made::Safe);
        let _ = lint::diff("x", &text, &applied.text);
    }
}
