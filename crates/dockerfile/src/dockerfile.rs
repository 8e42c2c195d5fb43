//! What a Dockerfile says.

use crate::{Keyword, LineSpan, TextMap};
use std::ops::Range;

/// What a Dockerfile says, as far as it was understood; what was not stands in `problems`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dockerfile {
    /// Parser directives (`# syntax=…`, `# escape=…`, `# check=…`), in order.
    pub directives: Vec<Directive>,
    /// The escape character, `\` unless a directive says otherwise.
    pub escape: char,
    /// The instructions in order.
    pub instructions: Vec<Instruction>,
    /// The build stages in order.
    pub stages: Vec<Stage>,
    /// Comment lines between the instructions, in order; directives and those inside continued lines are left out.
    pub comments: Vec<Comment>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// A comment line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// 1-based.
    pub line: u32,
    /// Its bytes in the file, from `#` on, without the line break.
    pub bytes: Range<usize>,
    /// What stands behind `#`, without blanks around it.
    pub text: String,
}

/// A parser directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// `syntax`, `escape` or `check`.
    pub name: String,
    /// What follows the equals sign.
    pub value: String,
    /// 1-based.
    pub line: u32,
}

/// Something that builders refuse or that was cut off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// 1-based.
    pub line: u32,
    /// What builders make of it.
    pub kind: ProblemKind,
    /// One line.
    pub message: String,
}

/// What builders make of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// They refuse the file.
    Refused,
    /// A word that is no instruction; they refuse the file.
    UnknownInstruction,
    /// An empty line inside a continued one; they warn.
    EmptyContinuation,
    /// An instruction in front of the first `FROM`; they refuse the file.
    OutsideOfStage,
    /// A bound of this parser was reached: the rest was not read.
    Limit,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Which one.
    pub keyword: Keyword,
    /// The keyword as it is written.
    pub keyword_text: String,
    /// Its lines, here-documents included.
    pub lines: LineSpan,
    /// Its bytes in the file, here-documents included.
    pub bytes: Range<usize>,
    /// `--name=value` between the keyword and the arguments.
    pub flags: Vec<Flag>,
    /// Everything behind the flags, continued lines joined, comments left out.
    pub text: String,
    /// Leads from `text` back to the file.
    pub text_map: TextMap,
    /// The same in its parts.
    pub arguments: Arguments,
    /// Here-documents in order.
    pub heredocs: Vec<Heredoc>,
    /// The comment lines directly above, without `#`.
    pub comments: Vec<String>,
}

impl Instruction {
    /// The value of a flag, empty when it has none; the last one wins.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|flag| flag.name == name).map(|flag| flag.value.as_deref().unwrap_or(""))
    }

    /// The words of the arguments: of JSON, or separated by blanks; quotes stay.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        match &self.arguments {
            Arguments::Json(words) | Arguments::Words(words) => words.iter().map(String::as_str).collect(),
            _ => self.text.split_ascii_whitespace().collect(),
        }
    }

    /// The words of [`Instruction::text`], blanks in quotes kept, and where each stands in the file. A word that a
    /// continuation cuts ends where its first line does.
    #[must_use]
    pub fn word_places(&self, escape: char) -> Vec<(&str, Range<usize>)> {
        let ranges = crate::arguments::word_ranges(&self.text, escape);
        ranges.into_iter().map(|range| (&self.text[range.clone()], self.place(range))).collect()
    }

    /// Where a part of [`Instruction::text`] stands in the file; empty when it is not in the text.
    #[must_use]
    pub fn place(&self, part: Range<usize>) -> Range<usize> {
        self.text_map.place(part)
    }
}

/// `--name=value`, without the dashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// `mount`.
    pub name: String,
    /// Behind the first equals sign, quotes taken off.
    pub value: Option<String>,
    /// Its bytes in the file, dashes and quotes included; it ends where it ends on its first line.
    pub bytes: Range<usize>,
}

impl Flag {
    /// The comma-separated fields of a value such as `type=cache,target=/root/.cache,ro`.
    pub fn fields(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        let value = self.value.as_deref().unwrap_or("");
        value.split(',').filter(|field| !field.is_empty()).map(|field| match field.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (field, None),
        })
    }
}

/// The arguments of an instruction in the form that its keyword has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Arguments {
    /// None at all.
    None,
    /// A JSON array of strings (`RUN`, `CMD`, `ENTRYPOINT`, `SHELL`, `ADD`, `COPY`, `VOLUME`).
    Json(Vec<String>),
    /// One text (`RUN`, `CMD`, `ENTRYPOINT` in shell form, `USER`, `WORKDIR` …): [`Instruction::text`].
    Text,
    /// Words separated by blanks (`FROM`, `COPY`, `EXPOSE`, `ARG` …).
    Words(Vec<String>),
    /// Names and values (`ENV`, `LABEL`).
    Pairs(Vec<Pair>),
    /// `HEALTHCHECK`: `NONE` or `CMD` and the form of its command.
    Healthcheck {
        /// `NONE` or `CMD` as written.
        kind: String,
        /// The command, when it is JSON.
        json: Option<Vec<String>>,
        /// The command as text.
        command: String,
    },
    /// `ONBUILD` and what it holds.
    Onbuild(Box<Instruction>),
}

/// A name and its value; quotes and escapes are kept as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// `PATH`.
    pub name: String,
    /// `"/bin:$PATH"`.
    pub value: String,
    /// Whether it is the old form without an equals sign (`ENV name value`).
    pub is_old_form: bool,
}

/// A here-document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it.
    pub name: String,
    /// Whether variables in it are expanded: its name is not quoted.
    pub is_expanded: bool,
    /// Whether leading tabs are cut (`<<-`).
    pub is_chomped: bool,
    /// Descriptor in front of `<<`, 0 without.
    pub file_descriptor: u32,
    /// The lines between, with their line breaks.
    pub content: String,
    /// First line of the content.
    pub first_line: u32,
    /// The content's bytes in the file.
    pub bytes: Range<usize>,
}

/// A build stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// What `FROM` names, as written.
    pub base: String,
    /// The same with the `ARG`s in front of the first stage filled in.
    pub base_expanded: String,
    /// `AS name`, in lower case.
    pub name: Option<String>,
    /// `--platform`.
    pub platform: Option<String>,
    /// The earlier stage that it builds on.
    pub parent: Option<usize>,
    /// Its instructions in [`Dockerfile::instructions`], `FROM` included.
    pub instructions: Range<usize>,
}
