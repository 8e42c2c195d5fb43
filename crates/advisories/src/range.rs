//! Whether a version lies in a range.

use crate::Range;
use std::cmp::Ordering;

impl Range {
    /// Whether a version is vulnerable by this range, `order(a, b)` being the order of versions of its ecosystem
    /// (OSV schema, "Evaluation": at or after `introduced`, and before `fixed` or not after `last_affected`).
    #[must_use]
    pub fn contains(&self, version: &str, order: impl Fn(&str, &str) -> Ordering) -> bool {
        let Self { introduced, fixed, last_affected } = self;
        // Compared from the end: most installed versions are past the fix.
        (fixed.is_empty() || order(version, fixed).is_lt())
            && (last_affected.is_empty() || order(version, last_affected).is_le())
            && (matches!(introduced.as_str(), "" | "0") || order(version, introduced).is_ge())
    }
}

/// The range as people read it: `>= 2.0, < 2.15.0`.
pub(crate) fn text(introduced: &str, fixed: &str, last_affected: &str) -> String {
    let mut parts = Vec::new();
    if !matches!(introduced, "" | "0") {
        parts.push(format!(">= {introduced}"));
    }
    if !fixed.is_empty() {
        parts.push(format!("< {fixed}"));
    }
    if !last_affected.is_empty() {
        parts.push(format!("<= {last_affected}"));
    }
    if parts.is_empty() { "every version".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_half_open_except_last_affected() {
        let range = |introduced: &str, fixed: &str, last: &str| Range {
            introduced: introduced.into(),
            fixed: fixed.into(),
            last_affected: last.into(),
        };
        let numbers = |a: &str, b: &str| a.parse::<u32>().unwrap().cmp(&b.parse().unwrap());
        assert!(range("2", "5", "").contains("2", numbers));
        assert!(range("2", "5", "").contains("4", numbers));
        assert!(!range("2", "5", "").contains("5", numbers));
        assert!(!range("2", "5", "").contains("1", numbers));
        assert!(range("2", "", "5").contains("5", numbers));
        assert!(!range("2", "", "5").contains("6", numbers));
        assert!(range("0", "", "").contains("1", numbers));
        assert_eq!(text("2.0", "2.15.0", ""), ">= 2.0, < 2.15.0");
    }
}
