//! The rules about shell text (crate `shell`), asked for every `RUN`; their places lead back to lines and columns of the
//! file.

use crate::rules::variables::PREDEFINED;
use crate::{
    file::{File, Part, Run},
    hits::Hits,
};
use dockerfile::{Arguments, Instruction, Keyword};
use shell::{Dialect, Options, ShellHit, check};
use std::{collections::BTreeMap, ops::Range};

/// A shell text of a `RUN`, as the shell gets it, for programs outside that judge such texts.
pub struct ShellText {
    /// `sh`, `bash`, `dash`, `ksh`: what reads it.
    pub shell: String,
    /// The text.
    pub text: String,
    /// Names that `ENV` and `ARG` set before it.
    pub variables: Vec<String>,
    pieces: Vec<(usize, usize)>,
}

impl ShellText {
    /// The offset in the file of a 1-based line and column of the text.
    #[must_use]
    pub fn locate(&self, line: usize, column: usize) -> Option<usize> {
        let start = match line.checked_sub(2) {
            None => 0,
            Some(breaks) => self.text.match_indices('\n').nth(breaks)?.0 + 1,
        };
        let characters = self.text.get(start..)?.char_indices();
        let offset = start
            + characters.map(|(at, _)| at).nth(column.checked_sub(1)?).unwrap_or(self.text.len() - start);
        let piece = self.pieces.partition_point(|(at, _)| *at <= offset).checked_sub(1)?;
        let (at, file) = self.pieces[piece];
        Some(file + (offset - at))
    }
}

/// The shell texts of every `RUN` of a Dockerfile that a shell like `sh` reads.
#[must_use]
pub fn shell_texts(text: &str) -> Vec<ShellText> {
    let parsed = dockerfile::parse(text);
    let index = dockerfile::LineIndex::new(text);
    let (config, around) = (crate::Config::default(), crate::Surroundings::default());
    let file = File::new(text, &parsed, &index, &config, &around);
    let mut texts = Vec::new();
    for_each(&file, &mut |run, part, shown, place| {
        // The text is mapped byte by byte where a continued line was joined, in one piece elsewhere.
        let mut pieces: Vec<(usize, usize)> = Vec::new();
        for at in (0..shown.len()).filter(|at| shown.is_char_boundary(*at)) {
            let file = place(at..at).start;
            let follows = pieces.last().is_some_and(|(start, begin)| file == begin + (at - start));
            if !follows {
                pieces.push((at, file));
            }
        }
        let shell = if part.shell.name.is_empty() { "sh" } else { part.shell.name.as_str() };
        let variables = variables(&file, run).into_keys().collect();
        texts.push(ShellText { shell: shell.to_owned(), text: shown.to_owned(), variables, pieces });
    });
    texts
}

pub(crate) fn judge(file: &File<'_>, hits: &mut Hits, wants: &dyn Fn(&ShellHit) -> bool) {
    for_each(file, &mut |run, part, text, place| {
        let options = Options { variables: variables(file, run), has_errexit: part.shell.has_errexit };
        for hit in check(text, dialect(part), &options).into_iter().filter(wants) {
            add(hits, &hit, place);
        }
    });
}

type Place<'p> = &'p dyn Fn(Range<usize>) -> Range<usize>;

/// Shows each shell text with what leads its parts back to the file.
fn for_each(file: &File<'_>, show: &mut dyn FnMut(&Run<'_>, &Part<'_>, &str, Place<'_>)) {
    for run in &file.runs {
        let instruction = run.step.instruction;
        if matches!(instruction.arguments, Arguments::Json(_)) {
            continue;
        }
        for (at, part) in run.parts.iter().enumerate() {
            // Of `RUN <<EOF` only the document is a script.
            let is_opening =
                at == 0 && instruction.text.trim_start().starts_with("<<") && run.parts.len() > 1;
            if !part.shell.is_posix() || is_opening {
                continue;
            }
            // The line alone would announce here-documents that never come.
            if at == 0 && !instruction.heredocs.is_empty() {
                let line = WithHeredocs::of(file, instruction);
                show(run, part, &line.text, &|range| line.place(instruction, range));
            } else {
                show(run, part, part.text, &|range| part.place(range));
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
