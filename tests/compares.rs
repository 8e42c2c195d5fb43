//! Promise: beside docker-bench-security on the same host, every disagreement is known, and who is right.
//!
//! docker-bench-security is run from a mirror of docker/docker-bench-security in `SEAWALL_MIRROR`; without one, without root or
//! without an engine the test is skipped. Each scene of `tests/docker_bench` prepares a host of its own.
//! `SEAWALL_WRITE_DOCS=1` writes the page.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests write their own files")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

const SCENES: [(&str, &str); 4] = [
    ("installed", include_str!("docker_bench/installed.sh")),
    ("weak", include_str!("docker_bench/weak.sh")),
    ("hardened", include_str!("docker_bench/hardened.sh")),
    ("swarm", include_str!("docker_bench/swarm.sh")),
];
const SHARED: &str = include_str!("docker_bench/scene.sh");
/// ITEM, docker-bench's answer, ours, who is right, why; separated by tabs.
const DISAGREEMENTS: &str = include_str!("docker_bench/disagreements.tsv");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/docker-bench.md");
const BEGIN: &str = "<!-- table: written by SEAWALL_WRITE_DOCS=1 cargo test -p cli --test compares -->";
const END: &str = "<!-- end of table -->";
/// The engine that the table is about: answers of docker-bench depend on what the engine prints.
const ENGINE: &str = "20.10.24+dfsg1";
/// Containers that are made and not started; docker-bench looks at those alone that run.
const NEVER_STARTED: [&str; 2] = ["stopped", "privileged"];

/// Item, docker-bench's answer, our answer.
type Disagreement = (String, String, String);

fn docker_bench() -> Option<tempfile::TempDir> {
    let mirror = std::env::var_os("SEAWALL_MIRROR").map(PathBuf::from).unwrap_or_default();
    let repository = mirror.join("docker+docker-bench-security/repo");
    if !repository.is_dir() {
        testkit::skip("SEAWALL_MIRROR holds no docker/docker-bench-security");
        return None;
    }
    let directory = tempfile::tempdir().unwrap();
    let archive = directory.path().join("archive.tar");
    let git = Command::new("git")
        .arg("-C")
        .arg(&repository)
        .args(["archive", "--output"])
        .arg(&archive)
        .arg("HEAD")
        .status();
    assert!(git.unwrap().success());
    let tar = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(directory.path()).status();
    assert!(tar.unwrap().success());
    Some(directory)
}

fn results(path: &Path) -> BTreeMap<String, Value> {
    let text = std::fs::read_to_string(path).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
    let sections = document["tests"].as_array().unwrap().iter();
    let all = sections.flat_map(|section| section["results"].as_array().unwrap().clone());
    all.map(|result| (result["id"].as_str().unwrap().to_owned(), result)).collect()
}

/// Containers and images that an answer names; docker-bench adds what is wrong with them behind a colon.
fn objects(result: &Value) -> BTreeSet<String> {
    let items = result["items"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let names = items.map(|item| match item.split_once(' ') {
        Some((_, name)) => name.to_owned(),
        None => item.split(':').next().unwrap_or_default().to_owned(),
    });
    names.filter(|name| !NEVER_STARTED.contains(&name.as_str())).collect()
}

/// Good, bad, or no verdict.
fn class(result: &Value) -> u8 {
    match result["result"].as_str().unwrap() {
        "PASS" => 0,
        "WARN" => 1,
        _ => 2,
    }
}

fn disagreements(theirs: &BTreeMap<String, Value>, ours: &BTreeMap<String, Value>) -> Vec<Disagreement> {
    let mut list = Vec::new();
    let ids: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
    for id in ids {
        let (Some(their), Some(our)) = (theirs.get(id), ours.get(id)) else {
            let answer = |side: &BTreeMap<String, Value>| {
                side.get(id).map_or("not asked", |result| result["result"].as_str().unwrap()).to_owned()
            };
            list.push((id.clone(), answer(theirs), answer(ours)));
            continue;
        };
        let word = |result: &Value| result["result"].as_str().unwrap().to_owned();
        if class(their) != class(our) {
            list.push((id.clone(), word(their), word(our)));
        } else if class(their) == 1 && (id.starts_with("5.") || id == "4.1") && !objects(their).is_empty() {
            let (their_objects, our_objects) = (objects(their), objects(our));
            let more = |left: &BTreeSet<String>, right: &BTreeSet<String>| {
                let names: Vec<&str> = left.difference(right).map(String::as_str).collect();
                match names.len() {
                    0 => "WARN".to_owned(),
                    1..=4 => format!("WARN, also {}", names.join(", ")),
                    number => format!("WARN, also {number} more"),
                }
            };
            if their_objects != our_objects {
                let (left, right) = (more(&their_objects, &our_objects), more(&our_objects, &their_objects));
                list.push((id.clone(), left, right));
            }
        }
    }
    list
}

fn numbers(item: &str) -> Vec<u32> {
    item.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

#[test]
fn every_disagreement_with_docker_bench_is_known() {
    let (Some(bench), Some(host)) = (docker_bench(), testkit::private_host()) else { return };
    let mut seen: BTreeMap<Disagreement, Vec<&str>> = BTreeMap::new();
    let mut compared = 0;
    for (name, scene) in SCENES {
        let out = tempfile::tempdir().unwrap();
        let mut command = host.command(&format!("{SHARED}\n{scene}"));
        command
            .env("OUT", out.path())
            .env("SEAWALL", env!("CARGO_BIN_EXE_seawall"))
            .env("DOCKER_BENCH", bench.path());
        if host.run(command).is_none() {
            return;
        }
        let engine = std::fs::read_to_string(out.path().join("engine")).unwrap();
        let modules = std::fs::read_to_string("/sys/kernel/security/lsm").unwrap_or_default();
        if engine.trim() != ENGINE || modules.contains("apparmor") || modules.contains("selinux") {
            testkit::skip(&format!("the table is about engine {ENGINE} without AppArmor and SELinux"));
            return;
        }
        let (theirs, ours) =
            (results(&out.path().join("theirs.json")), results(&out.path().join("ours.json")));
        compared += theirs.len();
        for disagreement in disagreements(&theirs, &ours) {
            seen.entry(disagreement).or_default().push(name);
        }
    }
    assert!(compared > 400, "docker-bench answered {compared} items");
    check_table(&seen, compared);
}

/// Each disagreement has a row that says who is right, and each row a disagreement.
fn check_table(seen: &BTreeMap<Disagreement, Vec<&str>>, compared: usize) {
    let mut reasons: BTreeMap<Disagreement, (&str, &str)> = BTreeMap::new();
    for line in DISAGREEMENTS.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let fields: Vec<&str> = line.split('\t').collect();
        let [item, theirs, ours, right, why] = fields[..] else { panic!("no row: {line}") };
        reasons.insert((item.to_owned(), theirs.to_owned(), ours.to_owned()), (right, why));
    }
    let unknown: Vec<String> = seen
        .iter()
        .filter(|(key, _)| !reasons.contains_key(*key))
        .map(|((item, theirs, ours), scenes)| format!("{item}\t{theirs}\t{ours}\t?\t{scenes:?}"))
        .collect();
    assert!(unknown.is_empty(), "nobody says who is right:\n{}", unknown.join("\n"));
    let gone: Vec<&Disagreement> = reasons.keys().filter(|key| !seen.contains_key(*key)).collect();
    assert!(gone.is_empty(), "no disagreement any more: {gone:?}");
    let mut rows: Vec<(&Disagreement, &Vec<&str>)> = seen.iter().collect();
    rows.sort_by_key(|((item, ..), _)| numbers(item));
    let mut table = format!(
        "{compared} answers of docker-bench-security compared in {} scenes; {} kinds of disagreement.\n\n\
         | Item | Scenes | docker-bench | Seawall | Who is right | Why |\n|---|---|---|---|---|---|\n",
        SCENES.len(),
        rows.len()
    );
    for (key, scenes) in rows {
        let (right, why) = reasons[key];
        let (item, theirs, ours) = key;
        let scenes = if scenes.len() == SCENES.len() { "all".to_owned() } else { scenes.join(", ") };
        table.push_str(&format!("| {item} | {scenes} | {theirs} | {ours} | {right} | {why} |\n"));
    }
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let wanted = format!("{before}{BEGIN}\n\n{table}\n{END}{after}");
    if std::env::var_os("SEAWALL_WRITE_DOCS").is_some() {
        std::fs::write(PAGE, wanted).unwrap();
    } else {
        assert!(page == wanted, "docs/docker-bench.md is stale (hint: SEAWALL_WRITE_DOCS=1)");
    }
}
