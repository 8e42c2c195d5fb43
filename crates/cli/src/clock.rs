//! The only clock of the command: engines are told the time.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The time of the scan, or that of `SOURCE_DATE_EPOCH` (reproducible-builds.org) for reproducible reports.
fn instant() -> OffsetDateTime {
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse().ok());
    epoch
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .unwrap_or_else(OffsetDateTime::now_utc)
}

/// `2026-11-22T05:00:00Z`.
pub(crate) fn timestamp() -> String {
    let whole_seconds = instant().replace_nanosecond(0).expect("0 nanoseconds are valid");
    whole_seconds.format(&Rfc3339).expect("years of four digits can be written")
}

/// Seconds since 1970.
pub(crate) fn unix_seconds() -> i64 {
    instant().unix_timestamp()
}

/// Seconds since 1970 by the clock of the machine, whatever `SOURCE_DATE_EPOCH` says: builds set it to the time of their
/// sources, at which what has expired since was still good.
pub(crate) fn machine_unix_seconds() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

/// A time of the file system, written as [`timestamp`] writes.
pub(crate) fn timestamp_of(time: std::time::SystemTime) -> String {
    let whole_seconds = OffsetDateTime::from(time).replace_nanosecond(0).expect("0 nanoseconds are valid");
    whole_seconds.format(&Rfc3339).unwrap_or_default()
}

/// `2026-11-22`.
pub(crate) fn today() -> String {
    timestamp()[..10].to_owned()
}
