//! Points in time, as text.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A point in time in UTC with whole seconds, `2026-11-22T05:00:00Z` (RFC 3339); its order as text is its order
/// in time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(String);

/// A text is not a [`Timestamp`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a time like 2026-11-22T05:00:00Z")]
pub struct TimestampError(String);

impl Timestamp {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The day, `2026-11-22`.
    #[must_use]
    pub fn day(&self) -> &str {
        &self.0[..10]
    }

    /// The same time of day, so many years of 365 days and days later. Exact to the day for a span that begins
    /// and ends in the years 1600 to 9999.
    #[must_use]
    pub fn plus_days(&self, days: u32) -> Self {
        let number =
            |range: std::ops::Range<usize>| self.0[range].parse::<i64>().expect("checked when parsed");
        let (year, month, day) =
            civil(days_from_civil(number(0..4), number(5..7), number(8..10)) + i64::from(days));
        Self(format!("{:04}-{month:02}-{day:02}{}", year.min(9999), &self.0[10..]))
    }
}

// The two conversions below are those of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms",
// `days_from_civil` and `civil_from_days`.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
}

fn civil(days: i64) -> (i64, i64, i64) {
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

impl FromStr for Timestamp {
    type Err = TimestampError;
    fn from_str(text: &str) -> Result<Self, TimestampError> {
        let pattern = b"0000-00-00T00:00:00Z";
        let fits = text.len() == pattern.len()
            && text.bytes().zip(pattern).all(|(b, p)| if *p == b'0' { b.is_ascii_digit() } else { b == *p });
        let in_range = |range: std::ops::Range<usize>, least: u32, most: u32| {
            text.get(range)
                .and_then(|part| part.parse().ok())
                .is_some_and(|n: u32| (least..=most).contains(&n))
        };
        let is_time = fits
            && in_range(5..7, 1, 12)
            && in_range(8..10, 1, 31)
            && in_range(11..13, 0, 23)
            && in_range(14..16, 0, 59)
            && in_range(17..19, 0, 60);
        if is_time { Ok(Self(text.to_owned())) } else { Err(TimestampError(text.chars().take(60).collect())) }
    }
}

impl TryFrom<String> for Timestamp {
    type Error = TimestampError;
    fn try_from(text: String) -> Result<Self, TimestampError> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(time: Timestamp) -> Self {
        time.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_seconds_in_utc_are_a_timestamp() {
        assert!("2026-11-22T05:00:00Z".parse::<Timestamp>().is_ok());
        for bad in [
            "",
            "2026-11-22",
            "2026-11-22T05:00:00+01:00",
            "2026-13-22T05:00:00Z",
            "2026-11-22T05:00:00.1Z",
            "é",
        ] {
            assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
        }
    }

    #[test]
    fn days_are_added_over_months_and_leap_years() {
        for (from, days, to) in [
            ("2026-11-22T05:00:00Z", 30, "2026-12-22T05:00:00Z"),
            ("2024-02-28T00:00:00Z", 1, "2024-02-29T00:00:00Z"),
            ("2023-02-28T00:00:00Z", 1, "2023-03-01T00:00:00Z"),
            ("2026-12-31T23:59:59Z", 365, "2027-12-31T23:59:59Z"),
        ] {
            assert_eq!(from.parse::<Timestamp>().unwrap().plus_days(days).as_str(), to);
        }
    }
}
