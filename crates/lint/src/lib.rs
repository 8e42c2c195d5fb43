//! Rules about Dockerfiles: what is written unsafely, and edits that repair it.
//!
//! [`lint`] judges one Dockerfile; [`Config`] reads hadolint's configuration file; [`apply_fixes`] makes the edits that
//! findings carry and [`diff`] shows them.
//!
//! ```
//! use lint::{Config, Surroundings, lint};
//! let linted = lint("Dockerfile", "FROM alpine:3.20\nRUN sudo make\n", &Surroundings::default(), &Config::default());
//! let found: Vec<&str> = linted.findings.iter().map(|finding| finding.rule.as_str()).collect();
//! assert!(found.contains(&"dockerfile/sudo-used"));
//! ```
//!
//! Invariants: no I/O, no clock; nothing panics on any input; the same input gives the same findings; what was not
//! understood is a finding or a gap. Rules are written from the behaviour of other tools, never from their source.

mod config;
mod document;
mod file;
mod fix;
mod hits;
mod ignore_file;
mod pragma;
mod rule;
mod rules;
mod shell_text;

pub use config::{Config, ConfigError, LabelKind, Level};
pub use document::{Linted, Surroundings, heed_comments, lint};
pub use fix::{Applied, Made, apply_fixes, diff};
pub use rule::{RULES, aliases_of, rule_called};
/// The rules about shell text, which are judged in every `RUN`.
pub use shell::RULES as SHELL_RULES;
pub use shell_text::{ShellText, shell_texts};
