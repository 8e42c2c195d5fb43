//! Tools that look at a node: its files, processes and journal.

use super::run::{Answer, Input, Printed, Run, Stop, good};
use crate::bench::{BenchFacts, NodeFile};

/// Whether the arguments of `ps` ask for every process.
pub(super) fn is_every_process(arguments: &[String]) -> bool {
    matches!(arguments, [one] if matches!(one.as_str(), "-ef" | "aux" | "-eaf" | "-aux"))
}

pub(super) fn run(facts: &BenchFacts, program: &str, arguments: &[&str]) -> Answer {
    match (program, arguments) {
        // Some programs are two words, `hyperkube kubelet`.
        ("ps", ["-fC", program @ ..] | ["-f", "-C", program @ ..]) if !program.is_empty() => {
            let text = processes(facts, &program.join(" "));
            Ok(Printed { is_good: !text.is_empty(), text })
        }
        ("cat", [path]) => match file(facts, path)? {
            // What is not there prints nothing that a test could take for a setting.
            None => Ok(Printed::default()),
            Some(_) => good(text_of(facts, path)?),
        },
        ("stat", ["-c", format, paths @ ..]) if !paths.is_empty() => stat(facts, format, paths),
        ("find", arguments) => find(facts, arguments),
        ("echo", ["-n", words @ ..]) => good(words.join(" ")),
        ("echo", words) => good(format!("{}\n", words.join(" "))),
        ("true", []) => good(String::new()),
        ("false", []) => Ok(Printed::default()),
        ("test", words) => Ok(Printed { text: String::new(), is_good: test(facts, words)? }),
        ("[", [words @ .., "]"]) | ("[[", [words @ .., "]]"]) => {
            Ok(Printed { text: String::new(), is_good: test(facts, words)? })
        }
        ("journalctl", arguments) => journal(facts, arguments),
        _ => Err(Stop::NotUnderstood),
    }
}

/// Lines of the processes that run a program.
pub(super) fn processes(facts: &BenchFacts, program: &str) -> String {
    let called = facts.processes.iter().filter(|process| process.is_called(program));
    called.map(|process| format!("{}\n", process.arguments.join(" "))).collect()
}

pub(super) fn file<'a>(facts: &'a BenchFacts, path: &str) -> Result<Option<&'a NodeFile>, Stop> {
    let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
    let found = facts.files.get(path).or_else(|| facts.files.get(&format!("{path}/")));
    found.map(Option::as_ref).ok_or_else(|| Stop::NotKnown(path.to_owned()))
}

pub(super) fn text_of(facts: &BenchFacts, path: &str) -> Result<String, Stop> {
    match file(facts, path)? {
        None => Ok(String::new()),
        Some(NodeFile { text: Some(text), .. }) => Ok(text.clone()),
        Some(_) => Err(Stop::NotKnown(format!("the text of {path}"))),
    }
}

fn stat(facts: &BenchFacts, format: &str, paths: &[&str]) -> Answer {
    let mut printed = Printed { text: String::new(), is_good: true };
    for path in paths {
        let Some(file) = file(facts, path)? else {
            printed.text.push_str(&format!("stat: cannot statx '{path}': No such file or directory\n"));
            printed.is_good = false;
            continue;
        };
        let line = format
            .replace("%a", &format!("{:o}", file.mode & 0o7777))
            .replace("%U", &file.owner)
            .replace("%G", &file.group)
            .replace("%n", path);
        if line.contains('%') {
            return Err(Stop::NotUnderstood);
        }
        printed.text.push_str(&line);
        printed.text.push('\n');
    }
    Ok(printed)
}

/// Paths below directories that were looked at.
fn find(facts: &BenchFacts, arguments: &[&str]) -> Answer {
    let first =
        arguments.iter().position(|word| word.starts_with('-') || *word == "!").unwrap_or(arguments.len());
    let (places, mut tests) = arguments.split_at(first);
    let (mut least, mut most) = (0, usize::MAX);
    let mut names: Vec<(bool, &str)> = Vec::new();
    while let Some((word, rest)) = tests.split_first() {
        let (value, behind) = match (*word, rest) {
            ("!", ["-name", pattern, behind @ ..]) => {
                names.push((false, pattern));
                tests = behind;
                continue;
            }
            (_, [value, behind @ ..]) => (*value, behind),
            _ => return Err(Stop::NotUnderstood),
        };
        match *word {
            "-name" => names.push((true, value)),
            // Facts of files are of plain files and of directories that were named.
            "-type" if value == "f" => least = least.max(1),
            "-mindepth" => least = value.parse().map_err(|_| Stop::NotUnderstood)?,
            "-maxdepth" => most = value.parse().map_err(|_| Stop::NotUnderstood)?,
            _ => return Err(Stop::NotUnderstood),
        }
        tests = behind;
    }
    if places.is_empty() {
        return Err(Stop::NotUnderstood);
    }
    let mut printed = Printed { text: String::new(), is_good: true };
    for place in places {
        let place = place.trim_end_matches('/');
        let Some(_) = file(facts, place)? else {
            printed.is_good = false;
            continue;
        };
        // A file that was named is itself found.
        let has_children = below(facts, place).next().is_some();
        let itself =
            (least == 0 || !has_children && least <= 1 && !arguments.contains(&"-mindepth")).then_some(place);
        for path in itself.into_iter().chain(below(facts, place)) {
            let depth = path[place.len()..].matches('/').count();
            let name = path.rsplit('/').next().unwrap_or(path);
            let fits = (depth >= least || depth == 0)
                && depth <= most
                && names.iter().all(|(wanted, pattern)| matches(pattern, name) == *wanted);
            if fits {
                printed.text.push_str(path);
                printed.text.push('\n');
            }
        }
    }
    Ok(printed)
}

fn below<'a>(facts: &'a BenchFacts, place: &str) -> impl Iterator<Item = &'a str> {
    let start = format!("{place}/");
    let inside = start.clone();
    facts
        .files
        .range(start..)
        .take_while(move |(path, _)| path.starts_with(&inside))
        .filter(|(path, file)| file.is_some() && !path.ends_with('/'))
        .map(|(path, _)| path.as_str())
}

/// What a pattern of the shell becomes: the files of a directory that was looked at; itself when there is none.
pub(super) fn matching_files(facts: &BenchFacts, pattern: &str) -> Result<Vec<String>, Stop> {
    let (folder, name) = pattern.rsplit_once('/').ok_or(Stop::NotUnderstood)?;
    if folder.contains('*') {
        return Err(Stop::NotUnderstood);
    }
    let found: Vec<String> = match file(facts, folder)? {
        None => Vec::new(),
        Some(_) => below(facts, folder)
            .filter(|path| {
                !path[folder.len() + 1..].contains('/') && matches(name, &path[folder.len() + 1..])
            })
            .map(str::to_owned)
            .collect(),
    };
    Ok(if found.is_empty() { vec![pattern.to_owned()] } else { found })
}

/// A shell pattern with `*` alone.
fn matches(pattern: &str, name: &str) -> bool {
    let parts: Vec<&str> = pattern.split('*').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    if middle.is_empty() && parts.len() == 1 {
        return rest.is_empty();
    }
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// `xargs [-r] [-n1] COMMAND`, and `xargs -I{} COMMAND {}`.
pub(super) fn xargs(run: &mut Run<'_>, arguments: &[&str], text: &str) -> Answer {
    let mut rest = arguments;
    let mut hole = None;
    let mut skips_empty = false;
    while let [option, behind @ ..] = rest {
        match *option {
            "--no-run-if-empty" | "-r" => skips_empty = true,
            "-I{}" => hole = Some("{}"),
            "-n1" | "-L1" => {}
            _ => break,
        }
        rest = behind;
    }
    if rest.is_empty() || rest[0].starts_with('-') {
        return Err(Stop::NotUnderstood);
    }
    let command = |more: &[String]| -> Vec<String> {
        rest.iter().map(|word| (*word).to_owned()).chain(more.iter().cloned()).collect()
    };
    if let Some(hole) = hole {
        let mut all = Printed { text: String::new(), is_good: true };
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<String> = rest.iter().map(|word| word.replace(hole, line)).collect();
            let one = run.command(&words, Input::Nothing)?;
            all.text.push_str(&one.text);
            all.is_good &= one.is_good;
        }
        return Ok(all);
    }
    let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if words.is_empty() {
        // Without a word most tools complain about that, which answers nothing.
        return if skips_empty || rest[0].ends_with("stat") {
            good(String::new())
        } else {
            Err(Stop::NotUnderstood)
        };
    }
    run.command(&command(&words), Input::Nothing)
}

fn test(facts: &BenchFacts, words: &[&str]) -> Result<bool, Stop> {
    let number = |text: &str| text.trim().parse::<i64>().map_err(|_| Stop::NotUnderstood);
    Ok(match words {
        [] => false,
        ["!", rest @ ..] => !test(facts, rest)?,
        ["-z"] => true,
        // An unset variable leaves the question alone, which is true; none that benchmarks ask.
        ["-n" | "-e" | "-f" | "-d" | "-r" | "-s"] => true,
        ["-z", text] => text.is_empty(),
        ["-n", text] => !text.is_empty(),
        ["-e" | "-f" | "-d" | "-r" | "-s", ""] => false,
        ["-e" | "-f" | "-d" | "-r" | "-s", path] => file(facts, path)?.is_some(),
        [left, "=" | "==", right] => left == right,
        [left, "!=", right] => left != right,
        [left, "-gt", right] => number(left)? > number(right)?,
        [left, "-ge", right] => number(left)? >= number(right)?,
        [left, "-lt", right] => number(left)? < number(right)?,
        [left, "-le", right] => number(left)? <= number(right)?,
        [left, "-eq", right] => number(left)? == number(right)?,
        [left, "-ne", right] => number(left)? != number(right)?,
        [text] => !text.is_empty(),
        _ => return Err(Stop::NotUnderstood),
    })
}

fn journal(facts: &BenchFacts, arguments: &[&str]) -> Answer {
    let mut units = Vec::new();
    let mut rest = arguments;
    while let Some((word, behind)) = rest.split_first() {
        match (*word, behind) {
            ("-m" | "--no-pager" | "-b", _) => rest = behind,
            ("-u", [unit, behind @ ..]) => {
                units.push(unit.trim_end_matches(".service"));
                rest = behind;
            }
            _ => return Err(Stop::NotUnderstood),
        }
    }
    // A node is server or agent: one of the units is enough.
    let texts: Vec<&str> =
        units.iter().filter_map(|unit| facts.logs.get(*unit)).map(String::as_str).collect();
    if texts.is_empty() {
        return Err(Stop::NotKnown(format!("the journal of {}", units.join(" and "))));
    }
    good(texts.concat())
}
