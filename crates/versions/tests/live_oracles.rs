//! The ecosystems' own tools agree, where this machine has them.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests run other programs and may fail loudly"
)]

mod support;

use std::{
    cmp::Ordering,
    io::Write,
    process::{Command, Stdio},
};
use support::Random;
use versions::{Scheme, compare, is_valid, satisfies};

/// What a program writes for an input, or nothing when it is not there.
fn ask(program: &str, arguments: &[&str], input: &str) -> Option<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .inspect_err(|error| eprintln!("skipped: {program}: {error}"))
        .ok()?;
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join();
    if !output.status.success() {
        eprintln!(
            "skipped: {program}: {}",
            String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("")
        );
        return None;
    }
    Some(String::from_utf8(output.stdout).unwrap())
}

fn sign(ordering: Ordering) -> &'static str {
    match ordering {
        Ordering::Less => "<",
        Ordering::Equal => "=",
        Ordering::Greater => ">",
    }
}

#[test]
fn dpkg_agrees() {
    const PIECES: &[&str] = &[
        "0", "1", "2", "10", "01", ".", ".", "~", "+", "a", "b", "z", "rc", "deb12u1", "dfsg", "Z", "-",
        "ubuntu",
    ];
    let mut random = Random::new(1);
    let mut asked = 0;
    for _ in 0..1_500 {
        let epoch = random.pick(&["", "", "0:", "1:", "02:"]);
        let a = format!("{epoch}1{}", random.text(PIECES, 5));
        let epoch = random.pick(&["", "", "0:", "1:", "02:"]);
        let b = format!("{epoch}1{}", random.text(PIECES, 5));
        if !is_valid(Scheme::Dpkg, &a) || !is_valid(Scheme::Dpkg, &b) {
            continue;
        }
        let word = match compare(Scheme::Dpkg, &a, &b) {
            Ordering::Less => "lt",
            Ordering::Equal => "eq",
            Ordering::Greater => "gt",
        };
        let status = match Command::new("dpkg").args(["--compare-versions", &a, word, &b]).status() {
            Ok(status) => status,
            Err(error) => return eprintln!("skipped: dpkg: {error}"),
        };
        assert!(status.success(), "dpkg does not agree that {a} {word} {b}");
        asked += 1;
    }
    assert!(asked > 700, "only {asked} pairs were asked");
    eprintln!("dpkg agrees on {asked} pairs");
}

const PYTHON: &str = r#"
import sys, packaging
from packaging.version import Version, InvalidVersion
from packaging.specifiers import SpecifierSet, InvalidSpecifier
for line in sys.stdin:
    kind, a, b = line.rstrip("\n").split("\t")
    try:
        if kind == "valid":
            try:
                Version(a); print("yes")
            except InvalidVersion:
                print("no")
        elif kind == "order":
            x, y = Version(a), Version(b)
            print("<" if x < y else ">" if x > y else "=")
        elif b[0] in "<>" and b[1] != "=" and int(packaging.__version__.split(".")[0]) < 26:
            print("invalid") # Before 26, "<1.0.post1" and ">1.0.dev0" treated all of 1.0 alike.
        else:
            print("yes" if SpecifierSet(b).contains(Version(a), prereleases=True) else "no")
    except (InvalidVersion, InvalidSpecifier):
        print("invalid")
"#;

fn python_version(random: &mut Random) -> String {
    const NUMBERS: &[&str] =
        &["0", "1", "2", "10", "1.0", "1.1", "1.0.0", "1.2.3", "2.0", "1!1.0", "v1", "1.10"];
    const SUFFIXES: &[&str] = &[
        "a1", "b2", "rc1", ".dev0", ".dev3", ".post1", "-1", "+local", "+1", "+ab.2", ".alpha", "-beta.1",
        "_rc", "c4", ".rev2", "r5", "preview", ".POST", "+UP_1", ".x", "-", "!",
    ];
    let mut text = random.pick(NUMBERS).to_string();
    for _ in 0..random.below(4) {
        text.push_str(random.pick(SUFFIXES));
    }
    text
}

#[test]
fn python_packaging_agrees() {
    let mut random = Random::new(2);
    let mut lines = Vec::new();
    for _ in 0..20_000 {
        let (a, b) = (python_version(&mut random), python_version(&mut random));
        let sign = random.pick(&["<", "<=", ">", ">=", "==", "!=", "~="]);
        let wildcard = if random.below(4) == 0 && matches!(sign, "==" | "!=") { ".*" } else { "" };
        lines.push(("valid", a.clone(), String::new()));
        lines.push(("order", a.clone(), b.clone()));
        lines.push(("in", a, format!("{sign}{b}{wildcard}")));
    }
    let input: String = lines.iter().map(|(kind, a, b)| format!("{kind}\t{a}\t{b}\n")).collect();
    let Some(output) = ask("python3", &["-c", PYTHON], &input) else { return };
    let mut wrong = Vec::new();
    let mut asked = 0;
    for ((kind, a, b), answer) in lines.iter().zip(output.lines()) {
        let ours = match *kind {
            "valid" => {
                if is_valid(Scheme::Pep440, a) {
                    "yes"
                } else {
                    "no"
                }
            }
            _ if answer == "invalid" => continue,
            "order" => sign(compare(Scheme::Pep440, a, b)),
            _ => match satisfies(Scheme::Pep440, a, b) {
                Ok(true) => "yes",
                Ok(false) => "no",
                Err(_) => "error",
            },
        };
        asked += 1;
        if ours != answer {
            wrong.push(format!("{kind} {a} {b}: ours {ours}, packaging {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert!(asked > 25_000, "only {asked}");
    eprintln!("packaging agrees on {asked} answers");
}

const NODE: &str = r#"
const { execSync } = require("child_process");
const root = execSync("npm root -g").toString().trim();
const semver = require(root + "/npm/node_modules/semver");
const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean);
const out = lines.map(line => {
  const [kind, a, b] = line.split("\t");
  if (kind === "order") return ["<", "=", ">"][semver.compare(a, b) + 1];
  // Each part by itself: node drops all other parts when one is "*", and with them the prereleases that they name.
  return semver.validRange(b) === null ? "invalid" : b.split("||").some(part => semver.satisfies(a, part)) ? "yes" : "no";
});
console.log(out.join("\n"));
"#;

#[test]
fn node_semver_agrees() {
    const NUMBERS: &[&str] = &["0", "1", "2", "3", "10"];
    const PRERELEASES: &[&str] =
        &["", "", "", "-0", "-alpha", "-alpha.1", "-beta.2", "-rc.10", "-1.a", "-a-b", "+build", "-rc.1+b"];
    const SIGNS: &[&str] = &["", "=", "<", "<=", ">", ">=", "~", "^", "~>", ">= ", "^ "];
    let mut random = Random::new(3);
    let version = |random: &mut Random| {
        format!(
            "{}.{}.{}{}",
            random.pick(NUMBERS),
            random.pick(NUMBERS),
            random.pick(NUMBERS),
            random.pick(PRERELEASES)
        )
    };
    let partial = |random: &mut Random| match random.below(8) {
        0 => random.pick(NUMBERS).to_owned(),
        1 => format!("{}.{}", random.pick(NUMBERS), random.pick(NUMBERS)),
        2 => format!("{}.x", random.pick(NUMBERS)),
        3 => format!("{}.{}.*", random.pick(NUMBERS), random.pick(NUMBERS)),
        4 => random.pick(&["*", "x", "X"]).to_owned(),
        _ => version(random),
    };
    let mut lines = Vec::new();
    for _ in 0..20_000 {
        let (a, b) = (version(&mut random), version(&mut random));
        lines.push(("order", a.clone(), b));
        let mut range_text = String::new();
        for index in 0..1 + random.below(3) {
            if index > 0 {
                range_text.push_str(random.pick(&[" ", " || ", "||"]));
            }
            if random.below(6) == 0 {
                range_text.push_str(&format!("{} - {}", partial(&mut random), partial(&mut random)));
                if index > 0 || random.below(2) == 0 {
                    range_text.push_str(" || ");
                }
            }
            range_text.push_str(random.pick(SIGNS));
            range_text.push_str(&partial(&mut random));
        }
        lines.push(("in", a, range_text));
    }
    let input: String = lines.iter().map(|(kind, a, b)| format!("{kind}\t{a}\t{b}\n")).collect();
    let Some(output) = ask("node", &["-e", NODE], &input) else { return };
    let mut wrong = Vec::new();
    let mut asked = 0;
    for ((kind, a, b), answer) in lines.iter().zip(output.lines()) {
        let ours = match *kind {
            _ if answer == "invalid" => continue,
            "order" => sign(compare(Scheme::Npm, a, b)),
            _ => match satisfies(Scheme::Npm, a, b) {
                Ok(true) => "yes",
                Ok(false) => "no",
                Err(_) => "error",
            },
        };
        asked += 1;
        if ours != answer {
            wrong.push(format!("{kind} {a} {b}: ours {ours}, node {answer}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert!(asked > 30_000, "only {asked}");
    eprintln!("node-semver agrees on {asked} answers");
}
