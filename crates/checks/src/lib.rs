//! Checks of an image's configuration, history and tree; licences.
//!
//! [`check`] judges [`ImageFacts`] by every rule of [`RULES`]: the image checks of Docker Bench and dockle, and more.
//! A walker that asks [`interesting`] for each entry collects the tree in one pass. [`judge_licences`] judges
//! packages by a [`LicencePolicy`].
//!
//! ```
//! use checks::{CheckOptions, ImageFacts, check};
//! let facts = ImageFacts::from_config_json(br#"{"config": {"User": "0:0"}}"#).unwrap();
//! let checked = check(&facts, &CheckOptions::default());
//! assert!(checked.hits.iter().any(|hit| hit.rule.id == "image/runs-as-root"));
//! ```
//!
//! Invariants: no I/O and no clock: ages are given; nothing panics on any input; credentials never stand in evidence;
//! entries of the base image's history are judged only by rules about what is in the image, not by those about how
//! to write a Dockerfile; a bound that is reached is a gap.

mod capabilities;
mod check;
mod facts;
mod interest;
mod licence;
mod rules;
mod subject;

#[cfg(test)]
mod examples;

pub use capabilities::{FileCapabilities, decode_capabilities};
pub use check::{CheckHit, CheckOptions, Checked, check};
pub use facts::{CacheUse, ConfigFacts, FactsError, Healthcheck, ImageFacts, SeenKind, TreeEntry, TreeFacts};
pub use interest::{Interest, Seen, Trait, Traits, interesting};
pub use licence::{
    LICENCE_RULES, LicenceCategory, LicenceHit, LicencePolicy, LicencePolicyError, NormalisedLicence,
    Verdict, categories_of, judge_licences, normalise_licence,
};
pub use rules::{BENCHMARKS, Benchmark, Coverage, RULES, Rule, rules};
