//! A private Docker Engine.

use crate::process::{Server, find_program, skip};
use std::{
    io::Write as _,
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// A running Docker Engine that shares nothing with one of the machine: own data root, own containerd, own
/// socket, no network.
pub struct Dockerd {
    // Dropped in this order: the engine ends, and unmounts, before its directory goes.
    _server: Server,
    directory: TempDir,
}

/// Where an engine keeps its images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageStore {
    /// A storage driver of Docker's own.
    Overlay2,
    /// containerd's, which engines know from version 24 on.
    Containerd,
}

/// Starts a private Docker Engine with the overlay2 driver. `None`, and a line on stderr, without root, without
/// `dockerd` and `docker`, or when the engine does not start here (a container without the rights to mount).
#[must_use]
pub fn private_dockerd() -> Option<Dockerd> {
    private_dockerd_with(ImageStore::Overlay2)
}

/// As [`private_dockerd`], with a store; `None` also when the engine does not know it. `SEAWALL_DOCKERD` names
/// another `dockerd` than that of the machine.
#[must_use]
pub fn private_dockerd_with(store: ImageStore) -> Option<Dockerd> {
    start(store, &[])
}

/// As [`private_dockerd`], with more arguments on its command line (`--host`, `--tlsverify`, …).
#[must_use]
pub fn private_dockerd_with_arguments(arguments: &[String]) -> Option<Dockerd> {
    start(ImageStore::Overlay2, arguments)
}

fn start(store: ImageStore, arguments: &[String]) -> Option<Dockerd> {
    if !rustix::process::geteuid().is_root() {
        skip("no private dockerd: not root");
        return None;
    }
    let named = std::env::var_os("SEAWALL_DOCKERD").map(PathBuf::from);
    let (Some(program), Some(_)) = (named.or_else(|| find_program("dockerd")), find_program("docker")) else {
        skip("no private dockerd: dockerd or docker is not installed");
        return None;
    };
    let directory = tempfile::Builder::new().prefix("dockerd").tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    let config = match store {
        ImageStore::Overlay2 => {
            r#"{"storage-driver":"overlay2","features":{"containerd-snapshotter":false}}"#
        }
        ImageStore::Containerd => r#"{"features":{"containerd-snapshotter":true}}"#,
    };
    std::fs::write(at("daemon.json"), config).unwrap();
    let log = std::fs::File::create(at("log")).unwrap();
    let child = Command::new(program)
        .arg("--data-root")
        .arg(at("root"))
        .arg("--exec-root")
        .arg(at("exec"))
        .arg("--pidfile")
        .arg(at("pid"))
        .arg("--host")
        .arg(format!("unix://{}", at("docker.sock").display()))
        .arg("--config-file")
        .arg(at("daemon.json"))
        .args(["--bridge=none", "--iptables=false", "--ip6tables=false"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    let mut server = Server(child);
    let socket = at("docker.sock");
    // The socket takes connections before the engine answers; a request waits for it.
    if !server.wait_until(|| UnixStream::connect(&socket).is_ok()) {
        let log = std::fs::read_to_string(at("log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(3).collect();
        skip(&format!("no private dockerd: it does not start here: {}", tail.join(" | ")));
        return None;
    }
    let dockerd = Dockerd { _server: server, directory };
    let status = dockerd.docker(&["info", "--format", "{{.DriverStatus}}"]);
    if store == ImageStore::Containerd && !status.contains("io.containerd.snapshotter") {
        skip(
            "no private dockerd with the containerd image store: this dockerd does not know it (SEAWALL_DOCKERD)",
        );
        return None;
    }
    Some(dockerd)
}

impl Dockerd {
    /// The unix socket of its API.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("docker.sock")
    }

    /// The directory of everything that is its own: `daemon.json`, `log`, `pid`, and the sockets.
    #[must_use]
    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// For `DOCKER_HOST`: `unix:///…/docker.sock`.
    #[must_use]
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// The data root.
    #[must_use]
    pub fn data_root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    /// The `docker` command, talking to this engine.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = Command::new("docker");
        command
            .env("DOCKER_HOST", self.host())
            .env("DOCKER_BUILDKIT", "0")
            .env("DOCKER_CONFIG", self.directory.path().join("config"))
            .env_remove("DOCKER_CONTEXT");
        command
    }

    /// Runs `docker ARGUMENTS` and returns its stdout, trimmed; panics when it fails.
    pub fn docker(&self, arguments: &[&str]) -> String {
        let output = self.command().args(arguments).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {arguments:?}: {stderr}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Makes an image of one layer from a root file system tar (plain or compressed); returns its id.
    pub fn import(&self, name: &str, tar: &[u8]) -> String {
        let mut child = self
            .command()
            .args(["import", "-", name])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(tar).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "docker import {name}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Imports an image of programs of this machine with their libraries, in `/bin`, added to `tar`; `None` when one is not
    /// installed.
    pub fn import_programs(&self, name: &str, programs: &[&str], mut tar: crate::Tar) -> Option<String> {
        let mut seen = std::collections::BTreeSet::new();
        for program in programs {
            let path = find_program(program)?;
            let listed = Command::new("ldd").arg(&path).output().ok()?;
            let libraries = String::from_utf8_lossy(&listed.stdout).into_owned();
            tar = tar.executable(&format!("bin/{program}"), &std::fs::read(&path).ok()?);
            for library in libraries.split_whitespace().filter(|word| word.starts_with('/')) {
                if seen.insert(library.to_owned()) {
                    tar = tar.executable(library.trim_start_matches('/'), &std::fs::read(library).ok()?);
                }
            }
        }
        Some(self.import(name, &tar.finish()))
    }

    /// Builds an image with the classic builder from a directory that holds a Dockerfile; returns its id.
    /// There is no network, so use `FROM scratch` and what the directory holds.
    pub fn build(&self, name: &str, context: &Path) -> String {
        let context = context.to_str().unwrap();
        self.docker(&["build", "--quiet", "--network=none", "--force-rm", "--tag", name, context])
    }
}
