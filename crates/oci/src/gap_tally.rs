//! Gaps that cannot flood a report.

use model::{Gap, GapReason};
use std::collections::BTreeMap;

/// How many gaps of one kind are listed; the rest is a sum.
const LISTED_MAX: u64 = 10;

/// Collects gaps. Of each kind the first few are listed, and one more tells how many there were beyond:
/// untrusted input can make a million.
#[derive(Default)]
pub(crate) struct GapTally {
    gaps: Vec<Gap>,
    counts: BTreeMap<(&'static str, GapReason), u64>,
}

impl GapTally {
    /// Adds a gap; `kind` names its kind in the sum (`paths that climb above the root`).
    pub(crate) fn add(
        &mut self,
        kind: &'static str,
        reason: GapReason,
        what: impl Into<String>,
        detail: impl Into<String>,
    ) {
        if self.count(kind, reason) {
            self.gaps.push(Gap::new(what, reason, detail));
        }
    }

    /// Counts one gap of a kind; true asks for the gap itself. For callers to whom making its text is costly.
    pub(crate) fn count(&mut self, kind: &'static str, reason: GapReason) -> bool {
        let count = self.counts.entry((kind, reason)).or_default();
        *count += 1;
        *count <= LISTED_MAX
    }

    /// A gap of which there is one at most.
    pub(crate) fn push(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    pub(crate) fn finish(mut self) -> Vec<Gap> {
        for ((kind, reason), count) in self.counts {
            if count > LISTED_MAX {
                let detail = format!("{} more of the same", count - LISTED_MAX);
                self.gaps.push(Gap::new(kind, reason, detail));
            }
        }
        self.gaps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_gaps_are_a_few_and_a_sum() {
        let mut tally = GapTally::default();
        for at in 0..1_000_000 {
            tally.add("odd files", GapReason::Malformed, at.to_string(), "odd");
        }
        let gaps = tally.finish();
        assert_eq!(gaps.len(), 11);
        assert_eq!(
            (gaps[10].what.as_str(), gaps[10].detail.as_str()),
            ("odd files", "999990 more of the same")
        );
    }
}
