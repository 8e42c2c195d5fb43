//! A private NATS server with JetStream, of the distribution's package.

use crate::process::{Server, find_program, skip};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A running server.
pub struct NatsServer {
    // Dropped in this order: the server ends before its directory goes.
    _server: Server,
    _directory: TempDir,
    address: String,
}

/// Starts a private NATS server with JetStream. `None`, and a line on stderr, when `nats-server` is not installed.
#[must_use]
pub fn nats() -> Option<NatsServer> {
    let Some(program) = find_program("nats-server") else {
        skip("no private queue: nats-server is not installed");
        return None;
    };
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    command.args(["-a", "127.0.0.1", "-p", "-1", "-js", "--ports_file_dir"]).arg(directory.path());
    command.arg("-sd").arg(directory.path().join("store")).stderr(Stdio::null()).stdout(Stdio::null());
    let child = command.spawn().unwrap();
    let ports = directory.path().join(format!("nats-server_{}.ports", child.id()));
    let mut server = Server(child);
    let mut address = None;
    let is_up = server.wait_until(|| {
        let text = std::fs::read_to_string(&ports).unwrap_or_default();
        let ports: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        address = ports["nats"][0].as_str().map(str::to_owned);
        address.is_some()
    });
    assert!(is_up, "nats-server does not start");
    Some(NatsServer { _server: server, _directory: directory, address: address? })
}

impl NatsServer {
    /// `nats://127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}
