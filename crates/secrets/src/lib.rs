//! Leaked credentials by rule: gitleaks' and Trivy's formats and own rules.
//!
//! A [`RuleSet`] is read from the text of a rule file; [`Secrets`] holds any number of them and judges files (as a
//! [`content::Detector`]) and the texts of an image configuration ([`Secrets::examine_texts`]).
//!
//! ```
//! use secrets::{Options, RuleSet, Secrets};
//! let secrets = Secrets::new(vec![RuleSet::default_rules()], Options::default());
//! let token = format!("AKIA{}", "Q3EG7V2XN5DKZ4RP");
//! let hits = secrets.examine_texts("environment", "AWS_ACCESS_KEY_ID", &token);
//! assert_eq!(hits[0].rule, "secrets/aws-access-key-id");
//! assert!(!hits[0].evidence.concat().contains(&token));
//! ```
//!
//! Invariants: no I/O and no network; evidence holds credentials only redacted, [`content::Hit::clear`] alone holds
//! them in clear; every search takes time linear in the text; what a rule file says and this crate does not
//! understand is a [`Problem`] with its line, never silence.

mod allow;
mod default_rules;
mod dialect;
mod encoded;
mod engine;
mod entropy;
mod examples;
mod fragment;
mod gitleaks;
mod image_text;
mod known;
mod pattern;
mod pieces;
mod placeholder;
mod published;
mod rarity;
mod rule;
#[cfg(test)]
mod sample;
mod search;
mod secrets;
mod spanned;
mod trivy;
mod validate;
mod window;

pub use default_rules::RULES;
pub use gitleaks::Extended;
pub use known::{KnownError, KnownSecrets};
pub use rule::{Problem, RuleFileError, RuleSet};
pub use secrets::{Options, Precision, Scope, Secrets};
