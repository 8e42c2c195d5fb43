//! Which actions an alert leads to.

use crate::file::{Entry, File};
use crate::limiter::{Allowance, Limiter};
use crate::pattern::fits;
use crate::{Action, ResponsesError};
use falco::Priority;
use std::collections::BTreeSet;
use std::time::Duration;

/// A file of responses, and what was done by it so far.
#[derive(Debug)]
pub struct Responses {
    file: File,
    text: String,
    limiter: Limiter,
}

/// A rule that fired.
#[derive(Clone, Copy, Debug)]
pub struct Fired<'a> {
    /// Name of the rule.
    pub rule: &'a str,
    /// Its tags.
    pub tags: &'a BTreeSet<String>,
    /// How urgent it is.
    pub priority: Priority,
    /// Whom the alert is about.
    pub subject: Subject<'a>,
}

impl Default for Fired<'_> {
    fn default() -> Self {
        const NONE: &BTreeSet<String> = &BTreeSet::new();
        Self { rule: "", tags: NONE, priority: Priority::Warning, subject: Subject::default() }
    }
}

/// Whom an alert is about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// The container's id; nothing on the host.
    pub container: Option<&'a str>,
    /// Its image, as it was asked for; empty when it is not known.
    pub image: &'a str,
    /// Its labels; nothing when the container is not known.
    pub labels: Option<&'a [(String, String)]>,
    /// The process; 0 when there is none.
    pub process: i64,
    /// Whether it is Seawall itself, or the container that it runs in.
    pub is_own: bool,
}

/// What an action comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is to be taken.
    Take {
        /// Which.
        action: Action,
    },
    /// It would be taken.
    Try {
        /// Which.
        action: Action,
    },
    /// It must not be taken.
    Refuse {
        /// Which.
        action: Action,
        /// Why not.
        reason: Refusal,
    },
}

impl Decision {
    /// The action that it is about.
    #[must_use]
    pub const fn action(self) -> Action {
        match self {
            Self::Take { action } | Self::Try { action } | Self::Refuse { action, .. } => action,
        }
    }
}

/// Why an action is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The first process of the host.
    #[error("it is process 1 of the host")]
    First,
    /// Seawall.
    #[error("it is Seawall itself")]
    Own,
    /// A process of the host, and the response does not say `host: true`.
    #[error("it is a process of the host (hint: host: true allows it)")]
    Host,
    /// The action is about containers.
    #[error("it is in no container")]
    NoContainer,
    /// There is no process.
    #[error("no process is known")]
    NoProcess,
    /// The response excepts the container's image or a label of it.
    #[error("its image or a label is excepted")]
    Excepted,
    /// The response has exceptions, and nothing is known that they could be compared with.
    #[error("its image and labels are not known, and there are exceptions")]
    Unknown,
    /// Often enough.
    #[error("the limit of this action was reached")]
    Limit,
}

const FILE_BYTES_MAX: usize = 1 << 20;

impl Responses {
    /// Reads a file.
    ///
    /// # Errors
    /// With the line, when something in it is not understood.
    pub fn parse(text: &str) -> Result<Self, ResponsesError> {
        if text.len() > FILE_BYTES_MAX {
            let message = format!("the file is longer than {FILE_BYTES_MAX} bytes");
            return Err(ResponsesError { line: 1, message, hint: None });
        }
        let file: File = serde_yaml_ng::from_str(text).map_err(|error| ResponsesError::of_yaml(&error))?;
        if file.version != 1 {
            let message = format!("version {} is not known", file.version);
            return Err(ResponsesError::at_word(text, "version", message, "version: 1"));
        }
        for (index, entry) in file.responses.iter().enumerate() {
            let wrong =
                |message: &str, hint| Err(ResponsesError::in_entry(text, index, message.to_owned(), hint));
            if entry.rules.is_empty() && entry.tags.is_empty() && entry.priority.is_none() {
                return wrong(
                    "the response is for no rule",
                    "rules, tags or priority; rules: ['*'] is for all",
                );
            }
            let mut seen = BTreeSet::new();
            if let Some(twice) = entry.r#do.iter().find(|action| !seen.insert(**action)) {
                return wrong(
                    &format!("'{}' stands twice", twice.name()),
                    "each action once, in the order wanted",
                );
            }
            let kill = entry.r#do.iter().position(|action| *action == Action::KillContainer);
            if kill.is_some_and(|at| at + 1 < entry.r#do.len()) {
                return wrong(
                    "after 'kill-container' there is nothing left to act on",
                    "kill-container last",
                );
            }
        }
        Ok(Self { file, text: text.to_owned(), limiter: Limiter::default() })
    }

    /// Compares names with those of the rules that are used: a response for no rule is a mistake.
    ///
    /// # Errors
    /// With the line of a name that fits none.
    pub fn check_names(&self, rules: &BTreeSet<&str>) -> Result<(), ResponsesError> {
        for pattern in self.file.responses.iter().flat_map(|entry| &entry.rules) {
            if !rules.iter().any(|rule| fits(pattern, rule)) {
                let message = format!("no rule is called '{pattern}'");
                return Err(ResponsesError::at_word(
                    &self.text,
                    pattern,
                    message,
                    "* at an end stands for anything",
                ));
            }
        }
        Ok(())
    }

    /// Every action that the file names.
    #[must_use]
    pub fn actions(&self) -> BTreeSet<Action> {
        self.file.responses.iter().flat_map(|entry| entry.r#do.iter().copied()).collect()
    }

    /// What to do about an alert: the first response that is for its rule says. `now` is any time that only grows. That a limit
    /// was reached is told once, until the action is allowed again.
    pub fn decide(&mut self, fired: &Fired<'_>, now: Duration) -> Vec<Decision> {
        let Self { file, limiter, .. } = self;
        let Some(entry) = file.responses.iter().find(|entry| is_for(entry, fired)) else { return Vec::new() };
        let whom = match fired.subject.container {
            Some(container) => container.to_owned(),
            None => format!("host {}", fired.subject.process),
        };
        let mut decisions = Vec::new();
        for action in entry.r#do.iter().copied() {
            let refused = refusal(entry, action, &fired.subject);
            let allowance = match refused {
                Some(_) => Allowance::Allowed,
                None => limiter.ask(entry.at_most, action, &whom, now),
            };
            decisions.push(match (refused, allowance) {
                (Some(reason), _) => Decision::Refuse { action, reason },
                (None, Allowance::Refused) => Decision::Refuse { action, reason: Refusal::Limit },
                (None, Allowance::StillRefused) => continue,
                (None, Allowance::Allowed) if entry.dry_run => Decision::Try { action },
                (None, Allowance::Allowed) => Decision::Take { action },
            });
        }
        decisions
    }
}

fn is_for(entry: &Entry, fired: &Fired<'_>) -> bool {
    (entry.rules.is_empty() || entry.rules.iter().any(|pattern| fits(pattern, fired.rule)))
        && (entry.tags.is_empty() || entry.tags.iter().any(|tag| fired.tags.contains(tag)))
        && entry.priority.is_none_or(|priority| fired.priority <= priority)
}

fn refusal(entry: &Entry, action: Action, subject: &Subject<'_>) -> Option<Refusal> {
    if action.only_looks() {
        return None;
    }
    if subject.is_own {
        return Some(Refusal::Own);
    }
    if subject.container.is_none() {
        return match subject.process {
            _ if action.needs_container() => Some(Refusal::NoContainer),
            0 => Some(Refusal::NoProcess),
            1 => Some(Refusal::First),
            _ => (!entry.host).then_some(Refusal::Host),
        };
    }
    if action == Action::KillProcess && subject.process == 0 {
        return Some(Refusal::NoProcess);
    }
    let except = &entry.except;
    if except.images.is_empty() && except.labels.is_empty() {
        return None;
    }
    let Some(labels) = subject.labels else { return Some(Refusal::Unknown) };
    let has = |wanted: &str| match wanted.split_once('=') {
        Some((name, value)) => labels.iter().any(|label| label.0 == name && fits(value, &label.1)),
        None => labels.iter().any(|label| label.0 == wanted),
    };
    let is_excepted = except.images.iter().any(|pattern| fits(pattern, subject.image))
        || except.labels.iter().any(|label| has(label));
    is_excepted.then_some(Refusal::Excepted)
}
