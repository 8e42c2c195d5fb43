//! What happens in containers, watched.
#![allow(clippy::disallowed_methods, reason = "this crate is the door through which alerts leave")]

mod sinks;
mod spool;

pub use sinks::{HttpOptions, Shape, SinkError, SinkOptions, Sinks, ocsf};
pub use spool::{Spool, Waiting};
