//! From OSV events to ranges (osv-schema, "Evaluation").

use super::record::{AffectedPackage, Event, EventRange};
use advisories::Range;
use model::Ecosystem;
use std::cmp::Ordering;

/// What was left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Skipped {
    pub git_ranges: u64,
}

/// The vulnerable ranges of a package.
pub(super) fn ranges_of(affected: &AffectedPackage, ecosystem: Ecosystem) -> (Vec<Range>, Skipped) {
    let mut skipped = Skipped::default();
    let mut ranges = Vec::new();
    for range in &affected.ranges {
        if range.kind == "GIT" {
            skipped.git_ranges += 1;
        } else {
            ranges.extend(from_events(range, ecosystem));
        }
    }
    // The Go database says "every version" where the module system does not know the fixed one, and gives
    // the precise range beside it.
    if ecosystem == Ecosystem::Go && ranges == [Range::default()] {
        let mut custom = Vec::new();
        for range in affected.custom_ranges() {
            custom.extend(from_events(&range, ecosystem));
        }
        if !custom.is_empty() {
            ranges = custom;
        }
    }
    // GitHub knows the last affected version where there is no fix.
    let last = affected.database_specific_text("last_known_affected_version_range");
    if let [range] = &mut ranges[..]
        && range.fixed.is_empty()
        && range.last_affected.is_empty()
    {
        if let Some(version) = last.strip_prefix("<=") {
            version.trim().clone_into(&mut range.last_affected);
        } else if let Some(version) = last.strip_prefix('<') {
            version.trim().clone_into(&mut range.fixed);
        }
    }
    (ranges, skipped)
}

/// Takes out the versions that a range already holds: publishers list every version of a range, which would
/// fill most of a shard.
pub(super) fn drop_covered(versions: &mut Vec<String>, ranges: &[Range], ecosystem: Ecosystem) {
    if ranges.is_empty() {
        return;
    }
    versions.retain(|version| !ranges.iter().any(|range| holds(range, version, ecosystem)));
}

fn holds(range: &Range, version: &str, ecosystem: Ecosystem) -> bool {
    let compare = |bound: &str| versions::compare(versions::Scheme::of(ecosystem), version, bound);
    (range.introduced.is_empty() || compare(&range.introduced) != Ordering::Less)
        && (range.fixed.is_empty() || compare(&range.fixed) == Ordering::Less)
        && (range.last_affected.is_empty() || compare(&range.last_affected) != Ordering::Greater)
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Introduced,
    LastAffected,
    Fixed,
    Limit,
}

fn from_events(range: &EventRange, ecosystem: Ecosystem) -> Vec<Range> {
    let mut events: Vec<(Kind, String)> = Vec::new();
    for Event { introduced, fixed, last_affected, limit } in &range.events {
        for (kind, version) in [
            (Kind::Introduced, introduced),
            (Kind::LastAffected, last_affected),
            (Kind::Fixed, fixed),
            (Kind::Limit, limit),
        ] {
            if let Some(version) = version.as_deref().map(str::trim).filter(|version| !version.is_empty()) {
                events.push((kind, without_v(version, ecosystem).to_owned()));
            }
        }
    }
    let is_start = |version: &str| matches!(version, "0" | "0.0.0-0");
    // `0` comes before every version. A stable sort keeps the publisher's order of equal versions, but a
    // fix at the version where the next range begins ends the earlier range first.
    events.sort_by(|(kind_a, a), (kind_b, b)| match (is_start(a), is_start(b)) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => versions::compare(versions::Scheme::of(ecosystem), a, b).then_with(|| {
            let ends = |kind: Kind| matches!(kind, Kind::Fixed | Kind::Limit);
            ends(*kind_b).cmp(&ends(*kind_a))
        }),
    });
    let mut ranges = Vec::new();
    let mut open: Option<Range> = None;
    for (kind, version) in events {
        match kind {
            Kind::Introduced => {
                if open.is_none() {
                    let introduced = if is_start(&version) { String::new() } else { version };
                    open = Some(Range { introduced, ..Range::default() });
                }
            }
            Kind::Fixed => {
                if let Some(range) = open.take() {
                    ranges.push(Range { fixed: version, ..range });
                }
            }
            Kind::LastAffected => {
                if let Some(range) = open.take() {
                    ranges.push(Range { last_affected: version, ..range });
                }
            }
            // "*" is no limit.
            Kind::Limit if version == "*" => {}
            Kind::Limit => {
                if let Some(range) = open.take() {
                    ranges.push(Range { fixed: version, ..range });
                }
            }
        }
    }
    ranges.extend(open);
    // `introduced: 0, fixed: 0` holds nothing.
    ranges.retain(|range| !is_start(&range.fixed));
    ranges
}

// Versions of Go modules are kept without their `v`.
fn without_v(version: &str, ecosystem: Ecosystem) -> &str {
    match ecosystem {
        Ecosystem::Go => version.strip_prefix('v').unwrap_or(version),
        _ => version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(events: &str, expected: &str) {
        let range: EventRange =
            serde_json::from_str(&format!(r#"{{"type":"SEMVER","events":[{events}]}}"#)).unwrap();
        let text: Vec<String> = from_events(&range, Ecosystem::Npm)
            .iter()
            .map(|r| {
                format!(
                    "{}..{}{}",
                    r.introduced,
                    r.fixed,
                    r.last_affected.replace(&r.last_affected, &format!("={}", r.last_affected))
                )
            })
            .map(|text| text.trim_end_matches('=').to_owned())
            .collect();
        assert_eq!(text.join(" "), expected);
    }

    #[test]
    fn events_become_ranges_in_any_order() {
        check(
            r#"{"introduced":"0"},{"fixed":"1.8.0"},{"introduced":"2.0.0"},{"fixed":"2.4.0"}"#,
            "..1.8.0 2.0.0..2.4.0",
        );
        check(
            r#"{"fixed":"2.4.0"},{"introduced":"2.0.0"},{"fixed":"1.10.0"},{"introduced":"0"}"#,
            "..1.10.0 2.0.0..2.4.0",
        );
        check(r#"{"introduced":"0"}"#, "..");
        check(r#"{"introduced":"1.0.0","fixed":"1.1.0"}"#, "1.0.0..1.1.0");
        check(r#"{"introduced":"1.0.0"},{"last_affected":"1.5.0"}"#, "1.0.0..=1.5.0");
        check(
            r#"{"introduced":"1.0.0"},{"fixed":"2.0.0"},{"introduced":"2.0.0"},{"fixed":"3.0.0"}"#,
            "1.0.0..2.0.0 2.0.0..3.0.0",
        );
        check(r#"{"introduced":"0"},{"limit":"*"}"#, "..");
        check(r#"{"fixed":"1.0.0"}"#, "");
        check(r#"{"introduced":"0"},{"fixed":"0"}"#, "");
    }
}
