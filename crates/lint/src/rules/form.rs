//! How instructions are written: spelling, repetitions, forms that builders refuse or warn of.

use super::{File, Hits, Rule, Words, rule};
use crate::file::Step;
use dockerfile::{Arguments, Keyword, ProblemKind, split_shell};
use model::Severity;
use std::ops::Range;

/// The edit that writes a shell-form command as a JSON list, when a shell does nothing for it.
pub(super) fn exec_form(step: &Step<'_>, command: &str) -> Vec<(Range<usize>, String)> {
    let script = split_shell(command);
    let [only] = script.commands.as_slice() else { return Vec::new() };
    let needs_shell = !script.problems.is_empty()
        || !only.assignments.is_empty()
        || !only.redirects.is_empty()
        || only.words.is_empty()
        || only.words.iter().any(|word| !word.is_literal || word.text.contains(['*', '?', '[', '~', '{', '\\', '$', '#']))
        || command.contains([';', '&', '|', '(', ')', '<', '>', '`', '!', '\n'])
        // What the shell itself does is no program.
        || matches!(only.words[0].text.as_str(), "exec" | "cd" | "eval" | "source" | "." | "set" | "export" | ":" | "exit" | "trap" | "ulimit" | "umask" | "command");
    let at =
        step.instruction.text.rfind(command).filter(|at| at + command.len() == step.instruction.text.len());
    let (Some(at), false) = (at, needs_shell) else { return Vec::new() };
    let words: Vec<String> = only.words.iter().map(|word| json_string(&word.text)).collect();
    let place = step.instruction.place(at..at + command.len());
    vec![(place, format!("[{}]", words.join(", ")))]
}

fn json_string(text: &str) -> String {
    let mut out = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            character if character.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            character => out.push(character),
        }
    }
    out.push('"');
    out
}

pub(super) const PARSE: Rule = rule(
    "dockerfile/not-understood",
    Severity::High,
    &["DL1000"],
    &Words(
        "builders refuse the file",
        "The line is no Dockerfile: BuildKit stops there. Seawall goes on with the next line, so the other findings count.",
        "Correct the line.",
    ),
    |file, hits| {
        for problem in &file.parsed.problems {
            if matches!(problem.kind, ProblemKind::Refused | ProblemKind::UnknownInstruction) {
                let bytes = file.index.line(file.text, problem.line);
                hits.add(bytes, super::cut(&problem.message));
            }
        }
    },
);

pub(super) const FLAG: Rule = rule(
    "dockerfile/unknown-flag",
    Severity::Medium,
    &[],
    &Words(
        "a flag that no builder is known to have",
        "Builders refuse flags that they do not know; a misspelt one, such as --from, is not caught before the build.",
        "Correct its name; some flags need a newer `# syntax=docker/dockerfile` directive.",
    ),
    |file, hits| {
        for step in &file.steps {
            let known: &[&str] = match step.instruction.keyword {
                Keyword::From => &["platform"],
                Keyword::Run => &["mount", "network", "security", "device"],
                Keyword::Copy => &["from", "chown", "chmod", "link", "parents", "exclude"],
                Keyword::Add => &["chown", "chmod", "link", "checksum", "keep-git-dir", "exclude", "unpack"],
                Keyword::Healthcheck => &["interval", "timeout", "start-period", "start-interval", "retries"],
                Keyword::Unknown => continue,
                _ => &[],
            };
            for flag in step.instruction.flags.iter().filter(|flag| !known.contains(&flag.name.as_str())) {
                hits.add(
                    flag.bytes.clone(),
                    format!("{} has no flag --{}", step.instruction.keyword, super::cut(&flag.name)),
                );
            }
        }
    },
);

pub(super) const CASING: Rule = rule(
    "dockerfile/inconsistent-instruction-casing",
    Severity::Low,
    &["ConsistentInstructionCasing"],
    &Words(
        "instructions are written in different case",
        "One spelling through the file reads easier.",
        "Write all instructions as most of them are written.",
    ),
    |file, hits| {
        let words =
            || file.parsed.instructions.iter().filter(|instruction| instruction.keyword != Keyword::Unknown);
        let is_lower = |word: &str| word.chars().all(|c| !c.is_uppercase());
        let is_upper = |word: &str| word.chars().all(|c| !c.is_lowercase());
        let lower = words().filter(|instruction| is_lower(&instruction.keyword_text)).count();
        let upper = words().filter(|instruction| is_upper(&instruction.keyword_text)).count();
        let wants_lower = lower > upper;
        for instruction in words() {
            let text = instruction.keyword_text.as_str();
            if if wants_lower { is_lower(text) } else { is_upper(text) } {
                continue;
            }
            let (wanted, name) =
                if wants_lower { (text.to_lowercase(), "lower") } else { (text.to_uppercase(), "upper") };
            let bytes = instruction.bytes.start..instruction.bytes.start + text.len();
            hits.add(
                bytes.clone(),
                format!("'{}' where most instructions are in {name} case", super::cut(text)),
            )
            .fix("match the case", vec![(bytes, wanted)]);
        }
    },
);

pub(super) const EMPTY: Rule = rule(
    "dockerfile/empty-continuation",
    Severity::Medium,
    &["NoEmptyContinuation"],
    &Words(
        "an empty line inside a continued instruction",
        "Builders skip it for now and will refuse it one day; the reader takes it for the end of the instruction.",
        "Remove the empty line, or put a comment there.",
    ),
    |file, hits| {
        for problem in &file.parsed.problems {
            if problem.kind == ProblemKind::EmptyContinuation {
                let bytes = file.index.line(file.text, problem.line);
                hits.add(bytes, "an empty line inside the instruction that ends here");
            }
        }
    },
);

pub(super) const MAINTAINER: Rule = rule(
    "dockerfile/maintainer-used",
    Severity::High,
    &["CKV_DOCKER_6", "DL4000", "DS-0022", "MaintainerDeprecated"],
    &Words(
        "MAINTAINER is deprecated",
        "Builders may drop the instruction; labels say the same and can be read by tools.",
        "Write LABEL org.opencontainers.image.authors=….",
    ),
    |file, hits| {
        for step in file.all(Keyword::Maintainer) {
            let quoted = step.instruction.text.trim_matches('"').replace('\\', "\\\\").replace('"', "\\\"");
            let end = step.instruction.place(0..step.instruction.text.len()).end;
            let bytes = file.keyword_bytes(step);
            let edit = (bytes.start..end, format!("LABEL org.opencontainers.image.authors=\"{quoted}\""));
            let hit = hits.add(file.first_line(step), "MAINTAINER is deprecated; a label says it");
            if !step.is_onbuild && !step.instruction.text.is_empty() {
                hit.fix("use a label", vec![edit]);
            }
        }
    },
);

/// Instructions of which only the last one of a stage counts.
fn repeated(file: &File<'_>, hits: &mut Hits, keyword: Keyword) {
    let mut last: Option<(&Step<'_>, Option<usize>)> = None;
    for step in file.all(keyword).filter(|step| !step.is_onbuild) {
        if let Some((earlier, stage)) = last
            && stage == step.stage
        {
            hits.add(file.first_line(earlier), format!("a later {keyword} of the stage overrides this one"));
        }
        last = Some((step, step.stage));
    }
}

const ONCE: (&str, &str) =
    ("Only the last one of a stage counts; the others mislead the reader.", "Keep the one that is meant.");

pub(super) const CMDS: Rule = rule(
    "dockerfile/several-cmds",
    Severity::Medium,
    &["DL4003", "DS-0016", "MultipleInstructionsDisallowed"],
    &Words("several CMDs in one stage", ONCE.0, ONCE.1),
    |file, hits| repeated(file, hits, Keyword::Cmd),
);

pub(super) const ENTRYPOINTS: Rule = rule(
    "dockerfile/several-entrypoints",
    Severity::High,
    &["DL4004", "DS-0007", "MultipleInstructionsDisallowed"],
    &Words("several ENTRYPOINTs in one stage", ONCE.0, ONCE.1),
    |file, hits| repeated(file, hits, Keyword::Entrypoint),
);

pub(super) const HEALTHCHECKS: Rule = rule(
    "dockerfile/several-healthchecks",
    Severity::High,
    &["DL3012", "DS-0023", "MultipleInstructionsDisallowed"],
    &Words("several HEALTHCHECKs in one stage", ONCE.0, ONCE.1),
    |file, hits| repeated(file, hits, Keyword::Healthcheck),
);

pub(super) const NO_HEALTHCHECK: Rule = rule(
    "dockerfile/no-healthcheck",
    Severity::Low,
    &["CIS-DI-0006", "CIS-Docker-4.6", "CKV_DOCKER_2", "DL3057", "DS-0026"],
    &Words(
        "the image has no HEALTHCHECK",
        "The engine then only sees whether the process runs, not whether it answers. Kubernetes has probes of its own and \
         does not read it, so this rule runs only when it is asked for.",
        "Add a HEALTHCHECK that asks what users ask.",
    ),
    |file, hits| {
        let has = |stage: usize| file.all(Keyword::Healthcheck).any(|step| step.stage == Some(stage));
        // A stage that a later one builds on is judged with that one.
        for (at, stage) in file.parsed.stages.iter().enumerate() {
            let is_base = file.parsed.stages.iter().any(|later| later.parent == Some(at));
            let is_inherited = file.ancestry(at).into_iter().any(has);
            let from = &file.parsed.instructions.get(stage.instructions.start);
            if let (false, false, Some(from)) = (is_base, is_inherited, from) {
                hits.add(from.bytes.start..from.bytes.start + 4, "a stage without HEALTHCHECK");
            }
        }
    },
)
.optional();

pub(super) const LEGACY: Rule = rule(
    "dockerfile/legacy-key-value-format",
    Severity::Low,
    &["LegacyKeyValueFormat"],
    &Words(
        "ENV or LABEL without an equals sign",
        "The old form takes one name and the whole rest as value, which surprises whoever adds a second one.",
        "Write name=value.",
    ),
    |file, hits| {
        for step in &file.steps {
            let Arguments::Pairs(pairs) = &step.instruction.arguments else { continue };
            let [pair] = pairs.as_slice() else { continue };
            if !pair.is_old_form {
                continue;
            }
            let name = step.instruction.keyword.as_str();
            let text = &step.instruction.text;
            let place = step.instruction.place(0..text.len());
            let hit = hits.add(
                file.first_line(step),
                format!("{name} {} value: write {name} name=value", super::cut(&pair.name)),
            );
            let is_one_line = file.text.get(place.clone()) == Some(text.as_str());
            let value = pair.value.trim_end();
            let is_quoted = value.starts_with(['"', '\'']);
            let new = match value.contains([' ', '\t']) && !is_quoted {
                true if value.contains(['"', '\\', '\'']) => return,
                true => format!("{}=\"{value}\"", pair.name),
                false => format!("{}={value}", pair.name),
            };
            if is_one_line && !(is_quoted && value.contains(' ')) && !value.is_empty() {
                hit.fix("write name=value", vec![(place, new)]);
            }
        }
    },
);

pub(super) const ONBUILD: Rule = rule(
    "dockerfile/onbuild-of-forbidden-instruction",
    Severity::High,
    &["DL3043"],
    &Words(
        "ONBUILD holds an instruction that it must not hold",
        "Builders refuse ONBUILD, FROM and MAINTAINER behind ONBUILD, in the build of whoever uses the image.",
        "Remove it.",
    ),
    |file, hits| {
        for step in file.steps.iter().filter(|step| step.is_onbuild) {
            let keyword = step.instruction.keyword;
            if matches!(keyword, Keyword::Onbuild | Keyword::From | Keyword::Maintainer) {
                hits.add(file.first_line(step), format!("{keyword} behind ONBUILD"));
            }
        }
    },
);

pub(super) const ENV_SELF: Rule = rule(
    "dockerfile/variable-used-where-it-is-set",
    Severity::High,
    &["DL3044"],
    &Words(
        "ENV uses a variable that the same ENV sets first",
        "All values of one ENV are filled in with what was set before the instruction: the new value does not count yet.",
        "Use two ENV instructions.",
    ),
    |file, hits| {
        let mut known: Vec<(Option<usize>, String)> = Vec::new();
        for step in &file.steps {
            match (&step.instruction.arguments, step.instruction.keyword) {
                (Arguments::Words(words), Keyword::Arg) => known.extend(
                    words
                        .iter()
                        .map(|word| (step.stage, word.split('=').next().unwrap_or_default().to_owned())),
                ),
                (Arguments::Pairs(pairs), Keyword::Env) => {
                    let stages: Vec<Option<usize>> = match step.stage {
                        Some(stage) => file.ancestry(stage).into_iter().map(Some).collect(),
                        None => vec![None],
                    };
                    let is_known = |name: &str| {
                        known.iter().any(|(stage, known)| stages.contains(stage) && known == name)
                    };
                    let uses = |value: &str| {
                        let used = super::variables::used(value, file.parsed.escape);
                        used.into_iter().find(|used| {
                            pairs.iter().any(|pair| pair.name == used.name) && !is_known(&used.name)
                        })
                    };
                    // `PATH=$PATH:/x` reaches for what the base image sets.
                    let earlier = pairs.iter().enumerate().find_map(|(at, pair)| {
                        let is_again = pairs[..at].iter().any(|earlier| earlier.name == pair.name);
                        uses(&pair.value).filter(|used| is_again && used.name == pair.name)
                    });
                    let found =
                        pairs.iter().find_map(|pair| uses(&pair.value).filter(|used| used.name != pair.name));
                    if let Some(used) = found.or(earlier) {
                        hits.add(file.first_line(step), format!("${} is set by this very ENV", used.name));
                    }
                    known.extend(pairs.iter().map(|pair| (step.stage, pair.name.clone())));
                }
                _ => {}
            }
        }
    },
);
