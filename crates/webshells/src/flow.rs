//! Request input that reaches a dangerous call, by regular expressions: names that are assigned from the request,
//! or from such a name, are followed without regard to order through a whole file, or round the call when the file
//! is large.

use crate::{
    merge::{Seen, excerpt},
    pattern_file::{Flow, PatternError},
    patterns::{compile, windows},
    rules,
};
use content::{Budget, Halt, line_at};
use model::Severity;
use regex::bytes::Regex;
use std::{collections::BTreeSet, ops::Range, sync::LazyLock};

/// Rounds in which assignments pass on what they got.
const ROUNDS: usize = 4;
/// Assignments of one file that are looked at.
const ASSIGNMENTS_MAX: usize = 20_000;
const SPAN_BYTES: usize = 600;
/// Files up to this size are followed as a whole. Larger ones are bundles of many modules, in which the same name
/// stands for many things.
const WHOLE_BYTES_MAX: usize = 48 << 10;
/// How far from a call in a larger file names are followed.
const REACH_BYTES: usize = 8 << 10;
/// Bytes of the parameters of a function that is defined.
const DEFINITION_BYTES_MAX: usize = 300;
/// Names that minifiers give are followed only next to a call in a larger file.
const MINIFIED_NAME_BYTES_MAX: usize = 2;

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
/// Literals on one line; what stands in them is no name, unless it is interpolated.
static LITERAL: LazyLock<Regex> = LazyLock::new(|| {
    compile("literal", r#""(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`"#).expect("tested")
});

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
        let is_followed_whole = bytes.len() <= WHOLE_BYTES_MAX;
        let mut names: Option<BTreeSet<Vec<u8>>> = None;
        for window in windows(bytes.len(), places, SPAN_BYTES) {
            budget.check()?;
            if !is_followed_whole {
                names = None;
            }
            for sink in &self.sinks {
                for found in sink.captures_iter(&bytes[window.clone()]) {
                    let Some(arg) = found.name("arg") else { continue };
                    let arg_start = window.start + arg.start();
                    let start = window.start + found.get(0).map_or(0, |whole| whole.start());
                    if is_definition(bytes, start, arg_start) {
                        continue;
                    }
                    let from = self.source_of(arg.as_bytes()).or_else(|| {
                        let names = names.get_or_insert_with(|| match is_followed_whole {
                            true => self.names(bytes, 0..bytes.len()),
                            false => self.names(bytes, window.clone()),
                        });
                        let arg = arg.as_bytes();
                        let word = words(arg).into_iter().find(|word| names.contains(*word))?;
                        Some(format!("variable {}", excerpt(word)))
                    });
                    let Some(from) = from else { continue };
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

    /// The names that hold request input in a part of a file and what lies round it.
    fn names(&self, bytes: &[u8], part: Range<usize>) -> BTreeSet<Vec<u8>> {
        let region = part.start.saturating_sub(REACH_BYTES)..bytes.len().min(part.end + REACH_BYTES);
        let part = part.start - region.start..part.end - region.start;
        let bytes = &bytes[region];
        let mut assignments: Vec<(Vec<u8>, &[u8])> = Vec::new();
        for found in ASSIGNMENT.captures_iter(bytes).take(ASSIGNMENTS_MAX) {
            let Some(name) = (1..=3).find_map(|group| found.get(group)) else { continue };
            if name.len() <= MINIFIED_NAME_BYTES_MAX && !part.contains(&name.start()) {
                continue;
            }
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
                if !names.contains(name) && words(value).iter().any(|word| names.contains(*word)) {
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

/// Whether `name(` defines a function, or speaks of it, instead of calling it: `def name(self)`, `function name(x)`, and the methods
/// of JavaScript, `name(x) {`.
fn is_definition(bytes: &[u8], start: usize, arg_start: usize) -> bool {
    // The match begins at the name or at the character before it.
    let head = bytes[start.saturating_sub(12)..arg_start].trim_ascii_end();
    let head = head.strip_suffix(b"(").unwrap_or(head).trim_ascii_end();
    let name_bytes =
        head.iter().rev().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let before = head[..head.len() - name_bytes].trim_ascii_end();
    if [b"def".as_slice(), b"function", b"sub", b"fn"].iter().any(|word| before.ends_with(word)) {
        return true;
    }
    // `"eval() is not supported"`: a message that speaks of it, or a call that is given nothing.
    if bytes[arg_start..].trim_ascii_start().starts_with(b")") {
        return true;
    }
    let mut depth = 1;
    for (at, byte) in bytes[arg_start..].iter().take(DEFINITION_BYTES_MAX).enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return bytes[arg_start + at + 1..].trim_ascii_start().starts_with(b"{");
        }
    }
    false
}

/// The identifiers in a text; of those in literals, the interpolated (`"$x"`, `f"{x}"`, `"#{x}"`).
fn words(text: &[u8]) -> Vec<&[u8]> {
    let literals: Vec<Range<usize>> = LITERAL.find_iter(text).map(|found| found.range()).collect();
    let is_name = |start: usize| {
        let before = start.checked_sub(1).and_then(|at| text.get(at));
        matches!(before, Some(b'$' | b'{' | b'@' | b'%'))
            || !literals.iter().any(|literal| literal.contains(&start))
    };
    WORD.find_iter(text).filter(|found| is_name(found.start())).map(|found| found.as_bytes()).collect()
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

    #[test]
    fn words_of_literals_are_no_names_unless_interpolated() {
        check("net = request.args['c']\nrun('net use')", false);
        check("net = request.args['c']\nrun(\"it's net\")", false);
        check("net = request.args['c']\nother = 'net'\nrun(other)", false);
        check("net = request.args['c']\nrun(f'{net} use')", true);
        check("net = request.args['c']\nrun(\"$net use\")", true);
        check("net = request.args['c']\nrun('use ' + net)", true);
    }

    #[test]
    fn functions_that_are_defined_are_not_called() {
        check("self = request.args\ndef run(self, context):", false);
        check("t = request.args\nclass A {run(t = {}, n) { return 1 }}", false);
        check("function run(t) {}\nt = request.args", false);
        check("t = request.args\nif (run(t)) { return 1 }", true);
        check("t = request.args\nlog(\"run() fails when t is late\")", false);
        check("t = request.args\nlog(\"never run() in t\")", false);
    }

    #[test]
    fn in_a_bundle_names_are_followed_round_the_call_only() {
        let other_module = "function other() {}\n".repeat(4000);
        check(&format!("code = request.args['c']\n{other_module}run(code)"), false);
        check(&format!("{other_module}code = request.args['c']\nrun(code)\n"), true);
        let nearby = "function other() {}\n".repeat(100);
        check(&format!("{other_module}code = request.args['c']\n{nearby}run(code)"), true);
        check(&format!("{other_module}e = request.args['c']\n{nearby}run(e)"), false);
        check(&format!("{other_module}e = request.args['c']\nrun(e)"), true);
    }
}
