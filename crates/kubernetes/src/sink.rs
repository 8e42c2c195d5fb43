//! Rules of this crate, and where their answers go.

use crate::object::Object;
use model::{Finding, Fingerprint, Gap, Location, Outcome, OutcomeState, RuleInfo, Severity};
use workload::Place;

/// A rule about a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// What is the same for every hit.
    pub info: RuleInfo,
    /// What other tools and benchmarks call it, sorted.
    pub aliases: &'static [&'static str],
}

impl Rule {
    /// A rule, its texts in the order in which they are read.
    pub(crate) const fn new(
        id: &'static str,
        severity: Severity,
        texts: [&'static str; 3],
        aliases: &'static [&'static str],
    ) -> Self {
        const REFERENCES: &[&str] = &["https://kubernetes.io/docs/concepts/security/"];
        let [title, why, remedy] = texts;
        Self { info: RuleInfo { id, title, severity, why, remedy, references: REFERENCES }, aliases }
    }
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// The answer of each rule for each object.
    pub outcomes: Vec<Outcome>,
    /// What could not be told.
    pub gaps: Vec<Gap>,
}

/// One thing that is wrong with an object.
#[derive(Clone, Debug)]
pub(crate) struct Hit {
    pub(crate) title: String,
    pub(crate) evidence: Vec<String>,
    pub(crate) place: Option<Place>,
    pub(crate) severity: Option<Severity>,
}

impl Hit {
    pub(crate) fn new(title: impl Into<String>, place: Option<Place>, evidence: impl Into<String>) -> Self {
        Self { title: title.into(), evidence: vec![evidence.into()], place, severity: None }
    }
}

impl Judged {
    /// The answer for an object: failed with these hits, or passed when there are none.
    pub(crate) fn answer(&mut self, rule: &Rule, object: &Object, hits: Vec<Hit>, seen: &str) {
        if hits.is_empty() {
            self.outcome(rule, object.label(), OutcomeState::Passed, seen.to_owned());
            return;
        }
        let detail = hits[0].evidence.first().cloned().unwrap_or_default();
        for hit in hits {
            let file = object.file.as_deref();
            let source = match (file, hit.place) {
                (Some(file), Some(place)) => Some(Box::new(place.in_file(file))),
                _ => None,
            };
            self.findings.push(Finding {
                rule: rule.info.id.to_owned(),
                severity: hit.severity.unwrap_or(rule.info.severity),
                fingerprint: Fingerprint::of(&[
                    rule.info.id,
                    file.unwrap_or_default(),
                    &object.label(),
                    &hit.title,
                ]),
                title: hit.title,
                location: Location { source, object: Some(object.label()), ..Location::default() },
                evidence: hit.evidence,
                remedy: Some(rule.info.remedy.to_owned()),
                references: rule.info.references.iter().map(|text| (*text).to_owned()).collect(),
                aliases: rule.aliases.iter().map(|text| (*text).to_owned()).collect(),
                fix: None,
                vulnerability: None,
            });
        }
        self.outcome(rule, object.label(), OutcomeState::Failed, detail);
    }

    /// The answer itself.
    pub(crate) fn outcome(&mut self, rule: &Rule, object: String, state: OutcomeState, detail: String) {
        let aliases = rule.aliases.iter().map(|text| (*text).to_owned()).collect();
        self.outcomes.push(Outcome { rule: rule.info.id.to_owned(), object, state, detail, aliases });
    }

    /// Takes in what the rules about containers said.
    pub(crate) fn join(&mut self, other: workload::Judged) {
        self.findings.extend(other.findings);
        self.outcomes.extend(other.outcomes);
        self.gaps.extend(other.gaps);
    }
}
