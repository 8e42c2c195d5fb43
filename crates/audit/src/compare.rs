//! Two audits, one after the other.

use model::{Finding, Outcome, OutcomeState, Report};
use std::collections::BTreeMap;

/// What changed between two audits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// Findings that the first did not have.
    pub new: Vec<Finding>,
    /// Findings that the second does not have, whose check passed or means nothing any more.
    pub repaired: Vec<Finding>,
    /// Findings that the second does not have because it could not answer: not repaired.
    pub unanswered: Vec<Finding>,
    /// Answers that changed: rule, object, before, after.
    pub changed: Vec<(String, String, OutcomeState, OutcomeState)>,
    /// Findings of both.
    pub lasting: usize,
}

/// Compares an audit with an earlier one. A finding that is gone because a fact is missing does not count as repaired.
#[must_use]
pub fn compare(before: &Report, after: &Report) -> Comparison {
    let mut comparison = Comparison::default();
    let key = |outcome: &Outcome| (outcome.rule.clone(), outcome.object.clone());
    // A rule may answer several questions about one object: the worst counts.
    let states = |report: &Report| {
        let mut states: BTreeMap<(String, String), OutcomeState> = BTreeMap::new();
        for outcome in &report.outcomes {
            let state = states.entry(key(outcome)).or_insert(outcome.state);
            if weight(outcome.state) > weight(*state) {
                *state = outcome.state;
            }
        }
        states
    };
    let (old_states, new_states) = (states(before), states(after));
    for (key, state) in &new_states {
        if let Some(old) = old_states.get(key)
            && old != state
        {
            comparison.changed.push((key.0.clone(), key.1.clone(), *old, *state));
        }
    }
    let all = |report: &Report| -> Vec<Finding> {
        report.findings.iter().cloned().chain(report.suppressed.iter().map(|s| s.finding.clone())).collect()
    };
    let (old, new) = (all(before), all(after));
    for finding in &new {
        if old.iter().any(|other| other.fingerprint == finding.fingerprint) {
            comparison.lasting += 1;
        } else {
            comparison.new.push(finding.clone());
        }
    }
    for finding in old {
        if new.iter().any(|other| other.fingerprint == finding.fingerprint) {
            continue;
        }
        let object = finding.location.object.clone().unwrap_or_default();
        let state = new_states.get(&(finding.rule.clone(), object)).copied();
        // An object that is gone (a container that was removed) has no answer, but neither has a host that was not read.
        let is_unread = state == Some(OutcomeState::Unknown)
            || (state.is_none()
                && after.outcomes.iter().any(|o| o.rule == finding.rule && o.state == OutcomeState::Unknown));
        if is_unread {
            comparison.unanswered.push(finding);
        } else {
            comparison.repaired.push(finding);
        }
    }
    comparison
}

const fn weight(state: OutcomeState) -> u8 {
    match state {
        OutcomeState::Failed => 4,
        OutcomeState::Unknown => 3,
        OutcomeState::Manual => 2,
        OutcomeState::Passed => 1,
        OutcomeState::NotApplicable => 0,
    }
}
