//! All rules on one specification, as verdicts or in the words of reports.

use super::{Hit, Rule, Surroundings, Verdict, rules};
use crate::spec::{ContainerSpec, Origin};
use model::{Finding, Fingerprint, Gap, GapReason, Location, Outcome, OutcomeState};
use std::borrow::Cow;

/// What one rule says of one container.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The rule.
    pub rule: &'static Rule,
    /// What it says.
    pub verdict: Verdict,
}

/// What all rules say of one container, in the words of reports.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// One answer a rule.
    pub outcomes: Vec<Outcome>,
    /// What could not be told.
    pub gaps: Vec<Gap>,
}

/// Judges a container by every rule.
#[must_use]
pub fn judge(spec: &ContainerSpec, surroundings: &Surroundings) -> Vec<Judgement> {
    rules().iter().map(|rule| Judgement { rule, verdict: (rule.check)(spec, surroundings) }).collect()
}

/// Judges a container by every rule; `file` is the text it was read from, for places.
#[must_use]
pub fn report(spec: &ContainerSpec, file: Option<&str>, surroundings: &Surroundings) -> Judged {
    let mut judged = Judged::default();
    for Judgement { rule, verdict } in judge(spec, surroundings) {
        let (state, detail) = match verdict {
            Verdict::Passed(seen) => (OutcomeState::Passed, seen),
            Verdict::NotApplicable(reason) => (OutcomeState::NotApplicable, reason),
            Verdict::Unknown(reason) => {
                let what = format!("{} of {}", rule.info.id, spec.object);
                // A text is templated, an API answer is not what it promises.
                let cause = match spec.origin {
                    Origin::Compose | Origin::Kubernetes => GapReason::Unsupported,
                    Origin::EngineInspect | Origin::EngineCreate => GapReason::Malformed,
                };
                judged.gaps.push(Gap::new(what, cause, reason.clone()));
                (OutcomeState::Unknown, reason)
            }
            Verdict::Failed(hits) => {
                let detail = hits.first().and_then(|hit| hit.evidence.first()).cloned().unwrap_or_default();
                judged.findings.extend(hits.into_iter().map(|hit| finding(rule, hit, spec, file)));
                (OutcomeState::Failed, detail)
            }
        };
        judged.outcomes.push(Outcome {
            rule: rule.info.id.to_owned(),
            object: spec.object.clone(),
            state,
            detail,
            aliases: owned(rule.aliases),
        });
    }
    judged
}

fn finding(rule: &Rule, hit: Hit, spec: &ContainerSpec, file: Option<&str>) -> Finding {
    let source = file.and_then(|file| {
        let place = spec.places.of(&hit.field)?;
        Some(Box::new(
            place.in_file(&spec.places.file(place).map_or(file.into(), |other| beside(file, other))),
        ))
    });
    // Positions move; what a container does does not.
    let fingerprint = Fingerprint::of(&[rule.info.id, file.unwrap_or_default(), &spec.object, &hit.title]);
    Finding {
        rule: rule.info.id.to_owned(),
        title: hit.title,
        severity: hit.severity.unwrap_or(rule.info.severity),
        location: Location { source, object: Some(spec.object.clone()), ..Location::default() },
        evidence: hit.evidence,
        remedy: Some(rule.info.remedy.to_owned()),
        references: owned(rule.info.references),
        fingerprint,
        aliases: owned(rule.aliases),
        fix: None,
        vulnerability: None,
    }
}

/// The name of a file that another one names.
fn beside<'a>(file: &str, other: &'a str) -> Cow<'a, str> {
    match file.rsplit_once('/') {
        Some((directory, _)) if !other.starts_with('/') => format!("{directory}/{other}").into(),
        _ => other.into(),
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}
