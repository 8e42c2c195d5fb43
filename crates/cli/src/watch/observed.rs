//! What a watch has told so far: for the summary, metrics and the view.

use detect::Alert;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// Alerts that are remembered whole.
const LATEST: usize = 200;
/// Containers that are counted by themselves.
const CONTAINERS_MAX: usize = 16_384;

/// What a watch has told.
#[derive(Default)]
pub(super) struct Observed {
    /// By rule and priority.
    pub(super) alerts: BTreeMap<(String, &'static str), u64>,
    /// By class of the container, kind of event, and why.
    pub(super) lost: BTreeMap<Loss, u64>,
    /// Newest last.
    pub(super) latest: VecDeque<Alert>,
    /// By short id of the container; empty is none.
    pub(super) alerts_by_container: HashMap<String, u64>,
    /// As above.
    pub(super) lost_by_container: HashMap<String, u64>,
}

/// Which events were lost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Loss {
    /// `container` or `host`; what is in no known container counts as the host's.
    pub(super) class: &'static str,
    pub(super) kind: &'static str,
    /// `limit` or `full`.
    pub(super) reason: &'static str,
}

impl Observed {
    pub(super) fn alert(&mut self, alert: &Alert) {
        *self.alerts.entry((alert.rule.clone(), alert.priority)).or_default() += 1;
        count(&mut self.alerts_by_container, container_of(alert), 1);
        if self.latest.len() >= LATEST {
            self.latest.pop_front();
        }
        self.latest.push_back(alert.clone());
    }

    pub(super) fn loss(&mut self, container: Option<&str>, loss: &sensor::Loss) {
        let counted = Loss {
            class: if container.is_some() { "container" } else { "host" },
            kind: loss.kind.map_or("any", watch::kind_name),
            reason: if loss.is_limited { "limit" } else { "full" },
        };
        *self.lost.entry(counted).or_default() += loss.records;
        let id = container.map_or("", |id| id.get(..12).unwrap_or(id));
        count(&mut self.lost_by_container, id, loss.records);
    }

    /// How many alerts there were.
    pub(super) fn count(&self) -> u64 {
        self.alerts.values().sum()
    }
}

/// The short id of an alert's container.
pub(super) fn container_of(alert: &Alert) -> &str {
    let id = alert.output_fields.get("container.id").and_then(|id| id.as_str()).unwrap_or_default();
    if id == "host" { "" } else { id }
}

fn count(counts: &mut HashMap<String, u64>, id: &str, more: u64) {
    if let Some(known) = counts.get_mut(id) {
        *known += more;
    } else if counts.len() < CONTAINERS_MAX {
        counts.insert(id.to_owned(), more);
    }
}
