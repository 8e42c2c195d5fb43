//! The door to a Kubernetes cluster: finds it as kubectl does, and lists its objects into facts.
//!
//! ```no_run
//! # fn main() -> Result<(), cluster::ClusterError> {
//! let cluster = cluster::Cluster::find(&cluster::Options::from_env())?;
//! let facts = cluster.collect(&cluster::Bounds::default())?;
//! println!("{} objects of {}", facts.objects().len(), facts.name);
//! # Ok(())
//! # }
//! ```
//!
//! Invariants: it reads (`GET`) and changes nothing; programs that a kubeconfig names are not run unless
//! [`Options::programs`] says so; credentials are neither logged nor part of facts, and do not go over plain http to
//! another machine, nor after a redirect; each answer, and all of them, are bounded in size, count and time; what could
//! not be listed is a gap that names the missing right, and hides nothing else.
#![allow(
    clippy::disallowed_methods,
    reason = "this crate is the door to a cluster and the kubeconfig that leads there"
)]

mod agent;
mod api;
mod collect;
mod discovery;
mod error;
mod find;
mod kinds;
mod kubeconfig;
mod list;
mod options;
mod plugin;
mod user;

pub use collect::Cluster;
pub use error::ClusterError;
pub use kubeconfig::{ClusterEntry, ContextEntry, Kubeconfig, Plugin, UserEntry, parse_kubeconfig};
pub use options::{Bounds, Environment, Options, Programs};
