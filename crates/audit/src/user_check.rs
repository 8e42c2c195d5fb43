//! Checks that users write: YAML with kube-bench's operators, or expressions in CEL, each with its own examples.

mod operators;
mod target;

use crate::answers::{Audit, Failure};
use expressions::Expression;
use facts::HostFacts;
use model::{Finding, Fingerprint, Gap, GapReason, Location, Outcome, OutcomeState, Severity};
use operators::Tests;
use serde::Deserialize;
use serde_json::Value;
use target::Target;

/// Checks in one file.
const CHECKS_MAX: usize = 1_000;
const FILE_BYTES_MAX: usize = 4 << 20;

/// Checks that users wrote.
#[derive(Debug)]
pub struct UserChecks {
    checks: Vec<UserCheck>,
}

#[derive(Debug)]
struct UserCheck {
    written: Written,
    severity: Severity,
    when: Option<Expression>,
    assert: Option<Expression>,
}

/// A check as it stands in the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: String,
    title: String,
    #[serde(default)]
    severity: Option<String>,
    #[serde(default)]
    target: Target,
    #[serde(default)]
    when: Option<String>,
    #[serde(default)]
    assert: Option<String>,
    #[serde(default)]
    tests: Option<Tests>,
    #[serde(default)]
    remedy: Option<String>,
    #[serde(default)]
    references: Vec<String>,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    examples: Examples,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Examples {
    #[serde(default)]
    good: Vec<Value>,
    #[serde(default)]
    bad: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    checks: Vec<Written>,
}

/// Why a file holds no checks.
#[derive(Debug, thiserror::Error)]
pub enum UserCheckError {
    /// It is no YAML of this form.
    #[error(
        "the checks cannot be read (hint: checks: with id, title, target, when, assert or tests, examples)"
    )]
    Malformed(#[source] serde_yaml_ng::Error),
    /// It is too large.
    #[error("more than {FILE_BYTES_MAX} bytes or {CHECKS_MAX} checks")]
    TooLarge,
    /// One check is wrong.
    #[error("check {id}: {reason}")]
    Check {
        /// Its id.
        id: String,
        /// What is wrong.
        reason: String,
    },
}

/// An example that is not what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExampleFailure {
    /// The check.
    pub check: String,
    /// `good 1`, `bad 2`.
    pub example: String,
    /// What came out.
    pub detail: String,
}

impl UserChecks {
    /// Reads YAML.
    ///
    /// # Errors
    /// When it is no such file, or a check is wrong.
    pub fn parse(text: &str) -> Result<Self, UserCheckError> {
        if text.len() > FILE_BYTES_MAX {
            return Err(UserCheckError::TooLarge);
        }
        let file: File = serde_yaml_ng::from_str(text).map_err(UserCheckError::Malformed)?;
        if file.checks.len() > CHECKS_MAX {
            return Err(UserCheckError::TooLarge);
        }
        let mut checks = Vec::new();
        let mut ids = std::collections::BTreeSet::new();
        for written in file.checks {
            let wrong = |reason: String| UserCheckError::Check { id: written.id.clone(), reason };
            if !is_id(&written.id) {
                return Err(wrong(
                    "an id is ENGINE/BAD-STATE in lower case, and not audit/ or container/".to_owned(),
                ));
            }
            if !ids.insert(written.id.clone()) {
                return Err(wrong("there are two of this id".to_owned()));
            }
            if written.assert.is_some() == written.tests.is_some() {
                return Err(wrong("it needs assert or tests, and not both".to_owned()));
            }
            let severity = match &written.severity {
                None => Severity::Medium,
                Some(text) => text.parse().map_err(|error: model::SeverityError| wrong(error.to_string()))?,
            };
            let compile =
                |text: &Option<String>| text.as_deref().map(Expression::compile).transpose().map_err(&wrong);
            if let Some(tests) = &written.tests {
                tests.check().map_err(&wrong)?;
            }
            let (when, assert) = (compile(&written.when)?, compile(&written.assert)?);
            checks.push(UserCheck { severity, when, assert, written });
        }
        Ok(Self { checks })
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.checks.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.checks.is_empty()
    }

    /// Answers every check, and adds the answers to `audit`.
    pub fn run(&self, facts: &HostFacts, audit: &mut Audit) {
        if self.checks.is_empty() {
            return;
        }
        let document = serde_json::to_value(facts).expect("the words serialise without error");
        for check in &self.checks {
            for (object, value) in check.written.target.objects(&document) {
                check.answer(&object, check.judge(&document, &value), audit);
            }
        }
        audit.outcomes.sort();
    }

    /// Runs the examples: good ones must pass, bad ones fail. A check without both is told too.
    #[must_use]
    pub fn run_examples(&self) -> Vec<ExampleFailure> {
        let mut failures = Vec::new();
        for check in &self.checks {
            let examples = &check.written.examples;
            for (kind, list, wanted) in
                [("good", &examples.good, OutcomeState::Passed), ("bad", &examples.bad, OutcomeState::Failed)]
            {
                let mut failed = |example: String, detail: String| {
                    failures.push(ExampleFailure { check: check.written.id.clone(), example, detail });
                };
                if list.is_empty() {
                    failed(kind.to_owned(), format!("there is no {kind} example"));
                }
                for (at, example) in list.iter().enumerate() {
                    let (state, detail) = check.judge(&check.written.target.document_of(example), example);
                    if state != wanted {
                        failed(format!("{kind} {}", at + 1), format!("{}: {detail}", state.as_str()));
                    }
                }
            }
        }
        failures
    }
}

impl UserCheck {
    fn judge(&self, document: &Value, value: &Value) -> (OutcomeState, String) {
        if let Some(when) = &self.when {
            match when.is_true(&[("facts", document), ("object", value)]) {
                Ok(true) => {}
                Ok(false) => return (OutcomeState::NotApplicable, "its condition does not hold".to_owned()),
                Err(reason) => return (OutcomeState::Unknown, reason),
            }
        }
        let result = match (&self.assert, &self.written.tests) {
            (Some(assert), _) => assert
                .is_true(&[("facts", document), ("object", value)])
                .map(|is_true| (is_true, assert.text().to_owned())),
            (None, Some(tests)) => tests.hold(value),
            (None, None) => Err("it asserts nothing".to_owned()),
        };
        match result {
            Ok((true, detail)) => (OutcomeState::Passed, detail),
            Ok((false, detail)) => (OutcomeState::Failed, detail),
            Err(reason) => (OutcomeState::Unknown, reason),
        }
    }

    fn answer(&self, object: &str, (state, detail): (OutcomeState, String), audit: &mut Audit) {
        let object = crate::answers::cut(object);
        let failure = Failure::new(crate::answers::cut(&detail));
        let mut aliases = self.written.aliases.clone();
        aliases.sort();
        match state {
            OutcomeState::Failed => audit.findings.push(Finding {
                rule: self.written.id.clone(),
                title: self.written.title.clone(),
                severity: self.severity,
                fingerprint: Fingerprint::of(&[&self.written.id, &object]),
                location: Location { object: Some(object.clone()), ..Location::default() },
                evidence: vec![format!("does not hold: {}", failure.detail)],
                remedy: self.written.remedy.clone(),
                references: self.written.references.clone(),
                aliases: aliases.clone(),
                fix: None,
                vulnerability: None,
            }),
            OutcomeState::Unknown => {
                let what = format!("{} for {object}", self.written.id);
                audit.gaps.push(Gap::new(what, GapReason::Unsupported, failure.detail.clone()));
            }
            _ => {}
        }
        audit.outcomes.push(Outcome {
            rule: self.written.id.clone(),
            object,
            state,
            detail: failure.detail,
            aliases,
        });
    }
}

fn is_id(id: &str) -> bool {
    let is_word = |word: &str| {
        !word.is_empty()
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c))
    };
    match id.split_once('/') {
        Some((engine, state)) => {
            is_word(engine) && is_word(state) && engine != "audit" && engine != "container" && id.len() <= 100
        }
        None => false,
    }
}
