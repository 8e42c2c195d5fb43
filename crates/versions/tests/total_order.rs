//! Every order is total on arbitrary texts.

mod support;

use std::cmp::Ordering;
use support::Random;
use versions::{Scheme, compare, compare_rpm_without_epoch, is_valid, ranges, satisfies};

/// Everything that any scheme treats in its own way, and some things that none does.
const PIECES: &[&str] = &[
    "0",
    "00",
    "1",
    "01",
    "2",
    "9",
    "10",
    "99999999999999999999",
    ".",
    ".",
    ".",
    "-",
    "_",
    "+",
    "~",
    "^",
    ":",
    "!",
    "#",
    "*",
    "v",
    "V",
    "a",
    "b",
    "c",
    "m",
    "p",
    "r",
    "u",
    "z",
    "A",
    "Z",
    "rc",
    "RC",
    "alpha",
    "beta",
    "pre",
    "dev",
    "post",
    "snapshot",
    "SNAPSHOT",
    "final",
    "ga",
    "sp",
    "x",
    "foo",
    "_p",
    "_rc",
    "-r",
    "_git",
    "go",
    "1.",
    "0.",
    ".0",
    "-0",
    "α",
    "\u{1F980}",
    " ",
    "\0",
];

#[test]
fn every_order_is_total() {
    for scheme in Scheme::ALL {
        let mut random = Random::new(0x5ea_1a11);
        for _ in 0..400 {
            let mut texts: Vec<String> = (0..12).map(|_| random.text(PIECES, 6)).collect();
            // Near misses: texts that differ in one piece only find more than random ones.
            for _ in 0..6 {
                let base = random.pick(&texts);
                texts.push(format!("{base}{}", random.text(PIECES, 2)));
            }
            check_total(scheme, &texts);
        }
    }
}

#[track_caller]
fn check_total(scheme: Scheme, texts: &[String]) {
    let order: Vec<Vec<Ordering>> =
        texts.iter().map(|a| texts.iter().map(|b| compare(scheme, a, b)).collect()).collect();
    for (i, a) in texts.iter().enumerate() {
        assert_eq!(order[i][i], Ordering::Equal, "{scheme:?}: {a:?} against itself");
        for (j, b) in texts.iter().enumerate() {
            assert_eq!(order[i][j], order[j][i].reverse(), "{scheme:?}: {a:?} against {b:?} and back");
            for (k, c) in texts.iter().enumerate() {
                if order[i][j] != Ordering::Greater && order[j][k] != Ordering::Greater {
                    let expected = order[i][j].then(order[j][k]);
                    assert_eq!(order[i][k], expected, "{scheme:?}: {a:?} {b:?} {c:?}");
                }
            }
        }
    }
}

#[test]
fn copies_of_a_text_are_equal() {
    // `compare` answers the same text at once; this goes the long way, through a trailing blank.
    let mut random = Random::new(7);
    for _ in 0..2_000 {
        let text = random.text(PIECES, 6);
        for scheme in [
            Scheme::Dpkg,
            Scheme::Rpm,
            Scheme::Apk,
            Scheme::Semver,
            Scheme::Generic,
            Scheme::Pep440,
            Scheme::Maven,
        ] {
            assert_eq!(compare(scheme, &text, &format!("{text} ")), Ordering::Equal, "{scheme:?}: {text:?}");
        }
    }
}

#[test]
fn ranges_of_arbitrary_text_do_not_panic() {
    const SIGNS: &[&str] = &[
        "<", ">", "=", "!", "~", "^", ",", " ", "|", "||", "[", "]", "(", ")", " - ", "~>", "===", "@dev",
        ".*", ".x",
    ];
    let pieces: Vec<&str> = PIECES.iter().chain(SIGNS).chain(SIGNS).copied().collect();
    let mut random = Random::new(11);
    for _ in 0..20_000 {
        let (version, range_text) = (random.text(PIECES, 5), random.text(&pieces, 10));
        for scheme in Scheme::ALL {
            let _ = satisfies(scheme, &version, &range_text);
            let _ = ranges(scheme, &range_text);
            let _ = is_valid(scheme, &version);
        }
        let _ = compare_rpm_without_epoch(&version, &range_text);
    }
}
