//! Reading a Dockerfile.

use crate::{
    Arguments, Comment, Dockerfile, Heredoc, Instruction, Keyword, LineSpan, Problem, ProblemKind, arguments,
    arguments::BLANKS,
    directives::Directives,
    flags, heredoc,
    logical_lines::{Lines, LogicalLine, is_comment},
    stages,
};

/// Bytes of a file; the builder itself reads no more than 2 MiB of Dockerfile.
const FILE_BYTES_MAX: usize = 4 << 20;
/// Instructions of a file.
const INSTRUCTIONS_MAX: usize = 20_000;
/// Problems that are told.
const PROBLEMS_MAX: usize = 200;

/// Reads a Dockerfile as BuildKit does (moby/buildkit, frontend/dockerfile/parser/parser.go). Where BuildKit gives
/// up, this goes on with the next line and tells a problem.
#[must_use]
pub fn parse(text: &str) -> Dockerfile {
    let mut reader = Reader { file: Dockerfile { escape: '\\', ..Dockerfile::default() } };
    let mut end = text.len().min(FILE_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    reader.read(&text[..end]);
    if end < text.len() {
        let line = reader.file.instructions.last().map_or(1, |last| last.lines.last);
        reader.problem_of(
            ProblemKind::Limit,
            line,
            format!("only the first {FILE_BYTES_MAX} bytes were read"),
        );
    }
    if reader.file.instructions.is_empty() {
        reader.problem(1, "file with no instructions".to_owned());
    }
    stages::collect(&mut reader.file);
    reader.file
}

struct Reader {
    file: Dockerfile,
}

impl Reader {
    fn problem(&mut self, line: u32, message: String) {
        self.problem_of(ProblemKind::Refused, line, message);
    }

    fn problem_of(&mut self, kind: ProblemKind, line: u32, message: String) {
        if self.file.problems.len() < PROBLEMS_MAX {
            self.file.problems.push(Problem { line, kind, message });
        }
    }

    fn read(&mut self, text: &str) {
        let mut lines = Lines::new(text);
        let mut directives = Directives::default();
        let mut comments: Vec<String> = Vec::new();
        while let Some((line, offset)) = lines.next() {
            let without_mark = if offset == 0 { line.trim_start_matches('\u{feff}') } else { line };
            let trimmed = without_mark.trim_end_matches(['\r', '\n']).trim_start();
            match directives.take(trimmed, lines.number) {
                Ok(true) => {
                    self.note_escape(&directives);
                    continue;
                }
                Ok(false) => {}
                Err(message) => self.problem(lines.number, message),
            }
            if is_comment(trimmed) {
                match trimmed[1..].trim() {
                    "" => comments.clear(),
                    comment => comments.push(comment.to_owned()),
                }
                let start = offset + line.find('#').unwrap_or_default();
                self.file.comments.push(Comment {
                    line: lines.number,
                    bytes: start..start + trimmed.len(),
                    text: trimmed[1..].trim().to_owned(),
                });
                continue;
            }
            if trimmed.is_empty() {
                continue;
            }
            if self.file.instructions.len() == INSTRUCTIONS_MAX {
                self.problem_of(
                    ProblemKind::Limit,
                    lines.number,
                    format!("only the first {INSTRUCTIONS_MAX} instructions were read"),
                );
                break;
            }
            let start = offset + (line.len() - line.trim_start_matches('\u{feff}').trim_start().len());
            self.read_instruction(trimmed, start, &mut lines, std::mem::take(&mut comments));
        }
        self.file.directives = directives.found;
    }

    fn note_escape(&mut self, directives: &Directives) {
        let Some(directive) = directives.found.last().filter(|directive| directive.name == "escape") else {
            return;
        };
        match directive.value.as_str() {
            "`" => self.file.escape = '`',
            "\\" => self.file.escape = '\\',
            other => {
                let shown: String = other.chars().take(20).collect();
                self.problem(directive.line, format!("escape token '{shown}' is neither ` nor \\"));
            }
        }
    }

    fn read_instruction(&mut self, first: &str, start: usize, lines: &mut Lines<'_>, comments: Vec<String>) {
        let first_line = lines.number;
        let joined = LogicalLine::join(first, start, lines, self.file.escape);
        if joined.has_empty_continuation {
            self.problem_of(
                ProblemKind::EmptyContinuation,
                lines.number,
                "empty continuation line".to_owned(),
            );
        }
        // A lone escape character joins nothing.
        if joined.text.trim().is_empty() {
            return;
        }
        let mut instruction = self.instruction(&joined, first_line, true);
        if may_hold_heredocs(&instruction) {
            instruction.heredocs = self.heredocs(&joined.text, first_line, lines);
        }
        instruction.lines = LineSpan::new(first_line, lines.number);
        instruction.bytes = start..lines.offset();
        instruction.comments = comments;
        if let Arguments::Onbuild(inner) = &mut instruction.arguments {
            inner.lines = instruction.lines;
            inner.bytes = instruction.bytes.clone();
            inner.heredocs.clone_from(&instruction.heredocs);
        }
        self.file.instructions.push(instruction);
    }

    fn instruction(&mut self, joined: &LogicalLine, line: u32, may_nest: bool) -> Instruction {
        let whole = joined.text.as_str();
        let begin = whole.len() - whole.trim_start().len();
        let word_end = whole[begin..].find(BLANKS).map_or(whole.trim_end().len(), |at| begin + at);
        let keyword_text = whole[begin..word_end].to_owned();
        let keyword = Keyword::of(&keyword_text);
        let (mut flags, at) = flags::take_flags(&whole[word_end..], self.file.escape);
        for flag in &mut flags {
            flag.bytes = joined.map.place(word_end + flag.bytes.start..word_end + flag.bytes.end);
        }
        let rest = &whole[word_end + at..];
        let begin = word_end + at + (rest.len() - rest.trim_start().len());
        let text = rest.trim();
        let map = joined.map.skip(begin);
        let (mut arguments, problem) = arguments::read(keyword, text, self.file.escape);
        if let Some(message) = problem {
            self.problem(line, message);
        }
        if keyword == Keyword::Unknown {
            let shown: String = keyword_text.chars().take(40).collect();
            self.problem_of(ProblemKind::UnknownInstruction, line, format!("unknown instruction: {shown}"));
        }
        if keyword == Keyword::Onbuild && !text.is_empty() {
            if may_nest {
                let inner =
                    LogicalLine { text: text.to_owned(), map: map.clone(), has_empty_continuation: false };
                arguments = Arguments::Onbuild(Box::new(self.instruction(&inner, line, false)));
            } else {
                self.problem(line, "chaining ONBUILD via ONBUILD is not allowed".to_owned());
            }
        }
        Instruction {
            keyword,
            keyword_text,
            lines: LineSpan::new(line, line),
            bytes: 0..0,
            flags,
            text: text.to_owned(),
            text_map: map,
            arguments,
            heredocs: Vec::new(),
            comments: Vec::new(),
        }
    }

    fn heredocs(&mut self, line: &str, first_line: u32, lines: &mut Lines<'_>) -> Vec<Heredoc> {
        let mut documents = heredoc::announced(line);
        for document in &mut documents {
            document.first_line = lines.number + 1;
            let mut is_ended = false;
            document.bytes = lines.offset()..lines.offset();
            while let Some((line, offset)) = lines.next() {
                let bare = line.trim_end_matches(['\r', '\n']);
                let bare = if document.is_chomped { bare.trim_start_matches('\t') } else { bare };
                if bare == document.name {
                    is_ended = true;
                    break;
                }
                document.content.push_str(line);
                document.bytes.end = offset + line.len();
            }
            if !is_ended {
                self.problem(first_line, "unterminated heredoc".to_owned());
            }
        }
        documents
    }
}

fn may_hold_heredocs(instruction: &Instruction) -> bool {
    let instruction = match &instruction.arguments {
        Arguments::Onbuild(inner) => inner,
        _ => instruction,
    };
    matches!(instruction.keyword, Keyword::Add | Keyword::Copy | Keyword::Run)
        && !matches!(instruction.arguments, Arguments::Json(_))
}

#[cfg(test)]
mod tests;
