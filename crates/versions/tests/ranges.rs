//! Ranges in the grammars of the ecosystems.

use versions::{RangeError, Scheme, VersionRange, ranges, satisfies, vulnerable_ranges};

#[track_caller]
fn check(scheme: Scheme, range_text: &str, inside: &[&str], outside: &[&str]) {
    for version in inside {
        assert_eq!(satisfies(scheme, version, range_text), Ok(true), "{version} in {range_text}");
    }
    for version in outside {
        assert_eq!(satisfies(scheme, version, range_text), Ok(false), "{version} in {range_text}");
    }
}

fn text(ranges: &[VersionRange]) -> Vec<String> {
    let show = |r: &VersionRange| match r.last_affected.as_str() {
        "" => format!("[{}, {})", r.introduced, r.fixed),
        last => format!("[{}, {last}]", r.introduced),
    };
    ranges.iter().map(show).collect()
}

#[test]
fn npm_prerelease_needs_a_range_that_names_one() {
    check(
        Scheme::Npm,
        ">=1.2.3-beta <2",
        &["1.2.3-beta", "1.2.3-rc.1", "1.9.0"],
        &["1.3.0-beta", "2.0.0-0", "2.0.0"],
    );
    check(Scheme::Npm, "^0.2.3 || 3.x", &["0.2.9", "3.4.5", "v3.0.0"], &["0.3.0", "4.0.0", "0.2.2"]);
    check(Scheme::Npm, "1.2 - 2.3", &["1.2.0", "2.3.9"], &["2.4.0", "1.1.9"]);
}

#[test]
fn cargo_requirement_without_operator_is_a_caret() {
    check(Scheme::Semver, "1.2", &["1.2.0", "1.9.9"], &["1.1.9", "2.0.0"]);
    check(Scheme::Semver, ">=0.2.3, <0.4", &["0.2.3", "0.3.9"], &["0.4.0", "0.2.2"]);
    check(Scheme::Semver, "~1.2.3", &["1.2.9"], &["1.3.0"]);
}

#[test]
fn python_specifiers_hold_together() {
    check(Scheme::Pep440, ">=1,<2,!=1.5.*", &["1", "1.4.9", "1.6rc1"], &["2.0rc1", "2", "1.5.3", "0.9"]);
    check(Scheme::Pep440, "~=1.4.2", &["1.4.2", "1.4.99"], &["1.5", "1.4.1"]);
    check(Scheme::Pep440, "==1.0", &["1.0.0", "1.0+local"], &["1.0.post1"]);
}

#[test]
fn pessimistic_gem_requirement_ends_before_prereleases() {
    check(
        Scheme::Gem,
        "~> 1.0.5",
        &["1.0.5", "1.0.99", "1.0.6.rc1"],
        &["1.1", "1.1.pre", "1.0.4", "1.1.RC1"],
    );
    check(Scheme::Gem, "~> 2", &["2.0", "2.9"], &["3", "3.a"]);
    check(Scheme::Gem, ">= 4.2.5.1, < 4.3", &["4.2.5.1", "4.2.10"], &["4.3", "4.2.5"]);
}

#[test]
fn maven_intervals_are_read() {
    check(Scheme::Maven, "[1,2)", &["1", "1.9", "2-alpha-1"], &["2", "0.9"]);
    check(Scheme::Maven, "(,1.0],[1.2,)", &["0.1", "1.0", "1.2", "9"], &["1.1"]);
    check(Scheme::Maven, "[1.5]", &["1.5", "1.5.0"], &["1.5.1"]);
    check(Scheme::Maven, ">= 2.0, < 2.15.0", &["2.14.1"], &["2.15.0", "1.9"]);
    assert_eq!(satisfies(Scheme::Maven, "1", "1.0"), Err(RangeError::SoftRequirement("1.0".to_owned())));
    assert_eq!(satisfies(Scheme::Maven, "1", "[1.0,"), Err(RangeError::BadInterval("[1.0,".to_owned())));
    check(Scheme::Nuget, "1.0", &["1.0", "2.0"], &["0.9"]);
}

#[test]
fn composer_constraints_are_read() {
    check(Scheme::Packagist, "^1.2.3", &["1.2.3", "v1.9"], &["2.0", "2.0.0-beta", "1.2.2"]);
    check(Scheme::Packagist, "~1.2", &["1.2", "1.9.9"], &["2.0", "1.1"]);
    check(Scheme::Packagist, "~1.2.3", &["1.2.9"], &["1.3"]);
    check(Scheme::Packagist, "1.0.*", &["1.0.5"], &["1.1.0"]);
    check(
        Scheme::Packagist,
        ">=1.0,<1.2|>=2.0,<2.0.3",
        &["1.1.9", "2.0.2", "1.0.0-beta1"],
        &["1.2", "1.2.0-beta", "2.0.3"],
    );
    check(Scheme::Packagist, "1.0 - 2.0", &["1.0", "2.0.9"], &["2.1"]);
    check(Scheme::Packagist, "<=1.2", &["1.2.0"], &["1.2.0.1", "1.2.1"]);
    check(Scheme::Packagist, "^0.3", &["0.3.9"], &["0.4.0"]);
}

#[test]
fn comparisons_work_for_every_other_order() {
    check(Scheme::Dpkg, ">= 1.0~rc1, << 1.0-2", &["1.0~rc1", "1.0-1"], &["1.0-2", "1.0~beta"]);
    check(
        Scheme::Generic,
        ">= 1.1.1, < 1.1.1w || = 3.0.0",
        &["1.1.1", "1.1.1v", "3.0.0"],
        &["1.1.1w", "3.0.1"],
    );
    check(Scheme::Go, ">= 1.20.0, < 1.21.5", &["1.20.12", "1.21.0-rc.2", "go1.21rc2"], &["1.21.5"]);
}

#[test]
fn broken_ranges_are_errors() {
    assert_eq!(satisfies(Scheme::Gem, "1", ">= "), Err(RangeError::NoVersion(">=".to_owned())));
    assert_eq!(satisfies(Scheme::Gem, "1", "=> 1"), Err(RangeError::BadOperator("=>".to_owned())));
    assert_eq!(satisfies(Scheme::Npm, "1.0.0", ">=abc"), Err(RangeError::BadVersion("abc".to_owned())));
    let long = "1 ".repeat(20_000);
    assert!(matches!(satisfies(Scheme::Npm, "1.0.0", &long), Err(RangeError::TooLong { .. })));
}

#[test]
fn patched_versions_become_vulnerable_ranges() {
    let found =
        vulnerable_ranges(Scheme::Gem, &["~> 3.2.22.1", ">= 4.2.5.1, < 4.3", ">= 5.0.0.beta1.1"], &["< 3.0"])
            .unwrap();
    assert_eq!(text(&found), ["[3.0, 3.2.22.1)", "[3.2.23.A, 4.2.5.1)", "[4.3, 5.0.0.beta1.1)"]);
    let none: [&str; 0] = [];
    assert_eq!(text(&vulnerable_ranges(Scheme::Gem, &none, &none).unwrap()), ["[, )"]);
    assert_eq!(text(&vulnerable_ranges(Scheme::Gem, &["> 1.2"], &none).unwrap()), ["[, 1.2]"]);
    assert_eq!(
        text(&vulnerable_ranges(Scheme::Semver, &["^0.10.4", ">=0.11.2"], &["<0.9"]).unwrap()),
        ["[0.9.0-0, 0.10.4)", "[0.11.0-0, 0.11.2)"]
    );
    assert_eq!(
        text(&vulnerable_ranges(Scheme::Semver, &[">1.2.3"], &["=1.0.0"]).unwrap()),
        ["[, 1.0.0)", "[1.0.1-0, 1.2.3]"]
    );
}

#[test]
fn a_range_becomes_sorted_disjoint_intervals() {
    assert_eq!(
        text(&ranges(Scheme::Packagist, ">=2.0,<2.0.3|>=1.0,<1.2|>=1.1,<1.3").unwrap()),
        ["[1.0.0.0-dev, 1.3.0.0-dev)", "[2.0.0.0-dev, 2.0.3.0-dev)"]
    );
    assert_eq!(text(&ranges(Scheme::Maven, "[1,2),(,0.5]").unwrap()), ["[, 0.5]", "[1, 2)"]);
    assert_eq!(text(&ranges(Scheme::Gem, "!= 1.2").unwrap()), ["[, 1.2)", "[1.2.0.0.1, )"]);
}
