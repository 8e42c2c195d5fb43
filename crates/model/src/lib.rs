//! The words of Seawall: what every engine produces and every report shows.
//!
//! A risk that was seen is a [`Finding`]; what could not be looked at is a [`Gap`]; what is installed is a
//! [`Package`]; all three are gathered in a [`Report`].
//!
//! ```
//! use model::{Digest, LayerPath};
//! let digest: Digest = format!("sha256:{}", "a".repeat(64)).parse().unwrap();
//! assert_eq!(digest.short(), "aaaaaaaaaaaa");
//! assert_eq!(LayerPath::new("/usr/../etc//passwd").as_str(), "etc/passwd");
//! ```
//!
//! Invariants: this crate does no I/O, has no clock and knows no engine. Values that were parsed are valid.

mod digest;
mod distribution;
mod ecosystem;
mod finding;
mod gap;
mod in_use;
mod layer;
mod layer_path;
mod limits;
mod package;
mod purl;
mod redacted;
mod report;
mod rule;
mod severity;
mod vulnerability;

pub use digest::{Digest, DigestError};
pub use distribution::Distribution;
pub use ecosystem::Ecosystem;
pub use finding::{Edit, Finding, Fingerprint, Fix, Location, SourceSpan};
pub use gap::{Gap, GapReason};
pub use in_use::{InUse, UseState};
pub use layer::Layer;
pub use layer_path::{LayerPath, path_hash};
pub use limits::Limits;
pub use package::{FoundBy, Package, SourcePackage};
pub use purl::{PackageUrl, PackageUrlError};
pub use redacted::Redacted;
pub use report::{
    AdvisoryCoverage, ContentCoverage, Executable, Outcome, OutcomeState, Report, SCHEMA_VERSION, Suppressed,
    Target, TargetKind, Tool,
};
pub use rule::{RULES, RuleInfo};
pub use severity::{Severity, SeverityError};
pub use vulnerability::{Cvss, Epss, KnownExploited, Status, VendorSeverity, Vulnerability};
