//! Shared test harness: private servers, images made by code, and where shared data lies.
//!
//! Helpers that need something the machine may not have return `None` and say so on stderr as
//! `skipped: …`, so that a test passes without it and nobody mistakes that for proof:
//!
//! ```no_run
//! let Some(dockerd) = testkit::private_dockerd() else { return };
//! dockerd.import("demo:1", &testkit::Tar::new().file("etc/motd", b"hello").finish());
//! ```
//!
//! Invariants: servers listen on loopback or private sockets, live in temporary directories, and are ended
//! when their handle is dropped. Helpers panic when something fails that the machine does have.
#![allow(clippy::disallowed_methods, reason = "tests write files and start servers")]
#![allow(clippy::unwrap_used, reason = "a test ends by panicking")]

mod dockerd;
mod layout;
mod nats;
mod postgres;
mod private_host;
mod process;
mod registry;
mod sensor;
pub mod server;
mod shared;
mod tarball;
mod tls;

pub use dockerd::{
    Dockerd, ImageStore, private_dockerd, private_dockerd_with, private_dockerd_with_arguments,
};
pub use layout::{LayerEncoding, Layout};
pub use nats::{NatsServer, nats};
pub use postgres::{PostgresServer, postgres};
pub use private_host::{PrivateHost, private_host};
pub use process::{find_program, skip};
pub use registry::{LOGIN, RegistryServer, closed_registry, registry};
pub use sensor::watch_begins;
pub use shared::shared_dir;
pub use tarball::Tar;
pub use tls::Tls;
