//! Names of Python distributions.

/// The normalised name: lower case, each run of `-`, `_` and `.` one `-` (PEP 503, "Normalized Names").
pub(crate) fn normalise(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for character in name.trim().chars() {
        match character {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            other => normal.push(other.to_ascii_lowercase()),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one() {
        for name in ["Friendly-Bard", "friendly.bard", "friendly_bard", "FRIENDLY-._.-Bard"] {
            assert_eq!(normalise(name), "friendly-bard");
        }
    }
}
