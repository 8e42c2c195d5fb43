//! Calls of the OCI distribution API, and the documents that travel with them, read strictly and written anew.
//!
//! A request is not passed on as it came: [`read`] takes method and target, and [`Call::target`] writes what the registry
//! gets. What two readers could understand differently is refused: paths that are not clean, encoded twice or encoded
//! without need, parameters that repeat or that nobody knows, documents with two meanings.
//!
//! ```
//! use distribution::{Call, read};
//! let call = read("GET", "/v2/team-a%2Fapp/manifests/1.0").unwrap();
//! assert_eq!(call.repository().unwrap().as_str(), "team-a/app");
//! assert_eq!(call.target(), "/v2/team-a/app/manifests/1.0");
//! assert_eq!(read("GET", "/v2/team-b/../team-a/app/manifests/1.0").unwrap_err().reason, "path-not-clean");
//! ```
//!
//! Invariants: no I/O and no clock; nothing panics on any input; a call that was read is written in exactly one way, and
//! reading that again gives the same call. Sources: OCI distribution-spec 1.1, "Endpoints"; the token service and the
//! catalog of distribution/distribution (docs/content/spec).

mod call;
mod document;
mod encoding;
mod link;
mod names;
mod query;
mod ranges;
mod read;
mod refusal;
mod strict_json;

pub use call::{Call, Mount, Page, Reading, TokenQuery};
pub use document::{Ambiguous, Document, Kind, Part, is_attestation};
pub use link::next_page;
pub use names::{NameError, Reference, Repository, Session, Tag};
pub use query::form;
pub use ranges::{ContentRange, blob_range};
pub use read::read;
pub use refusal::{Code, Refusal};
