//! How to find and talk to an engine.

use model::Limits;
use std::{ffi::OsString, path::PathBuf, time::Duration};

/// How to find and talk to an engine.
#[derive(Clone, Debug)]
pub struct Options {
    /// The engine's address, before anything the environment says: `unix:///run/docker.sock`.
    pub host: Option<String>,
    /// A Docker context, before what the environment says.
    pub context: Option<String>,
    /// TLS for `tcp://` and `https://`, before what the environment or context says.
    pub tls: Option<tls::Client>,
    /// What the environment says.
    pub environment: Environment,
    /// Time to connect.
    pub connect_timeout: Duration,
    /// Time for a whole answer, other than an export.
    pub answer_timeout: Duration,
    /// Time without a byte of an export; the engine prepares one before its first byte.
    pub export_timeout: Duration,
    /// Whether layers may be read in place.
    pub access: Access,
    /// The data root, when the engine names another one than where it is seen from here (a mount).
    pub data_root: Option<PathBuf>,
    /// More directories that may hold the content store of containerd; `/var/lib/containerd` and what is below
    /// the data root are always looked at.
    pub containerd_roots: Vec<PathBuf>,
    /// Bounds on manifests and layers.
    pub limits: Limits,
}

/// Whether layers may be read in place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// In place when that is possible, else through the API.
    #[default]
    InPlace,
    /// Through the API alone.
    ApiOnly,
}

/// The environment variables that Docker's own client reads (docker-cli, "Environment variables").
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `DOCKER_HOST`.
    pub docker_host: Option<String>,
    /// `DOCKER_CONTEXT`.
    pub docker_context: Option<String>,
    /// `DOCKER_TLS` or `DOCKER_TLS_VERIFY` is set.
    pub has_tls: bool,
    /// `DOCKER_TLS_VERIFY` is set.
    pub is_tls_verified: bool,
    /// `DOCKER_CERT_PATH`.
    pub cert_path: Option<PathBuf>,
    /// `DOCKER_CONFIG`, else `~/.docker`.
    pub config_dir: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`, where the socket of a rootless engine lies.
    pub runtime_dir: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: None,
            context: None,
            tls: None,
            environment: Environment::default(),
            connect_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(60),
            export_timeout: Duration::from_secs(600),
            access: Access::default(),
            data_root: None,
            containerd_roots: Vec::new(),
            limits: Limits::default(),
        }
    }
}

impl Options {
    /// Options with what the environment says.
    #[must_use]
    pub fn from_env() -> Self {
        Self { environment: Environment::read(), ..Self::default() }
    }
}

impl Environment {
    /// Reads the variables.
    #[must_use]
    pub fn read() -> Self {
        let variable =
            |name: &str| -> Option<OsString> { std::env::var_os(name).filter(|value| !value.is_empty()) };
        let text = |name: &str| variable(name).map(|value| value.to_string_lossy().into_owned());
        let home = variable("HOME").map(PathBuf::from);
        Self {
            docker_host: text("DOCKER_HOST"),
            docker_context: text("DOCKER_CONTEXT"),
            has_tls: variable("DOCKER_TLS").is_some() || variable("DOCKER_TLS_VERIFY").is_some(),
            is_tls_verified: variable("DOCKER_TLS_VERIFY").is_some(),
            cert_path: variable("DOCKER_CERT_PATH").map(PathBuf::from),
            config_dir: variable("DOCKER_CONFIG")
                .map(PathBuf::from)
                .or(home.map(|home| home.join(".docker"))),
            runtime_dir: variable("XDG_RUNTIME_DIR").map(PathBuf::from),
        }
    }
}
