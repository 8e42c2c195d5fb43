//! Which cluster is meant: kubeconfig, context, or the cluster that this is a pod of, in kubectl's order
//! (client-go, tools/clientcmd: loader.go, client_config.go).

use crate::{
    ClusterEntry, ClusterError, Kubeconfig, Options, UserEntry, error::sanitised, kubeconfig::Source,
    parse_kubeconfig,
};
use std::{
    io::Read as _,
    path::{Path, PathBuf},
};

/// Far more than hundreds of contexts with certificates.
const FILE_BYTES_MAX: u64 = 16 << 20;
/// Files of `KUBECONFIG`.
const FILES_MAX: usize = 100;

/// A cluster and who asks it.
#[derive(Debug)]
pub(crate) struct Place {
    /// The context, or what stands for it.
    pub(crate) name: String,
    pub(crate) cluster: ClusterEntry,
    pub(crate) user_name: String,
    pub(crate) user: UserEntry,
    /// The namespace that the context names.
    pub(crate) namespace: Option<String>,
}

pub(crate) fn find(options: &Options) -> Result<Place, ClusterError> {
    let config = load(options)?;
    if config.is_empty() && options.kubeconfig.is_none() {
        return match in_cluster(options) {
            // A context that is named is in no file.
            Some(place) if options.context.is_none() => Ok(place),
            _ => Err(ClusterError::NoCluster),
        };
    }
    of_config(config, options.context.as_deref())
}

fn load(options: &Options) -> Result<Kubeconfig, ClusterError> {
    if let Some(path) = &options.kubeconfig {
        return read(path);
    }
    let environment = &options.environment;
    let paths: Vec<PathBuf> = match (&environment.kubeconfig, &environment.home) {
        (Some(list), _) => {
            std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty()).take(FILES_MAX).collect()
        }
        (None, Some(home)) => vec![home.join(".kube/config")],
        (None, None) => Vec::new(),
    };
    let mut config = Kubeconfig::default();
    for path in paths {
        match read(&path) {
            Ok(more) => config.merge(more),
            // Files of the list that are not there are passed over.
            Err(ClusterError::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(config)
}

fn read(path: &Path) -> Result<Kubeconfig, ClusterError> {
    let bytes = read_bounded(path, FILE_BYTES_MAX)?;
    let wrong = |reason: String| ClusterError::Kubeconfig { path: path.to_owned(), reason };
    let text = String::from_utf8(bytes).map_err(|_| wrong("it is not UTF-8".to_owned()))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    parse_kubeconfig(&text, folder).map_err(wrong)
}

fn of_config(mut config: Kubeconfig, named: Option<&str>) -> Result<Place, ClusterError> {
    let entry = |what: &'static str, name: &str, reason: &str| ClusterError::Entry {
        what,
        name: sanitised(name, 200),
        reason: reason.to_owned(),
    };
    let contexts = || {
        let names: Vec<String> = config.contexts.keys().take(20).map(|name| sanitised(name, 80)).collect();
        if names.is_empty() { "there is none".to_owned() } else { format!("there are: {}", names.join(", ")) }
    };
    // kubectl then asks localhost:8080; nobody means that.
    let Some(name) = named.map(str::to_owned).or_else(|| config.current_context.clone()) else {
        return Err(entry("context", "", &format!("none is current, {} (hint: --context NAME)", contexts())));
    };
    let Some(context) = config.contexts.get(&name) else {
        return Err(entry("context", &name, &format!("it is not there, {}", contexts())));
    };
    let context = context.clone();
    let Some(cluster) = config.clusters.remove(&context.cluster) else {
        return Err(entry("cluster", &context.cluster, "the context names it, and it is not there"));
    };
    let user = match config.users.remove(&context.user) {
        Some(user) => user,
        None if context.user.is_empty() => UserEntry::default(),
        None => return Err(entry("user", &context.user, "the context names it, and it is not there")),
    };
    if cluster.is_unverified && cluster.authority.is_some() {
        let reason = "certificate-authority and insecure-skip-tls-verify exclude each other";
        return Err(entry("cluster", &context.cluster, reason));
    }
    Ok(Place { name, cluster, user_name: context.user, user, namespace: context.namespace })
}

/// The cluster that this is a pod of (kubernetes.io, "Accessing the Kubernetes API from a Pod").
fn in_cluster(options: &Options) -> Option<Place> {
    let (host, port) = options.environment.service.as_ref()?;
    let folder = &options.environment.service_account;
    let token = folder.join("token");
    if !token.is_file() {
        return None;
    }
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    Some(Place {
        name: "in-cluster".to_owned(),
        cluster: ClusterEntry {
            server: format!("https://{host}:{port}"),
            authority: Some(Source::File(folder.join("ca.crt"))),
            ..ClusterEntry::default()
        },
        user_name: "service account".to_owned(),
        user: UserEntry { token_file: Some(token), ..UserEntry::default() },
        namespace: None,
    })
}

pub(crate) fn read_bounded(path: &Path, limit_bytes: u64) -> Result<Vec<u8>, ClusterError> {
    let failed = |source| ClusterError::Read { path: path.to_owned(), source };
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .map_err(failed)?
        .take(limit_bytes + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > limit_bytes {
        return Err(ClusterError::TooLarge { path: path.to_owned(), limit_bytes });
    }
    Ok(bytes)
}

impl Source {
    /// What messages call it: the file, or the field in which it stands.
    pub(crate) fn origin(&self, field: &str) -> String {
        match self {
            Self::Inline(_) => field.to_owned(),
            Self::File(path) => sanitised(&path.to_string_lossy(), 300),
        }
    }

    /// The bytes, wherever they are.
    pub(crate) fn read(&self) -> Result<Vec<u8>, ClusterError> {
        match self {
            Self::Inline(bytes) => Ok(bytes.reveal().clone()),
            Self::File(path) => read_bounded(path, 4 << 20),
        }
    }
}
