//! Findings turned into changes.
//!
//! A [`Change`] has an id that stays the same as long as the finding does, says what it interrupts, what it differs
//! from what is there, and what else it does. A change whose [`Action`] is [`Action::Write`] is text for a person:
//! containers are never recreated here. A finding for which there is no change that repairs it says so
//! ([`Unplanned`]); settings that only silence a check are not offered.

mod containers;
mod daemon;
mod diff;
mod files;
mod watches;

pub use diff::unified;
pub use files::allowed_mode;

use crate::daemon_json::Hardening;
use facts::HostFacts;
use model::Finding;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a change interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// Nothing.
    None,
    /// The daemon reads its configuration again; nothing stops.
    Reload,
    /// The daemon is restarted; containers stop, unless live-restore is on.
    Restart,
    /// The container has to be made anew.
    Recreate,
}

impl Class {
    /// `none`, as in every output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Reload => "reload",
            Self::Restart => "restart",
            Self::Recreate => "recreate",
        }
    }
}

/// A change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// Names it for `apply` (`daemon-json/icc`, `file-mode/etc/docker/daemon.json`, `container/web/pids`).
    pub id: String,
    /// One line.
    pub title: String,
    /// The rules whose findings it repairs, sorted.
    pub rules: Vec<String>,
    /// What it is about, as the findings say.
    pub object: String,
    /// What it interrupts.
    pub class: Class,
    /// What is done.
    pub action: Action,
    /// What differs afterwards, as people read it.
    pub diff: String,
    /// What else it does.
    pub side_effects: Vec<String>,
}

impl Change {
    /// Whether it can be applied; otherwise it is text for a person.
    #[must_use]
    pub const fn is_applicable(&self) -> bool {
        !matches!(self.action, Action::Write { .. })
    }
}

/// What is done. Every action holds what it needs to be undone, but for contents of files, which are kept beside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Action {
    /// The mode of a file.
    FileMode {
        /// The file, links resolved.
        path: String,
        /// Its mode when it was looked at.
        before: u32,
        /// The mode that it gets.
        after: u32,
    },
    /// The owner of a file.
    FileOwner {
        /// The file, links resolved.
        path: String,
        /// User and group when it was looked at.
        before: (u32, u32),
        /// User and group that it gets.
        after: (u32, u32),
    },
    /// Keys of `daemon.json`.
    DaemonKeys {
        /// The file.
        path: String,
        /// Keys with their values; `None` takes a key out.
        keys: Vec<(String, Option<Value>)>,
    },
    /// Limits and restart policy of a container that exists.
    UpdateContainer {
        /// Its id.
        id: String,
        /// The body of `POST /containers/{id}/update`.
        update: BTreeMap<String, Value>,
        /// The same keys as they were.
        before: BTreeMap<String, Value>,
    },
    /// A file of our own, and the command that loads it.
    WriteFile {
        /// The file.
        path: String,
        /// Its content.
        text: String,
        /// Its mode.
        mode: u32,
        /// The command that makes it count; it is passed over when there is no such program.
        load: Vec<String>,
    },
    /// Nothing: the texts are for a person.
    Write {
        /// File names and their content.
        texts: Vec<(String, String)>,
    },
}

/// A finding without a change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Unplanned {
    /// The rule.
    pub rule: String,
    /// What it is about.
    pub object: String,
    /// Why there is none, and what a person can do.
    pub why: String,
}

/// Changes and what is left.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The changes, least interruption first, then by id.
    pub changes: Vec<Change>,
    /// Findings without one.
    pub unplanned: Vec<Unplanned>,
}

/// What a plan is made of.
#[derive(Clone, Debug)]
pub struct Situation<'a> {
    /// What the host is.
    pub facts: &'a HostFacts,
    /// The text of the daemon's configuration file; empty when there is none.
    pub daemon_json: &'a str,
    /// Wishes for `daemon.json`.
    pub hardening: Hardening,
    /// Bytes of memory that containers use, by id.
    pub memory_seen_bytes: BTreeMap<String, u64>,
    /// What the engine tells of containers, by id, and of their images, for those that have to be made anew.
    pub inspected: BTreeMap<String, (Value, Option<Value>)>,
}

/// Plans changes for findings. Same findings and facts, same plan.
#[must_use]
pub fn plan(findings: &[Finding], situation: &Situation<'_>) -> Plan {
    let mut pending = Pending { by_rule: BTreeMap::new(), plan: Plan::default() };
    for finding in findings {
        // A vulnerability has no `/` in its name; an update repairs it, and that is the package manager's.
        let object = finding.location.object.clone().unwrap_or_default();
        pending.by_rule.entry(finding.rule.clone()).or_default().insert(object);
    }
    daemon::plan(&mut pending, situation);
    files::plan(&mut pending, situation);
    watches::plan(&mut pending, situation);
    containers::plan(&mut pending, situation);
    let remedies: BTreeMap<&str, &str> = findings
        .iter()
        .filter_map(|finding| Some((finding.rule.as_str(), finding.remedy.as_deref()?)))
        .collect();
    for (rule, objects) in std::mem::take(&mut pending.by_rule) {
        let why = match remedies.get(rule.as_str()) {
            Some(remedy) => format!("no change that a program should make by itself: {remedy}"),
            None => "no change that a program should make by itself".to_owned(),
        };
        for object in objects {
            pending.plan.unplanned.push(Unplanned { rule: rule.clone(), object, why: why.clone() });
        }
    }
    let mut plan = pending.plan;
    plan.changes.sort_by(|a, b| (a.class, &a.id).cmp(&(b.class, &b.id)));
    plan.changes.dedup_by(|a, b| a.id == b.id);
    plan.unplanned.sort();
    plan.unplanned.dedup();
    plan
}

/// Findings that no change was made for yet, and what was planned.
struct Pending {
    by_rule: BTreeMap<String, BTreeSet<String>>,
    plan: Plan,
}

impl Pending {
    /// Takes the objects of a rule: they are answered by a change or by [`Pending::leave`].
    fn take(&mut self, rule: &str) -> BTreeSet<String> {
        self.by_rule.remove(rule).unwrap_or_default()
    }

    fn leave(&mut self, rule: &str, object: &str, why: impl Into<String>) {
        let (rule, object) = (rule.to_owned(), object.to_owned());
        self.plan.unplanned.push(Unplanned { rule, object, why: why.into() });
    }
}
