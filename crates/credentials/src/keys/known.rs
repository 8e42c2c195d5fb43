//! Private keys that everybody has: keys of the test suites and examples of widely used packages, by fingerprint.

/// Fingerprint, a space, where it is from; sorted. Written down from decoding the packages' own files.
static KNOWN: &str = include_str!("known_test_keys.txt");

/// Where a key is from, when everybody has it.
pub(crate) fn origin(fingerprint: &str) -> Option<&'static str> {
    let lines: &[(&str, &str)] = lines();
    lines.binary_search_by(|(known, _)| (*known).cmp(fingerprint)).ok().map(|at| lines[at].1)
}

fn lines() -> &'static [(&'static str, &'static str)] {
    static LINES: std::sync::LazyLock<Vec<(&str, &str)>> =
        std::sync::LazyLock::new(|| KNOWN.lines().filter_map(|line| line.split_once(' ')).collect());
    &LINES
}

/// Changes with the list.
pub(crate) fn hash() -> u64 {
    model::path_hash(KNOWN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted() {
        assert!(lines().is_sorted_by(|a, b| a.0 < b.0));
        assert_eq!(origin("SHA256:none"), None);
        assert!(lines().iter().all(|(known, origin)| known.len() >= 16 && !origin.is_empty()));
        assert!(lines().iter().any(|(_, origin)| origin.contains("Vagrant")));
    }
}
