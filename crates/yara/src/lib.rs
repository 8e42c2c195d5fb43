//! YARA rules, compiled, packed by file class, run by yara-x.
//!
//! A [`Pack`] is a set of rule files, given as bytes, compiled once and kept in a [`PackCache`]. Rules are assigned to
//! the classes of files ([`HeadClass`]) that they can match, and stay closed to files that hold nothing of what any of
//! them needs; the answer is that of all rules. [`Yara`] is the detector; [`seawall_rules`] are the rules that ship with Seawall; a [`RuleLibrary`] keeps
//! sets of other people, pinned by digest.
//!
//! ```
//! use yara::{Pack, PackOptions, RuleFile};
//! let rule = b"rule marker { strings: $a = \"some marker\" condition: $a }".to_vec();
//! let files = vec![RuleFile { name: "mine.yar".into(), bytes: rule }];
//! let pack = Pack::new(files, &PackOptions::new("mine"), None).unwrap();
//! assert_eq!((pack.header().rules, pack.problems().len()), (1, 0));
//! ```
//!
//! Invariants: the same rules match as with yara-x's command line over the same bytes and variables; includes are
//! resolved among the files given; a rule that does not compile is reported with file and line and never keeps others
//! from being used. The only file access is the cache's and the library's own directory.

mod bundle;
mod cache;
mod compile;
mod defaults;
mod derive;
mod detector;
mod head_class;
mod header;
mod hit;
mod kept;
mod library;
mod licence;
mod literals;
mod manifest;
mod matches;
mod need;
mod pack;
mod package_rule;
mod part;
mod plan;
mod risk;
mod scanners;
mod source;
mod split;
mod variables;

pub use cache::PackCache;
pub use defaults::seawall_rules;
pub use detector::Yara;
pub use head_class::HeadClass;
pub use header::{PackHeader, PartHeader};
pub use library::{LibraryError, Listed, RuleLibrary};
pub use manifest::{Deviation, ManifestError, PackManifest, PinnedFile};
pub use pack::{Pack, PackError};
pub use risk::{Level, Risk, RiskFinding, RiskLabel, form_risks, score};
pub use source::{Namespaces, PackOptions, RuleFile, RuleProblem, Syntax};

/// Takes rule text apart as [`Pack::new`] does and tells whether every part lies within it; for the fuzz target.
#[doc(hidden)]
#[must_use]
pub fn split_stays_within(text: &str) -> bool {
    let files = [RuleFile { name: "a.yar".into(), bytes: text.as_bytes().to_vec() }];
    let plan = plan::Plan::new(&files, &PackOptions::new("p"));
    HeadClass::ALL.iter().all(|class| {
        plan::Share::ALL
            .iter()
            .flat_map(|share| plan.text_for(&[*class], *share, None))
            .all(|part| part.text.lines().count() == text.trim_start_matches('\u{feff}').lines().count())
    })
}
