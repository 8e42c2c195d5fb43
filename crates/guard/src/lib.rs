//! The front before the Docker daemon: who asks is found out, what is asked is read strictly, judged by `control`, recorded in
//! `ledger`, and passed on in words of the guard's own.
//!
//! ```no_run
//! use guard::{Guard, GuardOptions, Listener, PolicySource};
//! use std::{os::unix::net::UnixListener, path::Path};
//! let log = ledger::Ledger::open(ledger::Options::new(Path::new("/var/log/seawall/guard.jsonl")))?;
//! let options = GuardOptions {
//!     upstream: "/run/seawall/docker.sock".into(),
//!     policy: PolicySource::Profile("guarded".to_owned()),
//!     host_root: "/".into(),
//!     own: vec!["/var/log/seawall".into()],
//!     rate_limit: None,
//!     connections_max: 4096,
//!     images: None,
//!     dockerfiles: None,
//! };
//! let guard = Guard::new(options, log);
//! guard.serve(&Listener::Unix(UnixListener::bind("/run/docker.sock")?))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! One thread serves one connection, waits by poll(2) and relays both directions at once; there is no async runtime.
//!
//! Invariants: no byte of a request's head reaches the engine but what was parsed and written anew, and no body but archives;
//! whatever goes wrong refuses the call; calls about life (`/_ping`) alone are answered without a policy; what must be
//! recorded is on the disk before the engine hears of the call; everything read has a limit of size and time.
#![allow(clippy::disallowed_methods, reason = "this crate is the door that clients of the engine go through")]

mod buffer;
mod channel;
mod direction;
mod docker;
mod exchange;
mod filter;
mod front;
mod identity;
mod paths;
mod rate;
mod reading;
pub mod registry;
mod signals;
mod socket;
mod state;
mod tls;
mod upstream;
mod verdicts;
mod whole;
pub mod wire;

pub use channel::Channel;
pub use docker::{Guard, GuardOptions, ImageSources, Judge, MakeImageSources, PolicySource};
pub use front::Listener;
pub use signals::{Signal, Signals};
pub use socket::{bind, group_number};
pub use tls::{OpenServer, TlsError, TlsFiles, server_config};
pub use upstream::Upstream;
pub use whole::{Answering, Reply, answer_all};
