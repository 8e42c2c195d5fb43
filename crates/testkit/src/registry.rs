//! A private registry: Debian's `docker-registry` on a loopback port.

use crate::process::{Server, find_program, skip};
use std::{
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// A running registry.
pub struct RegistryServer {
    // Dropped in this order: the server ends before its directory goes.
    _server: Server,
    _directory: TempDir,
    address: String,
}

/// Starts a private registry (distribution 2.8, plain http, no authentication). `None`, and a line on stderr,
/// when `docker-registry` or `skopeo` is not installed.
#[must_use]
pub fn registry() -> Option<RegistryServer> {
    let (Some(program), Some(_)) = (find_program("docker-registry"), find_program("skopeo")) else {
        skip("no private registry: docker-registry or skopeo is not installed");
        return None;
    };
    // The port is free again before the registry takes it, so another process may be faster: try again.
    for _ in 0..5 {
        let directory = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let config = directory.path().join("config.yml");
        let storage = directory.path().join("storage");
        let text = format!(
            "version: 0.1\nlog: {{level: error}}\nstorage:\n  filesystem: {{rootdirectory: {}}}\n  \
             delete: {{enabled: true}}\nhttp: {{addr: '{address}'}}\n",
            storage.display()
        );
        std::fs::write(&config, text).unwrap();
        let child = Command::new(&program)
            .arg("serve")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut server = Server(child);
        if server.wait_until(|| TcpStream::connect(&address).is_ok()) {
            return Some(RegistryServer { _server: server, _directory: directory, address });
        }
    }
    panic!("docker-registry does not start");
}

impl RegistryServer {
    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Copies `layout:tag` of an OCI layout to `name`, which holds repository and tag; with all platforms.
    pub fn push_layout(&self, layout: &Path, tag: &str, name: &str) {
        let output = Command::new("skopeo")
            .args(["copy", "--all", "--quiet", "--insecure-policy", "--dest-tls-verify=false"])
            .arg(format!("oci:{}:{tag}", layout.display()))
            .arg(format!("docker://{}/{name}", self.address))
            .output()
            .unwrap();
        assert!(output.status.success(), "skopeo: {}", String::from_utf8_lossy(&output.stderr));
    }
}
