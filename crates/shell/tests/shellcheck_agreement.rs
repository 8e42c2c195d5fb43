//! ShellCheck judges the `RUN` bodies of public Dockerfiles beside us. Needs `shellcheck` 0.9 in PATH and a directory of
//! bare repositories in `SEAWALL_MIRROR`; else it says that it was skipped.
#![allow(clippy::disallowed_methods, reason = "the judge and its corpus are outside")]

use dockerfile::{Arguments, Instruction, Keyword};
use shell::{Dialect, Options, RULES, aliases, check};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A body with the first line that tells ShellCheck which variables are set.
struct Body {
    text: String,
    dialect: &'static str,
    variables: BTreeSet<String>,
}

type Place = (usize, usize, String);

#[test]
fn shellcheck_agrees_on_run_bodies() {
    if Command::new("shellcheck").arg("--version").output().is_err() {
        println!("skipped: shellcheck is not installed");
        return;
    }
    let Some(mirror) = std::env::var_os("SEAWALL_MIRROR").map(PathBuf::from) else {
        println!("skipped: SEAWALL_MIRROR names no directory of repositories");
        return;
    };
    let bodies = bodies(&mirror);
    if bodies.is_empty() {
        println!("skipped: no repositories in {}", mirror.display());
        return;
    }
    let theirs = judge(&bodies);
    let known: BTreeSet<&str> = RULES.iter().flat_map(|rule| aliases(rule.id)).copied().collect();
    let mut table: BTreeMap<String, [usize; 3]> = BTreeMap::new();
    let mut refused = [0_usize; 3];
    for (number, body) in bodies.iter().enumerate() {
        let empty = BTreeSet::new();
        let told = theirs.get(&number).unwrap_or(&empty);
        let mut options = Options::default();
        for name in &body.variables {
            options.variables.insert(name.clone(), Some("1".to_owned()));
        }
        let hits = check(&body.text, Dialect::of_program(body.dialect), &options);
        let ours = hits.iter().any(|hit| hit.rule.id == "shell/syntax-error");
        let is_refused = told
            .iter()
            .any(|(_, _, code)| matches!(code.as_str(), "SC1072" | "SC1073" | "SC1088" | "SC1089"));
        match (ours, is_refused) {
            (true, true) => refused[0] += 1,
            (true, false) => refused[1] += 1,
            (false, true) => refused[2] += 1,
            (false, false) => compare(&body.text, &hits, told, &known, &mut table),
        }
    }
    let mut sum = [0_usize; 3];
    for (code, counts) in &table {
        println!("{code} both {} ours {} theirs {}", counts[0], counts[1], counts[2]);
        for (total, count) in sum.iter_mut().zip(counts) {
            *total += count;
        }
    }
    println!("refused: both {} ours {} theirs {}", refused[0], refused[1], refused[2]);
    println!("{} bodies: both {} ours {} theirs {}", bodies.len(), sum[0], sum[1], sum[2]);
    assert!(sum[0] * 100 >= (sum[0] + sum[1]) * 95, "precision: {sum:?}");
    assert!(sum[0] * 100 >= (sum[0] + sum[2]) * 95, "recall: {sum:?}");
}

fn compare(
    text: &str,
    hits: &[shell::ShellHit],
    told: &BTreeSet<Place>,
    known: &BTreeSet<&str>,
    table: &mut BTreeMap<String, [usize; 3]>,
) {
    let mut matched = BTreeSet::new();
    for hit in hits {
        let before = &text[..hit.span.start];
        let line = before.matches('\n').count() + 2;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        let place = hit
            .aliases
            .iter()
            .map(|code| (line, column, (*code).to_owned()))
            .find(|place| told.contains(place));
        let code = place.as_ref().map_or(hit.aliases[0].to_owned(), |place| place.2.clone());
        let is_matched = place.is_some_and(|place| matched.insert(place));
        table.entry(code).or_default()[usize::from(!is_matched)] += 1;
    }
    for place in told {
        if known.contains(place.2.as_str()) && !matched.contains(place) {
            table.entry(place.2.clone()).or_default()[2] += 1;
        }
    }
}

/// What ShellCheck tells, by the number of the body.
fn judge(bodies: &[Body]) -> BTreeMap<usize, BTreeSet<Place>> {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let mut told: BTreeMap<usize, BTreeSet<Place>> = BTreeMap::new();
    for dialect in ["sh", "dash", "bash", "ksh"] {
        let of_dialect: Vec<_> =
            bodies.iter().enumerate().filter(|(_, body)| body.dialect == dialect).collect();
        for chunk in of_dialect.chunks(50) {
            let mut command = Command::new("shellcheck");
            command.current_dir(directory.path()).args([
                "-s",
                dialect,
                "-f",
                "json1",
                "-o",
                "deprecate-which",
                "-e",
                "SC1090,SC1091,SC2187",
            ]);
            for (number, body) in chunk {
                let exported: Vec<_> = body.variables.iter().map(|name| format!("{name}=1")).collect();
                let first = if exported.is_empty() {
                    ":".to_owned()
                } else {
                    format!("export {}", exported.join(" "))
                };
                let name = number.to_string();
                std::fs::write(directory.path().join(&name), format!("{first}\n{}", body.text))
                    .expect("written");
                command.arg(name);
            }
            let output = command.output().expect("shellcheck runs").stdout;
            let document: serde_json::Value = serde_json::from_slice(&output).expect("JSON");
            for comment in document["comments"].as_array().expect("comments") {
                let number =
                    comment["file"].as_str().and_then(|name| name.parse().ok()).expect("our file name");
                let count = |name: &str| {
                    comment[name].as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0)
                };
                let place = (count("line"), count("column"), format!("SC{}", comment["code"]));
                told.entry(number).or_default().insert(place);
            }
        }
    }
    told
}

fn bodies(mirror: &Path) -> Vec<Body> {
    let mut bodies = Vec::new();
    let mut seen = BTreeSet::new();
    let Ok(entries) = std::fs::read_dir(mirror) else { return bodies };
    let mut repositories: Vec<_> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    repositories.sort();
    for repository in repositories {
        let inner = repository.join("repo");
        let repository = if inner.is_dir() { inner } else { repository };
        let listed = git(&repository, &["ls-tree", "-r", "HEAD"]);
        for line in listed.lines() {
            let Some((description, path)) = line.split_once('\t') else { continue };
            let name = path.rsplit('/').next().unwrap_or(path);
            let is_dockerfile = (name.starts_with("Dockerfile") || name.ends_with(".Dockerfile"))
                && !path.contains("template")
                && !path.contains("testfiles-negative")
                && ![".go", ".md", ".sh"].iter().any(|end| name.ends_with(end));
            if let (true, Some(blob)) = (is_dockerfile, description.split(' ').nth(2))
                && seen.insert(blob.to_owned())
            {
                collect(&git(&repository, &["cat-file", "blob", blob]), &mut seen, &mut bodies);
            }
        }
    }
    bodies
}

fn git(repository: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git").arg("-C").arg(repository).args(arguments).output();
    output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
}

fn collect(text: &str, seen: &mut BTreeSet<String>, bodies: &mut Vec<Body>) {
    let mut variables = BTreeSet::new();
    let mut shell = "sh".to_owned();
    for instruction in &dockerfile::parse(text).instructions {
        match (&instruction.keyword, &instruction.arguments) {
            (Keyword::Arg, _) => {
                variables.extend(
                    instruction.words().iter().filter_map(|word| word.split('=').next()).map(str::to_owned),
                );
            }
            (Keyword::Env, Arguments::Pairs(pairs)) => {
                variables.extend(pairs.iter().map(|pair| pair.name.clone()));
            }
            (Keyword::Shell, Arguments::Json(words)) => shell = words.first().cloned().unwrap_or_default(),
            (Keyword::From, _) => shell = "sh".to_owned(),
            _ => (),
        }
        let Some(body) = body(instruction) else { continue };
        let dialect = Dialect::of_shebang(&body).unwrap_or_else(|| Dialect::of_program(&shell));
        let dialect = match dialect {
            Dialect::Sh => "sh",
            Dialect::Dash | Dialect::Ash => "dash",
            Dialect::Bash => "bash",
            Dialect::Ksh => "ksh",
            Dialect::Other => continue,
        };
        if seen.insert(body.clone()) {
            let is_name = |name: &&String| {
                let mut bytes = name.bytes();
                bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
                    && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            };
            let variables = variables.iter().filter(is_name).cloned().collect();
            bodies.push(Body { text: body, dialect, variables });
        }
    }
}

fn body(instruction: &Instruction) -> Option<String> {
    match (&instruction.keyword, &instruction.arguments) {
        (Keyword::Run | Keyword::Cmd | Keyword::Entrypoint, Arguments::Text) => {
            let text = instruction.text.trim();
            if let [heredoc] = instruction.heredocs.as_slice()
                && text.starts_with("<<")
                && !text.contains(char::is_whitespace)
            {
                return Some(heredoc.content.clone());
            }
            let mut body = format!("{}\n", instruction.text);
            for heredoc in &instruction.heredocs {
                body.push_str(&format!("{}{}\n", heredoc.content, heredoc.name));
            }
            Some(body)
        }
        (Keyword::Onbuild, Arguments::Onbuild(inner)) => body(inner),
        _ => None,
    }
}
