//! Until when a release gets security updates.

use model::Distribution;

/// Until when a release gets security updates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Support {
    /// The last day of updates for everyone (`2026-08-31`).
    pub ends: &'static str,
    /// What holds besides: an earlier end of regular support, or updates after it for some.
    pub note: Option<&'static str>,
}

/// The last day on which a release gets security updates for everyone (`2026-08-31`); nothing when it is not
/// known, or when the release is a rolling one. Dates are ISO 8601, so that they compare as text.
#[must_use]
pub fn end_of_life(distribution: &Distribution) -> Option<&'static str> {
    support(distribution).map(|support| support.ends)
}

/// [`end_of_life`] with a note.
#[must_use]
pub fn support(distribution: &Distribution) -> Option<Support> {
    let shard = distribution.shard();
    let is_stream = distribution.channel.as_deref() == Some("stream");
    let key = if is_stream { format!("{shard}-stream") } else { shard };
    let (_, ends, note) = RELEASES.iter().find(|(release, ..)| *release == key)?;
    Some(Support { ends, note: Some(*note).filter(|note| !note.is_empty()) })
}

/// Release as [`Distribution::shard`] names it, last day, note. From the publishers' own life cycle pages:
/// wiki.debian.org/LTS, ubuntu.com/about/release-cycle, alpinelinux.org/releases,
/// access.redhat.com/support/policy/updates/errata, the CentOS, AlmaLinux and Rocky wikis, Oracle's "Lifetime
/// Support Policy", aws.amazon.com/amazon-linux-2/faqs, suse.com/lifecycle, en.opensuse.org/Lifetime,
/// docs.fedoraproject.org. Where a publisher names only a month, its last day.
#[rustfmt::skip]
const RELEASES: &[(&str, &str, &str)] = &[
    ("debian:7", "2018-05-31", "LTS; regular support ended 2016-04-25"),
    ("debian:8", "2020-06-30", "LTS; regular support ended 2018-06-17"),
    ("debian:9", "2022-06-30", "LTS; regular support ended 2020-07-18"),
    ("debian:10", "2024-06-30", "LTS; regular support ended 2022-09-10"),
    ("debian:11", "2026-08-31", "LTS; regular support ended 2024-08-14"),
    ("debian:12", "2028-06-30", "LTS; regular support ended 2026-06-10"),
    ("debian:13", "2030-06-30", "LTS; regular support ends 2028-08-09"),

    ("ubuntu:12.04", "2017-04-28", "ESM until 2019-04-30"),
    ("ubuntu:14.04", "2019-04-30", "ESM with Ubuntu Pro until 2024-04-30"),
    ("ubuntu:16.04", "2021-04-30", "ESM with Ubuntu Pro until 2026-04-30"),
    ("ubuntu:18.04", "2023-05-31", "ESM with Ubuntu Pro until 2028-04-30"),
    ("ubuntu:20.04", "2025-05-31", "ESM with Ubuntu Pro until 2030-04-30"),
    ("ubuntu:22.04", "2027-04-30", "ESM with Ubuntu Pro until 2032-04-30"),
    ("ubuntu:24.04", "2029-04-30", "ESM with Ubuntu Pro until 2034-04-30"),
    ("ubuntu:26.04", "2031-04-30", "ESM with Ubuntu Pro until 2036-04-30"),
    ("ubuntu:18.10", "2019-07-18", ""),
    ("ubuntu:19.04", "2020-01-23", ""),
    ("ubuntu:19.10", "2020-07-17", ""),
    ("ubuntu:20.10", "2021-07-22", ""),
    ("ubuntu:21.04", "2022-01-20", ""),
    ("ubuntu:21.10", "2022-07-14", ""),
    ("ubuntu:22.10", "2023-07-20", ""),
    ("ubuntu:23.04", "2024-01-25", ""),
    ("ubuntu:23.10", "2024-07-11", ""),
    ("ubuntu:24.10", "2025-07-10", ""),
    ("ubuntu:25.04", "2026-01-15", ""),
    ("ubuntu:25.10", "2026-07-31", ""),

    ("alpine:3.2", "2017-05-01", ""),
    ("alpine:3.3", "2017-11-01", ""),
    ("alpine:3.4", "2018-05-01", ""),
    ("alpine:3.5", "2018-11-01", ""),
    ("alpine:3.6", "2019-05-01", ""),
    ("alpine:3.7", "2019-11-01", ""),
    ("alpine:3.8", "2020-05-01", ""),
    ("alpine:3.9", "2020-11-01", ""),
    ("alpine:3.10", "2021-05-01", ""),
    ("alpine:3.11", "2021-11-01", ""),
    ("alpine:3.12", "2022-05-01", ""),
    ("alpine:3.13", "2022-11-01", ""),
    ("alpine:3.14", "2023-05-01", ""),
    ("alpine:3.15", "2023-11-01", ""),
    ("alpine:3.16", "2024-05-23", ""),
    ("alpine:3.17", "2024-11-22", ""),
    ("alpine:3.18", "2025-05-09", ""),
    ("alpine:3.19", "2025-11-01", ""),
    ("alpine:3.20", "2026-04-01", ""),
    ("alpine:3.21", "2026-11-01", ""),
    ("alpine:3.22", "2027-05-01", ""),
    ("alpine:3.23", "2027-11-01", ""),

    ("rhel:5", "2017-03-31", "Extended Life Cycle Support ended 2020-11-30"),
    ("rhel:6", "2020-11-30", "Extended Life Cycle Support ended 2024-06-30"),
    ("rhel:7", "2024-06-30", "Extended Life Cycle Support until 2028-06-30"),
    ("rhel:8", "2029-05-31", ""),
    ("rhel:9", "2032-05-31", ""),
    ("rhel:10", "2035-05-31", ""),
    ("centos:5", "2017-03-31", ""),
    ("centos:6", "2020-11-30", ""),
    ("centos:7", "2024-06-30", ""),
    ("centos:8", "2021-12-31", ""),
    ("centos:8-stream", "2024-05-31", ""),
    ("centos:9-stream", "2027-05-31", ""),
    ("centos:10-stream", "2030-05-31", ""),
    ("almalinux:8", "2029-05-31", ""),
    ("almalinux:9", "2032-05-31", ""),
    ("almalinux:10", "2035-05-31", ""),
    ("rocky:8", "2029-05-31", ""),
    ("rocky:9", "2032-05-31", ""),
    ("rocky:10", "2035-05-31", ""),
    ("ol:5", "2017-06-30", "Extended Support ended 2020-11-30"),
    ("ol:6", "2021-03-31", "Extended Support ended 2024-12-31"),
    ("ol:7", "2024-12-31", "Extended Support until 2028-06-30"),
    ("ol:8", "2029-07-31", ""),
    ("ol:9", "2032-06-30", ""),
    ("ol:10", "2035-06-30", ""),

    ("amzn:2018", "2023-12-31", "maintenance; standard support ended 2020-12-31"),
    ("amzn:2", "2026-06-30", ""),
    ("amzn:2023", "2029-06-30", "maintenance; standard support ends 2027-06-30"),

    ("sles:11.4", "2019-03-31", "LTSS ended 2022-03-31"),
    ("sles:12", "2016-06-30", ""),
    ("sles:12.1", "2017-05-31", ""),
    ("sles:12.2", "2018-03-31", "LTSS ended 2021-03-31"),
    ("sles:12.3", "2019-06-30", "LTSS ended 2022-06-30"),
    ("sles:12.4", "2020-06-30", "LTSS ended 2023-06-30"),
    ("sles:12.5", "2024-10-31", "LTSS until 2027-10-31"),
    ("sles:15", "2019-12-31", "LTSS ended 2022-12-31"),
    ("sles:15.1", "2021-01-31", "LTSS ended 2024-01-31"),
    ("sles:15.2", "2021-12-31", "LTSS ended 2024-12-31"),
    ("sles:15.3", "2022-12-31", "LTSS until 2025-12-31"),
    ("sles:15.4", "2023-12-31", "LTSS until 2026-12-31"),
    ("sles:15.5", "2024-12-31", "LTSS until 2027-12-31"),
    ("sles:15.6", "2025-12-31", "LTSS until 2028-12-31"),
    ("sles:15.7", "2031-07-31", ""),
    ("opensuse-leap:42.1", "2017-05-17", ""),
    ("opensuse-leap:42.2", "2018-01-26", ""),
    ("opensuse-leap:42.3", "2019-07-01", ""),
    ("opensuse-leap:15.0", "2019-12-03", ""),
    ("opensuse-leap:15.1", "2021-01-31", ""),
    ("opensuse-leap:15.2", "2021-12-31", ""),
    ("opensuse-leap:15.3", "2022-12-31", ""),
    ("opensuse-leap:15.4", "2023-12-07", ""),
    ("opensuse-leap:15.5", "2024-12-31", ""),
    ("opensuse-leap:15.6", "2026-04-30", ""),

    ("photon:1", "2022-02-28", ""),
    ("photon:2", "2022-12-31", ""),
    ("photon:3", "2024-03-01", ""),
    ("photon:4", "2026-03-01", ""),
    ("mariner:1.0", "2023-07-31", ""),
    ("mariner:2.0", "2025-07-31", ""),

    ("fedora:28", "2019-05-28", ""),
    ("fedora:29", "2019-11-26", ""),
    ("fedora:30", "2020-05-26", ""),
    ("fedora:31", "2020-11-24", ""),
    ("fedora:32", "2021-05-25", ""),
    ("fedora:33", "2021-11-30", ""),
    ("fedora:34", "2022-06-07", ""),
    ("fedora:35", "2022-12-13", ""),
    ("fedora:36", "2023-05-16", ""),
    ("fedora:37", "2023-12-05", ""),
    ("fedora:38", "2024-05-21", ""),
    ("fedora:39", "2024-11-26", ""),
    ("fedora:40", "2025-05-13", ""),
    ("fedora:41", "2025-12-15", ""),
    ("fedora:42", "2026-05-13", ""),
    ("fedora:43", "2026-12-09", ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(id: &str, version: &str, expected: Option<&str>) {
        assert_eq!(end_of_life(&Distribution::new(id, version)), expected, "{id} {version}");
    }

    #[test]
    fn release_is_found_by_its_stream() {
        check("debian", "12.5", Some("2028-06-30"));
        check("alpine", "3.18.9", Some("2025-05-09"));
        check("ubuntu", "20.04", Some("2025-05-31"));
        check("almalinux", "9.4", Some("2032-05-31"));
        check("sles", "15.4", Some("2023-12-31"));
        check("amzn", "2018.03", Some("2023-12-31"));
    }

    #[test]
    fn rolling_and_unknown_releases_have_no_end() {
        check("debian", "sid", None);
        check("wolfi", "20230201", None);
        check("", "", None);
        let edge = Distribution { channel: Some("edge".to_owned()), ..Distribution::new("alpine", "3.18.9") };
        assert_eq!(end_of_life(&edge), None);
    }

    #[test]
    fn stream_outlives_centos() {
        check("centos", "8", Some("2021-12-31"));
        let stream = Distribution { channel: Some("stream".to_owned()), ..Distribution::new("centos", "8") };
        assert_eq!(end_of_life(&stream), Some("2024-05-31"));
    }

    #[test]
    fn longer_support_is_noted() {
        let note = |id, version| support(&Distribution::new(id, version)).unwrap().note;
        assert_eq!(note("ubuntu", "20.04"), Some("ESM with Ubuntu Pro until 2030-04-30"));
        assert_eq!(note("debian", "11"), Some("LTS; regular support ended 2024-08-14"));
        assert_eq!(note("rocky", "9"), None);
    }

    #[test]
    fn every_row_is_a_date_and_stands_once() {
        let mut keys: Vec<_> = RELEASES.iter().map(|(key, ..)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), RELEASES.len());
        for (key, ends, _) in RELEASES {
            let parts: Vec<u32> = ends.split('-').map(|part| part.parse().unwrap()).collect();
            assert!(matches!(parts[..], [2016..2040, 1..=12, 1..=31]) && ends.len() == 10, "{key}");
        }
    }
}
