//! How a client behaves.

use crate::{Credential, Progress};
use model::Limits;
use std::{collections::BTreeMap, ffi::OsString, num::NonZeroUsize, path::PathBuf, time::Duration};
use tls::{Authorities, Identity};

/// How a client behaves. [`Options::default`] knows nothing of the machine; [`Options::from_env`] finds what
/// Docker and Podman left there.
#[derive(Clone)]
pub struct Options {
    /// Registries that may speak plain http or show a certificate nobody vouches for.
    pub insecure: Insecure,
    /// Certificate authorities to trust besides [`Options::ca_bundle`].
    pub authorities: Option<Authorities>,
    /// The certificate authorities of the public internet.
    pub ca_bundle: CaBundle,
    /// Shown to registries that ask for a certificate.
    pub identity: Option<Identity>,
    /// Directories with `HOST[:PORT]/*.crt`, `*.cert` and `*.key` as Docker reads them
    /// (docs.docker.com, "Verify repository client with certificates").
    pub certs_dirs: Vec<PathBuf>,
    /// Addresses to ask before the registry of that name: `docker.io` → `https://mirror.example`.
    pub mirrors: BTreeMap<String, Vec<String>>,
    /// Credentials by registry, asked before [`Options::docker_configs`].
    pub credentials: BTreeMap<String, Credential>,
    /// Credential files, in the order they are asked. Files that do not exist are no error.
    pub docker_configs: Vec<PathBuf>,
    /// Where credential helpers are looked for, like `PATH`.
    pub helper_path: OsString,
    /// Time for a credential helper.
    pub helper_timeout: Duration,
    /// Time to connect, including TLS.
    pub connect_timeout: Duration,
    /// Time without a byte.
    pub read_timeout: Duration,
    /// Time for one whole manifest, token or listing page.
    pub document_timeout: Duration,
    /// A blob that stays below this many bytes a second for `rate_grace` is given up and resumed.
    pub rate_bytes_per_sec_min: u64,
    /// How long a blob may be slow.
    pub rate_grace: Duration,
    /// How often a request is repeated, and a blob resumed without progress.
    pub retries_max: u32,
    /// First wait before a repetition; doubles each time, with jitter.
    pub retry_delay: Duration,
    /// Longest single wait. A server that asks for more (`Retry-After`) is not waited for.
    pub retry_wait_max: Duration,
    /// Blobs that are transferred at the same time.
    pub parallel_blobs: NonZeroUsize,
    /// Names of a listing that are kept.
    pub listing_names_max: usize,
    /// Bounds on manifests and layers.
    pub limits: Limits,
    /// Told of transfers and waits.
    pub progress: Option<Progress>,
    /// `User-Agent`.
    pub user_agent: String,
}

/// Registries that need not prove who they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Insecure {
    /// None, not even this machine.
    Never,
    /// None but those on this machine (loopback), as Docker does.
    #[default]
    Loopback,
    /// Loopback and these, `HOST` or `HOST:PORT`.
    Hosts(Vec<String>),
    /// Any.
    All,
}

/// The certificate authorities of the public internet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CaBundle {
    /// Mozilla's list, compiled in. It is left out when [`Options::authorities`] or a `certs.d` directory names
    /// authorities, which are then the only ones for that registry.
    #[default]
    BuiltIn,
    /// The machine's list.
    Machine(Authorities),
}

impl Default for Options {
    fn default() -> Self {
        Self {
            insecure: Insecure::default(),
            authorities: None,
            ca_bundle: CaBundle::default(),
            identity: None,
            certs_dirs: Vec::new(),
            mirrors: BTreeMap::new(),
            credentials: BTreeMap::new(),
            docker_configs: Vec::new(),
            helper_path: OsString::new(),
            helper_timeout: Duration::from_secs(30),
            connect_timeout: Duration::from_secs(15),
            read_timeout: Duration::from_secs(30),
            document_timeout: Duration::from_secs(60),
            rate_bytes_per_sec_min: 1_024,
            rate_grace: Duration::from_secs(30),
            retries_max: 4,
            retry_delay: Duration::from_millis(500),
            retry_wait_max: Duration::from_secs(60),
            parallel_blobs: NonZeroUsize::new(4).expect("4 is not zero"),
            listing_names_max: 1_000_000,
            limits: Limits::default(),
            progress: None,
            user_agent: concat!("seawall/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl Options {
    /// Options with what the machine tells: `DOCKER_CONFIG` or `~/.docker/config.json`, then Podman's
    /// `REGISTRY_AUTH_FILE`, `$XDG_RUNTIME_DIR/containers/auth.json` and `~/.config/containers/auth.json`
    /// (containers-auth.json(5)); `PATH` for credential helpers; `SSL_CERT_FILE` or the machine's certificate
    /// authorities; `/etc/docker/certs.d`.
    #[must_use]
    pub fn from_env() -> Self {
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let home = variable("HOME").map(PathBuf::from);
        let mut docker_configs = Vec::new();
        match (variable("DOCKER_CONFIG"), &home) {
            (Some(directory), _) => docker_configs.push(PathBuf::from(directory).join("config.json")),
            (None, Some(home)) => docker_configs.push(home.join(".docker/config.json")),
            (None, None) => {}
        }
        docker_configs.extend(variable("REGISTRY_AUTH_FILE").map(PathBuf::from));
        docker_configs
            .extend(variable("XDG_RUNTIME_DIR").map(|run| PathBuf::from(run).join("containers/auth.json")));
        docker_configs.extend(home.as_ref().map(|home| home.join(".config/containers/auth.json")));

        let mut certs_dirs =
            vec![PathBuf::from("/etc/docker/certs.d"), PathBuf::from("/etc/containers/certs.d")];
        certs_dirs.extend(home.map(|home| home.join(".config/docker/certs.d")));
        Self {
            docker_configs,
            certs_dirs,
            helper_path: variable("PATH").unwrap_or_default(),
            ca_bundle: tls::machine_authorities(variable("SSL_CERT_FILE").map(PathBuf::from).as_deref())
                .map_or(CaBundle::BuiltIn, CaBundle::Machine),
            ..Self::default()
        }
    }
}
