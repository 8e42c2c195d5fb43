//! Takes (Dockerfile, rule, expectation) out of specs written in Haskell with hspec: strings, lists of lines, `let`
//! bindings and the implicit parameter `?config`, by layout; everything else is passed over.

use lint::{Config, LabelKind};
use std::collections::HashMap;

/// One assertion.
#[derive(Debug)]
pub(crate) struct Triple {
    pub(crate) place: String,
    pub(crate) dockerfile: String,
    pub(crate) rule: String,
    pub(crate) expected: Expected,
    pub(crate) is_onbuild: bool,
    pub(crate) config: Config,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Expected {
    Some,
    Exactly(usize),
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Text(String),
    Word(String),
    Sign(char),
}

struct Placed {
    token: Token,
    line: usize,
    column: usize,
    is_first: bool,
}

pub(crate) fn triples(file: &str, source: &str) -> Vec<Triple> {
    let tokens = tokens(source);
    let mut reader = Reader { tokens: &tokens, at: 0, bindings: HashMap::new() };
    let mut configs: Vec<(usize, Config)> = Vec::new();
    let mut found = Vec::new();
    while let Some(placed) = tokens.get(reader.at) {
        if placed.is_first {
            configs.retain(|(column, _)| placed.column >= *column);
        }
        let start = reader.at;
        reader.at += 1;
        match &placed.token {
            Token::Word(word) if word == "let" => {
                let column = line_start(&tokens, start);
                if reader.is_sign('?') && reader.is_word_at(1, "config") {
                    reader.at += 3;
                    configs.push((column, reader.config()));
                } else {
                    reader.binding();
                }
            }
            Token::Word(word)
                if placed.is_first && reader.is_sign('=') && word.chars().all(char::is_alphanumeric) =>
            {
                // Further bindings of one `let`.
                reader.at = start;
                reader.binding();
                reader.at = reader.at.max(start + 1);
            }
            Token::Word(word) => {
                let config = configs.last().map(|(_, config)| config.clone()).unwrap_or_default();
                let mut add = |rule: String, dockerfile: String, expected, is_onbuild| {
                    let place = format!("{file}:{}", placed.line);
                    found.push(Triple {
                        place,
                        dockerfile,
                        rule,
                        expected,
                        is_onbuild,
                        config: config.clone(),
                    });
                };
                match word.as_str() {
                    "ruleCatches" | "ruleCatchesNot" | "onBuildRuleCatches" | "onBuildRuleCatchesNot" => {
                        let begin = reader.at;
                        let (Some(rule), Some(text)) = (reader.value(), reader.value()) else {
                            reader.at = begin;
                            continue;
                        };
                        let expected = match word.as_str() {
                            "ruleCatches" => Expected::Some,
                            "onBuildRuleCatches" => Expected::Exactly(1),
                            _ => Expected::Exactly(0),
                        };
                        add(rule, text, expected, word.starts_with("onBuild"));
                    }
                    "assertChecks" | "assertOnBuildChecks" => {
                        let begin = reader.at;
                        let text = reader.value();
                        if reader.is_sign('$') || reader.is_sign('(') {
                            reader.at += 1;
                        }
                        if let (Some(text), true) = (text, reader.is_word_at(0, "failsWith")) {
                            reader.at += 1;
                            if let Some(Placed { token: Token::Word(number), .. }) = tokens.get(reader.at)
                                && let Ok(number) = number.parse()
                            {
                                reader.at += 1;
                                if let Some(rule) = reader.value() {
                                    add(rule, text, Expected::Exactly(number), word == "assertOnBuildChecks");
                                    continue;
                                }
                            }
                        }
                        reader.at = begin;
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }
    found
}

fn line_start(tokens: &[Placed], at: usize) -> usize {
    let line = tokens[at].line;
    tokens[..=at].iter().rev().take_while(|token| token.line == line).last().map_or(1, |token| token.column)
}

struct Reader<'t> {
    tokens: &'t [Placed],
    at: usize,
    bindings: HashMap<String, String>,
}

impl Reader<'_> {
    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|placed| &placed.token)
    }

    fn is_sign(&self, sign: char) -> bool {
        self.peek(0) == Some(&Token::Sign(sign))
    }

    fn is_word_at(&self, ahead: usize, word: &str) -> bool {
        matches!(self.peek(ahead), Some(Token::Word(found)) if found == word)
    }

    /// `name = value`.
    fn binding(&mut self) {
        let begin = self.at;
        if let (Some(Token::Word(name)), Some(Token::Sign('='))) = (self.peek(0).cloned(), self.peek(1)) {
            self.at += 2;
            if let Some(value) = self.value() {
                self.bindings.insert(name, value);
                return;
            }
        }
        self.at = begin;
    }

    /// A string, a list of lines, a bound name; `Text.unlines`, `$`, brackets and `<>` in front or between.
    fn value(&mut self) -> Option<String> {
        let begin = self.at;
        let mut brackets = 0_usize;
        let mut value: Option<String> = None;
        loop {
            match self.peek(0)?.clone() {
                Token::Sign('(') => brackets += 1,
                Token::Sign('$') if value.is_none() => {}
                Token::Sign('[') => {
                    self.at += 1;
                    let mut lines = String::new();
                    loop {
                        match self.peek(0)? {
                            Token::Sign(']') => break,
                            Token::Sign(',') => self.at += 1,
                            _ => match self.value() {
                                Some(line) => {
                                    lines.push_str(&line);
                                    lines.push('\n');
                                }
                                None => {
                                    self.at = begin;
                                    return None;
                                }
                            },
                        }
                    }
                    value = Some(value.unwrap_or_default() + &lines);
                }
                Token::Text(text) => value = Some(value.unwrap_or_default() + &text),
                Token::Word(word)
                    if matches!(
                        word.as_str(),
                        "Text.unlines" | "unlines" | "T.unlines" | "Text.pack" | "fold" | "mconcat"
                    ) => {}
                Token::Word(word) => match self.bindings.get(&word) {
                    Some(bound) => value = Some(value.unwrap_or_default() + bound),
                    None => {
                        self.at = begin;
                        return None;
                    }
                },
                _ => {
                    self.at = begin;
                    return None;
                }
            }
            self.at += 1;
            if value.is_none() {
                continue;
            }
            while brackets > 0 && self.is_sign(')') {
                self.at += 1;
                brackets -= 1;
            }
            if self.is_sign('<') && self.peek(1) == Some(&Token::Sign('>')) {
                self.at += 2;
                continue;
            }
            return value;
        }
    }

    /// `def`, or `def { field = value, … }`.
    fn config(&mut self) -> Config {
        let mut config = Config::default();
        if !self.is_word_at(0, "def") {
            return config;
        }
        self.at += 1;
        if !self.is_sign('{') {
            return config;
        }
        let mut field = String::new();
        let mut texts: Vec<String> = Vec::new();
        while let Some(token) = self.peek(0).cloned() {
            self.at += 1;
            match token {
                Token::Sign('}') => break,
                Token::Word(word) if self.is_sign('=') => field = word,
                Token::Word(word) if field == "strictLabels" => config.has_strict_labels = word == "True",
                Token::Word(word) if field == "labelSchema" => {
                    let kind = match word.trim_start_matches("Rule.") {
                        "RawText" => LabelKind::Text,
                        "Url" => LabelKind::Url,
                        "Rfc3339" => LabelKind::Time,
                        "Spdx" => LabelKind::Spdx,
                        "GitHash" => LabelKind::Hash,
                        "SemVer" => LabelKind::SemanticVersion,
                        "Email" => LabelKind::Email,
                        _ => continue,
                    };
                    if let Some(name) = texts.pop() {
                        config.label_schema.insert(name, kind);
                    }
                }
                Token::Text(text) => match field.as_str() {
                    "allowedRegistries" => config.allowed_registries.push(text),
                    "ignoreRules" => config.ignored.push(text),
                    _ => texts.push(text),
                },
                _ => {}
            }
        }
        config
    }
}

fn tokens(source: &str) -> Vec<Placed> {
    let mut tokens = Vec::new();
    let characters: Vec<char> = source.chars().collect();
    let (mut at, mut line, mut column, mut is_first) = (0, 1, 1, true);
    while at < characters.len() {
        let character = characters[at];
        let start = (line, column, at);
        let token = match character {
            '\n' => {
                (at, line, column, is_first) = (at + 1, line + 1, 1, true);
                continue;
            }
            _ if character.is_whitespace() => {
                (at, column) = (at + 1, column + 1);
                continue;
            }
            '-' if characters.get(at + 1) == Some(&'-') => {
                while at < characters.len() && characters[at] != '\n' {
                    at += 1;
                }
                continue;
            }
            '"' => {
                let (text, end) = string(&characters, at + 1);
                at = end;
                Token::Text(text)
            }
            _ if character.is_alphanumeric() || character == '_' => {
                while at < characters.len()
                    && (characters[at].is_alphanumeric() || matches!(characters[at], '_' | '\'' | '.'))
                {
                    at += 1;
                }
                Token::Word(characters[start.2..at].iter().collect())
            }
            sign => {
                at += 1;
                Token::Sign(sign)
            }
        };
        for passed in &characters[start.2..at] {
            (line, column) = if *passed == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        tokens.push(Placed { token, line: start.0, column: start.1, is_first });
        is_first = false;
    }
    tokens
}

/// A string behind its opening quote (Haskell 2010, section 2.6).
fn string(characters: &[char], mut at: usize) -> (String, usize) {
    let mut text = String::new();
    while let Some(&character) = characters.get(at) {
        at += 1;
        match character {
            '"' => break,
            '\\' => {
                let escaped = characters.get(at).copied().unwrap_or('"');
                at += 1;
                match escaped {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    '&' => {}
                    '0'..='9' => {
                        let mut number = escaped.to_string();
                        while let Some(digit) = characters.get(at).filter(|c| c.is_ascii_digit()) {
                            number.push(*digit);
                            at += 1;
                        }
                        text.extend(number.parse().ok().and_then(char::from_u32));
                    }
                    _ if escaped.is_whitespace() => {
                        while characters.get(at).is_some_and(|c| *c != '\\') {
                            at += 1;
                        }
                        at += 1;
                    }
                    other => text.push(other),
                }
            }
            other => text.push(other),
        }
    }
    (text, at)
}
