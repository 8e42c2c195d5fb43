//! Comments that mean something: descriptions, and those that ignore rules.

use super::{Rule, Words, rule};
use dockerfile::{Arguments, Keyword};
use model::Severity;

pub(super) const DESCRIPTION: Rule = rule(
    "dockerfile/invalid-definition-description",
    Severity::Low,
    &["InvalidDefinitionDescription"],
    &Words(
        "a comment above ARG or FROM does not begin with its name",
        "BuildKit shows such comments as descriptions of arguments and stages (docker build --call=outline).",
        "Write `# name description`, or put an empty comment line between.",
    ),
    |file, hits| {
        for step in file.steps.iter().filter(|step| !step.is_onbuild) {
            let Some(comment) = step.instruction.comments.last() else { continue };
            if crate::pragma::read(comment) != crate::pragma::Meaning::None {
                continue;
            }
            let names: Vec<String> = match (&step.instruction.arguments, step.instruction.keyword) {
                (Arguments::Words(words), Keyword::Arg) => {
                    words.iter().map(|word| word.split('=').next().unwrap_or_default().to_owned()).collect()
                }
                (_, Keyword::From) => {
                    let words = step.instruction.words();
                    match words.as_slice() {
                        [_, _, name] => vec![name.to_lowercase()],
                        _ => continue,
                    }
                }
                _ => continue,
            };
            let first = comment.split_ascii_whitespace().next().unwrap_or_default();
            if !names.iter().any(|name| name == first) {
                let keyword = step.instruction.keyword;
                hits.add(
                    file.first_line(step),
                    format!("the comment above {keyword} does not begin with its name"),
                );
            }
        }
    },
)
.optional();

pub(super) const PRAGMA: Rule = rule(
    "dockerfile/inline-ignore-used",
    Severity::Negligible,
    &["DL1001"],
    &Words(
        "a comment ignores rules",
        "Whoever writes the file decides what is found in it. Where a central list decides, this rule shows those \
         comments; --forbid-inline-ignores takes their effect away.",
        "Put the exception into the configuration.",
    ),
    |file, hits| {
        for comment in &file.parsed.comments {
            if matches!(crate::pragma::read(&comment.text), crate::pragma::Meaning::Ignore(_)) {
                hits.add(comment.bytes.clone(), "a comment ignores rules");
            }
        }
    },
)
.optional();

pub(super) const MISSPELT_PRAGMA: Rule = rule(
    "dockerfile/ignore-not-understood",
    Severity::Medium,
    &[],
    &Words(
        "a comment that should ignore rules has no effect",
        "One of its names is no rule: the whole comment is passed over, as hadolint does.",
        "Separate rule names by commas, and write the reason behind `#` or `//`.",
    ),
    |file, hits| {
        for comment in &file.parsed.comments {
            if crate::pragma::read(&comment.text) == crate::pragma::Meaning::Misspelt {
                hits.add(comment.bytes.clone(), format!("has no effect: {}", super::cut(&comment.text)));
            }
        }
    },
);
