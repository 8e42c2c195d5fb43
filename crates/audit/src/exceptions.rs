//! Exceptions: findings that somebody answers for, until a day.

use crate::{benchmark, time};
use facts::HostFacts;
use model::{Finding, Gap, GapReason, Outcome, OutcomeState, Report, Suppressed};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Exceptions, read from TOML.
///
/// ```
/// let text = r#"
/// [[exception]]
/// rule = "container/privileged"
/// container = "backup"
/// reason = "writes to the tape drive"
/// owner = "storage team"
/// expires = "2027-03-31"
/// "#;
/// assert!(audit::Exceptions::parse(text).is_ok());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exceptions {
    #[serde(default, rename = "exception")]
    list: Vec<Exception>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    /// The rule, or what a benchmark calls it (`CIS-Docker-5.5`, `5.5`).
    rule: String,
    /// Why.
    reason: String,
    /// Who answers for it.
    owner: String,
    /// The last day on which it counts (`2027-03-31`); for ever without.
    expires: Option<String>,
    /// Names of hosts, `*` for any letters.
    host: Option<String>,
    /// Names of images.
    image: Option<String>,
    /// A label of the container or image, `NAME` or `NAME=VALUE`.
    label: Option<String>,
    /// Names of containers.
    container: Option<String>,
    /// The object as reports write it (`file /etc/docker/daemon.json`).
    object: Option<String>,
}

/// Why a text is no exceptions.
#[derive(Debug, thiserror::Error)]
pub enum ExceptionError {
    /// It is no TOML of this form.
    #[error(
        "the exceptions cannot be read (hint: [[exception]] with rule, reason, owner, and optional expires, host, image, label, container, object)"
    )]
    Malformed(#[source] toml::de::Error),
    /// One lacks what it must have.
    #[error("exception {number} for {rule}: {what}")]
    Incomplete {
        /// 1-based.
        number: usize,
        /// Its rule.
        rule: String,
        /// What is wrong.
        what: &'static str,
    },
}

/// Exceptions in one file.
const EXCEPTIONS_MAX: usize = 10_000;

impl Exceptions {
    /// Reads TOML.
    ///
    /// # Errors
    /// When it is none, or an exception has no reason, no owner, or a day that is none.
    pub fn parse(text: &str) -> Result<Self, ExceptionError> {
        let exceptions: Self = toml::from_str(text).map_err(ExceptionError::Malformed)?;
        for (at, exception) in exceptions.list.iter().enumerate() {
            let wrong =
                |what| ExceptionError::Incomplete { number: at + 1, rule: exception.rule.clone(), what };
            if at == EXCEPTIONS_MAX {
                return Err(wrong("there are more than 10000"));
            }
            if exception.reason.trim().is_empty() {
                return Err(wrong("the reason is empty"));
            }
            if exception.owner.trim().is_empty() {
                return Err(wrong("the owner is empty"));
            }
            if exception.rule.trim().is_empty() || exception.rule == "*" {
                return Err(wrong("it names no rule"));
            }
            if exception.expires.as_ref().is_some_and(|day| end_of(day).is_none()) {
                return Err(wrong("expires is no day (2027-03-31)"));
            }
        }
        Ok(exceptions)
    }

    /// Takes excepted findings out of a report, and tells which exceptions have expired. `facts` tell the
    /// labels and images of containers, and the day.
    pub fn apply(&self, facts: &HostFacts, report: &mut Report) {
        let now = facts.collected.known().and_then(|now| time::seconds(now));
        let labels = Labels::of(facts);
        let mut kept = Vec::new();
        for finding in std::mem::take(&mut report.findings) {
            let found = self.list.iter().find(|e| e.is_valid(now) && e.fits(&finding, &facts.name, &labels));
            let Some(exception) = found else {
                kept.push(finding);
                continue;
            };
            let until = exception.expires.as_ref().map_or(String::new(), |day| format!(", until {day}"));
            let reason = format!("{} ({}{until})", exception.reason.trim(), exception.owner.trim());
            mark(&mut report.outcomes, &finding, &reason);
            report.suppressed.push(Suppressed { finding, by: "exception".to_owned(), reason });
        }
        report.findings = kept;
        for exception in &self.list {
            let what = format!("exception for {}", exception.rule);
            if !exception.is_valid(now) {
                let day = exception.expires.as_deref().unwrap_or_default();
                let detail = match now {
                    Some(_) => {
                        format!("it expired on {day} and takes out nothing (owner: {})", exception.owner)
                    }
                    None => "the facts do not tell the day, so it takes out nothing".to_owned(),
                };
                report.gaps.push(Gap::new(what, GapReason::Unsupported, detail));
            }
        }
    }
}

fn mark(outcomes: &mut [Outcome], finding: &Finding, reason: &str) {
    let object = finding.location.object.as_deref().unwrap_or_default();
    for outcome in outcomes.iter_mut().filter(|o| o.rule == finding.rule && o.object == object) {
        if outcome.state == OutcomeState::Failed && !outcome.detail.starts_with("excepted: ") {
            outcome.detail = format!("excepted: {reason}: {}", outcome.detail);
        }
    }
}

/// What is known of containers by object.
struct Labels<'f> {
    by_object: BTreeMap<String, (&'f BTreeMap<String, String>, &'f str)>,
    images: BTreeMap<String, &'f BTreeMap<String, String>>,
}

impl<'f> Labels<'f> {
    fn of(facts: &'f HostFacts) -> Self {
        let containers = facts.engine.containers.known().into_iter().flatten();
        let images = facts.engine.images.known().into_iter().flatten();
        Self {
            by_object: containers
                .map(|c| (format!("container {}", c.name), (&c.labels, c.image.as_str())))
                .collect(),
            images: images.map(|image| (format!("image {}", image.name()), &image.labels)).collect(),
        }
    }
}

/// The first second after a day.
fn end_of(day: &str) -> Option<i64> {
    (day.len() == 10).then(|| time::seconds(&format!("{day}T00:00:00Z")))?.map(|start| start + 86_400)
}

impl Exception {
    fn is_valid(&self, now: Option<i64>) -> bool {
        match (&self.expires, now) {
            (None, _) => true,
            (Some(day), Some(now)) => end_of(day).is_some_and(|end| now < end),
            (Some(_), None) => false,
        }
    }

    fn is_for(&self, host: &str) -> bool {
        self.host.as_ref().is_none_or(|pattern| matches(pattern, host))
    }

    fn fits(&self, finding: &Finding, host: &str, labels: &Labels<'_>) -> bool {
        let object = finding.location.object.as_deref().unwrap_or_default();
        let is_rule = self.rule == finding.rule
            || finding
                .aliases
                .iter()
                .any(|alias| *alias == self.rule || *alias == benchmark::alias(&self.rule));
        let of_container = labels.by_object.get(object);
        let of_image = labels.images.get(object);
        let container = object.strip_prefix("container ");
        let image = of_container.map(|(_, image)| *image).or_else(|| object.strip_prefix("image "));
        let wants = |pattern: &Option<String>, value: Option<&str>| {
            pattern.as_ref().is_none_or(|pattern| value.is_some_and(|value| matches(pattern, value)))
        };
        let has_label = self.label.as_ref().is_none_or(|wanted| {
            let labels = of_container.map(|(labels, _)| *labels).or(of_image.copied());
            let (name, value) = wanted.split_once('=').map_or((wanted.as_str(), None), |(n, v)| (n, Some(v)));
            labels
                .and_then(|labels| labels.get(name))
                .is_some_and(|seen| value.is_none_or(|value| matches(value, seen)))
        });
        is_rule
            && self.is_for(host)
            && wants(&self.container, container)
            && wants(&self.image, image)
            && wants(&self.object, Some(object))
            && has_label
    }
}

/// Whether a pattern with `*` for any letters fits the whole text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut last: Option<&str> = None;
    for part in parts {
        if let Some(previous) = last {
            match rest.find(previous) {
                Some(at) => rest = &rest[at + previous.len()..],
                None => return false,
            }
        }
        last = Some(part);
    }
    match last {
        None => rest.is_empty(),
        Some(end) => rest.ends_with(end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_texts() {
        for (pattern, text, fits) in [
            ("web", "web", true),
            ("web", "web2", false),
            ("web*", "web2", true),
            ("*", "", true),
            ("*b*", "abc", true),
            ("a*c*e", "abcde", true),
            ("a*c*e", "abde", false),
            ("a*a", "a", false),
            ("*.example.com", "x.example.com", true),
        ] {
            assert_eq!(matches(pattern, text), fits, "{pattern} {text}");
        }
    }

    #[test]
    fn an_exception_without_reason_or_owner_is_refused() {
        for text in [
            "[[exception]]\nrule='a/b'\nowner='x'",
            "[[exception]]\nrule='a/b'\nreason=' '\nowner='x'",
            "[[exception]]\nrule='a/b'\nreason='r'\nowner=''",
            "[[exception]]\nrule='*'\nreason='r'\nowner='x'",
            "[[exception]]\nrule='a/b'\nreason='r'\nowner='x'\nexpires='soon'",
            "[[exception]]\nrule='a/b'\nreason='r'\nowner='x'\nuntil='2027-01-01'",
        ] {
            assert!(Exceptions::parse(text).is_err(), "{text}");
        }
    }
}
