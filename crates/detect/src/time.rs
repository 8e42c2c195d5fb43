//! Times of events as text, in UTC.

const DAY_SECONDS: u64 = 86_400;

/// A time of nanoseconds since 1970 as alerts begin with it: `13:53:31.726060287`, in UTC.
#[must_use]
pub fn clock(time_ns: u64) -> String {
    let seconds = time_ns / 1_000_000_000 % DAY_SECONDS;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}.{:09}", time_ns % 1_000_000_000)
}

/// `2026-11-22T13:53:31.726060287Z`
pub(crate) fn iso8601(time_ns: u64) -> String {
    let (year, month, day) = date(time_ns / 1_000_000_000 / DAY_SECONDS);
    format!("{year:04}-{month:02}-{day:02}T{}Z", clock(time_ns))
}

/// The date of a number of days since 1970 (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms",
/// `civil_from_days`).
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_shifted + 2) / 5 + 1;
    let month = if month_shifted < 10 { month_shifted + 3 } else { month_shifted - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_utc() {
        assert_eq!(iso8601(0), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(iso8601(951_782_399_000_000_001), "2000-02-28T23:59:59.000000001Z");
        assert_eq!(iso8601(951_868_799_999_999_999), "2000-02-29T23:59:59.999999999Z");
        assert_eq!(iso8601(1_795_384_411_726_060_287), "2026-11-22T21:53:31.726060287Z");
    }
}
