//! Order of upstream versions of the components: numbers by value, prereleases before releases, `rc9` before `rc10`.

use std::cmp::Ordering;

/// Compares two upstream versions. What distributions add (`+ds1`, `~ds1`, `+dfsg1`) and `-ce` do not count; a leading
/// `v` neither. Total for any text.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (parts(a), parts(b));
    let length = a.0.len().max(b.0.len());
    for at in 0..length {
        let of = |numbers: &[u64]| numbers.get(at).copied().unwrap_or(0);
        match of(&a.0).cmp(&of(&b.0)) {
            Ordering::Equal => {}
            other => return other,
        }
    }
    match (a.1.is_empty(), b.1.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => a.1.cmp(&b.1),
    }
}

/// Whether a text begins like a version.
pub(crate) fn is_version(text: &str) -> bool {
    text.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Number(u64),
    Word(String),
}

fn parts(text: &str) -> (Vec<u64>, Vec<Piece>) {
    let text = text.trim().trim_start_matches('v');
    let text = text.split(['+', '~', ' ']).next().unwrap_or_default();
    let (release, prerelease) = text.split_once('-').unwrap_or((text, ""));
    let prerelease = prerelease.trim_end_matches("-ce").trim_end_matches("-ee");
    let numbers = release.split('.').map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part[..end].parse().unwrap_or(0)
    });
    // `17.06.0-ce` is a release; `18.06.1-ce-rc2` before it.
    let prerelease = match prerelease {
        "ce" | "ee" => "",
        other => other.strip_prefix("ce-").unwrap_or(other),
    };
    (numbers.collect(), pieces(prerelease))
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut word = String::new();
    let mut is_number = false;
    for c in text.chars().chain(std::iter::once('.')) {
        let breaks = !c.is_ascii_alphanumeric() || c.is_ascii_digit() != is_number;
        if breaks && !word.is_empty() {
            let taken = std::mem::take(&mut word);
            pieces.push(if is_number {
                Piece::Number(taken.parse().unwrap_or(u64::MAX))
            } else {
                Piece::Word(taken)
            });
        }
        is_number = c.is_ascii_digit();
        if c.is_ascii_alphanumeric() {
            word.push(c.to_ascii_lowercase());
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_stand_in_order() {
        let sorted = [
            "0.1.0",
            "1.0.0-rc3",
            "1.0.0-rc9",
            "1.0.0-rc10",
            "1.0.0-rc93",
            "1.0.0-rc.95",
            "1.0.0",
            "1.0.1-dev",
            "1.0.1",
            "1.1.5+ds1",
            "1.1.12",
            "1.2.0-rc.1",
            "1.2.0",
            "17.06.0-ce",
            "18.06.1-ce-rc2",
            "18.06.1-ce",
            "18.09.2",
            "19.03.9",
            "19.03.15",
            "20.10.24+dfsg1",
            "v29.5.1",
        ];
        for (at, a) in sorted.iter().enumerate() {
            for (other, b) in sorted.iter().enumerate() {
                assert_eq!(compare(a, b), at.cmp(&other), "{a} and {b}");
            }
        }
        assert_eq!(compare("1.6.20~ds1", "1.6.20"), Ordering::Equal);
    }

    proptest::proptest! {
        #[test]
        fn any_text_compares_and_order_is_total(a in ".{0,20}", b in ".{0,20}", c in "[0-9a-z.+~-]{0,12}") {
            proptest::prop_assert_eq!(compare(&a, &b), compare(&b, &a).reverse());
            if compare(&a, &b).is_le() && compare(&b, &c).is_le() {
                proptest::prop_assert!(compare(&a, &c).is_le());
            }
        }
    }
}
