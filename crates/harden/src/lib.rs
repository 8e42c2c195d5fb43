//! Repairs: what to change about a host, its engine and its containers, and configuration written anew.
//!
//! ```
//! use harden::daemon_json::{EngineVersion, Hardening, harden};
//! let version: EngineVersion = "28.5.2".parse().unwrap();
//! let hardened = harden(r#"{"debug": true}"#, &version, &Hardening::default()).unwrap();
//! assert!(hardened.text.contains("\"icc\": false"));
//! ```
//!
//! Two halves. The generators ([`tls`], [`daemon_json`], [`audit_rules`], [`firewall`], [`apparmor`], [`seccomp`],
//! [`container`], [`patch`]) turn a wish into text, each line with its reason. [`plan`] turns findings into [`plan::Change`]s:
//! what is touched, what it interrupts, the difference, the side effects, and how to undo it.
//!
//! Invariants: text in, text out; nothing here opens a file, asks the time or talks to an engine (keys of [`tls`]
//! come from the system's random numbers). A generated configuration is never wider than the default that it
//! replaces. What cannot be done without recreating a container is only written out.

pub mod apparmor;
pub mod audit_rules;
pub mod container;
pub mod daemon_json;
pub mod firewall;
pub mod patch;
pub mod plan;
pub mod seccomp;
pub mod tls;
