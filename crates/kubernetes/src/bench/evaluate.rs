//! A benchmark file answered from facts (`check/check.go`, `run`).

use super::commands::{Output, answer};
use super::compare::{Found, Source, judge};
use super::file::{BenchCheck, BenchFile, BenchTests, TestItem};
use super::{BenchFacts, Names, policies};
use model::{Gap, GapReason, Outcome, OutcomeState};

/// The answers of a benchmark file.
#[derive(Clone, Debug, Default)]
pub struct Bench {
    /// One a check, in the order of the file.
    pub checks: Vec<BenchOutcome>,
    /// What could not be answered.
    pub gaps: Vec<Gap>,
}

/// The answer of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BenchOutcome {
    /// `1.1.1`.
    pub id: String,
    /// What it asks for.
    pub text: String,
    /// The answer.
    pub state: OutcomeState,
    /// What was seen, or why there is no answer.
    pub detail: String,
    /// How to repair it.
    pub remediation: String,
    /// Whether it counts; a check that does not is a hint.
    pub scored: bool,
}

impl Bench {
    /// The answers in the words of reports.
    #[must_use]
    pub fn outcomes(&self, version: &str, object: &str) -> Vec<Outcome> {
        let outcome = |check: &BenchOutcome| Outcome {
            rule: format!("kube-bench/{}", check.id),
            object: object.to_owned(),
            state: check.state,
            detail: check.detail.clone(),
            aliases: vec![format!("{version}:{}", check.id)],
        };
        self.checks.iter().map(outcome).collect()
    }
}

/// Kinds of files about a node.
const OF_NODE: [&str; 4] = ["master", "controlplane", "etcd", "node"];

/// Answers every check of a file.
#[must_use]
pub fn evaluate(file: &BenchFile, names: &Names, facts: &BenchFacts) -> Bench {
    let mut bench = Bench::default();
    // kube-bench asks a node only about the components that run there. What k3s runs is told by its journal.
    let is_elsewhere = OF_NODE.contains(&file.kind.as_str())
        && names.runs_here(facts) == Some(false)
        && facts.logs.is_empty();
    for check in file.groups.iter().flat_map(|group| &group.checks) {
        let ours = facts.cluster.as_ref().and_then(|cluster| policies::answer(&check.text, cluster));
        let (state, detail) = match ours.filter(|_| file.kind == "policies") {
            Some(answer) => answer,
            None if is_elsewhere => {
                (OutcomeState::NotApplicable, "no component that it is about runs on this node".to_owned())
            }
            None => run(check, names, facts),
        };
        if state == OutcomeState::Unknown {
            bench.gaps.push(Gap::new(
                format!("{} {}", file.version, check.id),
                GapReason::Unsupported,
                detail.clone(),
            ));
        }
        bench.checks.push(BenchOutcome {
            id: check.id.clone(),
            text: check.text.clone(),
            state,
            detail,
            remediation: check.remediation.clone(),
            scored: check.scored,
        });
    }
    bench
}

fn run(check: &BenchCheck, names: &Names, facts: &BenchFacts) -> (OutcomeState, String) {
    match check.kind.as_str() {
        "skip" => return (OutcomeState::NotApplicable, "the benchmark skips it".to_owned()),
        "manual" => return (OutcomeState::Manual, "a person has to look".to_owned()),
        _ => {}
    }
    let Some(tests) = check.tests.as_ref().filter(|tests| !tests.items.is_empty()) else {
        return (OutcomeState::Manual, "the benchmark has no test for it".to_owned());
    };
    let command = names.fill(&check.audit, facts);
    let output = match answer(&command, facts) {
        Output::Text(text) => text,
        other => return unknown(&command, &other),
    };
    // A component that does not run here is nobody's mistake.
    let is_process = command.contains("ps -");
    if is_process && output.is_empty() && check.audit_config.is_empty() && check.audit_env.is_empty() {
        return (OutcomeState::NotApplicable, "the component does not run on this node".to_owned());
    }
    let mut config = String::new();
    if !check.audit_config.is_empty() {
        match answer(&names.fill(&check.audit_config, facts), facts) {
            Output::Text(text) => config = text,
            // The command line alone may answer.
            other if output.is_empty() => return unknown(&check.audit_config, &other),
            _ => {}
        }
    }
    let environment = environment(check, names, facts);
    let results: Vec<bool> =
        tests.items.iter().map(|item| item_holds(item, check, &output, &config, &environment)).collect();
    let holds = match tests.operator.as_str() {
        "" | "and" => results.iter().all(|good| *good),
        "or" => results.iter().any(|good| *good),
        other => return (OutcomeState::Unknown, format!("the operator '{}' is not known", short(other))),
    };
    let seen = short(if output.trim().is_empty() { &config } else { &output });
    match (holds, check.scored) {
        (true, _) => (OutcomeState::Passed, seen),
        (false, _) => (OutcomeState::Failed, format!("{}: {seen}", expected(tests))),
    }
}

fn item_holds(item: &TestItem, check: &BenchCheck, output: &str, config: &str, environment: &str) -> bool {
    let mut found: Found = judge(item, output, Source::Command, check.has_lines);
    if !found.is_found && !config.is_empty() {
        found = judge(item, config, Source::Config, check.has_lines);
    }
    if !found.is_found && !item.env.is_empty() {
        found = judge(item, environment, Source::Environment, check.has_lines);
    }
    found.is_good
}

/// `cat "/proc/$(/bin/ps -C NAME -o pid= | tr -d ' ')/environ" | tr '\0' '\n'` is the one shape in use.
fn environment(check: &BenchCheck, names: &Names, facts: &BenchFacts) -> String {
    let command = names.fill(&check.audit_env, facts);
    if !command.contains("environ") {
        return String::new();
    }
    let called = facts.processes.iter().find(|process| {
        let own = process.arguments.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
        !own.is_empty()
            && command.split(|letter: char| letter.is_whitespace() || letter == ')').any(|word| word == own)
    });
    called.map_or_else(String::new, |process| process.environment.join("\n"))
}

fn unknown(command: &str, output: &Output) -> (OutcomeState, String) {
    let detail = match output {
        Output::NotKnown(what) => format!("{} was not looked at", short(what)),
        _ => format!("the command is none that is known, and commands are not run: {}", short(command)),
    };
    (OutcomeState::Unknown, detail)
}

fn expected(tests: &BenchTests) -> String {
    let items = tests.items.iter().take(10).map(|item| {
        let name = [&item.flag, &item.path, &item.env]
            .into_iter()
            .find(|name| !name.is_empty())
            .map_or("", String::as_str);
        match (item.set, item.operator.as_str()) {
            (false, _) => format!("{name} absent"),
            (true, "") => format!("{name} present"),
            (true, operator) => format!("{name} {operator} {}", short(&item.value)),
        }
    });
    let word = if tests.operator == "or" { " or " } else { " and " };
    format!("expected {}", items.collect::<Vec<_>>().join(word))
}

fn short(text: &str) -> String {
    let text = text.trim();
    text.chars()
        .take(300)
        .map(|letter| {
            if letter == '\n' {
                ' '
            } else if letter.is_control() {
                '\u{FFFD}'
            } else {
                letter
            }
        })
        .collect()
}
