//! What a host is, as one versioned JSON document: kernel, files, sockets, audit rules, the engine, images, containers
//! and what `/proc` says of their processes; and what a cluster is, in another.
//!
//! ```
//! use facts::{Fact, HostFacts};
//! let facts = HostFacts::read(br#"{"schema_version":"1.0","kernel":{"release":{"known":"6.1.0"}}}"#).unwrap();
//! assert_eq!(facts.kernel.release.known().unwrap(), "6.1.0");
//! // What the document does not hold is missing, never a default that a check could take for good.
//! assert!(matches!(facts.kernel.lsm, Fact::Missing(_)));
//! ```
//!
//! Invariants: no I/O, no clock; a value that was not collected is [`Fact::Missing`] with its reason; what is known to be
//! absent (a file that is not there) is `Fact::Known(None)`; no value of a secret, an environment or a config map is kept.

mod abridge;
mod account;
mod audit_rule;
mod benchmark_node;
mod cluster;
mod component;
mod container;
mod document;
mod endpoint;
mod engine;
mod fact;
mod file;
mod image;
mod image_signature;
mod kernel;
mod mount;
mod network;
mod packet_filter;
mod process;
mod scan_record;
mod socket;
mod swarm;

pub use account::{Accounts, Group, SubordinateRange, User};
pub use audit_rule::{AuditRule, AuditStatus};
pub use benchmark_node::{BenchmarkFile, BenchmarkNode, BenchmarkProcess};
pub use cluster::ClusterFacts;
pub use component::{Component, ComponentKind, PackageOwner};
pub use container::{CgroupLimits, Container, ContainerState, Exec, PublishedPort};
pub use document::{FactsError, HostFacts, OsRelease, SCHEMA_VERSION};
pub use endpoint::{EndpointAnswer, EngineEndpoint, ServerCertificate, TlsFacts};
pub use engine::{DaemonConfiguration, DiskUsage, DiskUsageItem, EngineFacts, EngineInfo, SecurityOption};
pub use fact::{Fact, Missing};
pub use file::{FileFact, FileKind, FileRole, HostFile, ParentDirectory};
pub use image::{HistoryStep, Image};
pub use image_signature::ImageSignature;
pub use kernel::Kernel;
pub use mount::{FileSystemSpace, Mount};
pub use network::{Firewall, Network};
pub use packet_filter::{FilterChain, FilterCondition, FilterRule, FilterSubject, FilterVerdict};
pub use process::{DaemonProcess, HostProcess, Namespaces, ProcessFacts, UidMapEntry};
pub use scan_record::ScanRecord;
pub use socket::{Protocol, Socket};
pub use swarm::Swarm;
