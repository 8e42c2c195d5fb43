//! The policy core of the guard: who may do what, with which objects.
//!
//! A call that was read by `calls` is judged in this order: who asks, may they ask it, rewrite, validate the final object
//! by the rules, warn or deny. Everything that is not known is refused.
//!
//! Invariants: no I/O and no clock; the call of a decision is the one that was judged; nothing panics on any input.

mod client;
mod date;
mod decision;
mod facts;
mod policy;

pub use client::{Client, ClientCertificate, ClientContainer};
pub use date::{Date, DateError};
pub use decision::{Decision, Matched, Mode, Rewrite, Verdict};
pub use facts::{
    ContainerFacts, ExecFacts, Facts, Found, ImageFacts, Need, NetworkFacts, PathFacts, VolumeFacts,
};
pub use policy::{Asked, Policy, PolicyError, Warning};
