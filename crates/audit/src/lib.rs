//! Checks of a host, its engine, images and containers: pure functions of facts.
//!
//! ```
//! use audit::{Settings, Tables, audit};
//! let facts = facts::HostFacts::default();
//! let answers = audit(&facts, &Settings::default(), &Tables::built_in(), &[]);
//! // Nothing was collected, so nothing has passed.
//! assert!(answers.outcomes.iter().all(|outcome| outcome.state != model::OutcomeState::Passed));
//! ```
//!
//! Invariants: no I/O, no clock (the facts say when they were collected); same facts, same answers, byte for byte. A
//! missing fact is [`model::OutcomeState::Unknown`] with a [`model::Gap`], never passed. A failed outcome has a finding of
//! the same rule and object.

mod answers;
mod aspect;
mod benchmark;
mod checks;
mod compare;
mod containers;
mod docker_bench;
mod effects;
mod exceptions;
mod packet_filter;
mod profile;
mod rule;
mod run;
mod score;
mod settings;
mod time;
mod user_check;
mod versions;

pub use answers::Audit;
pub use aspect::Aspect;
pub use benchmark::{BENCHMARK, BenchmarkItem};
pub use compare::{Comparison, compare};
pub use docker_bench::{write_json as write_docker_bench_json, write_text as write_docker_bench_text};
pub use exceptions::{ExceptionError, Exceptions};
pub use profile::{Profile, ProfileError};
pub use rule::{aspect_of, rules};
pub use run::audit;
pub use score::{AspectScore, score};
pub use settings::{Settings, SettingsError};
pub use user_check::{ExampleFailure, UserCheckError, UserChecks};
pub use versions::{Advised, AdvisedStatus, Tables, TablesError, VersionEntry, candidates, judge_components};
