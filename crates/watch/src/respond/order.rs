//! What is ordered, and what came of it.

use std::path::PathBuf;

use detect::Alert;
use responses::Action;

use super::{ProcessIdentity, RefusedExecution};
use crate::host;

/// Actions about one alert.
#[derive(Clone, Debug)]
pub struct Order {
    /// The number that the alert was given.
    pub number: u64,
    /// The alert.
    pub alert: Alert,
    /// When its event happened, in nanoseconds since the host began (CLOCK_BOOTTIME).
    pub event_ns: u64,
    /// On whom.
    pub target: Target,
    /// What, in this order.
    pub actions: Vec<Action>,
    /// What is known of the processes, for evidence.
    pub known: Option<serde_json::Value>,
}

/// On whom actions are taken.
#[derive(Clone, Debug)]
pub struct Target {
    /// The process of the event, with its container.
    pub process: ProcessIdentity,
    /// The container's control group in the unified hierarchy.
    pub group: u64,
    /// The container's name; empty when it is not known.
    pub container_name: String,
    /// The container's image, as it was asked for.
    pub image: String,
}

/// What came of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was taken; how.
    Taken(String),
    /// It must not be taken; why.
    Refused(String),
    /// It did not work; why.
    Failed(String),
}

/// An action and what came of it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The alert's number.
    pub number: u64,
    /// The rule that asked.
    pub rule: String,
    /// Which action.
    pub action: Action,
    /// On whom.
    pub target: Target,
    /// What came of it.
    pub outcome: Outcome,
    /// Microseconds from the event to the end of the action.
    pub latency_us: u64,
}

/// Something that is told because of responses.
#[derive(Clone, Debug)]
pub enum Told {
    /// What came of an action.
    Answer(Box<Answer>),
    /// A recording was written.
    Recording {
        /// The alerts in it.
        alerts: Vec<u64>,
        /// Where.
        path: PathBuf,
        /// Whether a limit cut it.
        is_cut: bool,
    },
    /// A recording was not written, because too much waited.
    RecordingLost {
        /// The alerts in it.
        alerts: Vec<u64>,
        /// Why.
        cause: String,
    },
    /// The execution of a file that is not of the image was refused.
    Execution(RefusedExecution),
}

impl Order {
    /// The answer for one of its actions, now.
    #[must_use]
    pub fn answer(&self, action: Action, outcome: Outcome) -> Told {
        let latency_us = host::since_boot_ns().saturating_sub(self.event_ns) / 1000;
        let (rule, target) = (self.alert.rule.clone(), self.target.clone());
        Told::Answer(Box::new(Answer { number: self.number, rule, action, target, outcome, latency_us }))
    }
}
