//! What happens in containers, watched.
#![allow(clippy::disallowed_methods, reason = "this crate is the door through which alerts leave")]

mod accounts;
mod descriptors;
mod doings;
mod evidence;
mod filters;
mod heartbeat;
mod host;
mod integrity;
mod learned;
mod live;
mod places;
mod recorder;
mod respond;
mod rules;
mod sinks;
mod spool;
mod subject;
mod tally;
mod used;

pub use evidence::{EvidenceOptions, create_private, known_processes};
pub use heartbeat::{Gap, GapCause, Heartbeat};
pub use integrity::{
    Actor, Baseline, Change, ChangeKind, Integrity, IntegrityNews, IntegrityWorker, PackageRecord,
    WatchedFiles,
};
pub use learned::{Names, Profiles, Purpose};
pub use live::{ContainerChange, Containers, Drift, EventSink, Live, LiveOptions, Notice};
pub use recorder::{Recorder, RecorderOptions, Recording, write_recording};
pub use respond::{
    Answer, EngineCalls, Order, Outcome, ProcessIdentity, RecordingsOptions, RefusedExecution,
    RespondOptions, Responder, Target, Told, own_container, thaw,
};
pub use rules::own_rules;
pub use sensor::Inode;
pub use sinks::{HttpOptions, Shape, SinkError, SinkOptions, SinkState, Sinks, ocsf};
pub use spool::{Spool, Waiting};
pub use subject::Subject;
pub use tally::{Tally, kind_name};
pub use used::{Used, UsedError};
