//! Days of the calendar; the policy has no clock.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// A day, `2027-01-31`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

/// A text that is no day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a date like 2027-01-31")]
pub struct DateError(String);

impl Date {
    /// Days since the first of March of the year 0 (Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms", days_from_civil).
    fn number(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = (i64::from(self.month) + 9) % 12;
        365 * year + year.div_euclid(4) - year.div_euclid(100)
            + year.div_euclid(400)
            + (153 * month + 2) / 5
            + i64::from(self.day)
            - 1
    }

    /// How many days lie between an earlier day and this one; negative when that is later.
    #[must_use]
    pub fn days_since(self, earlier: Self) -> i64 {
        self.number() - earlier.number()
    }

    /// The day of a timestamp (RFC 3339), or of a day alone.
    pub(crate) fn of_timestamp(text: &str) -> Option<Self> {
        let day = text.get(..10)?;
        let is_end = matches!(text.as_bytes().get(10), None | Some(b'T' | b't' | b' '));
        if is_end { day.parse().ok() } else { None }
    }
}

impl FromStr for Date {
    type Err = DateError;
    fn from_str(text: &str) -> Result<Self, DateError> {
        let error = || DateError(text.chars().take(40).collect());
        let bytes = text.as_bytes();
        let is_shape = bytes.len() == 10
            && bytes
                .iter()
                .enumerate()
                .all(|(at, byte)| if at == 4 || at == 7 { *byte == b'-' } else { byte.is_ascii_digit() });
        if !is_shape {
            return Err(error());
        }
        let number = |range: std::ops::Range<usize>| text[range].parse::<u16>().map_err(|_| error());
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return Err(error()),
        };
        if day == 0 || day > days {
            return Err(error());
        }
        Ok(Self { year, month: month as u8, day: day as u8 })
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Until when something counts: a day, written with or without quotes, or the word `never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expiry {
    On(Date),
    Never,
}

impl<'de> Deserialize<'de> for Expiry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Expiry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a date like 2027-01-31, or \"never\"")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Expiry, E> {
                match text {
                    "never" => Ok(Expiry::Never),
                    _ => text.parse().map(Expiry::On).map_err(E::custom),
                }
            }
            // A date of TOML arrives as a map of its own.
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Expiry, A::Error> {
                let date = toml::value::Datetime::deserialize(de::value::MapAccessDeserializer::new(map))?;
                self.visit_str(&date.to_string())
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_counted_over_months_and_leap_years() {
        for (later, earlier, days) in [
            ("2026-11-22", "2026-11-22", 0),
            ("2026-12-01", "2026-11-22", 9),
            ("2028-03-01", "2028-02-28", 2),
            ("2027-03-01", "2027-02-28", 1),
            ("2027-01-01", "2026-01-01", 365),
            ("2026-11-22", "1970-01-01", 20_779),
            ("0001-01-01", "0000-12-31", 1),
            ("2026-11-21", "2026-11-22", -1),
        ] {
            assert_eq!(date(later).days_since(date(earlier)), days, "{later} {earlier}");
        }
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for bad in
            ["2027-02-29", "2027-13-01", "2027-00-01", "2027-01-00", "2027-1-1", "soon", "", "2027-01-011"]
        {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
        assert_eq!(date("2028-02-29").to_string(), "2028-02-29");
        assert_eq!(Date::of_timestamp("2026-11-22T05:00:00Z"), Some(date("2026-11-22")));
        assert_eq!(Date::of_timestamp("2026-11-223"), None);
    }
}
