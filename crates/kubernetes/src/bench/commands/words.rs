//! Words of the shell's language (POSIX.1-2017, XCU 2.2 and 2.6), as far as benchmarks use it.

/// Bytes of one command.
const BYTES_MAX: usize = 64 << 10;
/// Substitutions in substitutions.
const DEPTH_MAX: usize = 5;

/// One word, or what stands between words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Word(Vec<Part>),
    Pipe,
    And,
    Or,
    /// `;` or a line's end.
    End,
    /// What goes to standard error is thrown away, or joins the output.
    ErrorsElsewhere,
}

/// A part of a word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// As it stands; quoted text is never split nor a pattern.
    Text {
        text: String,
        is_quoted: bool,
    },
    Variable {
        name: String,
        otherwise: String,
        is_quoted: bool,
    },
    Substitution {
        tokens: Vec<Token>,
        is_quoted: bool,
    },
}

/// The words; nothing when the text holds more of the language than this.
pub(super) fn tokens(text: &str) -> Option<Vec<Token>> {
    if text.len() > BYTES_MAX {
        return None;
    }
    let letters: Vec<char> = text.chars().collect();
    Reader { letters: &letters, at: 0, depth: 0 }.read()
}

struct Reader<'a> {
    letters: &'a [char],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.letters.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.at += 1;
        Some(letter)
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(index, letter)| self.letters.get(self.at + index) == Some(&letter))
    }

    fn read(mut self) -> Option<Vec<Token>> {
        let mut tokens = Vec::new();
        while let Some(letter) = self.peek() {
            match letter {
                ' ' | '\t' | '\r' => self.at += 1,
                '\\' if self.letters.get(self.at + 1) == Some(&'\n') => self.at += 2,
                '#' => {
                    while self.peek().is_some_and(|letter| letter != '\n') {
                        self.at += 1;
                    }
                }
                '\n' | ';' => {
                    self.at += 1;
                    tokens.push(Token::End);
                }
                '|' | '&' => {
                    self.at += 1;
                    let is_double = self.peek() == Some(letter);
                    self.at += usize::from(is_double);
                    tokens.push(match (letter, is_double) {
                        ('|', false) => Token::Pipe,
                        ('|', true) => Token::Or,
                        ('&', true) => Token::And,
                        _ => return None,
                    });
                }
                '2' if self.starts_with("2>") => {
                    let known = ["2>/dev/null", "2> /dev/null", "2>&1"];
                    let form = known.iter().find(|form| self.starts_with(form))?;
                    self.at += form.len();
                    tokens.push(Token::ErrorsElsewhere);
                }
                '<' | '>' | '(' | ')' | '`' => return None,
                _ => tokens.push(Token::Word(self.word()?)),
            }
        }
        Some(tokens)
    }

    fn word(&mut self) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        while let Some(letter) = self.peek() {
            match letter {
                ' ' | '\t' | '\r' | '\n' | ';' | '|' | '&' => break,
                '<' | '>' | '(' | ')' | '`' => return None,
                '\'' => {
                    self.at += 1;
                    let end = self.letters[self.at..].iter().position(|letter| *letter == '\'')?;
                    let text = self.letters[self.at..self.at + end].iter().collect();
                    self.at += end + 1;
                    parts.push(Part::Text { text, is_quoted: true });
                }
                '"' => {
                    self.at += 1;
                    self.quoted(&mut parts)?;
                }
                '$' => parts.push(self.dollar(false)?),
                '\\' => {
                    self.at += 1;
                    match self.next()? {
                        '\n' => {}
                        other => add(&mut parts, other, true),
                    }
                }
                other => {
                    self.at += 1;
                    add(&mut parts, other, false);
                }
            }
        }
        Some(parts)
    }

    fn quoted(&mut self, parts: &mut Vec<Part>) -> Option<()> {
        // `""` is a word too.
        parts.push(Part::Text { text: String::new(), is_quoted: true });
        loop {
            match self.peek()? {
                '"' => {
                    self.at += 1;
                    return Some(());
                }
                '`' => return None,
                '$' => parts.push(self.dollar(true)?),
                '\\' => {
                    self.at += 1;
                    match self.next()? {
                        '\n' => {}
                        letter @ ('"' | '\\' | '$' | '`') => add(parts, letter, true),
                        other => {
                            add(parts, '\\', true);
                            add(parts, other, true);
                        }
                    }
                }
                other => {
                    self.at += 1;
                    add(parts, other, true);
                }
            }
        }
    }

    fn dollar(&mut self, is_quoted: bool) -> Option<Part> {
        self.at += 1;
        match self.peek() {
            Some('(') => {
                self.at += 1;
                let end = self.closing()?;
                let inner = &self.letters[self.at..end];
                // `$((` is arithmetic.
                if inner.first() == Some(&'(') || self.depth >= DEPTH_MAX {
                    return None;
                }
                let tokens = Reader { letters: inner, at: 0, depth: self.depth + 1 }.read()?;
                self.at = end + 1;
                Some(Part::Substitution { tokens, is_quoted })
            }
            Some('{') => {
                self.at += 1;
                let end = self.letters[self.at..].iter().position(|letter| *letter == '}')?;
                let inner: String = self.letters[self.at..self.at + end].iter().collect();
                self.at += end + 1;
                let (name, otherwise) = inner.split_once(":-").unwrap_or((&inner, ""));
                let is_plain = is_name(name) && !otherwise.contains(['$', '"', '\'', '`']);
                is_plain.then(|| Part::Variable {
                    name: name.to_owned(),
                    otherwise: otherwise.to_owned(),
                    is_quoted,
                })
            }
            Some(letter) if letter.is_ascii_alphabetic() || letter == '_' => {
                let mut name = String::new();
                while let Some(letter) = self.peek().filter(|l| l.is_ascii_alphanumeric() || *l == '_') {
                    name.push(letter);
                    self.at += 1;
                }
                Some(Part::Variable { name, otherwise: String::new(), is_quoted })
            }
            // `$` at the end of a pattern.
            Some('"' | '\'' | ' ' | '/' | '|' | ')') | None => {
                Some(Part::Text { text: "$".to_owned(), is_quoted })
            }
            _ => None,
        }
    }

    /// Where the bracket of a substitution is closed.
    fn closing(&self) -> Option<usize> {
        let mut depth = 1;
        let mut at = self.at;
        while let Some(letter) = self.letters.get(at) {
            match letter {
                '\'' => at += 1 + self.letters[at + 1..].iter().position(|letter| *letter == '\'')?,
                '\\' => at += 1,
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(at);
            }
            at += 1;
        }
        None
    }
}

pub(super) fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next().is_some_and(|letter| letter.is_ascii_alphabetic() || letter == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

fn add(parts: &mut Vec<Part>, letter: char, is_quoted: bool) {
    if let Some(Part::Text { text, is_quoted: own }) = parts.last_mut()
        && *own == is_quoted
    {
        text.push(letter);
        return;
    }
    parts.push(Part::Text { text: letter.to_string(), is_quoted });
}
