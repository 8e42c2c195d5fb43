//! Says on standard error when a place begins to take no alerts.

use crate::remark::remark;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use watch::{SinkState, Sinks};

/// So long nothing more is said of a place.
const QUIET: Duration = Duration::from_secs(60);

/// What was said of each place.
#[derive(Default)]
pub(super) struct Troubles(BTreeMap<String, Told>);

#[derive(Default)]
struct Told {
    failures: u64,
    retries: u64,
    at: Option<Instant>,
}

impl Troubles {
    /// Looks at the places; says nothing where a view has the terminal, which shows it itself.
    pub(super) fn tell(&mut self, sinks: &Sinks, has_view: bool) {
        for state in sinks.states() {
            if let Some(line) = self.look(&state, Instant::now())
                && !has_view
            {
                remark(&line);
            }
        }
    }

    fn look(&mut self, state: &SinkState, now: Instant) -> Option<String> {
        let told = self.0.entry(state.name.clone()).or_default();
        let (lost, tried) = (state.failures > told.failures, state.retries > told.retries);
        (told.failures, told.retries) = (state.failures, state.retries);
        let is_quiet = told.at.is_some_and(|at| now.saturating_duration_since(at) < QUIET);
        if is_quiet || !(lost || tried) {
            return None;
        }
        told.at = Some(now);
        Some(if lost {
            format!(
                "warning: {} did not take {} alerts so far: they are lost there",
                state.name, state.failures
            )
        } else {
            format!(
                "warning: {} does not take alerts now: {} bytes wait in --buffer",
                state.name, state.waiting_bytes
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_trouble_is_told_once_in_a_while() {
        let mut troubles = Troubles::default();
        let state = |failures, retries| SinkState {
            name: "1-http".to_owned(),
            sent: 9,
            failures,
            retries,
            waiting_bytes: 7,
        };
        let start = Instant::now();
        assert_eq!(troubles.look(&state(0, 0), start), None);
        assert!(troubles.look(&state(0, 1), start).is_some_and(|line| line.contains("7 bytes wait")));
        assert_eq!(troubles.look(&state(0, 2), start), None);
        let later = start + 2 * QUIET;
        assert_eq!(troubles.look(&state(0, 2), later), None, "nothing new");
        assert!(troubles.look(&state(3, 2), later).is_some_and(|line| line.contains("3 alerts")));
    }
}
