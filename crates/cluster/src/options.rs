//! Which cluster, and how much of it.

use std::{ffi::OsString, path::PathBuf, time::Duration};

/// Which cluster is meant, and what may be done to reach it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The one kubeconfig that counts, before what the environment says.
    pub kubeconfig: Option<PathBuf>,
    /// The context, before the current one.
    pub context: Option<String>,
    /// Programs that the kubeconfig names.
    pub programs: Programs,
    /// What the environment says.
    pub environment: Environment,
    /// Time to connect.
    pub connect_timeout: Duration,
    /// Time for one whole answer.
    pub answer_timeout: Duration,
    /// Time for a program that tells credentials.
    pub program_timeout: Duration,
}

/// Whether programs that a kubeconfig names may be run: whoever wrote it chose them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Programs {
    /// None is.
    #[default]
    Never,
    /// The `exec` plugin of the user is.
    Run,
}

/// What kubectl reads of its surroundings.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `KUBECONFIG`: a list of files.
    pub kubeconfig: Option<OsString>,
    /// `HOME`, below which `.kube/config` lies.
    pub home: Option<PathBuf>,
    /// `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`: the API server, as pods are told.
    pub service: Option<(String, String)>,
    /// Where a pod finds the token and the authority of its service account.
    pub service_account: PathBuf,
    /// Certificate authorities of the machine, when the cluster names none: `SSL_CERT_FILE`.
    pub authorities: Option<PathBuf>,
}

/// How much of a cluster is asked for.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// When it is collected (RFC 3339, UTC).
    pub now: String,
    /// Time for everything together.
    pub time_max: Duration,
    /// Objects that one answer should hold.
    pub page_objects: u32,
    /// Bytes of one answer.
    pub answer_bytes_max: u64,
    /// Bytes of all answers.
    pub bytes_max: u64,
    /// Objects of all kinds.
    pub objects_max: usize,
    /// Nodes whose kubelet is asked for its configuration.
    pub kubelets_max: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            kubeconfig: None,
            context: None,
            programs: Programs::default(),
            environment: Environment::default(),
            connect_timeout: Duration::from_secs(10),
            answer_timeout: Duration::from_secs(60),
            program_timeout: Duration::from_secs(60),
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
        Self {
            kubeconfig: variable("KUBECONFIG"),
            home: variable("HOME").map(PathBuf::from),
            service: text("KUBERNETES_SERVICE_HOST").zip(text("KUBERNETES_SERVICE_PORT")),
            service_account: PathBuf::from("/var/run/secrets/kubernetes.io/serviceaccount"),
            authorities: variable("SSL_CERT_FILE").map(PathBuf::from),
        }
    }
}

impl Default for Bounds {
    /// Enough for clusters of 5,000 nodes and 150,000 pods, which is what Kubernetes promises to carry
    /// (<https://kubernetes.io/docs/setup/best-practices/cluster-large/>).
    fn default() -> Self {
        Self {
            now: String::new(),
            time_max: Duration::from_secs(300),
            page_objects: 500,
            answer_bytes_max: 32 << 20,
            bytes_max: 2 << 30,
            objects_max: 400_000,
            kubelets_max: 5_000,
        }
    }
}
