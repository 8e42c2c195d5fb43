//! Ranges as intervals, for advisories that name the versions that are *not* vulnerable.

use super::{
    RangeError, alternatives,
    comparator::{Comparator, Operator},
};
use crate::{Scheme, compare};
use std::{cmp::Ordering, ops::Bound};

/// An interval of versions in the words of advisories; an empty text means no such bound.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionRange {
    /// First version in it; empty is the beginning.
    pub introduced: String,
    /// First version behind it.
    pub fixed: String,
    /// Last version in it, when the first one behind is not known.
    pub last_affected: String,
}

/// The intervals that a range names, sorted and disjoint. npm's and Cargo's rule that hides prereleases does not
/// apply: an advisory for `< 2.0.0` is about `2.0.0-rc1` too.
///
/// # Errors
/// When the range is not understood; Python's specifiers are not supported.
pub fn ranges(scheme: Scheme, range_text: &str) -> Result<Vec<VersionRange>, RangeError> {
    Ok(to_ranges(scheme, intervals(scheme, range_text)?))
}

/// The vulnerable versions of an advisory that lists the patched and the unaffected ones, as those of RubySec and
/// RustSec do: everything that no entry of either list names. Each entry is a range of its own.
///
/// ```
/// use versions::{Scheme, vulnerable_ranges};
/// let found = vulnerable_ranges(Scheme::Gem, &["~> 1.0.5", ">= 1.2"], &["< 0.9"]).unwrap();
/// let text: Vec<_> = found.iter().map(|r| format!("{}..{}", r.introduced, r.fixed)).collect();
/// assert_eq!(text, ["0.9..1.0.5", "1.1.A..1.2"]);
/// ```
///
/// # Errors
/// When an entry is not understood.
pub fn vulnerable_ranges<T: AsRef<str>>(
    scheme: Scheme,
    patched: &[T],
    unaffected: &[T],
) -> Result<Vec<VersionRange>, RangeError> {
    let mut safe = Vec::new();
    for range_text in patched.iter().chain(unaffected) {
        safe.extend(intervals(scheme, range_text.as_ref())?);
    }
    Ok(to_ranges(scheme, complement(scheme, union(scheme, safe))))
}

type Interval = (Bound<String>, Bound<String>);

fn intervals(scheme: Scheme, range_text: &str) -> Result<Vec<Interval>, RangeError> {
    let mut found = Vec::new();
    for set in alternatives(scheme, range_text)? {
        // All comparisons hold where none of them fails.
        let mut failing = Vec::new();
        for comparator in &set {
            failing.extend(complement(scheme, of_comparator(comparator)));
        }
        found.extend(complement(scheme, union(scheme, failing)));
    }
    Ok(union(scheme, found))
}

fn of_comparator(comparator: &Comparator) -> Vec<Interval> {
    use Bound::{Excluded, Included, Unbounded};
    let version = comparator.version.clone();
    match comparator.operator {
        Operator::Less => vec![(Unbounded, Excluded(version))],
        Operator::LessOrEqual => vec![(Unbounded, Included(version))],
        Operator::Equal => vec![(Included(version.clone()), Included(version))],
        Operator::NotEqual => vec![(Unbounded, Excluded(version.clone())), (Excluded(version), Unbounded)],
        Operator::GreaterOrEqual => vec![(Included(version), Unbounded)],
        Operator::Greater => vec![(Excluded(version), Unbounded)],
    }
}

/// Sorted and disjoint.
fn union(scheme: Scheme, mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.retain(|(lower, upper)| !is_empty(scheme, lower, upper));
    intervals.sort_by(|a, b| compare_lower(scheme, &a.0, &b.0));
    let mut joined: Vec<Interval> = Vec::new();
    for (lower, upper) in intervals {
        match joined.last_mut() {
            // They touch when nothing fits between the end of one and the beginning of the other.
            Some(last) if !has_gap(scheme, &last.1, &lower) => {
                if compare_upper(scheme, &last.1, &upper) == Ordering::Less {
                    last.1 = upper;
                }
            }
            _ => joined.push((lower, upper)),
        }
    }
    joined
}

/// What lies between sorted, disjoint intervals.
fn complement(scheme: Scheme, intervals: Vec<Interval>) -> Vec<Interval> {
    let mut between = Vec::new();
    let mut start = Some(Bound::Unbounded);
    for (lower, upper) in intervals {
        if let Some(start) = start.take()
            && lower != Bound::Unbounded
        {
            between.push((start, opposite(lower)));
        }
        start = (upper != Bound::Unbounded).then(|| opposite(upper));
        if start.is_none() {
            break;
        }
    }
    between.extend(start.map(|start| (start, Bound::Unbounded)));
    between.retain(|(lower, upper)| !is_empty(scheme, lower, upper));
    between
}

fn opposite(bound: Bound<String>) -> Bound<String> {
    match bound {
        Bound::Included(version) => Bound::Excluded(version),
        Bound::Excluded(version) => Bound::Included(version),
        Bound::Unbounded => Bound::Unbounded,
    }
}

fn is_empty(scheme: Scheme, lower: &Bound<String>, upper: &Bound<String>) -> bool {
    match (lower, upper) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Included(a), Bound::Included(b)) => compare(scheme, a, b).is_gt(),
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => {
            compare(scheme, a, b).is_ge()
        }
    }
}

/// Whether some version may lie behind `upper` and before `lower`.
fn has_gap(scheme: Scheme, upper: &Bound<String>, lower: &Bound<String>) -> bool {
    match (upper, lower) {
        (Bound::Unbounded, _) | (_, Bound::Unbounded) => false,
        (Bound::Excluded(a), Bound::Excluded(b)) => compare(scheme, a, b).is_le(),
        (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => {
            compare(scheme, a, b).is_lt()
        }
    }
}

fn compare_lower(scheme: Scheme, a: &Bound<String>, b: &Bound<String>) -> Ordering {
    compare_bounds(scheme, a, b, Ordering::Less)
}

fn compare_upper(scheme: Scheme, a: &Bound<String>, b: &Bound<String>) -> Ordering {
    compare_bounds(scheme, a, b, Ordering::Greater)
}

/// `outward` is the side on which unbounded lies, and on which an included bound lies from an excluded one.
fn compare_bounds(scheme: Scheme, a: &Bound<String>, b: &Bound<String>, outward: Ordering) -> Ordering {
    match (a, b) {
        (Bound::Unbounded, Bound::Unbounded) => Ordering::Equal,
        (Bound::Unbounded, _) => outward,
        (_, Bound::Unbounded) => outward.reverse(),
        (Bound::Included(x) | Bound::Excluded(x), Bound::Included(y) | Bound::Excluded(y)) => {
            compare(scheme, x, y).then_with(|| match (a, b) {
                (Bound::Included(_), Bound::Excluded(_)) => outward,
                (Bound::Excluded(_), Bound::Included(_)) => outward.reverse(),
                _ => Ordering::Equal,
            })
        }
    }
}

fn to_ranges(scheme: Scheme, intervals: Vec<Interval>) -> Vec<VersionRange> {
    let mut ranges = Vec::new();
    for (lower, upper) in intervals {
        let introduced = match lower {
            Bound::Unbounded => String::new(),
            Bound::Included(version) => version,
            Bound::Excluded(version) => successor(scheme, &version),
        };
        let (fixed, last_affected) = match upper {
            Bound::Unbounded => (String::new(), String::new()),
            Bound::Excluded(version) => (version, String::new()),
            Bound::Included(version) => (String::new(), version),
        };
        ranges.push(VersionRange { introduced, fixed, last_affected });
    }
    ranges
}

/// A version behind another one with nothing between them that anybody would release.
fn successor(scheme: Scheme, version: &str) -> String {
    if matches!(scheme, Scheme::Npm | Scheme::Semver | Scheme::Nuget) {
        let (numbers, suffix) = crate::semver::split_suffix(version);
        let prerelease = suffix.split('+').next().unwrap_or("");
        if !prerelease.is_empty() {
            return format!("{numbers}{prerelease}.0");
        }
        if let Some((front, last)) = numbers.rsplit_once('.') {
            return format!("{front}.{}-0", super::comparator::incremented(last));
        }
    }
    format!("{version}.0.0.1")
}
