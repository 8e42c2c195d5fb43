//! When and after what wait something is tried again.

use crate::Options;
use std::{
    hash::{BuildHasher as _, Hasher as _},
    time::Duration,
};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

/// Whether a status says that the same request may succeed later (RFC 9110, section 15; RFC 6585, section 4).
pub(crate) fn is_temporary(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// The wait before repetition `attempt` (0 is the first): doubling, with jitter so that many clients do not come
/// back at once, or what the server asked for. `None` when the server asks for more than is waited for.
pub(crate) fn wait(attempt: u32, asked: Option<Duration>, options: &Options) -> Option<Duration> {
    if let Some(asked) = asked {
        return (asked <= options.retry_wait_max).then_some(asked);
    }
    let full = options.retry_delay.saturating_mul(1 << attempt.min(16)).min(options.retry_wait_max);
    // Between half of it and all of it.
    Some(full / 2 + full.mul_f64(fraction() / 2.0))
}

/// What `Retry-After` asks for (RFC 9110, section 10.2.3). A date is measured against the server's own `Date`,
/// so that its clock does not matter.
pub(crate) fn retry_after(value: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let value = value?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = OffsetDateTime::parse(value, &Rfc2822).ok()?;
    let now = OffsetDateTime::parse(date?.trim(), &Rfc2822).ok()?;
    Some(Duration::try_from(until - now).unwrap_or_default())
}

// Randomness that need not be secret: the keys that std draws for its hash tables.
fn fraction() -> f64 {
    let bits = std::collections::hash_map::RandomState::new().build_hasher().finish() >> 11;
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    let fraction = bits as f64 / (1_u64 << 53) as f64;
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_with_jitter_and_stay_bounded() {
        let options = Options {
            retry_delay: Duration::from_secs(1),
            retry_wait_max: Duration::from_secs(5),
            ..Options::default()
        };
        for (attempt, full) in [(0, 1), (1, 2), (2, 4), (3, 5), (40, 5)] {
            let wait = wait(attempt, None, &options).unwrap();
            assert!(
                wait >= Duration::from_secs(full) / 2 && wait <= Duration::from_secs(full),
                "{attempt} {wait:?}"
            );
        }
        assert_eq!(wait(0, Some(Duration::from_secs(5)), &options), Some(Duration::from_secs(5)));
        assert_eq!(wait(0, Some(Duration::from_secs(6)), &options), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(retry_after(Some("7"), None), Some(Duration::from_secs(7)));
        let date = Some("Wed, 21 Oct 2015 07:28:00 GMT");
        assert_eq!(retry_after(Some("Wed, 21 Oct 2015 07:28:30 GMT"), date), Some(Duration::from_secs(30)));
        assert_eq!(retry_after(Some("Wed, 21 Oct 2015 07:27:00 GMT"), date), Some(Duration::ZERO));
        assert_eq!(retry_after(Some("soon"), date), None);
    }
}
