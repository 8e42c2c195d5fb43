//! A private PostgreSQL, of the distribution's package.

use crate::process::{Server, skip};
use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// A running server.
pub struct PostgresServer {
    // Dropped in this order: the server ends before its directory goes.
    _server: Server,
    _directory: TempDir,
    address: String,
}

/// Starts a private PostgreSQL, which trusts everybody who reaches its loopback port. `None`, and a line on stderr, when
/// it is not installed.
#[must_use]
pub fn postgres() -> Option<PostgresServer> {
    let versions = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    let folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    let Some(programs) = folders.into_iter().find(|folder| folder.join("initdb").is_file()) else {
        skip("no private database: postgresql is not installed");
        return None;
    };
    let directory = tempfile::tempdir().unwrap();
    // It refuses to run as root.
    let is_root = rustix::process::getuid().is_root();
    let as_user = |program: &str| {
        let program = programs.join(program);
        if !is_root {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    };
    if is_root {
        let Some((user, group)) = ids_of("postgres") else {
            skip("no private database: there is no user postgres");
            return None;
        };
        std::os::unix::fs::chown(directory.path(), Some(user), Some(group)).unwrap();
    }
    let data = directory.path().join("data");
    let made =
        as_user("initdb").args(["-A", "trust", "-U", "seawall", "-N", "-D"]).arg(&data).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    // The port is free again before the server takes it, so another process may be faster: try again.
    for _ in 0..5 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
        let mut command = as_user("postgres");
        command.args(["-F", "-h", "127.0.0.1", "-p", &port, "-D"]).arg(&data).arg("-k").arg(directory.path());
        let child = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let mut server = Server(child);
        let is_up = server.wait_until(|| {
            let mut ask = Command::new(programs.join("pg_isready"));
            ask.args(["-q", "-h", "127.0.0.1", "-p", &port]).status().unwrap().success()
        });
        if is_up {
            let address = format!("postgres://seawall@127.0.0.1:{port}/postgres");
            return Some(PostgresServer { _server: server, _directory: directory, address });
        }
    }
    panic!("postgres does not start");
}

impl PostgresServer {
    /// `postgres://seawall@127.0.0.1:PORT/postgres`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

fn ids_of(user: &str) -> Option<(u32, u32)> {
    let text = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = text.lines().find(|line| line.starts_with(&format!("{user}:")))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
