//! Containers that something happens in and that nobody has told of.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use state::{Container, State};

use super::Containers;

/// How long an engine is not asked again for a container that it did not know.
const UNKNOWN_FOR: Duration = Duration::from_secs(10);
const UNKNOWN_MAX: usize = 4_096;
/// Questions without an answer in a second: while an engine is asked nobody reads the ring.
const FAILED_MAX: u32 = 50;
/// How far what holds a container is looked for.
const LINEAGE_MAX: usize = 8;

/// Which containers were asked for in vain.
pub(super) struct Unknown {
    since: HashMap<String, Instant>,
    second: Instant,
    failed: u32,
}

impl Unknown {
    pub(super) fn new() -> Self {
        Self { since: HashMap::new(), second: Instant::now(), failed: 0 }
    }

    /// Asks for the container of the event's thread, when nothing is known of it.
    pub(super) fn find(
        &mut self,
        state: &State,
        containers: &mut dyn Containers,
        id: &str,
    ) -> Option<Container> {
        let is_known = state.event_thread().is_some_and(|thread| state.container(thread).is_some());
        if is_known || !self.may_ask(id) {
            return None;
        }
        let lineage: Vec<u32> = state
            .event_thread()
            .into_iter()
            .flat_map(|thread| state.ancestors(thread))
            .filter(|ancestor| ancestor.container.is_none())
            .filter_map(|ancestor| u32::try_from(ancestor.process).ok())
            .take(LINEAGE_MAX)
            .collect();
        let found = containers.find(id, &lineage);
        if found.is_none() {
            self.failed(id);
        }
        found
    }

    /// It is known now.
    pub(super) fn forget(&mut self, id: &str) {
        self.since.remove(id);
    }

    fn may_ask(&mut self, id: &str) -> bool {
        if self.second.elapsed() >= Duration::from_secs(1) {
            (self.second, self.failed) = (Instant::now(), 0);
        }
        self.failed < FAILED_MAX && self.since.get(id).is_none_or(|since| since.elapsed() >= UNKNOWN_FOR)
    }

    fn failed(&mut self, id: &str) {
        self.failed += 1;
        if self.since.len() >= UNKNOWN_MAX {
            self.since.retain(|_, since| since.elapsed() < UNKNOWN_FOR);
        }
        // Beyond that the engine is asked again: slower, and no harm.
        if self.since.len() < UNKNOWN_MAX {
            self.since.insert(id.to_owned(), Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_containers_that_nobody_knows_is_not_asked_for_without_end() {
        let mut unknown = Unknown::new();
        assert!(unknown.may_ask("a"));
        unknown.failed("a");
        assert!(!unknown.may_ask("a"));
        assert!(unknown.may_ask("b"));
        unknown.forget("a");
        assert!(unknown.may_ask("a"));
        for number in 0..FAILED_MAX {
            unknown.failed(&format!("container {number}"));
        }
        assert!(!unknown.may_ask("b"));
        unknown.second -= Duration::from_secs(1);
        assert!(unknown.may_ask("b"));
    }
}
