//! Regular expressions of Go, as rule files for gitleaks and Trivy write them, in the dialect of `regex-syntax`.

/// An expression in the dialect of `regex-syntax`, and the names its groups had.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Translated {
    /// The expression; groups are numbered as in the original and have no names.
    pub(crate) pattern: String,
    /// Name and number of each named group; Go allows the same name twice.
    pub(crate) names: Vec<(String, usize)>,
}

/// White space as Go has it; `regex-syntax` counts the vertical tab as well.
const SPACE: &str = r"\t\n\x0C\r ";

/// Translates what the two dialects read differently (`regexp/syntax` of Go's library against the documentation of
/// `regex-syntax`): a brace that opens no quantifier, `[`, `&&`, `--` and `~~` in classes, `\<` and `\>`, `\s`,
/// `\Q…\E`, octal numbers, and names that occur twice.
pub(crate) fn translate(go: &str) -> Translated {
    let characters: Vec<char> = go.chars().collect();
    let mut walk = Walk { characters, at: 0, out: String::new(), names: Vec::new(), groups: 0 };
    while let Some(character) = walk.take() {
        match character {
            '\\' => walk.escape(Place::Outside),
            '[' => walk.class(),
            '{' => match walk.quantifier() {
                Some(length) => walk.copy(length),
                None => walk.out.push_str(r"\{"),
            },
            '(' => walk.group(),
            other => walk.out.push(other),
        }
    }
    Translated { pattern: walk.out, names: walk.names }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    Class,
}

struct Walk {
    characters: Vec<char>,
    at: usize,
    out: String,
    names: Vec<(String, usize)>,
    groups: usize,
}

impl Walk {
    fn take(&mut self) -> Option<char> {
        let character = self.characters.get(self.at).copied()?;
        self.at += 1;
        Some(character)
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    /// Copies the character before `at`, and more until `length` are copied.
    fn copy(&mut self, length: usize) {
        let end = (self.at - 1 + length).min(self.characters.len());
        self.out.extend(&self.characters[self.at - 1..end]);
        self.at = end;
    }

    /// The length of `{n}`, `{n,}` or `{n,m}` whose brace was taken last.
    fn quantifier(&self) -> Option<usize> {
        let rest = &self.characters[self.at..];
        let first = rest.iter().take_while(|c| c.is_ascii_digit()).count();
        let mut end = first;
        if first == 0 {
            return None;
        }
        if rest.get(end) == Some(&',') {
            end += 1;
            end += rest[end..].iter().take_while(|c| c.is_ascii_digit()).count();
        }
        (rest.get(end) == Some(&'}')).then_some(end + 2)
    }

    fn group(&mut self) {
        self.out.push('(');
        if self.peek(0) != Some('?') {
            self.groups += 1;
            return;
        }
        let skip = match (self.peek(1), self.peek(2)) {
            (Some('P'), Some('<')) => 3,
            (Some('<'), _) => 2,
            _ => return,
        };
        let rest = &self.characters[(self.at + skip).min(self.characters.len())..];
        if let Some(length) = rest.iter().position(|c| *c == '>') {
            self.groups += 1;
            self.names.push((rest[..length].iter().collect(), self.groups));
            self.at += skip + length + 1;
        }
    }

    fn escape(&mut self, place: Place) {
        let Some(character) = self.take() else {
            self.out.push('\\');
            return;
        };
        match character {
            '<' | '>' => self.out.push(character),
            's' if place == Place::Class => self.out.push_str(SPACE),
            's' => self.out.push_str(&format!("[{SPACE}]")),
            'S' => self.out.push_str(&format!("[^{SPACE}]")),
            'Q' => {
                let rest: String = self.characters[self.at..].iter().collect();
                let text = rest.split(r"\E").next().unwrap_or_default();
                self.at += text.chars().count();
                self.at += 2 * usize::from(text.len() < rest.len());
                self.out.push_str(&regex_syntax::escape(text));
            }
            '0'..='7' if character == '0' || matches!(self.peek(0), Some('0'..='7')) => {
                let mut number = character as u32 - '0' as u32;
                for _ in 0..2 {
                    let Some(digit) = self.peek(0).and_then(|c| c.to_digit(8)) else { break };
                    number = number * 8 + digit;
                    self.at += 1;
                }
                self.out.push_str(&format!(r"\x{{{number:X}}}"));
            }
            'x' | 'p' | 'P' => {
                self.out.push('\\');
                self.out.push(character);
                if self.peek(0) == Some('{') {
                    while let Some(next) = self.take() {
                        self.out.push(next);
                        if next == '}' {
                            break;
                        }
                    }
                }
            }
            other => {
                self.out.push('\\');
                self.out.push(other);
            }
        }
    }

    fn class(&mut self) {
        self.out.push('[');
        if self.peek(0) == Some('^') {
            self.at += 1;
            self.out.push('^');
        }
        let mut is_first = true;
        while let Some(character) = self.take() {
            match character {
                ']' if !is_first => {
                    self.out.push(']');
                    return;
                }
                ']' => self.out.push_str(r"\]"),
                '\\' => self.escape(Place::Class),
                '[' if self.peek(0) == Some(':') => {
                    let rest = &self.characters[self.at..];
                    match rest.windows(2).position(|pair| pair == [':', ']']) {
                        Some(length) => self.copy(length + 3),
                        None => self.out.push_str(r"\["),
                    }
                }
                '[' => self.out.push_str(r"\["),
                '&' | '~' => {
                    self.out.push('\\');
                    self.out.push(character);
                }
                '-' if self.peek(0) == Some('-') && is_first => self.out.push_str(r"\-"),
                '-' if self.peek(0) == Some('-') => {
                    self.at += 1;
                    self.out.push_str(r"-\-");
                }
                other => self.out.push(other),
            }
            is_first = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(go: &str, expected: &str) {
        assert_eq!(translate(go).pattern, expected);
    }

    #[test]
    fn a_brace_without_quantifier_is_a_character() {
        check(r"^\${(?:[A-Z]+)}$", r"^\$\{(?:[A-Z]+)}$");
        check(r"a{2}b{2,}c{2,3}d{,3}{x", r"a{2}b{2,}c{2,3}d\{,3}\{x");
        check(r"\x{41}\p{Greek}\pN", r"\x{41}\p{Greek}\pN");
    }

    #[test]
    fn classes_have_no_operators() {
        check(r"[[a&&b~~c]", r"[\[a\&\&b\~\~c]");
        check(r"[[:alpha:]_]", r"[[:alpha:]_]");
        check(r"[]a]", r"[\]a]");
        check(r"[+--]", r"[+-\-]");
        check(r"[^\s\w]", r"[^\t\n\x0C\r \w]");
    }

    #[test]
    fn escapes_that_differ_are_rewritten() {
        check(r"\<a\>", "<a>");
        check(r"\Qa.b\Ec", r"a\.bc");
        check(r"\012", r"\x{A}");
        check(r"a\s", r"a[\t\n\x0C\r ]");
    }

    #[test]
    fn names_may_occur_twice() {
        let translated = translate("(a)(?P<secret>b)(?:c)(?<secret>d)(?i:e)");
        assert_eq!(translated.pattern, "(a)(b)(?:c)(d)(?i:e)");
        assert_eq!(translated.names, [("secret".to_owned(), 2), ("secret".to_owned(), 3)]);
    }
}
