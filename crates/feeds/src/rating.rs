//! Ratings as feeds write them.

use advisories::Rated;
use model::Severity;

/// The severity that a publisher's word stands for; nothing when the word rates nothing.
pub(crate) fn word(text: &str) -> Option<Severity> {
    // Debian marks automatic ratings with asterisks: `low**`.
    let text = text.trim().trim_end_matches('*');
    match text.parse() {
        Ok(Severity::Unknown) | Err(_) => None,
        Ok(severity) => Some(severity),
    }
}

/// Adds a rating unless the same source gave the same before.
pub(crate) fn push(ratings: &mut Vec<Rated>, source: &str, severity: Severity, cvss: &str) {
    let cvss = if is_vector(cvss) { cvss.trim() } else { "" };
    if severity == Severity::Unknown && cvss.is_empty() {
        return;
    }
    let rated = Rated { source: source.to_owned(), severity, cvss: cvss.to_owned() };
    if !ratings.contains(&rated) {
        ratings.push(rated);
    }
}

/// The severity of a bare CVSS base score (`7.5`) of version 3 or 4.
pub(crate) fn from_score(score: f64) -> Option<Severity> {
    if !(0.0..=10.0).contains(&score) {
        return None;
    }
    // In range, checked above.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    let tenths = (score * 10.0).round() as u8;
    Some(Severity::from_score_tenths(tenths))
}

fn is_vector(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 300
        && (text.starts_with("CVSS:") || text.starts_with("AV:"))
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_rate_nothing_are_no_rating() {
        assert_eq!(word("low**"), Some(Severity::Low));
        assert_eq!(word("not yet assigned"), None);
        assert_eq!(word("MODERATE"), Some(Severity::Medium));
        assert_eq!(word("whatever"), None);
        assert_eq!(from_score(7.5), Some(Severity::High));
        assert_eq!(from_score(f64::NAN), None);
    }

    #[test]
    fn texts_that_are_no_vector_are_dropped() {
        let mut ratings = Vec::new();
        push(&mut ratings, "x", Severity::Unknown, "9.8");
        assert!(ratings.is_empty());
        push(&mut ratings, "x", Severity::Unknown, "CVSS:3.1/AV:N");
        push(&mut ratings, "x", Severity::Unknown, "CVSS:3.1/AV:N");
        assert_eq!(ratings.len(), 1);
    }
}
