//! Collectors: write down what a host is, judge nothing.
//!
//! ```no_run
//! let facts = host::collect(&host::Options::default(), Err("no engine was asked".to_owned()));
//! println!("{}", String::from_utf8_lossy(&facts.to_json()));
//! ```
//!
//! Invariants: nothing on the host is changed; everything lies below [`Roots`], so that tests can point elsewhere; what
//! cannot be read, has vanished or is too large is a missing fact or a gap; every read, list and wait has a limit.
#![allow(clippy::disallowed_methods, reason = "this crate is the door to the host")]

mod accounts;
mod audit_rules;
mod benchmark_node;
mod boot;
mod cgroup;
mod collect;
mod components;
mod container;
mod container_processes;
mod daemon;
mod daemon_file;
mod endpoints;
mod engine;
mod files;
mod firewall;
mod images;
mod info;
mod kernel;
mod kernel_audit;
mod kernel_audit_rule;
mod mounts;
mod netlink;
mod nftables;
mod old_tls;
mod package_owner;
mod process_status;
mod processes;
mod program;
mod read;
mod roles;
mod roots;
mod sock_diag;
mod sockets;
mod swarm;
mod sysctls;
mod tls_handshake;
mod units;

pub use benchmark_node::collect_benchmark_node;
pub use collect::{Options, collect};
pub use container::read_container;
pub use endpoints::Probe;
pub use kernel_audit_rule::{MalformedRule, read_audit_rule};
pub use nftables::{NftablesError, read_nftables};
pub use roots::Roots;
pub use sockets::listening_sockets;
