//! Filters of text: `grep`, `sed`, `awk`, `head`, `tail`, `uniq`, `sort`, `wc`, `tr`, `cut`, with the options that
//! benchmarks use (POSIX.1-2017, XCU 4).

use super::run::{Answer, Input, Printed, Stop, TEXT_BYTES_MAX, good};
use super::tools::{processes, text_of};
use crate::bench::BenchFacts;
use regex::Regex;

pub(super) fn run(facts: &BenchFacts, program: &str, arguments: &[&str], input: Input) -> Answer {
    if program.ends_with("grep") {
        return grep(facts, program, arguments, input);
    }
    let Input::Text(text) = input else { return Err(Stop::NotUnderstood) };
    let lines = || text.lines();
    let joined =
        |lines: &mut dyn Iterator<Item = String>| -> String { lines.map(|line| line + "\n").collect() };
    match (program, arguments) {
        ("cat", []) => good(text),
        ("sed", [script]) => sed(&text, script),
        ("awk", ["-F", separator, script]) => awk(&text, Some(separator), script),
        ("awk", [script]) => awk(&text, None, script),
        ("uniq", []) => {
            let mut kept: Vec<&str> = lines().collect();
            kept.dedup();
            good(joined(&mut kept.into_iter().map(str::to_owned)))
        }
        ("sort", [] | ["-u"]) => {
            let mut kept: Vec<&str> = lines().collect();
            kept.sort_unstable();
            if !arguments.is_empty() {
                kept.dedup();
            }
            good(joined(&mut kept.into_iter().map(str::to_owned)))
        }
        ("head" | "tail", arguments) => {
            let count = count(arguments).ok_or(Stop::NotUnderstood)?;
            let all: Vec<&str> = lines().collect();
            let kept = if program == "head" {
                &all[..count.min(all.len())]
            } else {
                &all[all.len().saturating_sub(count)..]
            };
            good(joined(&mut kept.iter().map(|line| (*line).to_owned())))
        }
        ("wc", ["-l"]) => good(format!("{}\n", text.matches('\n').count())),
        ("tr", ["-d", unwanted]) if !unwanted.contains(['\\', '-', '[']) => {
            good(text.chars().filter(|letter| !unwanted.contains(*letter)).collect())
        }
        ("cut", ["-d", separator, "-f", field]) => cut(&text, separator, field),
        ("cut", [separator, field]) if separator.starts_with("-d") && field.starts_with("-f") => {
            cut(&text, &separator[2..], &field[2..])
        }
        _ => Err(Stop::NotUnderstood),
    }
}

/// `-n 3`, `-n3`, `-3`.
fn count(arguments: &[&str]) -> Option<usize> {
    match arguments {
        [] => Some(10),
        ["-n", count] => count.parse().ok(),
        [one] => one.strip_prefix("-n").or_else(|| one.strip_prefix('-'))?.parse().ok(),
        _ => None,
    }
}

#[derive(Default)]
struct Grep {
    is_inverted: bool,
    prints_match: bool,
    is_quiet: bool,
    counts: bool,
    is_extended: bool,
    is_fixed: bool,
    ignores_case: bool,
    behind: usize,
    most: usize,
}

fn grep(facts: &BenchFacts, program: &str, arguments: &[&str], input: Input) -> Answer {
    let mut grep = Grep {
        is_extended: program == "egrep",
        is_fixed: program == "fgrep",
        most: usize::MAX,
        ..Grep::default()
    };
    let mut rest = arguments;
    let pattern = loop {
        let Some((word, behind)) = rest.split_first() else { return Err(Stop::NotUnderstood) };
        rest = behind;
        match *word {
            "--" | "-e" => {
                let Some((pattern, behind)) = rest.split_first() else { return Err(Stop::NotUnderstood) };
                rest = behind;
                break *pattern;
            }
            "-A" | "-m" => {
                let Some((count, behind)) = rest.split_first() else { return Err(Stop::NotUnderstood) };
                grep.option(&format!("{}{count}", &word[1..]))?;
                rest = behind;
            }
            option if option.len() > 1 && option.starts_with('-') => grep.option(&option[1..])?,
            pattern => break pattern,
        }
    };
    let text = match (input, rest) {
        (Input::Processes, []) => {
            // Which processes count is told by their program.
            let is_name =
                pattern.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_./ ".contains(letter));
            if grep.is_inverted || !is_name || pattern.starts_with('-') {
                return Err(Stop::NotUnderstood);
            }
            let text = processes(facts, pattern);
            return Ok(Printed { is_good: !text.is_empty(), text });
        }
        (Input::Text(text), []) => text,
        // A file whose name came out empty: standard input is read, in which nothing is.
        (Input::Nothing, []) => String::new(),
        (_, [path]) => text_of(facts, path)?,
        _ => return Err(Stop::NotUnderstood),
    };
    grep.filter(&text, pattern)
}

impl Grep {
    fn option(&mut self, letters: &str) -> Result<(), Stop> {
        let number = |text: &str| text.parse().map_err(|_| Stop::NotUnderstood);
        if let Some(count) = letters.strip_prefix('A') {
            self.behind = number(count)?;
            return Ok(());
        }
        if let Some(count) = letters.strip_prefix('m') {
            self.most = number(count)?;
            return Ok(());
        }
        for letter in letters.chars() {
            match letter {
                'v' => self.is_inverted = true,
                'o' => self.prints_match = true,
                'q' => self.is_quiet = true,
                'c' => self.counts = true,
                'E' => self.is_extended = true,
                'F' => self.is_fixed = true,
                'i' => self.ignores_case = true,
                _ => return Err(Stop::NotUnderstood),
            }
        }
        Ok(())
    }

    fn filter(&self, text: &str, pattern: &str) -> Answer {
        let pattern = if self.is_fixed {
            regex::escape(pattern)
        } else if self.is_extended {
            pattern.to_owned()
        } else {
            basic(pattern)
        };
        let pattern = compile(&if self.ignores_case { format!("(?i){pattern}") } else { pattern })?;
        let mut kept = String::new();
        let (mut found, mut after) = (0, 0);
        for line in text.lines() {
            if found < self.most && pattern.is_match(line) != self.is_inverted {
                found += 1;
                after = self.behind;
                if self.prints_match && !self.is_inverted {
                    let parts =
                        pattern.find_iter(line).map(|part| part.as_str()).filter(|part| !part.is_empty());
                    parts.for_each(|part| kept.extend([part, "\n"]));
                } else {
                    kept.extend([line, "\n"]);
                }
            } else if after > 0 {
                after -= 1;
                kept.extend([line, "\n"]);
            }
        }
        let text = match (self.is_quiet, self.counts) {
            (true, _) => String::new(),
            (false, true) => format!("{found}\n"),
            (false, false) => kept,
        };
        Ok(Printed { text, is_good: found > 0 })
    }
}

/// `s/A/B/` with any letter between, once a line or with `g`.
fn sed(text: &str, script: &str) -> Answer {
    let mut letters = script.chars();
    let (Some('s'), Some(border)) = (letters.next(), letters.next()) else { return Err(Stop::NotUnderstood) };
    let parts: Vec<&str> = letters.as_str().split(border).collect();
    let [pattern, replacement, flags] = parts.as_slice() else { return Err(Stop::NotUnderstood) };
    if !matches!(*flags, "" | "g") {
        return Err(Stop::NotUnderstood);
    }
    let pattern = compile(&basic(pattern))?;
    let replacement = replaced_by(replacement).ok_or(Stop::NotUnderstood)?;
    let mut out = String::new();
    for line in text.lines() {
        let most = usize::from(flags.is_empty());
        out.push_str(&pattern.replacen(line, most, replacement.as_str()));
        out.push('\n');
        if out.len() > TEXT_BYTES_MAX {
            return Err(Stop::NotUnderstood);
        }
    }
    good(out)
}

/// `\1` and `&` in the words of the regex crate.
fn replaced_by(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next()? {
                digit @ '1'..='9' => out.push_str(&format!("${{{digit}}}")),
                'n' => return None,
                other => out.push(other),
            },
            '&' => out.push_str("${0}"),
            '$' => out.push_str("$$"),
            other => out.push(other),
        }
    }
    Some(out)
}

/// `{print $N}`.
fn awk(text: &str, separator: Option<&str>, script: &str) -> Answer {
    let inner = script.trim().strip_prefix('{').and_then(|inner| inner.strip_suffix('}'));
    let field = inner.and_then(|inner| inner.trim().trim_end_matches(';').strip_prefix("print"));
    let field = field.and_then(|field| field.trim().strip_prefix('$')).map(str::trim);
    // The last field has a name.
    let field: Option<usize> = match field {
        Some("NF") => None,
        Some(number) => Some(number.parse().map_err(|_| Stop::NotUnderstood)?),
        None => return Err(Stop::NotUnderstood),
    };
    // One letter stands for itself, more are a pattern.
    let separator = match separator {
        None => None,
        Some(one) if one.chars().count() == 1 => Some(compile(&regex::escape(one))?),
        Some(more) => Some(compile(more)?),
    };
    let mut out = String::new();
    for line in text.lines() {
        let parts: Vec<&str> = match &separator {
            None => line.split_whitespace().collect(),
            Some(separator) => separator.split(line).collect(),
        };
        let part = match field {
            None => parts.last(),
            Some(0) => Some(&line),
            Some(field) => parts.get(field - 1),
        };
        out.extend([part.copied().unwrap_or_default(), "\n"]);
    }
    good(out)
}

fn cut(text: &str, separator: &str, field: &str) -> Answer {
    let at: usize = field.parse().ok().filter(|at| *at > 0).ok_or(Stop::NotUnderstood)?;
    let line = |line: &str| {
        // A line without the separator is printed as it is.
        let part = if line.contains(separator) {
            line.split(separator).nth(at - 1).unwrap_or_default()
        } else {
            line
        };
        format!("{part}\n")
    };
    good(text.lines().map(line).collect())
}

fn compile(pattern: &str) -> Result<Regex, Stop> {
    regex::RegexBuilder::new(pattern).size_limit(1 << 20).build().map_err(|_| Stop::NotUnderstood)
}

/// A basic regular expression (POSIX.1-2017, XBD 9.3, with GNU's `\|`, `\+` and `\?`) in the words of the regex crate.
fn basic(pattern: &str) -> String {
    let mut out = String::new();
    let mut letters = pattern.chars().peekable();
    let mut is_start = true;
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(special @ ('(' | ')' | '|' | '{' | '}' | '+' | '?')) => {
                    out.push(special);
                    is_start = matches!(special, '(' | '|');
                    continue;
                }
                // Classes of GNU.
                Some(class @ ('w' | 'W' | 's' | 'S' | 'b')) => out.extend(['\\', class]),
                Some(other) => out.push_str(&regex::escape(&other.to_string())),
                None => out.push_str("\\\\"),
            },
            '(' | ')' | '|' | '{' | '}' | '+' | '?' => out.extend(['\\', letter]),
            // A star at the start stands for itself.
            '*' if is_start => out.push_str("\\*"),
            '[' => bracket(&mut letters, &mut out),
            other => out.push(other),
        }
        is_start = letter == '^' && is_start;
    }
    out
}

/// `[^ ]`: a bracket is a letter at the start, a backslash always.
fn bracket(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) {
    out.push('[');
    if letters.peek() == Some(&'^') {
        out.extend(letters.next());
    }
    let mut is_first = true;
    for letter in letters.by_ref() {
        match letter {
            ']' if !is_first => {
                out.push(']');
                return;
            }
            ']' | '[' | '\\' | '&' | '~' => out.extend(['\\', letter]),
            other => out.push(other),
        }
        is_first = false;
    }
}
