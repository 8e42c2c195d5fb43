//! Answers of checks as outcomes, findings and gaps.

use facts::Missing;
use model::{Finding, Fingerprint, Gap, GapReason, Location, Outcome, OutcomeState, RuleInfo, Severity};

/// Everything that an audit says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audit {
    /// The answer of each check for each object.
    pub outcomes: Vec<Outcome>,
    /// A finding for each failed outcome.
    pub findings: Vec<Finding>,
    /// What could not be answered.
    pub gaps: Vec<Gap>,
}

/// Takes the answers of one rule.
pub(crate) struct Answers<'a> {
    audit: &'a mut Audit,
    info: &'a RuleInfo,
    aliases: Vec<String>,
}

/// Answers to one question about one object: built up, then given.
pub(crate) struct Failure {
    pub(crate) detail: String,
    pub(crate) evidence: Vec<String>,
    pub(crate) severity: Option<Severity>,
}

impl Failure {
    pub(crate) fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), evidence: Vec::new(), severity: None }
    }

    pub(crate) fn seen(mut self, line: impl Into<String>) -> Self {
        self.evidence.push(line.into());
        self
    }

    pub(crate) const fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }
}

impl<'a> Answers<'a> {
    pub(crate) fn new(audit: &'a mut Audit, info: &'a RuleInfo, aliases: &[&str]) -> Self {
        let mut aliases: Vec<String> = aliases.iter().map(|alias| (*alias).to_owned()).collect();
        aliases.sort();
        Self { audit, info, aliases }
    }

    pub(crate) fn passed(&mut self, object: &str, detail: impl Into<String>) {
        self.outcome(object, OutcomeState::Passed, detail, &[]);
    }

    pub(crate) fn failed(&mut self, object: &str, detail: impl Into<String>) {
        self.fails(object, Failure::new(detail), &[]);
    }

    pub(crate) fn not_applicable(&mut self, object: &str, why: impl Into<String>) {
        self.outcome(object, OutcomeState::NotApplicable, why, &[]);
    }

    pub(crate) fn manual(&mut self, object: &str, what: impl Into<String>) {
        self.outcome(object, OutcomeState::Manual, what, &[]);
    }

    /// A fact is missing: the outcome is unknown and there is a gap.
    pub(crate) fn unknown(&mut self, object: &str, missing: &Missing) {
        self.unknown_as(object, missing, &[]);
    }

    pub(crate) fn unknown_because(&mut self, object: &str, reason: GapReason, detail: &str) {
        self.unknown(object, &Missing { reason, detail: detail.to_owned() });
    }

    pub(crate) fn unknown_as(&mut self, object: &str, missing: &Missing, aliases: &[&str]) {
        self.outcome(object, OutcomeState::Unknown, format!("not known: {}", missing.detail), aliases);
        let what = format!("{} for {object}", self.info.id);
        self.audit.gaps.push(Gap::new(what, missing.reason, missing.detail.clone()));
    }

    pub(crate) fn fails(&mut self, object: &str, failure: Failure, aliases: &[&str]) {
        let aliases = self.with(aliases);
        let outcome = Outcome {
            rule: self.info.id.to_owned(),
            object: cut(object),
            state: OutcomeState::Failed,
            detail: cut(&failure.detail),
            aliases: aliases.clone(),
        };
        self.audit.outcomes.push(outcome);
        self.audit.findings.push(finding(self.info, object, failure, aliases));
    }

    pub(crate) fn outcome(
        &mut self,
        object: &str,
        state: OutcomeState,
        detail: impl Into<String>,
        aliases: &[&str],
    ) {
        let aliases = self.with(aliases);
        let outcome = Outcome {
            rule: self.info.id.to_owned(),
            object: cut(object),
            state,
            detail: cut(&detail.into()),
            aliases,
        };
        self.audit.outcomes.push(outcome);
    }

    fn with(&self, more: &[&str]) -> Vec<String> {
        let mut aliases = self.aliases.clone();
        aliases.extend(more.iter().map(|alias| (*alias).to_owned()));
        aliases.sort();
        aliases.dedup();
        aliases
    }
}

/// The finding of a failed outcome.
fn finding(info: &RuleInfo, object: &str, failure: Failure, aliases: Vec<String>) -> Finding {
    let object = cut(object);
    let mut evidence = vec![cut(&failure.detail)];
    evidence.extend(failure.evidence.into_iter().map(|line| cut(&line)));
    evidence.dedup();
    Finding {
        rule: info.id.to_owned(),
        title: info.title.to_owned(),
        severity: failure.severity.unwrap_or(info.severity),
        fingerprint: Fingerprint::of(&[info.id, &object]),
        location: Location { object: Some(object), ..Location::default() },
        evidence,
        remedy: Some(info.remedy.to_owned()),
        references: info.references.iter().map(|link| (*link).to_owned()).collect(),
        aliases,
        fix: None,
        vulnerability: None,
    }
}

/// Characters of a text that comes from the host; longer ones are of no use to a reader.
const TEXT_LENGTH_MAX: usize = 400;

pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(TEXT_LENGTH_MAX) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
