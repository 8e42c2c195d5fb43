//! Build stages and what is copied between them.

use super::images::stages;
use super::{File, Rule, Words, rule};
use crate::file::Step;
use dockerfile::{Keyword, ProblemKind};
use model::Severity;
use std::ops::Range;

/// The third word of `FROM image AS name`, as written, and its place; with it the place of `AS`.
fn name_of<'f>(
    file: &File<'_>,
    step: &'f Step<'_>,
) -> Option<(&'f str, Range<usize>, &'f str, Range<usize>)> {
    let places = step.instruction.word_places(file.parsed.escape);
    match places.as_slice() {
        [_, (joint, at), (name, bytes)] if joint.eq_ignore_ascii_case("as") => {
            Some((name, bytes.clone(), joint, at.clone()))
        }
        _ => None,
    }
}

pub(super) const DUPLICATE: Rule = rule(
    "dockerfile/duplicate-stage-name",
    Severity::High,
    &["CKV_DOCKER_11", "DL3024", "DS-0012", "DuplicateStageName"],
    &Words(
        "two stages have the same name",
        "COPY --from and --target mean one of them, and not the one that the reader thinks of.",
        "Give every stage a name of its own.",
    ),
    |file, hits| {
        let mut seen: Vec<String> = Vec::new();
        for (_, step) in stages(file) {
            let Some((name, bytes, ..)) = name_of(file, step) else { continue };
            if seen.contains(&name.to_ascii_lowercase()) {
                hits.add(bytes, format!("another stage is called {} too", super::cut(name)));
            } else {
                seen.push(name.to_ascii_lowercase());
            }
        }
    },
);

pub(super) const RESERVED: Rule = rule(
    "dockerfile/reserved-stage-name",
    Severity::Medium,
    &["DL3063", "ReservedStageName"],
    &Words(
        "a stage has a name with a meaning of its own",
        "scratch means no base, context the files of the build; a stage of that name cannot be reached.",
        "Rename the stage.",
    ),
    |file, hits| {
        for (_, step) in stages(file) {
            let Some((name, bytes, ..)) = name_of(file, step) else { continue };
            if matches!(name.to_ascii_lowercase().as_str(), "scratch" | "context") {
                hits.add(bytes, format!("stage with the reserved name {name}"));
            }
        }
    },
);

pub(super) const CASING: Rule = rule(
    "dockerfile/stage-name-casing",
    Severity::Low,
    &["StageNameCasing"],
    &Words(
        "a stage name has upper-case letters",
        "Stage names are compared without case, image names have none: mixed case looks like a difference that is none.",
        "Write stage names in lower case.",
    ),
    |file, hits| {
        for (_, step) in stages(file) {
            let Some((name, bytes, ..)) = name_of(file, step) else { continue };
            if name.chars().any(char::is_uppercase) {
                hits.add(bytes, format!("stage name {} is not in lower case", super::cut(name)));
            }
        }
    },
);

pub(super) const AS_CASING: Rule = rule(
    "dockerfile/from-as-casing",
    Severity::Low,
    &["FromAsCasing"],
    &Words(
        "FROM and AS are written in different case",
        "One spelling through the file reads easier.",
        "Write both in upper or both in lower case.",
    ),
    |file, hits| {
        for (_, step) in stages(file) {
            let Some((_, _, joint, bytes)) = name_of(file, step) else { continue };
            let from = step.instruction.keyword_text.as_str();
            let is_lower = |word: &str| word.chars().all(char::is_lowercase);
            let is_upper = |word: &str| word.chars().all(char::is_uppercase);
            let (wanted, is_wrong) = if is_lower(from) {
                (joint.to_lowercase(), !is_lower(joint))
            } else {
                (joint.to_uppercase(), is_upper(from) && !is_upper(joint))
            };
            if is_wrong {
                hits.add(bytes.clone(), format!("'{joint}' beside '{from}'"))
                    .fix("match the case", vec![(bytes, wanted)]);
            }
        }
    },
);

/// `COPY` instructions with what they copy from.
fn copies<'f, 'a>(file: &'f File<'a>) -> impl Iterator<Item = (&'f Step<'a>, &'f dockerfile::Flag, &'f str)> {
    file.all(Keyword::Copy).filter_map(|step| {
        let flag = step.instruction.flags.iter().find(|flag| flag.name == "from")?;
        Some((step, flag, flag.value.as_deref()?))
    })
}

pub(super) const UNKNOWN: Rule = rule(
    "dockerfile/copy-from-unknown-stage",
    Severity::Medium,
    &["DL3022"],
    &Words(
        "COPY --from names no earlier stage",
        "What is no stage is taken for an image of a registry: a misspelt stage becomes somebody else's image.",
        "Name a stage above, or an image with its tag or digest.",
    ),
    |file, hits| {
        for (step, flag, from) in copies(file) {
            let at = step.stage.unwrap_or(0);
            let is_stage = file
                .parsed
                .stages
                .iter()
                .take(at)
                .any(|stage| stage.name.as_deref() == Some(&from.to_ascii_lowercase()));
            let is_own = file
                .parsed
                .stages
                .get(at)
                .is_some_and(|stage| stage.name.as_deref() == Some(&from.to_ascii_lowercase()));
            let is_number = from.parse::<usize>().is_ok_and(|number| number < at);
            if !is_stage && !is_own && !is_number && !from.contains([':', '@', '$']) {
                hits.add(
                    flag.bytes.clone(),
                    format!("COPY --from={} names no earlier stage", super::cut(from)),
                );
            }
        }
    },
);

pub(super) const OWN: Rule = rule(
    "dockerfile/copy-from-own-stage",
    Severity::High,
    &["DL3023", "DS-0006"],
    &Words(
        "COPY --from names the stage that it stands in",
        "A stage cannot copy from itself: the build fails, or takes an image of that name.",
        "Name another stage, or use RUN cp.",
    ),
    |file, hits| {
        for (step, flag, from) in copies(file) {
            let own = step.stage.and_then(|at| file.parsed.stages.get(at));
            if own.is_some_and(|stage| stage.name.as_deref() == Some(&from.to_ascii_lowercase())) {
                hits.add(
                    flag.bytes.clone(),
                    format!("COPY --from={} copies from its own stage", super::cut(from)),
                );
            }
        }
    },
);

pub(super) const WHOLE: Rule = rule(
    "dockerfile/whole-file-system-copied",
    Severity::Medium,
    &["DL3067"],
    &Words(
        "the whole file system of a stage is copied",
        "Everything of the other stage comes along, its tools and secrets too, and the history of its layers is lost.",
        "Copy the directories that are needed, or build FROM that stage.",
    ),
    |file, hits| {
        for (step, _, from) in copies(file) {
            let words = step.instruction.words();
            let is_root = |word: &&str| matches!(word.trim_matches(['"', '\'']), "/" | "/." | "/*");
            let Some((target, sources)) = words.split_last() else { continue };
            if is_root(target) && sources.iter().any(is_root) {
                hits.add(file.first_line(step), format!("everything of {} is copied", super::cut(from)));
            }
        }
    },
);

pub(super) const FIRST: Rule = rule(
    "dockerfile/instruction-before-from",
    Severity::High,
    &["DL3061"],
    &Words(
        "an instruction stands in front of the first FROM",
        "Only ARG, comments and directives may stand there; builders refuse the file.",
        "Begin with FROM, or with ARG for what FROM uses.",
    ),
    |file, hits| {
        let line = file.parsed.problems.iter().find(|problem| problem.kind == ProblemKind::OutsideOfStage);
        let Some(line) = line.map(|problem| problem.line) else { return };
        if let Some(step) = file.steps.iter().find(|step| step.outer.lines.first == line) {
            hits.add(file.first_line(step), format!("{} in front of the first FROM", step.outer.keyword));
        }
    },
);
