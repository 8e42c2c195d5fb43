//! Commands of benchmark files by their shape: what processes run, a file's mode and owner, a file's text, the modes of
//! many files. Everything else is not understood, and said so.

use super::{BenchFacts, NodeFile};

/// Words of one command.
const WORDS_MAX: usize = 200;

/// What a command would print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Output {
    /// This.
    Text(String),
    /// The command is none of the known shapes.
    NotUnderstood,
    /// A file that it reads was not looked at.
    NotKnown(String),
}

pub(super) fn answer(command: &str, facts: &BenchFacts) -> Output {
    let command = command.trim();
    if command.is_empty() {
        return Output::Text(String::new());
    }
    let Some(words) = tokens(command) else { return Output::NotUnderstood };
    // `/bin/sh -c '…'` and `sh -c "…"`.
    if let [Token::Word(shell), Token::Word(option), Token::Word(inner)] = words.as_slice()
        && matches!(shell.rsplit('/').next(), Some("sh" | "bash"))
        && option == "-c"
    {
        return match tokens(inner) {
            Some(words) => script(&words, facts),
            None => Output::NotUnderstood,
        };
    }
    script(&words, facts)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Pipe,
    End,
}

/// Words, pipes and `;`. Substitution, redirection and everything else that a shell would do is refused.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut word: Option<String> = None;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\'' | '"' => {
                let part = word.get_or_insert_with(String::new);
                loop {
                    match letters.next()? {
                        end if end == letter => break,
                        '\\' if letter == '"' => part.push(letters.next()?),
                        '`' if letter == '"' => return None,
                        '$' if letter == '"' && letters.peek() == Some(&'(') => return None,
                        other => part.push(other),
                    }
                }
            }
            '|' | ';' | '\n' => {
                tokens.extend(word.take().map(Token::Word));
                if letter == '|' && letters.peek() == Some(&'|') {
                    return None;
                }
                tokens.push(if letter == '|' { Token::Pipe } else { Token::End });
            }
            ' ' | '\t' => tokens.extend(word.take().map(Token::Word)),
            '\\' => match letters.next()? {
                '\n' => {}
                other => word.get_or_insert_with(String::new).push(other),
            },
            '`' | '&' | '>' | '<' | '(' | ')' => return None,
            other => word.get_or_insert_with(String::new).push(other),
        }
        if tokens.len() > WORDS_MAX {
            return None;
        }
    }
    tokens.extend(word.take().map(Token::Word));
    Some(tokens)
}

/// `if test -e F; then …; [else echo …;] fi`, or a pipeline.
fn script(tokens: &[Token], facts: &BenchFacts) -> Output {
    let words: Vec<&str> = tokens
        .iter()
        .map_while(|token| if let Token::Word(word) = token { Some(word.as_str()) } else { None })
        .collect();
    if let ["for", name, "in", values @ ..] = words.as_slice() {
        return each(name, values, &tokens[words.len()..], facts);
    }
    let (["if", "test", "-e" | "-f", path] | ["if", "[", "-e" | "-f", path, "]"]) = words.as_slice() else {
        return pipeline(tokens, facts);
    };
    let rest = &tokens[words.len()..];
    let Some(then) = rest.iter().position(|token| *token == Token::Word("then".to_owned())) else {
        return Output::NotUnderstood;
    };
    let body = &rest[then + 1..];
    let stop = |word: &str| body.iter().position(|token| *token == Token::Word(word.to_owned()));
    let (Some(end), otherwise) = (stop("fi"), stop("else")) else { return Output::NotUnderstood };
    match facts.files.get(*path) {
        None => Output::NotKnown((*path).to_owned()),
        Some(Some(_)) => pipeline(&body[..otherwise.unwrap_or(end)], facts),
        Some(None) => match otherwise {
            None => Output::Text(String::new()),
            Some(otherwise) => echo(&body[otherwise + 1..end]),
        },
    }
}

/// `for V in A B; do if test -e $V; then …; fi; done`.
fn each(name: &str, values: &[&str], rest: &[Token], facts: &BenchFacts) -> Output {
    let word = |text: &str| Token::Word(text.to_owned());
    let start = rest.iter().position(|token| *token == word("do"));
    let end = rest.iter().rposition(|token| *token == word("done"));
    let (Some(start), Some(end)) = (start, end) else { return Output::NotUnderstood };
    if end <= start || rest[end + 1..].iter().any(|token| *token != Token::End) {
        return Output::NotUnderstood;
    }
    let variable = format!("${name}");
    let mut text = String::new();
    for value in values {
        let body: Vec<Token> = rest[start + 1..end]
            .iter()
            .map(|token| match token {
                Token::Word(word) => Token::Word(word.replace(&variable, value)),
                other => other.clone(),
            })
            .collect();
        // A loop inside a loop is no known shape.
        if body.first() == Some(&word("for")) {
            return Output::NotUnderstood;
        }
        match script(&body, facts) {
            Output::Text(more) => text.push_str(&more),
            other => return other,
        }
    }
    Output::Text(text)
}

fn echo(tokens: &[Token]) -> Output {
    let words: Vec<&str> = tokens
        .iter()
        .filter_map(|token| if let Token::Word(word) = token { Some(word.as_str()) } else { None })
        .collect();
    match words.split_first() {
        Some((&"echo", rest)) => Output::Text(format!("{}\n", rest.join(" "))),
        _ => Output::NotUnderstood,
    }
}

fn pipeline(tokens: &[Token], facts: &BenchFacts) -> Output {
    let mut stages: Vec<Vec<&str>> = vec![Vec::new()];
    let mut tokens = tokens;
    while let Some((Token::End, rest)) = tokens.split_last() {
        tokens = rest;
    }
    for token in tokens {
        match token {
            Token::Word(word) => {
                if let Some(stage) = stages.last_mut() {
                    stage.push(word);
                }
            }
            Token::Pipe => stages.push(Vec::new()),
            Token::End => return Output::NotUnderstood,
        }
    }
    let Some((first, rest)) = stages.split_first() else { return Output::NotUnderstood };
    let Some((program, arguments)) = first.split_first() else { return Output::NotUnderstood };
    match (program.rsplit('/').next().unwrap_or(program), arguments) {
        ("ps", ["-ef" | "aux" | "-eaf"]) => processes(rest, facts),
        ("ps", ["-fC", program]) | ("ps", ["-f", "-C", program]) if rest.is_empty() => called(program, facts),
        ("cat", [path]) => match text(path, facts) {
            Ok(text) => filtered(text, rest),
            Err(output) => output,
        },
        ("stat", ["-c", format, path]) if rest.is_empty() => match file(path, facts) {
            Ok(Some(file)) => formatted(format, path, file),
            Ok(None) => Output::Text(format!("stat: cannot statx '{path}': No such file or directory\n")),
            Err(output) => output,
        },
        ("find", arguments) => found(arguments, rest, facts),
        _ => Output::NotUnderstood,
    }
}

/// `ps -ef | grep NAME | grep -v grep`: the first filter names the program.
fn processes(filters: &[Vec<&str>], facts: &BenchFacts) -> Output {
    let Some((first, rest)) = filters.split_first() else { return Output::NotUnderstood };
    let [program, name] = first.as_slice() else { return Output::NotUnderstood };
    if program.rsplit('/').next() != Some("grep") {
        return Output::NotUnderstood;
    }
    match called(name, facts) {
        Output::Text(text) => filtered(text, rest),
        other => other,
    }
}

fn called(program: &str, facts: &BenchFacts) -> Output {
    let lines: Vec<String> = facts
        .processes
        .iter()
        .filter(|process| process.is_called(program))
        .map(|process| process.arguments.join(" "))
        .collect();
    Output::Text(lines.iter().map(|line| format!("{line}\n")).collect())
}

/// `grep` with a fixed text, and `-v`.
fn filtered(text: String, filters: &[Vec<&str>]) -> Output {
    let mut text = text;
    for filter in filters {
        let (keep, pattern) = match filter.as_slice() {
            [program, "-v", pattern] if program.rsplit('/').next() == Some("grep") => (false, pattern),
            [program, pattern] if program.rsplit('/').next() == Some("grep") => (true, pattern),
            _ => return Output::NotUnderstood,
        };
        if pattern.starts_with('-') || pattern.contains(['*', '[', '^', '$', '\\']) {
            return Output::NotUnderstood;
        }
        let lines = text.lines().filter(|line| line.contains(*pattern) == keep);
        text = lines.map(|line| format!("{line}\n")).collect();
    }
    Output::Text(text)
}

/// `find DIR [-name PATTERN] [-type f] | xargs stat -c FORMAT`.
fn found(arguments: &[&str], rest: &[Vec<&str>], facts: &BenchFacts) -> Output {
    let [xargs] = rest else { return Output::NotUnderstood };
    let ["xargs", stat, "-c", format] = xargs.as_slice() else { return Output::NotUnderstood };
    let (directory, pattern) = match arguments {
        [directory] | [directory, "-type", "f"] => (directory, "*"),
        [directory, "-name", pattern] | [directory, "-name", pattern, "-type", "f"] => (directory, *pattern),
        _ => return Output::NotUnderstood,
    };
    if stat.rsplit('/').next() != Some("stat") {
        return Output::NotUnderstood;
    }
    let directory = directory.trim_end_matches('/');
    if !facts.files.contains_key(directory) {
        return Output::NotKnown(directory.to_owned());
    }
    let mut text = String::new();
    for (path, file) in facts.files.range(directory.to_owned()..) {
        if path != directory && !path.starts_with(&format!("{directory}/")) {
            // `a-b` sorts between `a` and `a/c`.
            if !path.starts_with(directory) {
                break;
            }
            continue;
        }
        let name = path.rsplit('/').next().unwrap_or(path);
        let Some(file) = file.as_ref().filter(|_| matches(pattern, name)) else { continue };
        match formatted(format, path, file) {
            Output::Text(line) => text.push_str(&line),
            other => return other,
        }
    }
    Output::Text(text)
}

/// A shell pattern with `*` alone.
fn matches(pattern: &str, name: &str) -> bool {
    let parts: Vec<&str> = pattern.split('*').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return pattern == name };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn formatted(format: &str, path: &str, file: &NodeFile) -> Output {
    let text = format
        .replace("%a", &format!("{:o}", file.mode & 0o7777))
        .replace("%U", &file.owner)
        .replace("%G", &file.group)
        .replace("%n", path);
    if text.contains('%') { Output::NotUnderstood } else { Output::Text(format!("{text}\n")) }
}

fn file<'a>(path: &str, facts: &'a BenchFacts) -> Result<Option<&'a NodeFile>, Output> {
    facts.files.get(path).map(Option::as_ref).ok_or_else(|| Output::NotKnown(path.to_owned()))
}

fn text(path: &str, facts: &BenchFacts) -> Result<String, Output> {
    match file(path, facts)? {
        None => Ok(String::new()),
        Some(NodeFile { text: Some(text), .. }) => Ok(text.clone()),
        Some(_) => Err(Output::NotKnown(format!("the text of {path}"))),
    }
}
