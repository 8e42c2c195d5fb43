//! Which shards are the whole list of their publisher.

use advisories::JAVA_ARCHIVES_SHARD;
use std::collections::BTreeSet;

/// Debian's announcements name only what was fixed by one; what is open or waits for a point release is in the
/// tracker alone.
const ANNOUNCEMENTS: &str = "debian-security";

/// Whether a shard that was built from whole feeds is its publisher's whole list. Nobody keeps one for upstream
/// software, and the Java archives of a user are never all.
pub(crate) fn is_complete(shard: &str, sources: &BTreeSet<String>) -> bool {
    let is_announcements_alone = sources.len() == 1 && sources.contains(ANNOUNCEMENTS);
    let is_never_whole = [model::Ecosystem::Generic.purl_type(), JAVA_ARCHIVES_SHARD].contains(&shard);
    !is_never_whole && !is_announcements_alone
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn announcements_alone_and_upstream_software_are_never_whole() {
        let sources = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        for (shard, names, expected) in [
            ("debian:12", &["debian-security"][..], false),
            ("debian:12", &["debian-security", "debian-tracker"], true),
            ("npm", &["osv"], true),
            ("generic", &["osv"], false),
        ] {
            assert_eq!(is_complete(shard, &sources(names)), expected, "{shard} {names:?}");
        }
    }
}
