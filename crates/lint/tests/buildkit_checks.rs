//! BuildKit's own tests of its build checks as judge: the same Dockerfile, the same rules, the same lines.
//!
//! They (Apache-2.0) are read when a mirror of moby/buildkit is there in `SEAWALL_MIRROR`, and skipped
//! otherwise.
#![allow(clippy::disallowed_methods, reason = "the test reads a mirror of BuildKit's repository")]

use lint::{Config, Surroundings, lint};
use std::{path::PathBuf, process::Command};

/// Rules that are no part of the judged set, and why.
const NOT_JUDGED: &[&str] = &[
    // Whether a registry has the platform is not known offline.
    "InvalidBaseImagePlatform",
];

#[derive(Debug)]
struct Case {
    function: String,
    dockerfile: String,
    dockerignore: Option<String>,
    /// Rule and line.
    expected: Vec<(String, u32)>,
    has_lines: bool,
}

fn source() -> Option<String> {
    // An empty path holds no repository: each is then told as skipped.
    let mirror = std::env::var_os("SEAWALL_MIRROR").map(PathBuf::from).unwrap_or_default();
    let repository = mirror.join("moby+buildkit/repo");
    if !repository.is_dir() {
        eprintln!("skipped: no mirror of moby/buildkit");
        return None;
    }
    let show = ["show", "HEAD:frontend/dockerfile/dockerfile_check_test.go"];
    let output = Command::new("git").arg("-C").arg(&repository).args(show).output().expect("git runs");
    assert!(output.status.success());
    Some(String::from_utf8(output.stdout).expect("UTF-8"))
}

/// The text between the next two backticks, its end, and the text behind.
fn raw_string(text: &str) -> Option<(&str, &str)> {
    let begin = text.find('`')? + 1;
    let end = begin + text[begin..].find('`')?;
    Some((&text[begin..end], &text[end + 1..]))
}

/// `[]byte(…)`, `fmt.Appendf(nil, …, arguments)`, `integration.UnixOrWindows(…, …)`: the raw string with Unix' arguments.
fn literal(text: &str) -> Option<String> {
    let (raw, rest) = raw_string(text)?;
    let is_format = text[..text.find('`')?].contains("Appendf");
    if !is_format {
        return Some(raw.to_owned());
    }
    // What the tests of Unix put in: base images, the operating system, a command.
    let arguments: Vec<&str> = rest.split(')').next().unwrap_or_default().split(',').map(str::trim).collect();
    let mut out = String::new();
    let mut parts = raw.split("%s");
    out.push_str(parts.next().unwrap_or_default());
    for (at, part) in parts.enumerate() {
        let argument =
            arguments.iter().filter(|argument| !argument.is_empty()).nth(at).copied().unwrap_or_default();
        out.push_str(match argument {
            "osName" => "linux",
            _ if part.starts_with("\nEOT") => "env",
            _ => "busybox",
        });
        out.push_str(part);
    }
    Some(out)
}

fn cases(source: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for function in source.split("\nfunc test").skip(1) {
        let name = function.split('(').next().unwrap_or_default().to_owned();
        let body = function.split("\n}\n").next().unwrap_or(function);
        let (mut dockerfile, mut dockerignore) = (String::new(), None);
        let mut at = 0;
        loop {
            let rest = &body[at..];
            let next = [
                "dockerfile := ",
                "dockerfile = ",
                "dockerignore := ",
                "dockerignore = ",
                "checkLinterWarnings(",
            ]
            .iter()
            .filter_map(|word| rest.find(word).map(|found| (found, *word)))
            .min();
            let Some((found, word)) = next else { break };
            at += found + word.len();
            let rest = &body[at..];
            match word {
                "dockerfile := " | "dockerfile = " => dockerfile = literal(rest).unwrap_or_default(),
                "dockerignore := " | "dockerignore = " => dockerignore = literal(rest),
                _ => {
                    let end = call_end(rest);
                    let call = &rest[..end];
                    at += end;
                    // A build argument that replaces the directive of the file is another program's door.
                    if call.contains("BUILDKIT_DOCKERFILE_CHECK") || call.contains("makeLintWarning") {
                        continue;
                    }
                    let (list, has_lines) = match call.split_once("UnmarshalWarnings:") {
                        Some((_, list)) => (list, false),
                        None => (call, true),
                    };
                    let inline =
                        call.split_once("DockerIgnore: []byte(").and_then(|(_, rest)| raw_string(rest));
                    let ignore = match inline {
                        Some((text, _)) => Some(text.to_owned()),
                        None if call.contains("DockerIgnore:") => dockerignore.clone(),
                        None => None,
                    };
                    let expected = list.split("RuleName:").skip(1).map(|warning| {
                        let rule = warning.split('"').nth(1).unwrap_or_default().to_owned();
                        let line = warning.split("Line:").nth(1).unwrap_or_default();
                        let digits: String =
                            line.trim_start().chars().take_while(char::is_ascii_digit).collect();
                        (rule, digits.parse().unwrap_or(0))
                    });
                    let expected = expected.collect();
                    let dockerfile = dockerfile.clone();
                    cases.push(Case {
                        function: name.clone(),
                        dockerfile,
                        dockerignore: ignore,
                        expected,
                        has_lines,
                    });
                }
            }
        }
    }
    cases
}

fn call_end(text: &str) -> usize {
    let (mut depth, mut is_raw, mut is_text) = (1_i32, false, false);
    let mut before = ' ';
    for (at, character) in text.char_indices() {
        match character {
            '`' if !is_text => is_raw = !is_raw,
            '"' if !is_raw && before != '\\' => is_text = !is_text,
            '(' if !is_raw && !is_text => depth += 1,
            ')' if !is_raw && !is_text => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
        before = character;
    }
    text.len()
}

/// BuildKit's rules have names of words alone.
fn is_buildkit_rule(alias: &str) -> bool {
    alias.bytes().all(|byte| byte.is_ascii_alphabetic())
        && alias.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn found(case: &Case) -> Vec<(String, u32)> {
    let around = Surroundings { dockerignore: case.dockerignore.clone(), ..Surroundings::default() };
    let linted = lint("Dockerfile", &case.dockerfile, &around, &Config::default());
    let mut found = Vec::new();
    for finding in &linted.findings {
        let line = finding.location.source.as_ref().map_or(0, |span| span.line);
        let rule = finding.aliases.iter().find(|alias| is_buildkit_rule(alias));
        found.extend(rule.map(|rule| (rule.clone(), line)));
    }
    found.sort();
    found
}

#[test]
fn buildkits_checks_agree() {
    let Some(source) = source() else { return };
    let cases = cases(&source);
    assert!(cases.len() > 70, "only {} cases were understood", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let mut expected: Vec<(String, u32)> = case.expected.clone();
        expected.retain(|(rule, _)| !NOT_JUDGED.contains(&rule.as_str()));
        expected.sort();
        let mut found = found(case);
        if !case.has_lines {
            found.iter_mut().chain(expected.iter_mut()).for_each(|(_, line)| *line = 0);
        }
        if found != expected {
            wrong.push(format!(
                "{}\n{}\nexpected {expected:?}\nfound    {found:?}\n",
                case.function, case.dockerfile
            ));
        }
    }
    println!("{} of {} cases agree", cases.len() - wrong.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
