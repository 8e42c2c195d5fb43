//! How often a client may ask.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Instant,
};

/// Requests a second for each client; twice as many at once.
#[derive(Debug)]
pub(crate) struct Rates {
    per_second: Option<u32>,
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
    pub(crate) fn new(per_second: Option<u32>) -> Self {
        Self { per_second, buckets: Mutex::default() }
    }

    /// Whether one more request is within the rate.
    pub(crate) fn allows(&self, client: &str, now: Instant) -> bool {
        let Some(per_second) = self.per_second else { return true };
        let (rate, burst) = (f64::from(per_second), f64::from(per_second) * 2.0);
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
        let within = |client: &str, at: Instant| (0..20).filter(|_| rates.allows(client, at)).count();
        assert_eq!(within("one", start), 10);
        assert_eq!(within("two", start), 10, "another client has its own");
        assert_eq!(within("one", start + Duration::from_secs(1)), 5);
        assert!((0..1000).all(|_| Rates::new(None).allows("one", start)));
    }
}
