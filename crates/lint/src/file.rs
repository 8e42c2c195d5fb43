//! A Dockerfile as the rules see it: instructions with `ONBUILD` taken off, shells, commands of each `RUN`.

use crate::{Config, Surroundings};
use dockerfile::{Arguments, Command, Dockerfile, Instruction, Keyword, LineIndex, Script, split_shell};
use std::ops::Range;

/// A Dockerfile as the rules see it.
pub(crate) struct File<'a> {
    pub(crate) text: &'a str,
    pub(crate) parsed: &'a Dockerfile,
    pub(crate) index: &'a LineIndex,
    pub(crate) config: &'a Config,
    pub(crate) around: &'a Surroundings,
    /// Every instruction; what stands behind `ONBUILD` stands for it.
    pub(crate) steps: Vec<Step<'a>>,
    /// The `RUN` instructions with their commands.
    pub(crate) runs: Vec<Run<'a>>,
}

/// One instruction.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) instruction: &'a Instruction,
    /// The instruction that holds it: itself, or `ONBUILD`.
    pub(crate) outer: &'a Instruction,
    pub(crate) is_onbuild: bool,
    /// Index of its stage; instructions in front of the first `FROM` have none.
    pub(crate) stage: Option<usize>,
}

/// A `RUN` instruction.
pub(crate) struct Run<'a> {
    pub(crate) step: Step<'a>,
    pub(crate) parts: Vec<Part<'a>>,
}

/// A shell text inside a `RUN`: its line, or a here-document.
pub(crate) struct Part<'a> {
    pub(crate) text: &'a str,
    origin: Origin<'a>,
    pub(crate) script: Script,
    /// The shell that reads it.
    pub(crate) shell: Shell,
}

enum Origin<'a> {
    Instruction(&'a Instruction),
    Verbatim(usize),
}

/// Which shell runs a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Shell {
    /// File name of the program without `.exe`, in lower case; empty for the default.
    pub(crate) name: String,
    pub(crate) has_pipefail: bool,
    /// Whether it stops at the first command that fails (`-e`).
    pub(crate) has_errexit: bool,
}

impl Shell {
    pub(crate) fn of(words: &[String]) -> Self {
        let has_pipefail = words
            .windows(2)
            .any(|pair| pair[0].starts_with('-') && pair[0].ends_with('o') && pair[1] == "pipefail");
        let has_errexit = words.iter().skip(1).any(|word| {
            word.starts_with('-') && !word.starts_with("--") && word.contains('e') && word.len() < 8
        });
        Self { has_errexit, ..Self::named(words.first().map_or("", String::as_str), has_pipefail) }
    }

    fn named(program: &str, has_pipefail: bool) -> Self {
        let name = program.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let name = name.strip_suffix(".exe").unwrap_or(&name).to_owned();
        Self { name, has_pipefail, has_errexit: false }
    }

    /// Whether it reads the language of `sh`.
    pub(crate) fn is_posix(&self) -> bool {
        matches!(self.name.as_str(), "" | "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh" | "mksh")
    }
}

/// A command of a `RUN` with where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Cmd<'f, 'a> {
    pub(crate) run: &'f Run<'a>,
    pub(crate) part: &'f Part<'a>,
    pub(crate) command: &'f Command,
}

impl std::ops::Deref for Cmd<'_, '_> {
    type Target = Command;
    fn deref(&self) -> &Command {
        self.command
    }
}

impl Cmd<'_, '_> {
    /// Its bytes in the file.
    pub(crate) fn bytes(&self) -> Range<usize> {
        let start = self.command.offset;
        let end = self.command.words.last().map_or(start, |word| self.part.word_end(word));
        self.part.place(start..end.max(start + 1))
    }

    /// Where a word of it stands in the file, when it is written there as it is.
    pub(crate) fn word_bytes(&self, word: &dockerfile::Word) -> Option<Range<usize>> {
        let range = word.offset..word.offset + word.text.len();
        let is_plain = self.part.text.get(range.clone()) == Some(word.text.as_str());
        is_plain.then(|| self.part.place(range))
    }
}

impl Part<'_> {
    fn word_end(&self, word: &dockerfile::Word) -> usize {
        // Quotes and escapes make the source longer than the word; blanks end it there.
        let end = word.offset + word.text.len();
        if self.text.get(word.offset..end) == Some(word.text.as_str()) {
            return end;
        }
        let rest = self.text.get(word.offset..).unwrap_or_default();
        word.offset + rest.find([' ', '\t', '\n', ';', '&', '|']).unwrap_or(rest.len())
    }

    /// Where a part of the text stands in the file.
    pub(crate) fn place(&self, range: Range<usize>) -> Range<usize> {
        let range = range.start.min(self.text.len())..range.end.min(self.text.len());
        match self.origin {
            Origin::Instruction(instruction) => instruction.place(range),
            Origin::Verbatim(base) => base + range.start..base + range.end,
        }
    }
}

impl<'a> File<'a> {
    pub(crate) fn new(
        text: &'a str,
        parsed: &'a Dockerfile,
        index: &'a LineIndex,
        config: &'a Config,
        around: &'a Surroundings,
    ) -> Self {
        let mut steps: Vec<Step<'a>> = Vec::new();
        let mut stage = None;
        for instruction in &parsed.instructions {
            if instruction.keyword == Keyword::From {
                stage = Some(stage.map_or(0, |stage| stage + 1));
            }
            let (inner, is_onbuild) = match &instruction.arguments {
                Arguments::Onbuild(inner) => (inner.as_ref(), true),
                _ => (instruction, false),
            };
            steps.push(Step { instruction: inner, outer: instruction, is_onbuild, stage });
        }
        let mut file = Self { text, parsed, index, config, around, steps, runs: Vec::new() };
        file.runs = file.read_runs();
        file
    }

    fn read_runs(&self) -> Vec<Run<'a>> {
        let mut runs = Vec::new();
        let mut shells: Vec<Shell> = vec![Shell::default(); self.parsed.stages.len()];
        let mut shell = Shell::default();
        let pragma = self.shell_pragma();
        for step in &self.steps {
            match step.instruction.keyword {
                Keyword::From => {
                    let parent = step.stage.and_then(|at| self.parsed.stages.get(at)?.parent);
                    shell = parent.and_then(|at| shells.get(at).cloned()).unwrap_or_default();
                }
                Keyword::Shell => {
                    if let Arguments::Json(words) = &step.instruction.arguments {
                        shell = Shell::of(words);
                    }
                }
                Keyword::Run => runs.push(read_run(*step, pragma.as_ref().unwrap_or(&shell))),
                _ => {}
            }
            if let Some(slot) = step.stage.and_then(|at| shells.get_mut(at)) {
                slot.clone_from(&shell);
            }
        }
        runs
    }

    fn shell_pragma(&self) -> Option<Shell> {
        self.parsed.comments.iter().find_map(|comment| {
            let name = crate::pragma::shell_of(&comment.text)?;
            Some(Shell::named(name, false))
        })
    }

    /// The commands of all `RUN`s, those that no shell like `sh` reads left out.
    pub(crate) fn commands<'f>(&'f self) -> impl Iterator<Item = Cmd<'f, 'a>> {
        self.runs.iter().flat_map(Run::commands)
    }

    /// Where an instruction's keyword stands; behind `ONBUILD`, that of what it holds.
    pub(crate) fn keyword_bytes(&self, step: &Step<'_>) -> Range<usize> {
        let start = match step.is_onbuild {
            true => step.outer.place(0..step.instruction.keyword_text.len()).start,
            false => step.instruction.bytes.start,
        };
        start..start + step.instruction.keyword_text.len()
    }

    /// The bytes of an instruction's first line.
    pub(crate) fn first_line(&self, step: &Step<'_>) -> Range<usize> {
        let line = self.index.line(self.text, step.outer.lines.first);
        step.outer.bytes.start.max(line.start)..line.end.max(step.outer.bytes.start)
    }

    /// Instructions of a keyword.
    pub(crate) fn all(&self, keyword: Keyword) -> impl Iterator<Item = &Step<'a>> {
        self.steps.iter().filter(move |step| step.instruction.keyword == keyword)
    }

    /// The stages that a stage builds on, itself first.
    pub(crate) fn ancestry(&self, stage: usize) -> Vec<usize> {
        let mut chain = vec![stage];
        let mut at = stage;
        while let Some(parent) = self.parsed.stages.get(at).and_then(|stage| stage.parent) {
            chain.push(parent);
            at = parent;
        }
        chain
    }

    /// Whether what a stage leaves behind ends in an image: it is the last one, or a later one builds on it.
    pub(crate) fn is_kept(&self, stage: Option<usize>) -> bool {
        let Some(stage) = stage else { return true };
        stage + 1 >= self.parsed.stages.len()
            || self.parsed.stages.iter().any(|later| later.parent == Some(stage))
    }
}

impl<'a> Run<'a> {
    pub(crate) fn commands<'f>(&'f self) -> impl Iterator<Item = Cmd<'f, 'a>> {
        self.parts.iter().flat_map(move |part| {
            part.script.commands.iter().map(move |command| Cmd { run: self, part, command })
        })
    }

    /// Whether a mount of the instruction makes that directory a cache or forgets it.
    pub(crate) fn has_scratch_mount(&self, directory: &str) -> bool {
        self.step.instruction.flags.iter().filter(|flag| flag.name == "mount").any(|flag| {
            let mut kind = "";
            let mut target = "";
            for (name, value) in flag.fields() {
                match name {
                    "type" => kind = value.unwrap_or_default(),
                    "target" | "dst" | "destination" => target = value.unwrap_or_default(),
                    _ => {}
                }
            }
            let target = target.trim_end_matches('/');
            let is_above =
                directory.strip_prefix(target).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            matches!(kind, "cache" | "tmpfs") && !target.is_empty() && is_above
        })
    }
}

fn read_run<'a>(step: Step<'a>, shell: &Shell) -> Run<'a> {
    let instruction = step.instruction;
    let mut parts = Vec::new();
    if let Arguments::Json(words) = &instruction.arguments {
        // Nothing expands here, so each word is quoted before the splitter sees it: but `sh -c` is looked into.
        let quoted: Vec<String> =
            words.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
        let mut script = split_shell(&quoted.join(" "));
        for command in &mut script.commands {
            command.offset = 0;
            for word in &mut command.words {
                word.offset = usize::MAX / 2;
            }
        }
        parts.push(Part {
            text: &instruction.text,
            origin: Origin::Instruction(instruction),
            script,
            shell: Shell::named("sh", true),
        });
        return Run { step, parts };
    }
    let script = match shell.is_posix() {
        true => split_shell(&instruction.text),
        false => Script::default(),
    };
    let reader = heredoc_reader(&script, instruction, shell);
    parts.push(Part {
        text: &instruction.text,
        origin: Origin::Instruction(instruction),
        script,
        shell: shell.clone(),
    });
    if let Some(reader) = reader {
        for document in &instruction.heredocs {
            let shell = shebang(&document.content).unwrap_or_else(|| reader.clone());
            if !shell.is_posix() {
                continue;
            }
            let script = split_shell(&document.content);
            let origin = Origin::Verbatim(document.bytes.start);
            parts.push(Part { text: &document.content, origin, script, shell });
        }
    }
    Run { step, parts }
}

/// The shell that reads the here-documents of a `RUN`; `None` when they are data.
fn heredoc_reader(script: &Script, instruction: &Instruction, shell: &Shell) -> Option<Shell> {
    if instruction.heredocs.is_empty() {
        return None;
    }
    let command = script.commands.iter().find(|command| {
        command
            .redirects
            .iter()
            .any(|redirect| redirect.operator.starts_with("<<") && redirect.operator != "<<<")
    })?;
    match command.program() {
        "" => Some(shell.clone()),
        name if Shell::named(name, false).is_posix() && command.operands().next().is_none() => {
            let words: Vec<String> = command.words.iter().map(|word| word.text.clone()).collect();
            Some(Shell::of(&words))
        }
        _ => None,
    }
}

fn shebang(text: &str) -> Option<Shell> {
    let line = text.lines().next()?.strip_prefix("#!")?;
    let mut words: Vec<String> = line.split_ascii_whitespace().map(str::to_owned).collect();
    if words.first().is_some_and(|first| first.ends_with("/env")) {
        words.remove(0);
        if words.first().is_some_and(|first| first == "-S") {
            words.remove(0);
        }
    }
    Some(Shell::of(&words))
}
