//! How often an action is taken on one container.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::Action;

/// So many in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) count_max: usize,
    pub(crate) within: Duration,
}

impl Default for Rate {
    fn default() -> Self {
        Self { count_max: 5, within: Duration::from_secs(60) }
    }
}

/// More than that is no limit.
const COUNT_MAX: usize = 1000;
/// Containers and actions that are remembered; with more of them the one that was heard of longest ago is forgotten.
const KEYS_MAX: usize = 4096;

impl Rate {
    /// Reads `3/minute`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (count, unit) = text.split_once('/')?;
        let seconds = match unit.trim() {
            "second" => 1,
            "minute" => 60,
            "hour" => 3600,
            "day" => 86_400,
            _ => return None,
        };
        let count_max = count.trim().parse().ok().filter(|count| (1..=COUNT_MAX).contains(count))?;
        Some(Self { count_max, within: Duration::from_secs(seconds) })
    }
}

/// When which action was taken on whom.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    taken: HashMap<(Action, String), Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    times: VecDeque<Duration>,
    was_refused: bool,
}

/// What a limit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowance {
    /// Once more.
    Allowed,
    /// Not now.
    Refused,
    /// Still not; that was told.
    StillRefused,
}

impl Limiter {
    /// Whether it may be taken once more; then it counts as taken.
    pub(crate) fn ask(&mut self, rate: Rate, action: Action, whom: &str, now: Duration) -> Allowance {
        if self.taken.len() >= KEYS_MAX {
            let last = |taken: &Taken| taken.times.back().copied();
            let oldest = self.taken.iter().min_by_key(|(_, taken)| last(taken)).map(|(key, _)| key.clone());
            oldest.map(|key| self.taken.remove(&key));
        }
        let taken = self.taken.entry((action, whom.to_owned())).or_default();
        while taken.times.front().is_some_and(|first| now.saturating_sub(*first) >= rate.within) {
            taken.times.pop_front();
        }
        if taken.times.len() < rate.count_max {
            taken.times.push_back(now);
            taken.was_refused = false;
            return Allowance::Allowed;
        }
        match std::mem::replace(&mut taken.was_refused, true) {
            false => Allowance::Refused,
            true => Allowance::StillRefused,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_above_a_rate_waits_for_its_end() {
        let rate = Rate::parse("2/minute").unwrap();
        let mut limiter = Limiter::default();
        use Allowance::{Allowed, Refused, StillRefused};
        let mut ask = |seconds, whom| limiter.ask(rate, Action::Freeze, whom, Duration::from_secs(seconds));
        let answers = [ask(0, "a"), ask(1, "a"), ask(2, "a"), ask(3, "a"), ask(3, "b"), ask(60, "a")];
        assert_eq!(answers, [Allowed, Allowed, Refused, StillRefused, Allowed, Allowed]);
        assert_eq!([ask(60, "a"), ask(61, "a")], [Refused, Allowed]);
        for wrong in ["", "3", "0/minute", "-1/minute", "2/fortnight", "5000/hour"] {
            assert_eq!(Rate::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn memory_of_a_limiter_is_bounded() {
        let mut limiter = Limiter::default();
        for number in 0..3 * KEYS_MAX as u64 {
            let whom = number.to_string();
            let answer = limiter.ask(Rate::default(), Action::Freeze, &whom, Duration::from_nanos(number));
            assert_eq!(answer, Allowance::Allowed);
        }
        assert!(limiter.taken.len() <= KEYS_MAX);
    }
}
