//! Points in time as the facts tell them.

/// Seconds since 1970 of an RFC 3339 text in UTC (`2026-11-22T05:00:00Z`, with or without a fraction); none when it is no
/// such text or before 1970 (the engine writes year 1 for "never").
pub(crate) fn seconds(text: &str) -> Option<i64> {
    let number = |from: usize, to: usize| -> Option<i64> {
        let part = text.get(from..to)?;
        if part.bytes().all(|b| b.is_ascii_digit()) { part.parse().ok() } else { None }
    };
    let separators = [(4, '-'), (7, '-'), (10, 'T'), (13, ':'), (16, ':')];
    if !separators.iter().all(|(at, c)| text.as_bytes().get(*at) == Some(&(*c as u8))) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Days since 1970-01-01 of the proleptic Gregorian calendar, counted from March (H. Hinnant, "chrono-compatible
    // low-level date algorithms").
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted / 400;
    let year_of_era = shifted - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    Some(days * 86_400 + number(11, 13)? * 3_600 + number(14, 16)? * 60 + number(17, 19)?)
}

/// Whole days between two texts.
pub(crate) fn days_between(earlier: &str, later: &str) -> Option<i64> {
    Some((seconds(later)? - seconds(earlier)?) / 86_400)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_points_in_time() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2026-11-22T12:00:00.123456789Z"), Some(1_795_348_800));
        assert_eq!(seconds("2000-02-29T00:00:01Z"), Some(951_782_401));
        for text in [
            "",
            "0001-01-01T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-11-22",
            "yyyy-mm-ddThh:mm:ss",
            "2026-11-22T+1:00:00Z",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
        assert_eq!(days_between("2026-11-01T00:00:00Z", "2026-11-22T12:00:00Z"), Some(21));
    }
}
