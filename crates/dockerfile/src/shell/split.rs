//! Splitting a shell text (POSIX.1-2017, Shell Command Language, sections 2.2 to 2.10; bash's additions `|&`, `&>`,
//! `<<<`, `<(…)`, `$'…'`).

use super::{Command, Redirect, Script, Separator, Word, program, word};

/// Bytes of a text.
const TEXT_BYTES_MAX: usize = 256 << 10;
/// Commands of a text.
const COMMANDS_MAX: usize = 5_000;
/// Substitutions and `-c` texts inside each other.
const DEPTH_MAX: usize = 12;

/// The commands of a shell text. Aliases and variables are not followed; what is quoted stays one word.
#[must_use]
pub fn split_shell(text: &str) -> Script {
    let mut script = Script::default();
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    if end < text.len() {
        script.problems.push(format!("only the first {TEXT_BYTES_MAX} bytes were read"));
    }
    let splitter = Splitter {
        text: &text[..end],
        at: 0,
        fixed_offset: None,
        script: &mut script,
        pending: Vec::new(),
        skips_substitutions: false,
        is_in_backticks: false,
    };
    splitter.run(0, None, Separator::Start);
    script.problems.dedup();
    script.problems.truncate(20);
    script
}

/// What ends a list of commands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Close {
    End,
    Parenthesis,
    Backtick,
}

pub(super) struct Splitter<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    /// The offset that all commands of an inner text get.
    fixed_offset: Option<usize>,
    pub(super) script: &'a mut Script,
    /// Here-documents announced on this line: command, redirection, whether tabs are cut.
    pending: Vec<(usize, usize, bool)>,
    pub(super) skips_substitutions: bool,
    /// Whether a backtick ends the innermost substitution instead of beginning one.
    pub(super) is_in_backticks: bool,
}

impl Splitter<'_> {
    fn run(mut self, depth: usize, parent: Option<usize>, first: Separator) {
        // A closing bracket without an opening one does not end the text.
        while self.at < self.text.len() {
            self.list(Close::End, depth, parent, first);
        }
    }

    pub(super) fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn offset(&self) -> usize {
        self.fixed_offset.unwrap_or(self.at)
    }

    pub(super) fn problem(&mut self, message: &str) {
        if self.script.problems.len() < 100 {
            self.script.problems.push(message.to_owned());
        }
    }

    /// Reads commands until what closes the list, which is read as well.
    pub(super) fn list(&mut self, close: Close, depth: usize, parent: Option<usize>, first: Separator) {
        let mut separator = first;
        let mut nested = 0_usize;
        let mut expects_pattern = false;
        let mut cases = 0_usize;
        loop {
            self.skip_blanks();
            let Some(byte) = self.peek() else { return };
            if expects_pattern && self.skip_pattern(&mut cases) {
                expects_pattern = false;
                separator = Separator::Sequence;
                continue;
            }
            expects_pattern = false;
            match byte {
                b'\n' => {
                    self.at += 1;
                    self.here_documents();
                    separator = after_line_break(separator);
                }
                b'`' if close == Close::Backtick => {
                    self.at += 1;
                    return;
                }
                b')' if nested > 0 => {
                    self.at += 1;
                    nested -= 1;
                }
                b')' => {
                    self.at += 1;
                    if close == Close::End {
                        self.problem("a closing bracket without an opening one");
                    }
                    return;
                }
                b'(' => {
                    self.at += 1;
                    nested += 1;
                }
                b'&' | b'|' | b';' => {
                    let (operator, length) = self.operator();
                    self.at += length;
                    separator = operator;
                    expects_pattern = cases > 0 && length == 2 && byte == b';';
                }
                _ => match self.reserved_word() {
                    Some(word) => {
                        self.at += word.len();
                        match word {
                            "case" => {
                                self.skip_case_head();
                                cases += 1;
                                expects_pattern = true;
                            }
                            "for" | "select" => self.skip_to_separator(),
                            "esac" => cases = cases.saturating_sub(1),
                            _ => {}
                        }
                        if !matches!(word, "!" | "{" | "time") {
                            separator = after_line_break(separator);
                        }
                    }
                    None => {
                        if self.script.commands.len() >= COMMANDS_MAX {
                            self.problem("too many commands");
                            self.at = self.text.len();
                            return;
                        }
                        self.command(depth + nested, parent, separator);
                        separator = Separator::Sequence;
                    }
                },
            }
        }
    }

    fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | 0x0b | 0x0c) => self.at += 1,
                Some(b'\\') if self.rest().starts_with("\\\n") => self.at += 2,
                Some(b'#') => self.at += self.rest().find('\n').unwrap_or(self.rest().len()),
                _ => return,
            }
        }
    }

    fn operator(&self) -> (Separator, usize) {
        let rest = self.rest();
        for (text, separator) in [
            ("&&", Separator::And),
            ("||", Separator::Or),
            ("|&", Separator::Pipe),
            (";;", Separator::Sequence),
            ("|", Separator::Pipe),
            ("&", Separator::Background),
        ] {
            if rest.starts_with(text) {
                return (separator, text.len());
            }
        }
        (Separator::Sequence, 1)
    }

    fn reserved_word(&self) -> Option<&'static str> {
        const WORDS: [&str; 17] = [
            "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "case", "esac", "for",
            "select", "{", "}", "!", "time",
        ];
        let rest = self.rest();
        WORDS.into_iter().find(|word| {
            rest.strip_prefix(word).is_some_and(|after| {
                after.is_empty() || after.starts_with([' ', '\t', '\n', '\r', ';', '&', '|', '(', ')', '\\'])
            })
        })
    }

    fn skip_to_separator(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b';' | b'\n' | b'&' | b'|' => return,
                b'`' if self.is_in_backticks => return,
                b' ' | b'\t' => self.at += 1,
                b'(' | b')' => self.at += 1,
                _ => self.skip_word(),
            }
        }
    }

    /// Skips a word, or the character that is none; never stands still.
    fn skip_word(&mut self) {
        let begin = self.at;
        drop(word::read(self, 0, None));
        if self.at == begin {
            self.at += self.rest().chars().next().map_or(1, char::len_utf8);
        }
    }

    fn skip_case_head(&mut self) {
        for _ in 0..2 {
            self.skip_blanks();
            if self.peek().is_some_and(|byte| !word::ends_word(byte)) {
                drop(word::read(self, 0, None));
            }
        }
    }

    /// Skips `pattern)` of a `case`; false when the case ends here.
    fn skip_pattern(&mut self, cases: &mut usize) -> bool {
        while let Some(b'\n' | b' ' | b'\t' | b'\r') = self.peek() {
            self.at += 1;
        }
        if self.reserved_word() == Some("esac") {
            self.at += 4;
            *cases = cases.saturating_sub(1);
            return true;
        }
        while let Some(byte) = self.peek() {
            match byte {
                b')' => {
                    self.at += 1;
                    return true;
                }
                b'(' | b'|' | b' ' | b'\t' => self.at += 1,
                _ if word::ends_word(byte) => return false,
                b'`' if self.is_in_backticks => return false,
                _ => self.skip_word(),
            }
        }
        true
    }

    fn command(&mut self, depth: usize, parent: Option<usize>, separator: Separator) {
        let index = self.script.commands.len();
        self.script.commands.push(Command {
            assignments: Vec::new(),
            words: Vec::new(),
            redirects: Vec::new(),
            separator,
            depth,
            parent,
            offset: self.offset(),
        });
        let start = self.at;
        loop {
            self.skip_blanks();
            let Some(byte) = self.peek() else { break };
            if self.redirect(index, depth) {
                continue;
            }
            if byte == b'(' {
                // `name ()` begins a function; its body follows as commands.
                if self.script.commands[index].words.len() == 1 {
                    self.script.commands[index].words.clear();
                }
                break;
            }
            let is_process = matches!(byte, b'<' | b'>') && self.rest()[1..].starts_with('(');
            if word::ends_word(byte) && !is_process {
                break;
            }
            let begin = self.at;
            let word = word::read(self, depth, Some(index));
            if self.at == begin {
                break;
            }
            let command = &mut self.script.commands[index];
            match word.text.split_once('=') {
                Some((name, value))
                    if command.words.is_empty() && program::is_name(name.trim_end_matches('+')) =>
                {
                    command.assignments.push((name.to_owned(), value.to_owned()));
                }
                _ => command.words.push(word),
            }
        }
        if self.at == start {
            // A stray character; never stand still.
            self.at += self.rest().chars().next().map_or(1, char::len_utf8);
        }
        let command = &self.script.commands[index];
        let is_nothing =
            command.words.is_empty() && command.assignments.is_empty() && command.redirects.is_empty();
        if is_nothing && index + 1 == self.script.commands.len() {
            self.script.commands.pop();
        } else {
            self.inner_text(index, depth);
        }
    }

    fn redirect(&mut self, index: usize, depth: usize) -> bool {
        const OPERATORS: [&str; 12] =
            ["<<<", "<<-", "<<", "<>", "<&", "<", "&>>", "&>", ">>", ">&", ">|", ">"];
        let rest = self.rest();
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let Some(operator) = OPERATORS.into_iter().find(|operator| rest[digits..].starts_with(operator))
        else {
            return false;
        };
        // `&` with a number in front is no operator; `<(` and `>(` are words.
        if (digits > 0 && operator.starts_with('&')) || rest[digits + operator.len()..].starts_with('(') {
            return false;
        }
        self.at += digits + operator.len();
        self.skip_blanks();
        let target = match self.peek() {
            Some(byte) if !word::ends_word(byte) => word::read(self, depth, Some(index)),
            _ => Word::default(),
        };
        let redirects = &mut self.script.commands[index].redirects;
        if matches!(operator, "<<" | "<<-") {
            self.pending.push((index, redirects.len(), operator == "<<-"));
        }
        redirects.push(Redirect { operator: operator.to_owned(), target, body: None });
        true
    }

    /// Reads the here-documents that the line before announced.
    fn here_documents(&mut self) {
        for (command, redirect, is_chomped) in std::mem::take(&mut self.pending) {
            let name = self.script.commands[command].redirects[redirect].target.text.clone();
            let mut body = String::new();
            while self.at < self.text.len() {
                let line = self.rest().split_inclusive('\n').next().unwrap_or_default();
                let bare = line.trim_end_matches(['\n', '\r']);
                let bare = if is_chomped { bare.trim_start_matches('\t') } else { bare };
                let is_end = bare == name;
                if !is_end {
                    body.push_str(line);
                }
                self.at += line.len();
                if is_end {
                    break;
                }
            }
            let (depth, offset) = (self.script.commands[command].depth, self.script.commands[command].offset);
            let reads_script = {
                let command = &self.script.commands[command];
                program::is_shell(command.program()) && command.operands().next().is_none()
            };
            if reads_script {
                self.nested(&body, depth, command, offset, false);
            }
            self.script.commands[command].redirects[redirect].body = Some(body);
        }
    }

    /// Splits the text that `sh -c`, `su -c` or `eval` is given.
    fn inner_text(&mut self, index: usize, depth: usize) {
        let command = &self.script.commands[index];
        let arguments = command.arguments();
        let word = match command.program() {
            name if program::is_shell(name) || name == "su" || name == "runuser" => {
                let option = arguments.iter().position(|word| {
                    word.text
                        .strip_prefix('-')
                        .is_some_and(|rest| !rest.starts_with('-') && rest.ends_with('c') && rest.len() < 8)
                        || word.text == "--command"
                });
                option.and_then(|at| arguments.get(at + 1)).cloned()
            }
            "eval" => {
                let texts: Vec<&str> = arguments.iter().map(|word| word.text.as_str()).collect();
                arguments.first().map(|first| Word { text: texts.join(" "), ..first.clone() })
            }
            _ => None,
        };
        if let Some(word) = word.filter(|word| !word.text.is_empty()) {
            self.nested(&word.text, depth, index, word.offset, !word.is_single_quoted);
        }
    }

    fn nested(&mut self, text: &str, depth: usize, parent: usize, offset: usize, skips_substitutions: bool) {
        if depth >= DEPTH_MAX {
            self.problem("commands are nested too deeply");
            return;
        }
        let splitter = Splitter {
            text,
            at: 0,
            fixed_offset: Some(offset),
            script: self.script,
            pending: Vec::new(),
            skips_substitutions,
            is_in_backticks: false,
        };
        splitter.run(depth + 1, Some(parent), Separator::Inner);
    }

    /// Splits a substitution whose opening was just read.
    pub(super) fn substitution(&mut self, close: Close, depth: usize, parent: Option<usize>) {
        if depth >= DEPTH_MAX {
            self.problem("commands are nested too deeply");
            self.at = self.text.len();
            return;
        }
        let pending = std::mem::take(&mut self.pending);
        let before = self.script.commands.len();
        let outer = std::mem::replace(&mut self.is_in_backticks, close == Close::Backtick);
        self.list(close, depth + 1, parent, Separator::Substitution);
        self.is_in_backticks = outer;
        if self.skips_substitutions {
            self.script.commands.truncate(before);
            self.pending.clear();
        }
        let mut announced = pending;
        announced.append(&mut self.pending);
        self.pending = announced;
    }
}

// `a |` and `a &&` go on after a line break.
fn after_line_break(separator: Separator) -> Separator {
    match separator {
        Separator::Pipe
        | Separator::And
        | Separator::Or
        | Separator::Start
        | Separator::Inner
        | Separator::Substitution => separator,
        Separator::Sequence | Separator::Background => Separator::Sequence,
    }
}
