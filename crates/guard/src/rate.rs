//! How often a client may ask.

use control::Rate;
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// Requests of each client, counted by buckets of tokens.
#[derive(Debug)]
pub(crate) struct Rates {
    default: Option<Rate>,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// Clients that are remembered; beyond that those whose bucket is full are forgotten.
const CLIENTS_MAX: usize = 10_000;

impl Rates {
    /// For clients of whom the policy says nothing: so many a second, twice as many at once.
    pub(crate) fn new(per_second: Option<u32>) -> Self {
        let rate = |number: u32| Rate { calls_per_second: number, burst: number.saturating_mul(2) };
        Self { default: per_second.map(rate), buckets: Mutex::default() }
    }

    /// Whether one more request is within the rate.
    pub(crate) fn allows(&self, client: &str, rate: Option<Rate>, now: Instant) -> bool {
        let Some(rate) = rate.or(self.default) else { return true };
        let (rate, burst) = (f64::from(rate.calls_per_second), f64::from(rate.burst));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= CLIENTS_MAX && !buckets.contains_key(client) {
            buckets.retain(|_, bucket| bucket.at.elapsed().as_secs_f64() * rate + bucket.tokens < burst);
            if buckets.len() >= CLIENTS_MAX {
                return false;
            }
        }
        let bucket = buckets.entry(client.to_owned()).or_insert(Bucket { tokens: burst, at: now });
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * rate).min(burst);
        bucket.at = now;
        let is_within = bucket.tokens >= 1.0;
        if is_within {
            bucket.tokens -= 1.0;
        }
        is_within
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_client_has_a_burst_and_then_its_rate() {
        let rates = Rates::new(Some(5));
        let start = Instant::now();
        let within = |client: &str, at: Instant| (0..20).filter(|_| rates.allows(client, None, at)).count();
        assert_eq!(within("one", start), 10);
        assert_eq!(within("two", start), 10, "another client has its own");
        assert_eq!(within("one", start + Duration::from_secs(1)), 5);
        let own = Some(Rate { calls_per_second: 1, burst: 3 });
        assert_eq!((0..9).filter(|_| rates.allows("three", own, start)).count(), 3);
        assert!((0..1000).all(|_| Rates::new(None).allows("one", None, start)));
    }
}
