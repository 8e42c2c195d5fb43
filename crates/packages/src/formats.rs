//! The list of formats.

use crate::Format;

/// Every format, by ecosystem: operating systems first, then languages.
pub static FORMATS: &[&Format] = &[
    // Operating systems: deb, apk, rpm.
    // Languages: python, node, java, go, rust, ruby, php, dotnet.
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_format_has_its_own_id() {
        let mut ids: Vec<_> = FORMATS.iter().map(|format| format.id).collect();
        ids.sort_unstable();
        let count = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), count);
        assert!(ids.iter().all(|id| id.contains('/')));
    }
}
