//! What one layer may make the scan remember.
//!
//! [`model::Limits`] bounds what is read; these bound what is kept of it, since a layer of a few megabytes can
//! hold millions of tiny files, and a hard link repeats a whole archive in 512 bytes.

use model::{Gap, GapReason, Limits};

/// Files with packages or owners.
const RECORDS_MAX: usize = 500_000;
/// Files that packages own; a large distribution has half a million.
const OWNED_MAX: usize = 4_000_000;
/// Links to be followed.
const LINKS_MAX: usize = 100_000;

/// Counts what is kept of a layer; what is beyond a bound becomes one gap a kind.
pub(crate) struct Bounds {
    packages_left: usize,
    records_left: usize,
    links_left: usize,
    owned_left: usize,
    packages_max: usize,
    packages_over: u64,
    records_over: u64,
    links_over: u64,
    owned_over: u64,
}

impl Bounds {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            packages_left: limits.packages_max,
            records_left: RECORDS_MAX,
            links_left: LINKS_MAX,
            owned_left: OWNED_MAX,
            packages_max: limits.packages_max,
            packages_over: 0,
            records_over: 0,
            links_over: 0,
            owned_over: 0,
        }
    }

    /// How many of so many packages may be kept.
    pub(crate) fn packages(&mut self, count: usize) -> usize {
        take(&mut self.packages_left, &mut self.packages_over, count)
    }

    /// Whether another record may be kept.
    pub(crate) fn record(&mut self) -> bool {
        take(&mut self.records_left, &mut self.records_over, 1) == 1
    }

    /// Whether another link may be kept.
    pub(crate) fn link(&mut self) -> bool {
        take(&mut self.links_left, &mut self.links_over, 1) == 1
    }

    /// Whether another file that a package owns may be kept.
    pub(crate) fn owned(&mut self) -> bool {
        take(&mut self.owned_left, &mut self.owned_over, 1) == 1
    }

    /// What was left out.
    pub(crate) fn gaps(&self) -> Vec<Gap> {
        let packages =
            format!("{} more than the limit of {} (packages_max)", self.packages_over, self.packages_max);
        let records = format!("{} more than {RECORDS_MAX}", self.records_over);
        let owned = format!("{} more than {OWNED_MAX}", self.owned_over);
        let links = format!("{} more than {LINKS_MAX} were not followed", self.links_over);
        [
            ("packages of a layer", self.packages_over, packages),
            ("files of packages of a layer", self.records_over, records),
            ("owned files of a layer", self.owned_over, owned),
            ("links of a layer", self.links_over, links),
        ]
        .into_iter()
        .filter(|(_, over, _)| *over > 0)
        .map(|(what, _, detail)| Gap::new(what, GapReason::LimitReached, detail))
        .collect()
    }
}

fn take(left: &mut usize, over: &mut u64, count: usize) -> usize {
    let kept = count.min(*left);
    *left -= kept;
    *over = over.saturating_add((count - kept) as u64);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_a_bound_is_one_gap_with_its_count() {
        let mut bounds = Bounds::new(&Limits { packages_max: 3, ..Limits::default() });
        assert_eq!([bounds.packages(2), bounds.packages(2), bounds.packages(5)], [2, 1, 0]);
        assert!(bounds.record() && bounds.link());
        let gaps = bounds.gaps();
        assert_eq!(gaps.len(), 1);
        assert_eq!(gaps[0].detail, "6 more than the limit of 3 (packages_max)");
    }
}
