//! What happens in containers, watched.
#![allow(clippy::disallowed_methods, reason = "this crate is the door through which alerts leave")]

mod descriptors;
mod host;
mod integrity;
mod live;
mod rules;
mod sinks;
mod spool;

pub use integrity::{Baseline, Change, Integrity, PackageRecord, engine_files};
pub use live::{ContainerChange, Containers, Drift, Live, LiveOptions, Notice};
pub use rules::own_rules;
pub use sinks::{HttpOptions, Shape, SinkError, SinkOptions, Sinks, ocsf};
pub use spool::{Spool, Waiting};
