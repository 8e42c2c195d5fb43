//! How long a verdict counts.

use super::Judgement;
use crate::state::now_secs;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A verdict that could not be given is asked for again after this time.
const UNKNOWN_SECS: u64 = 20;
/// One that is no good after that, since somebody may have signed; twice as long each time that nothing has changed, but never
/// longer than this.
const FAILED_SECS: u64 = 15;
const FAILED_SECS_MAX: u64 = 600;

/// A verdict with what it was given by and when.
#[derive(Serialize, Deserialize)]
pub(crate) struct Done {
    pub(super) edition: Option<String>,
    pub(super) at_secs: u64,
    /// So often before it was said that the image does not pass.
    #[serde(default)]
    pub(super) failures: u32,
    pub(super) judgement: Arc<Judgement>,
}

impl Done {
    /// Whether it was given by what counts, and not too long ago.
    pub(super) fn counts(&self, edition: &str) -> bool {
        self.edition.as_deref() == Some(edition) && self.is_fresh(now_secs())
    }

    fn is_fresh(&self, now_secs: u64) -> bool {
        let is_within = |secs| now_secs.checked_sub(self.at_secs).is_some_and(|age| age < secs);
        match *self.judgement {
            Judgement::Passed { .. } => true,
            Judgement::Failed { .. } => {
                is_within(FAILED_SECS.saturating_mul(1 << self.failures.min(16)).min(FAILED_SECS_MAX))
            }
            Judgement::Unknown { .. } => is_within(UNKNOWN_SECS),
        }
    }

    /// How often it will have failed when this is what was said last.
    pub(super) fn failures_so_far(&self) -> u32 {
        match *self.judgement {
            Judgement::Failed { .. } => self.failures.saturating_add(1),
            Judgement::Passed { .. } | Judgement::Unknown { .. } => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_verdicts_are_asked_for_again_soon_and_then_less_and_less_often() {
        let mut done = Done {
            edition: Some("1".to_owned()),
            at_secs: 1000,
            failures: 0,
            judgement: Arc::new(Judgement::failed(Vec::new())),
        };
        let mut held = Vec::new();
        for _ in 0..8 {
            held.push((0..).find(|secs| !done.is_fresh(1000 + secs)).unwrap());
            done.failures = done.failures_so_far();
        }
        assert_eq!(held, [15, 30, 60, 120, 240, 480, 600, 600]);
        assert!(!done.is_fresh(999), "a clock that was set back");
        done.judgement = Arc::new(Judgement::Passed { warnings: Vec::new() });
        assert!(done.is_fresh(1_000_000) && done.failures_so_far() == 0);
    }
}
