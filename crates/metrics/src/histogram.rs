//! Durations counted by bounds.

/// How many durations were at most as long as each bound.
#[derive(Clone, Debug)]
pub struct Histogram {
    bounds_ns: &'static [u64],
    /// One more than bounds: the last is what is above all.
    counts: Vec<u64>,
    sum_ns: u64,
}

impl Histogram {
    /// Nothing observed. The bounds are nanoseconds and rise.
    #[must_use]
    pub fn new(bounds_ns: &'static [u64]) -> Self {
        Self { bounds_ns, counts: vec![0; bounds_ns.len() + 1], sum_ns: 0 }
    }

    /// Takes a duration.
    pub fn observe(&mut self, nanoseconds: u64) {
        self.counts[self.bounds_ns.partition_point(|bound| *bound < nanoseconds)] += 1;
        self.sum_ns = self.sum_ns.saturating_add(nanoseconds);
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    pub(crate) fn sum_secs(&self) -> f64 {
        self.sum_ns as f64 / 1e9
    }

    /// Each bound in seconds, with all up to it; the last has none.
    pub(crate) fn cumulative(&self) -> impl Iterator<Item = (Option<f64>, u64)> {
        let bounds = self.bounds_ns.iter().map(|bound| Some(*bound as f64 / 1e9)).chain([None]);
        bounds.zip(&self.counts).scan(0, |sum, (bound, count)| {
            *sum += count;
            Some((bound, *sum))
        })
    }
}
