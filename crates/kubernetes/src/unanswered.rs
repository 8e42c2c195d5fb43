//! What the rules could not tell, as gaps.

use crate::{object::Object, sink::Judged};
use model::{Gap, GapReason, OutcomeState};
use std::collections::BTreeMap;

/// Groups of the kinds that decide what the API server lets in, besides Kubernetes' own.
const POLICY_GROUPS: [&str; 4] =
    ["constraints.gatekeeper.sh", "kyverno.io", "policies.kubewarden.io", "policies.kyverno.io"];

/// A gap for each reason for which a rule has no answer: a cluster may have thousands of objects with the same.
pub(crate) fn unknown(judged: &mut Judged) {
    let mut objects: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for outcome in &judged.outcomes {
        // The rules about containers tell theirs themselves.
        if outcome.state == OutcomeState::Unknown && outcome.rule.starts_with("kubernetes/") {
            objects.entry((&outcome.rule, &outcome.detail)).or_default().push(&outcome.object);
        }
    }
    let gaps: Vec<Gap> = objects
        .into_iter()
        .map(|((rule, detail), objects)| {
            Gap::new(format!("{rule} for {}", first_of(&objects)), GapReason::Unsupported, detail)
        })
        .collect();
    judged.gaps.extend(gaps);
}

/// Policies of admission are listed and not evaluated: an object that they would refuse is judged like all others.
pub(crate) fn admission_policies(objects: &[Object], judged: &mut Judged) {
    let is_policy = |object: &&Object| {
        POLICY_GROUPS.contains(&object.group())
            || (object.group() == "admissionregistration.k8s.io" && object.kind.ends_with("AdmissionPolicy"))
    };
    let labels: Vec<String> = objects.iter().filter(is_policy).map(Object::label).collect();
    if !labels.is_empty() {
        let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
        let detail = "policies of admission are not evaluated: what they refuse is judged all the same";
        judged.gaps.push(Gap::new(first_of(&labels), GapReason::Unsupported, detail));
    }
}

fn first_of(labels: &[&str]) -> String {
    match labels {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}
