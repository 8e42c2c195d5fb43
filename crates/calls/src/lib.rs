//! Calls of the Engine API, read strictly into types and written anew.
//!
//! A request is not passed on as it came: [`read`] takes the head, [`Call::with_body`] the JSON body, and
//! [`Call::target`] and [`Call::body_bytes`] write what the daemon gets. What two readers could understand differently
//! is refused: keys that fold to the same name, paths that are not clean, query keys that repeat, forms in bodies.
//!
//! ```
//! use calls::{Head, Limits, read};
//! let head = Head {
//!     method: "POST",
//!     target: "/v1.43/containers/create?name=web",
//!     content_type: Some("application/json"),
//!     has_body: true,
//!     upgrade: None,
//! };
//! let call = read(&head, &Limits::default()).unwrap();
//! let call = call.with_body(br#"{"Image":"web:1","hostconfig":{"PRIVILEGED":true}}"#, &Limits::default()).unwrap();
//! assert_eq!(call.route().id, "containers.create");
//! assert_eq!(call.body_bytes(), br#"{"Image":"web:1","HostConfig":{"Privileged":true}}"#);
//! ```
//!
//! Invariants: no I/O and no clock; nothing panics on any input; a call that was read is written in exactly one way, and
//! reading that again gives the same call.

mod archive;
mod bodies;
mod call;
mod head;
mod json;
mod limits;
mod query;
mod refusal;
mod route;
mod routes;
mod shape;
mod target;

pub use archive::{ArchiveEntry, ArchiveReader, EntryKind, Inspect};
pub use call::{Call, read};
pub use head::Head;
pub use json::{Json, Key, parse, write};
pub use limits::{Limits, UnknownKeys};
pub use query::{Parameter, QueryKind};
pub use refusal::Refusal;
pub use route::{BodyKind, Exchange, Method, Risk, Route};
pub use routes::{ROUTES, route};
pub use shape::{Field, Object, Shape, fold};
