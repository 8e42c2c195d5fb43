//! Turns a [`model::Report`] into text that a person or a program reads: table, JSON, SARIF, CycloneDX, SPDX,
//! OpenVEX, JUnit, Markdown, HTML, Checkstyle, Code Climate, GitLab, hadolint's own; and reads back our JSON and the bills of materials of others.
//!
//! ```
//! # let report = report::sample::empty();
//! let options = report::Options { timestamp: "2026-11-22T00:00:00Z".to_owned(), ..Default::default() };
//! let mut out = Vec::new();
//! report::write(report::Format::Json, &report, &options, &mut out)?;
//! assert_eq!(report::read_report(&out).unwrap(), report);
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! Invariants: no clock, no network, no files; the same report and options give the same bytes. Every format
//! with a place for gaps shows them ([`Format::shows_gaps`]). Text from an image is never written raw: no terminal escape,
//! no markup, no script.

mod checkstyle;
mod code_quality;
mod cyclonedx;
mod each;
mod format;
mod group;
mod hadolint;
mod html;
mod identity;
mod json;
mod junit;
mod licence;
mod markdown;
mod openvex;
mod options;
mod outcomes;
mod overview;
mod plain_json;
mod properties;
mod rating;
#[doc(hidden)]
pub mod sample;
mod sarif;
pub mod sbom;
mod source_line;
mod spdx;
mod summary;
mod table;
mod text;
mod vex;
mod write;

pub use format::{Format, FormatError};
pub use json::{ReadError, read_report};
pub use options::{Colour, Details, Options};
pub use overview::{Failure, ImageSummary, Overview, OverviewFormat, ReportFile, Skipped, WorstFinding};
pub use text::neutral;
pub use write::write;
