//! The kubeconfig format (<https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/>).

mod merge;
mod parse;

pub use parse::parse_kubeconfig;

use model::Redacted;
use std::{collections::BTreeMap, path::PathBuf};

/// Clusters, users, and which of both belong together.
#[derive(Clone, Debug, Default)]
pub struct Kubeconfig {
    /// The context that is meant when none is named.
    pub current_context: Option<String>,
    /// Contexts by name.
    pub contexts: BTreeMap<String, ContextEntry>,
    /// Clusters by name.
    pub clusters: BTreeMap<String, ClusterEntry>,
    /// Users by name.
    pub users: BTreeMap<String, UserEntry>,
}

/// A cluster as a user sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextEntry {
    /// Name of the cluster.
    pub cluster: String,
    /// Name of the user.
    pub user: String,
    /// The namespace that is meant when none is named.
    pub namespace: Option<String>,
}

/// Where a cluster is, and how it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClusterEntry {
    /// `https://host:port/prefix`.
    pub server: String,
    /// Who vouches for the server.
    pub authority: Option<Source>,
    /// The name that its certificate must have, when it is not that of the address.
    pub tls_server_name: Option<String>,
    /// Any certificate will do.
    pub is_unverified: bool,
    /// The proxy in between.
    pub proxy_url: Option<String>,
}

/// Who asks.
#[derive(Clone, Debug, Default)]
pub struct UserEntry {
    /// Certificate, PEM.
    pub client_certificate: Option<Source>,
    /// Its key, PEM.
    pub client_key: Option<Source>,
    /// A bearer token.
    pub token: Option<Redacted<String>>,
    /// The file that holds one; it counts more than [`UserEntry::token`].
    pub token_file: Option<PathBuf>,
    /// A name with a password.
    pub basic: Option<(String, Redacted<String>)>,
    /// As whom requests are made: name, uid, groups, and other things by key.
    pub impersonation: Option<Impersonation>,
    /// The program that tells the credentials.
    pub plugin: Option<Plugin>,
    /// Name of an authentication provider, which no client has had since 1.26, and the token that it left behind.
    pub provider: Option<(String, Option<Redacted<String>>)>,
}

/// Something that is told by a file, or stands in the kubeconfig itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Its bytes.
    Inline(Redacted<Vec<u8>>),
    /// The file that holds it.
    File(PathBuf),
}

/// As whom requests are made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impersonation {
    /// The user.
    pub name: String,
    /// Its uid.
    pub uid: Option<String>,
    /// Its groups.
    pub groups: Vec<String>,
    /// Everything else that is said of it.
    pub extra: Vec<(String, String)>,
}

/// A program that tells credentials (client-go credential plugins,
/// <https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins>).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plugin {
    /// The program; a relative path with a slash starts at the kubeconfig's directory, a word is looked for in `PATH`.
    pub command: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// What its environment has besides ours.
    pub environment: Vec<(String, Redacted<String>)>,
    /// The form of its answer.
    pub api_version: String,
    /// It wants to be told about the cluster.
    pub wants_cluster: bool,
    /// It works only with a terminal.
    pub needs_terminal: bool,
}
