//! A day.

use std::fmt;
use std::str::FromStr;

/// A day of the Gregorian calendar, as policies write it: `2026-12-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A text that is no day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no day (hint: 2026-12-31)")]
pub struct DateError(pub String);

impl Date {
    /// The day; none when there is no such one.
    #[must_use]
    pub const fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let last = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if is_leap => 29,
            2 => 28,
            _ => return None,
        };
        if day == 0 || day > last || year > 9999 {
            return None;
        }
        Some(Self { year, month, day })
    }
}

impl FromStr for Date {
    type Err = DateError;

    fn from_str(text: &str) -> Result<Self, DateError> {
        let bytes = text.as_bytes();
        let is_shaped = bytes.len() == 10
            && bytes.iter().enumerate().all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        let read = || {
            let (year, month, day) = (text.get(0..4)?, text.get(5..7)?, text.get(8..10)?);
            Self::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
        };
        let date = if is_shaped { read() } else { None };
        date.ok_or_else(|| DateError(text.chars().take(40).collect()))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_ordered() {
        let day = |text: &str| text.parse::<Date>();
        assert!(day("2026-12-31").unwrap() < day("2027-01-01").unwrap());
        assert_eq!(day("2028-02-29").unwrap().to_string(), "2028-02-29");
        for text in ["2026-02-29", "2026-13-01", "2026-1-1", "31.12.2026", "2026-00-10", ""] {
            assert!(day(text).is_err(), "{text}");
        }
    }
}
