//! Jobs, and real servers from the distribution's packages.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "each test uses a part of this set-up"
)]

use queue::{Job, QueueOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) fn job(number: u32) -> Job {
    Job {
        digest: format!("sha256:{number:064x}").parse().unwrap(),
        platform: "linux/amd64".to_owned(),
        references: vec![format!("registry.example.com/app:{number}")],
    }
}

/// Times as short as a test on a busy machine allows.
pub(crate) fn options() -> QueueOptions {
    QueueOptions {
        lease: Duration::from_secs(2),
        retry_delay: Duration::from_millis(1),
        ..QueueOptions::default()
    }
}

/// A server that ends with its test.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    _folder: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

fn find(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).chain(folders.iter().cloned()).map(|folder| folder.join(name));
    let found = found.into_iter().find(|file| file.is_file());
    if found.is_none() {
        eprintln!("skipped: {name} is not installed");
    }
    found
}

#[track_caller]
fn until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < end, "no answer from {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// nats-server with JetStream on a free port, if it is installed.
pub(crate) fn nats() -> Option<Server> {
    let program = find("nats-server", &["/usr/sbin".into()])?;
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(program);
    command.args(["-a", "127.0.0.1", "-p", "-1", "-js", "--ports_file_dir"]).arg(folder.path());
    command.arg("-sd").arg(folder.path().join("store")).stderr(Stdio::null()).stdout(Stdio::null());
    let child = command.spawn().unwrap();
    let ports = folder.path().join(format!("nats-server_{}.ports", child.id()));
    let address = until("nats-server", || {
        let text = std::fs::read_to_string(&ports).ok()?;
        let ports: serde_json::Value = serde_json::from_str(&text).ok()?;
        Some(ports["nats"][0].as_str()?.to_owned())
    });
    Some(Server { child, address, _folder: folder })
}

/// PostgreSQL on a free port, if it is installed. It refuses to run as root.
pub(crate) fn postgres() -> Option<Server> {
    let versions = Path::new("/usr/lib/postgresql").read_dir().into_iter().flatten().flatten();
    let folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    let (initdb, server) = (find("initdb", &folders)?, find("postgres", &folders)?);
    let folder = tempfile::tempdir().unwrap();
    let is_root = rustix::process::getuid().is_root();
    let as_user = |program: &Path| {
        if !is_root {
            return Command::new(program);
        }
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    };
    if is_root {
        let Some((user, group)) = ids_of("postgres") else {
            eprintln!("skipped: there is no user postgres");
            return None;
        };
        std::os::unix::fs::chown(folder.path(), Some(user), Some(group)).unwrap();
    }
    let data = folder.path().join("data");
    let made =
        as_user(&initdb).args(["-A", "trust", "-U", "seawall", "-N", "-D"]).arg(&data).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = as_user(&server);
    command
        .args(["-F", "-h", "127.0.0.1", "-p", &port.to_string(), "-D"])
        .arg(&data)
        .arg("-k")
        .arg(folder.path());
    let child = command.stderr(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
    let address = format!("postgres://seawall@127.0.0.1:{port}/postgres");
    let server = Server { child, address, _folder: folder };
    until("postgres", || queue::open_results(&server.address).ok());
    Some(server)
}

fn ids_of(user: &str) -> Option<(u32, u32)> {
    let text = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = text.lines().find(|line| line.starts_with(&format!("{user}:")))?;
    let mut fields = line.split(':').skip(2);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
