//! BuildKit's own parser fixtures give BuildKit's own trees.
//!
//! They are read when `SEAWALL_BUILDKIT` names a checkout of moby/buildkit (Apache-2.0) or a mirror of it is there,
//! and skipped otherwise.

#![allow(clippy::disallowed_methods, reason = "the test reads a checkout of BuildKit")]

use dockerfile::{parse, print_tree};
use std::{fs, path::PathBuf, process::Command};

/// Where a checkout of BuildKit or a bare copy of its repository may lie.
fn source() -> Option<(PathBuf, bool)> {
    if let Some(root) = std::env::var_os("SEAWALL_BUILDKIT") {
        return Some((PathBuf::from(root), false));
    }
    // An empty path holds no repository: each is then told as skipped.
    let mirror = std::env::var_os("SEAWALL_MIRROR").map(PathBuf::from).unwrap_or_default();
    let bare = mirror.join("moby+buildkit/repo");
    bare.is_dir().then_some((bare, true))
}

/// Folder name, and the files that were asked for, of each fixture.
fn fixtures(kind: &str, names: &[&str]) -> Option<Vec<(String, Vec<String>)>> {
    let Some((root, is_bare)) = source() else {
        eprintln!("skipped: neither SEAWALL_BUILDKIT nor a mirror of moby/buildkit is there");
        return None;
    };
    let folder = format!("frontend/dockerfile/parser/{kind}");
    let git = |arguments: &[&str]| {
        let output = Command::new("git").arg("-C").arg(&root).args(arguments).output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}");
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let mut cases: Vec<String> = if is_bare {
        git(&["ls-tree", "--name-only", &format!("HEAD:{folder}")]).lines().map(str::to_owned).collect()
    } else {
        let entries = fs::read_dir(root.join(&folder)).expect("a checkout of BuildKit").flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    cases.sort();
    let read = |case: &str, name: &str| match is_bare {
        true => git(&["show", &format!("HEAD:{folder}/{case}/{name}")]),
        false => fs::read_to_string(root.join(&folder).join(case).join(name)).expect("a fixture"),
    };
    let with_files = cases.into_iter().map(|case| {
        let files = names.iter().map(|name| read(&case, name)).collect();
        (case, files)
    });
    Some(with_files.collect())
}

#[test]
fn trees_are_those_of_buildkit() {
    let Some(cases) = fixtures("testfiles", &["Dockerfile", "result"]) else { return };
    let mut wrong = Vec::new();
    for (case, files) in &cases {
        let (text, expected) = (&files[0], &files[1]);
        let file = parse(text);
        let found = print_tree(&file);
        let squeeze = |text: &str| {
            text.lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .collect::<Vec<_>>()
                .join("\n")
                .replace("\n)", ")")
        };
        if squeeze(&found) != squeeze(expected) {
            wrong.push(format!("{}\n--- found\n{found}--- expected\n{expected}", case));
        }
    }
    assert!(wrong.is_empty(), "{} of {} differ\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    println!("{} fixtures agree", cases.len());
}

#[test]
fn what_buildkit_refuses_is_a_problem() {
    for (case, files) in fixtures("testfiles-negative", &["Dockerfile"]).unwrap_or_default() {
        assert!(!parse(&files[0]).problems.is_empty(), "{case}");
    }
}
