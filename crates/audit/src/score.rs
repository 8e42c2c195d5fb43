//! Numbers for a summary.

use crate::{Aspect, aspect_of};
use model::{Outcome, OutcomeState};

/// The answers of one aspect, counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AspectScore {
    /// The aspect.
    pub aspect: Aspect,
    /// Passed.
    pub passed: usize,
    /// Failed.
    pub failed: usize,
    /// Not known.
    pub unknown: usize,
    /// For a person.
    pub manual: usize,
    /// Without meaning here.
    pub not_applicable: usize,
}

/// Counts outcomes by aspect, in the order of [`Aspect::ALL`].
#[must_use]
pub fn score(outcomes: &[Outcome]) -> Vec<AspectScore> {
    Aspect::ALL
        .into_iter()
        .map(|aspect| {
            let count =
                |state| outcomes.iter().filter(|o| o.state == state && aspect_of(&o.rule) == aspect).count();
            AspectScore {
                aspect,
                passed: count(OutcomeState::Passed),
                failed: count(OutcomeState::Failed),
                unknown: count(OutcomeState::Unknown),
                manual: count(OutcomeState::Manual),
                not_applicable: count(OutcomeState::NotApplicable),
            }
        })
        .collect()
}
