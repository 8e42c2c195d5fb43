//! A private registry: Debian's `docker-registry` on a loopback port.

use crate::{
    process::{Server, find_program, skip},
    tls::Tls,
};
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
    start(|_| String::new())
}

/// The name that [`closed_registry`] lets in.
pub const LOGIN: (&str, &str) = ("guard", "correct horse battery");
/// `htpasswd -B` of [`LOGIN`].
const HTPASSWD: &str = "guard:$2b$04$pMYYqBeiZCZG9uTnughJb.H4fKsBDY7NhSg.Gglqy0VSLlIpZfZAS\n";

/// As [`registry`], with TLS: it lets in who shows a certificate of the authority and [`LOGIN`], and nobody else.
#[must_use]
pub fn closed_registry(tls: &Tls) -> Option<RegistryServer> {
    start(|directory| {
        let write = |name: &str, content: &[u8]| {
            std::fs::write(directory.join(name), content).unwrap();
            directory.join(name).display().to_string()
        };
        format!(
            "  tls: {{certificate: '{}', key: '{}', clientcas: ['{}']}}\nauth:\n  htpasswd: {{realm: private, path: '{}'}}\n",
            write("server.pem", &tls.server_pem),
            write("server.key", &tls.server_key_pem),
            write("ca.pem", &tls.ca_pem),
            write("htpasswd", HTPASSWD.as_bytes()),
        )
    })
}

fn start(more: impl Fn(&Path) -> String) -> Option<RegistryServer> {
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
             delete: {{enabled: true}}\nhttp:\n  addr: '{address}'\n{}",
            storage.display(),
            more(directory.path()),
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
