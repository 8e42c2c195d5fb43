//! The build stages of a Dockerfile.

use crate::{Arguments, Dockerfile, Keyword, Problem, ProblemKind, Stage, expand};
use std::collections::BTreeMap;

/// Finds the stages, with the `ARG`s in front of the first one filled in (Dockerfile reference, "Understand how ARG
/// and FROM interact").
pub(crate) fn collect(file: &mut Dockerfile) {
    let mut arguments: BTreeMap<String, String> = BTreeMap::new();
    let mut stages: Vec<Stage> = Vec::new();
    let mut problems = Vec::new();
    for (at, instruction) in file.instructions.iter().enumerate() {
        match instruction.keyword {
            Keyword::Arg if stages.is_empty() => {
                if let Arguments::Words(words) = &instruction.arguments {
                    for word in words {
                        let (name, value) = word.split_once('=').unwrap_or((word, ""));
                        let value = expand(value, &|name| arguments.get(name).cloned());
                        arguments.insert(name.to_owned(), value);
                    }
                }
            }
            Keyword::From => {
                let words = instruction.words();
                let base = words.first().copied().unwrap_or_default();
                let name = match words.as_slice() {
                    [_, joint, name] if joint.eq_ignore_ascii_case("as") => Some(name.to_ascii_lowercase()),
                    [_] => None,
                    _ => {
                        let message = "FROM requires either one or three arguments".to_owned();
                        problems.push(Problem {
                            line: instruction.lines.first,
                            kind: ProblemKind::Refused,
                            message,
                        });
                        None
                    }
                };
                let base_expanded = expand(base, &|name| arguments.get(name).cloned());
                let wanted = base_expanded.to_ascii_lowercase();
                let parent = stages.iter().rposition(|stage| stage.name.as_deref() == Some(wanted.as_str()));
                if let Some(last) = stages.last_mut() {
                    last.instructions.end = at;
                }
                let platform = instruction.flag("platform").map(str::to_owned);
                let base = base.to_owned();
                stages.push(Stage { base, base_expanded, name, platform, parent, instructions: at..at + 1 });
            }
            _ if stages.is_empty() => {
                let message = format!("no build stage in current context: {}", instruction.keyword);
                problems.push(Problem {
                    line: instruction.lines.first,
                    kind: ProblemKind::OutsideOfStage,
                    message,
                });
            }
            _ => {}
        }
    }
    if let Some(last) = stages.last_mut() {
        last.instructions.end = file.instructions.len();
    }
    problems.truncate(20);
    file.problems.extend(problems);
    file.stages = stages;
}
