//! How often somebody asks, and how much came into repositories.

use crate::state::State;
use access::Rate;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// Counters.
pub(crate) struct Gauge {
    buckets: Mutex<HashMap<String, Bucket>>,
    bytes: Mutex<Bytes>,
    state: Arc<State>,
}

/// Bytes that came into each repository.
pub(crate) type Bytes = HashMap<String, u64>;

struct Bucket {
    tokens: f64,
    at: Instant,
}

const CLIENTS_MAX: usize = 50_000;
/// Secrets that were wrong for a name at an address: whoever else is behind that address goes on.
const FAILED: Rate = Rate { requests_per_minute: 30, burst: 20 };
/// And for all names at an address, so that nobody tries one secret with many names for long.
const FAILED_AT_ADDRESS: Rate = Rate { requests_per_minute: 120, burst: 200 };
/// So much of a name tells it from others.
const NAME_BYTES_MAX: usize = 128;
/// Bytes are counted for so many repositories; beyond that the half with the fewest bytes begins anew.
const REPOSITORIES_MAX: usize = 100_000;
/// The first word of keys.
pub(crate) const KEYS: &str = "bytes";

impl Gauge {
    /// With what was kept.
    pub(crate) fn new(bytes: Bytes, state: Arc<State>) -> Self {
        Self { buckets: Mutex::default(), bytes: Mutex::new(bytes), state }
    }

    /// Whether one more request is within the rate.
    pub(crate) fn allows(&self, client: &str, rate: Rate) -> bool {
        self.take(client, rate, 1.0)
    }

    /// Whether somebody at an address may still try to log in by a name.
    pub(crate) fn may_try(&self, address: &str, name: &str) -> bool {
        self.failed(address, name, 0.0)
    }

    /// A name or secret was wrong.
    pub(crate) fn has_failed(&self, address: &str, name: &str) {
        self.failed(address, name, 1.0);
    }

    fn failed(&self, address: &str, name: &str, count: f64) -> bool {
        let name = &name.as_bytes()[..name.len().min(NAME_BYTES_MAX)];
        let of_name = format!("failed {address} {}", name.escape_ascii());
        self.take(&format!("failed {address}"), FAILED_AT_ADDRESS, count)
            && self.take(&of_name, FAILED, count)
    }

    fn take(&self, client: &str, rate: Rate, count: f64) -> bool {
        let now = Instant::now();
        let (per_second, burst) = (f64::from(rate.requests_per_minute) / 60.0, f64::from(rate.burst));
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= CLIENTS_MAX && !buckets.contains_key(client) {
            // Whoever has not asked for a minute has a full bucket again, or nearly.
            buckets.retain(|_, bucket| now.saturating_duration_since(bucket.at).as_secs() < 60);
            if buckets.len() >= CLIENTS_MAX {
                return false;
            }
        }
        let bucket = buckets.entry(client.to_owned()).or_insert(Bucket { tokens: burst, at: now });
        let passed = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed * per_second).min(burst);
        bucket.at = now;
        let is_within = bucket.tokens >= 1.0;
        if is_within {
            bucket.tokens -= count;
        }
        is_within
    }

    /// Bytes that came into a repository.
    pub(crate) fn bytes_of(&self, repository: &str) -> u64 {
        self.bytes.lock().unwrap_or_else(PoisonError::into_inner).get(repository).copied().unwrap_or(0)
    }

    /// More came in.
    pub(crate) fn add_bytes(&self, repository: &str, more: u64) {
        let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        if bytes.len() >= REPOSITORIES_MAX && !bytes.contains_key(repository) {
            let mut counts: Vec<u64> = bytes.values().copied().collect();
            let (_, middle, _) = counts.select_nth_unstable(REPOSITORIES_MAX / 2);
            let middle = *middle;
            bytes.retain(|repository, count| {
                let stays = *count > middle;
                if !stays {
                    self.state.remove(&key(repository));
                }
                stays
            });
        }
        let count = bytes.entry(repository.to_owned()).or_default();
        *count = count.saturating_add(more);
        self.state.put(&key(repository), count);
    }
}

fn key(repository: &str) -> String {
    format!("{KEYS} {repository}")
}
