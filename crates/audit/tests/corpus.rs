//! Facts and the verdict that they must give: `testdata/cases.txt`, one case a line, on a host where everything is right.
#![allow(clippy::unwrap_used, reason = "tests")]

use facts::HostFacts;
use model::OutcomeState;
use serde_json::Value;

const CASES: &str = include_str!("../testdata/cases.txt");

/// A case: `STATE | RULE | OBJECT | CHANGE ; CHANGE`. A change is `POINTER = JSON` or `-POINTER`; pointers begin with `/` in the
/// facts, `inspect/`, `container/` or `process/` in what the container is made of. `process+ = JSON` adds a process.
struct Case<'t> {
    state: &'t str,
    rule: &'t str,
    object: &'t str,
    changes: Vec<&'t str>,
}

fn case(line: &str) -> Case<'_> {
    let fields: Vec<&str> = line.splitn(4, '|').map(str::trim).collect();
    let [state, rule, object, changes] = fields[..] else { panic!("no case: {line}") };
    Case {
        state,
        rule,
        object,
        changes: changes.split(" ; ").map(str::trim).filter(|change| !change.is_empty()).collect(),
    }
}

/// The one place that knows how facts are made.
struct Parts {
    facts: Value,
    inspect: Value,
    container: Value,
    processes: Vec<Value>,
}

impl Parts {
    fn base() -> Self {
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let facts = parse(include_str!("../testdata/facts.json"));
        Self {
            container: facts.pointer("/engine/containers/known/0").unwrap().clone(),
            facts,
            inspect: parse(include_str!("../testdata/inspect.json")),
            processes: vec![parse(include_str!("../testdata/process.json"))],
        }
    }

    fn change(&mut self, change: &str) {
        let (place, value) = match change.split_once(" = ") {
            Some((place, json)) => {
                (place, Some(serde_json::from_str::<Value>(json).unwrap_or_else(|e| panic!("{change}: {e}"))))
            }
            None => (change.strip_prefix('-').unwrap_or_else(|| panic!("{change}")), None),
        };
        if place == "process+" {
            let mut added = self.processes[0].clone();
            for (key, value) in value.unwrap().as_object().unwrap() {
                added[key] = value.clone();
            }
            self.processes.push(added);
            return;
        }
        let (document, pointer) = match place.split_once('/') {
            Some(("", _)) => (&mut self.facts, place.to_owned()),
            Some(("inspect", rest)) => (&mut self.inspect, format!("/{rest}")),
            Some(("container", rest)) => (&mut self.container, format!("/{rest}")),
            Some(("process", rest)) => (&mut self.processes[0], format!("/{rest}")),
            _ => panic!("{change}"),
        };
        set(document, &pointer, value);
    }

    fn facts(mut self) -> HostFacts {
        let read = workload::read_inspect(&serde_json::to_vec(&self.inspect).unwrap()).unwrap();
        self.container["spec"] = serde_json::json!({ "known": read.specs[0] });
        if self.container.pointer("/processes/known").is_some() {
            self.container["processes"] = serde_json::json!({ "known": self.processes });
        }
        if let Some(first) = self.facts.pointer_mut("/engine/containers/known/0") {
            *first = self.container;
        }
        HostFacts::read(&serde_json::to_vec(&self.facts).unwrap()).unwrap()
    }
}

fn set(document: &mut Value, pointer: &str, value: Option<Value>) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/");
    let parent = document.pointer_mut(parent).unwrap_or_else(|| panic!("{pointer}"));
    match (parent, value) {
        (Value::Object(map), Some(value)) => _ = map.insert(name, value),
        (Value::Object(map), None) => assert!(map.remove(&name).is_some(), "{pointer}"),
        (Value::Array(list), Some(value)) if name == "-" => list.push(value),
        (Value::Array(list), Some(value)) => list[name.parse::<usize>().unwrap()] = value,
        (Value::Array(list), None) => _ = list.remove(name.parse::<usize>().unwrap()),
        _ => panic!("{pointer}"),
    }
}

fn audited(facts: &HostFacts) -> audit::Audit {
    audit::audit(facts, &audit::Settings::default(), &audit::Tables::built_in(), &[])
}

fn lines() -> impl Iterator<Item = (usize, &'static str)> {
    CASES
        .lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

#[test]
fn every_case_gives_its_verdict() {
    let mut wrong = Vec::new();
    let mut cases = 0;
    for (number, line) in lines() {
        cases += 1;
        let case = case(line);
        let mut parts = Parts::base();
        case.changes.iter().for_each(|change| parts.change(change));
        let audit = audited(&parts.facts());
        let found: Vec<_> = audit
            .outcomes
            .iter()
            .filter(|o| o.rule == case.rule && (case.object == "*" || o.object == case.object))
            .collect();
        let states: Vec<&str> = found.iter().map(|o| o.state.as_str()).collect();
        let is_right = match case.object {
            "*" => states.contains(&case.state),
            // A version that is not affected has no answer of its own for the vulnerability.
            _ if case.state == "absent" => states.is_empty(),
            _ => !states.is_empty() && states.iter().all(|state| *state == case.state),
        };
        if !is_right {
            let details: Vec<String> =
                found.iter().map(|o| format!("{} {}: {}", o.state.as_str(), o.object, o.detail)).collect();
            wrong.push(format!("{number}: {line}\n     {}", details.join("\n     ")));
        }
        for outcome in found.iter().filter(|o| o.state == OutcomeState::Failed) {
            assert!(
                audit
                    .findings
                    .iter()
                    .any(|f| f.rule == outcome.rule && f.location.object.as_deref() == Some(&outcome.object)),
                "{number}: a failed outcome without finding"
            );
        }
        if case.state == "unknown" {
            assert!(!audit.gaps.is_empty(), "{number}: unknown without gap");
        }
    }
    assert!(wrong.is_empty(), "{} of {cases} cases:\n{}", wrong.len(), wrong.join("\n"));
    assert!(cases >= 400, "{cases} cases");
}

#[test]
fn on_the_base_nothing_fails() {
    let audit = audited(&Parts::base().facts());
    let failed: Vec<String> = audit
        .outcomes
        .iter()
        .filter(|o| matches!(o.state, OutcomeState::Failed | OutcomeState::Unknown))
        // An engine that remaps ids runs as root, one that is rootless remaps nothing: no host pleases both.
        .filter(|o| o.rule != "audit/engine-runs-as-root")
        .map(|o| format!("{} {} {}: {}", o.state.as_str(), o.rule, o.object, o.detail))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_item_of_the_benchmark_is_answered_with_and_without_containers_and_facts() {
    let mut empty = Parts::base();
    empty.change("/engine/containers/known = []");
    let nothing = HostFacts::default();
    for (name, facts) in [("base", Parts::base().facts()), ("empty", empty.facts()), ("nothing", nothing)] {
        let audit = audited(&facts);
        for item in audit::BENCHMARK {
            let alias = format!("CIS-Docker-{}", item.id);
            assert!(
                audit.outcomes.iter().any(|o| o.aliases.contains(&alias)),
                "{name}: {} is not answered",
                item.id
            );
        }
    }
}

#[test]
fn without_facts_nothing_has_passed_and_everything_unknown_has_a_gap() {
    let audit = audited(&HostFacts::default());
    for outcome in &audit.outcomes {
        assert_ne!(outcome.state, OutcomeState::Passed, "{} {}", outcome.rule, outcome.object);
        if outcome.state == OutcomeState::Unknown {
            assert!(audit.gaps.iter().any(|gap| gap.what.starts_with(&outcome.rule)), "{}", outcome.rule);
        }
    }
    assert!(audit.findings.is_empty());
}

#[test]
fn any_fact_that_goes_missing_makes_no_answer_better() {
    // Each `known` of the document, one at a time, becomes missing: what had failed may become unknown, never passed.
    let mut bad = Parts::base();
    for change in [
        "/engine/info/known/security_options = []",
        "/engine/info/known/authorization_plugins = []",
        "/engine/configuration/content/known = {}",
        "inspect/HostConfig/Privileged = true",
        "/firewall/filter/known = [\"-P FORWARD ACCEPT\"]",
    ] {
        bad.change(change);
    }
    let document = serde_json::to_value(bad.facts()).unwrap();
    let read = |value: &Value| HostFacts::read(&serde_json::to_vec(value).unwrap()).unwrap();
    let before = audited(&read(&document));
    let mut pointers = Vec::new();
    known_pointers(&document, "", &mut pointers);
    for pointer in pointers.iter().filter(|pointer| !pointer.contains("/containers/known/0/spec")) {
        let mut changed = document.clone();
        *changed.pointer_mut(pointer).unwrap() =
            serde_json::json!({"missing": {"reason": "unreadable", "detail": "gone"}});
        let after = audited(&read(&changed));
        for old in before.outcomes.iter().filter(|o| o.state == OutcomeState::Failed) {
            let now = after.outcomes.iter().filter(|o| o.rule == old.rule && o.object == old.object);
            for outcome in now {
                assert_ne!(
                    outcome.state,
                    OutcomeState::Passed,
                    "{pointer}: {} {}: {}",
                    old.rule,
                    old.object,
                    outcome.detail
                );
            }
        }
    }
}

fn known_pointers(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            if map.len() == 1 && map.contains_key("known") {
                out.push(at.to_owned());
            }
            for (key, child) in map {
                known_pointers(child, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), out);
            }
        }
        Value::Array(list) => {
            for (index, child) in list.iter().enumerate().take(3) {
                known_pointers(child, &format!("{at}/{index}"), out);
            }
        }
        _ => {}
    }
}
