//! Request input that reaches a dangerous call, by regular expressions: names that are assigned from the request,
//! or from such a name, are followed through a whole file without regard to order.

use crate::{
    merge::{Seen, excerpt},
    pattern_file::{Flow, PatternError},
    patterns::{compile, windows},
    rules,
};
use content::{Budget, Halt, line_at};
use model::Severity;
use regex::bytes::Regex;
use std::{collections::BTreeSet, sync::LazyLock};

/// Rounds in which assignments pass on what they got.
const ROUNDS: usize = 4;
/// Assignments of one file that are looked at.
const ASSIGNMENTS_MAX: usize = 20_000;
const SPAN_BYTES: usize = 600;

/// Bytes of an assigned value.
const VALUE_BYTES_MAX: usize = 400;

/// What stands before an assigned value: `name =`, `name :=`, `for name in`, `foreach my $name (`.
static ASSIGNMENT: LazyLock<Regex> = LazyLock::new(|| {
    compile(
        "assignment",
        r"(?m)\b([a-z_]\w*)\s*\)?\s*(?::\s*[\w.\[\]]+\s*)?(?:\|\|=|:=|\.=|\+=|=~?)|\bfor\s+(?:each\s+)?([a-z_]\w*)\s+in\s|\bforeach\s+(?:my\s+)?[$]([a-z_]\w*)\s*\(",
    )
    .expect("tested")
});
static WORD: LazyLock<Regex> = LazyLock::new(|| compile("word", r"[a-z_]\w*").expect("tested"));

/// A flow, compiled.
pub(crate) struct CompiledFlow {
    name: String,
    state: &'static str,
    severity: Severity,
    sources: Vec<Regex>,
    sinks: Vec<Regex>,
}

impl CompiledFlow {
    pub(crate) fn new(flow: &Flow) -> Result<Self, PatternError> {
        let rule =
            rules::rule_of(&flow.state).ok_or_else(|| PatternError::UnknownState(flow.name.clone()))?;
        let all =
            |texts: &[String]| texts.iter().map(|text| compile(&flow.name, text)).collect::<Result<_, _>>();
        Ok(Self {
            name: flow.name.clone(),
            state: rule.id.strip_prefix("webshell/").expect("every id begins with the engine"),
            severity: flow.severity.unwrap_or(rule.severity),
            sources: all(&flow.sources)?,
            sinks: all(&flow.sinks)?,
        })
    }

    pub(crate) fn search(
        &self,
        bytes: &[u8],
        places: &[usize],
        budget: &Budget,
        seen: &mut Vec<Seen>,
    ) -> Result<(), Halt> {
        if !self.sources.iter().any(|source| source.is_match(bytes)) {
            return Ok(());
        }
        let mut names: Option<BTreeSet<Vec<u8>>> = None;
        for window in windows(bytes.len(), places, SPAN_BYTES) {
            budget.check()?;
            for sink in &self.sinks {
                for found in sink.captures_iter(&bytes[window.clone()]) {
                    let Some(arg) = found.name("arg") else { continue };
                    let from = self.source_of(arg.as_bytes()).or_else(|| {
                        let names = names.get_or_insert_with(|| self.names(bytes));
                        words(arg.as_bytes())
                            .find(|word| names.contains(*word))
                            .map(|word| format!("variable {}", excerpt(word)))
                    });
                    let Some(from) = from else { continue };
                    let start = window.start + found.get(0).map_or(0, |whole| whole.start());
                    seen.push(Seen {
                        state: self.state,
                        severity: self.severity,
                        line: line_at(bytes, start),
                        facts: vec![
                            format!("pattern: {}", self.name),
                            format!("source: {from}"),
                            format!("sink: {}", excerpt(&found[0])),
                        ],
                    });
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn source_of(&self, text: &[u8]) -> Option<String> {
        self.sources.iter().find_map(|source| source.find(text)).map(|found| excerpt(found.as_bytes()))
    }

    fn names(&self, bytes: &[u8]) -> BTreeSet<Vec<u8>> {
        let mut assignments: Vec<(Vec<u8>, &[u8])> = Vec::new();
        for found in ASSIGNMENT.captures_iter(bytes).take(ASSIGNMENTS_MAX) {
            let Some(name) = (1..=3).find_map(|group| found.get(group)) else { continue };
            let from = found.get(0).map_or(0, |whole| whole.end());
            let rest = &bytes[from..bytes.len().min(from + VALUE_BYTES_MAX)];
            let end = rest.iter().position(|byte| matches!(byte, b';' | b'\r' | b'\n')).unwrap_or(rest.len());
            if !rest.starts_with(b"=") {
                assignments.push((name.as_bytes().to_owned(), &rest[..end]));
            }
        }
        let mut names = BTreeSet::new();
        for (name, value) in &assignments {
            if self.source_of(value).is_some() {
                names.insert(name.clone());
            }
        }
        for _ in 0..ROUNDS {
            let before = names.len();
            for (name, value) in &assignments {
                if !names.contains(name) && words(value).any(|word| names.contains(word)) {
                    names.insert(name.clone());
                }
            }
            if names.len() == before {
                break;
            }
        }
        names
    }
}

/// The identifiers in a text.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    WORD.find_iter(text).map(|found| found.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flow() -> CompiledFlow {
        CompiledFlow::new(&Flow {
            name: "example".to_owned(),
            state: "command-from-request".to_owned(),
            severity: None,
            languages: vec![],
            keywords: vec![],
            sources: vec![r"request\.args".to_owned()],
            sinks: vec![r"\brun\((?P<arg>[^)]*)\)".to_owned()],
            bad: vec![],
            good: vec![],
        })
        .unwrap()
    }

    #[track_caller]
    fn check(text: &str, expected: bool) {
        let mut seen = Vec::new();
        let at = text.find("run(").unwrap();
        let budget = Budget::new(std::time::Duration::from_secs(5));
        flow().search(text.as_bytes(), &[at], &budget, &mut seen).unwrap();
        assert_eq!(!seen.is_empty(), expected, "{text}");
    }

    #[test]
    fn names_are_followed_through_assignments() {
        check("run(request.args['c'])", true);
        check("a = request.args['c']\nb = a + ''\nrun(b)", true);
        check("a = request.args['c']\nb = 'ls'\nrun(b)", false);
        check("for x in request.args:\n  run(x)", true);
    }
}
