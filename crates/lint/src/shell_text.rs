//! The rules about shell text (crate `shell`), asked for every `RUN`; their places lead back to lines and columns of the
//! file.

use crate::{
    file::{File, Part, Run},
    hits::Hits,
};
use dockerfile::{Arguments, Instruction, Keyword};
use shell::{Dialect, Options, ShellHit, check};
use std::{collections::BTreeMap, ops::Range};

/// Variables that builders set for every `RUN` (Dockerfile reference, "Predefined ARGs").
const PREDEFINED: &[&str] = &[
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "FTP_PROXY",
    "ftp_proxy",
    "NO_PROXY",
    "no_proxy",
    "ALL_PROXY",
    "all_proxy",
];

pub(crate) fn judge(file: &File<'_>, hits: &mut Hits) {
    for run in &file.runs {
        let instruction = run.step.instruction;
        if matches!(instruction.arguments, Arguments::Json(_)) {
            continue;
        }
        for (at, part) in run.parts.iter().enumerate() {
            if !part.shell.is_posix() {
                continue;
            }
            let options = Options { variables: variables(file, run), has_errexit: part.shell.has_errexit };
            let dialect = dialect(part);
            // The line alone would announce here-documents that never come.
            let line =
                (at == 0 && !instruction.heredocs.is_empty()).then(|| WithHeredocs::of(file, instruction));
            let (text, with_heredocs) = match &line {
                Some(line) => (line.text.as_str(), Some(line)),
                None => (part.text, None),
            };
            // Of `RUN <<EOF` only the document is a script.
            if at == 0 && instruction.text.trim_start().starts_with("<<") && run.parts.len() > 1 {
                continue;
            }
            let place = |range: Range<usize>| match with_heredocs {
                Some(line) => line.place(instruction, range),
                None => part.place(range),
            };
            for hit in check(text, dialect, &options) {
                add(hits, &hit, &place);
            }
        }
    }
}

fn add(hits: &mut Hits, found: &ShellHit, place: &dyn Fn(Range<usize>) -> Range<usize>) {
    let hit = hits.add_of(found.rule, found.aliases, place(found.span.clone()), found.message.clone());
    let Some(fix) = &found.fix else { return };
    let edits: Vec<(Range<usize>, String)> =
        fix.edits.iter().map(|edit| (place(edit.bytes.clone()), edit.text.clone())).collect();
    // An edit over a continued line would take the continuation with it.
    let is_plain = fix.edits.iter().zip(&edits).all(|(edit, (bytes, _))| edit.bytes.len() == bytes.len());
    if is_plain {
        hit.fix(&fix.title, edits);
    }
}

fn dialect(part: &Part<'_>) -> Dialect {
    match part.shell.name.as_str() {
        "" => Dialect::Sh,
        "zsh" => Dialect::Other,
        name => Dialect::of_program(name),
    }
}

/// What `ENV` and `ARG` set before the instruction, in its stage and those that it builds on.
fn variables(file: &File<'_>, run: &Run<'_>) -> BTreeMap<String, Option<String>> {
    let mut variables: BTreeMap<String, Option<String>> =
        PREDEFINED.iter().map(|name| ((*name).to_owned(), None)).collect();
    let stages: Vec<Option<usize>> = match run.step.stage {
        Some(stage) => file.ancestry(stage).into_iter().map(Some).collect(),
        None => vec![None],
    };
    for step in file.steps.iter().take_while(|step| step.outer.bytes.start < run.step.outer.bytes.start) {
        if !stages.contains(&step.stage) {
            continue;
        }
        match (&step.instruction.arguments, step.instruction.keyword) {
            (Arguments::Words(words), Keyword::Arg) => {
                let names = words.iter().map(|word| word.split('=').next().unwrap_or_default().to_owned());
                variables.extend(names.map(|name| (name, None)));
            }
            (Arguments::Pairs(pairs), Keyword::Env) => variables.extend(pairs.iter().map(|pair| {
                let value = pair.value.trim_matches(['"', '\'']);
                (pair.name.clone(), (!value.contains(['$', '\\'])).then(|| value.to_owned()))
            })),
            _ => {}
        }
    }
    variables
}

/// A line with the here-documents that it announces behind it, as the shell gets them.
struct WithHeredocs {
    text: String,
    /// Where the documents begin in the text, and in the file.
    behind: usize,
    first: usize,
}

impl WithHeredocs {
    fn of(file: &File<'_>, instruction: &Instruction) -> Self {
        let first = instruction.heredocs.first().map_or(0, |document| document.bytes.start);
        let documents = file.text.get(first..instruction.bytes.end).unwrap_or_default();
        let text = format!("{}\n{documents}", instruction.text);
        Self { text, behind: instruction.text.len() + 1, first }
    }

    fn place(&self, instruction: &Instruction, range: Range<usize>) -> Range<usize> {
        if range.start < self.behind {
            return instruction.place(range.start..range.end.min(self.behind - 1));
        }
        range.start - self.behind + self.first..range.end - self.behind + self.first
    }
}
