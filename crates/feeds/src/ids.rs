//! Ids and dates as feeds write them.

/// The first CVE id in a text, in upper case (`cve-2024-1`, `UBUNTU-CVE-2024-1`, `CVE_2024-1` are met too).
pub(crate) fn cve_in(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    for start in 0..bytes.len().saturating_sub(9) {
        let rest = &bytes[start..];
        if !rest[..3].eq_ignore_ascii_case(b"CVE") || !matches!(rest[3], b'-' | b'_') {
            continue;
        }
        let digits = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits(4) != 4 || !matches!(rest.get(8), Some(b'-' | b'_')) {
            continue;
        }
        let number = digits(9);
        if (1..=19).contains(&number) {
            let text = |range: std::ops::Range<usize>| String::from_utf8_lossy(&rest[range]).into_owned();
            return Some(format!("CVE-{}-{}", text(4..8), text(9..9 + number)));
        }
    }
    None
}

/// Whether a text is a CVE id and nothing else.
pub(crate) fn is_cve(text: &str) -> bool {
    cve_in(text).is_some_and(|cve| cve == text)
}

/// Whether a text can be the id of an advisory or vulnerability: a prefix of letters, a hyphen, a rest with
/// a digit, no spaces (`GHSA-…`, `ALSA-2024:2193`, `XSA-123`, `TEMP-0000000-A1B2C3`).
pub(crate) fn is_id(text: &str) -> bool {
    let is_allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'+');
    text.len() <= 100
        && text.bytes().all(is_allowed)
        && text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.split_once('-').is_some_and(|(_, rest)| rest.bytes().any(|byte| byte.is_ascii_alphanumeric()))
}

/// The date of an RFC 3339 time or of a text that begins with one; empty when there is none. `0001-01-01`
/// stands for "not known" in the Go vulnerability database.
pub(crate) fn date_of(text: &str) -> String {
    let Some(date) = text.trim().get(..10) else { return String::new() };
    let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    if is_date && !date.starts_with("0001") { date.to_owned() } else { String::new() }
}

/// Adds an id unless it is the advisory's own or already there.
pub(crate) fn push_new(ids: &mut Vec<String>, own: &str, id: &str) {
    if id != own && !ids.iter().any(|known| known == id) {
        ids.push(id.to_owned());
    }
}

/// The first line with text, cut to what a report shows.
pub(crate) fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("");
    crate::imported::cut(line, 240)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cve_ids_are_found_in_the_spellings_that_feeds_use() {
        for (text, expected) in [
            ("CVE-2024-12345", Some("CVE-2024-12345")),
            ("UBUNTU-CVE-2024-1234", Some("CVE-2024-1234")),
            ("CVE_2019-2426", Some("CVE-2019-2426")),
            ("cve-2020-1", Some("CVE-2020-1")),
            ("CVE-2020-", None),
            ("CVE-20-1", None),
            ("", None),
            ("xCVE-2020-11111ü", Some("CVE-2020-11111")),
        ] {
            assert_eq!(cve_in(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn dates_that_mean_unknown_are_empty() {
        assert_eq!(date_of("2021-04-14T20:04:52Z"), "2021-04-14");
        assert_eq!(date_of("0001-01-01T00:00:00Z"), "");
        assert_eq!(date_of("2021/04/14"), "");
        assert_eq!(date_of("äöüäöüäöü"), "");
    }
}
