//! containerd, asked by its own API: what containers there are, whoever made them (`ctr`, nerdctl, Kubernetes), and what happens to
//! them.
//!
//! ```no_run
//! let mut client = containerd::Client::connect("/run/containerd/containerd.sock".as_ref())?;
//! for namespace in client.namespaces()? {
//!     for container in client.containers(&namespace)? {
//!         println!("{namespace} {} {}", container.id, container.image);
//!     }
//! }
//! # Ok::<(), containerd::ContainerdError>(())
//! ```
//!
//! The API is gRPC over a unix socket. Four calls are asked and none of the answers' headers is needed, so this is HTTP/2
//! (RFC 9113) as far as it takes: no compression of headers, no async runtime, one call at a time.
//!
//! Invariants: nothing is changed; answers are bounded in size and time; what is malformed is an error or left out.
#![allow(clippy::disallowed_methods, reason = "this crate is the door to containerd")]

mod client;
mod http2;
mod message;

pub use client::{Client, Container, Event, Events};
pub use http2::ContainerdError;
