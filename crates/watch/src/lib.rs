//! What happens in containers, watched.
#![allow(clippy::disallowed_methods, reason = "this crate is the door through which alerts leave")]

mod integrity;
mod sinks;
mod spool;

pub use integrity::{Baseline, Change, Integrity, PackageRecord, engine_files};
pub use sinks::{HttpOptions, Shape, SinkError, SinkOptions, Sinks, ocsf};
pub use spool::{Spool, Waiting};
