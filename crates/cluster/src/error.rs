//! What can go wrong with a cluster.

use std::{io, path::PathBuf};

/// Why a cluster cannot be asked at all. What it does not tell once it answers are gaps.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No kubeconfig names a cluster, and this is no pod of one.
    #[error(
        "no cluster is known\nhint: name a kubeconfig with --kubeconfig or KUBECONFIG; objects in files are judged by kubernetes:FILE"
    )]
    NoCluster,
    /// A file.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file that is too large to be what it should be.
    #[error("{path} has more than {limit_bytes} bytes")]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit_bytes: u64,
    },
    /// A kubeconfig that is none.
    #[error("{path} is no kubeconfig: {reason}")]
    Kubeconfig {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A context, cluster or user that is not there, or makes no sense.
    #[error("{what} '{name}' of the kubeconfig cannot be used: {reason}")]
    Entry {
        /// `context`, `cluster`, `user`.
        what: &'static str,
        /// Its name, cut.
        name: String,
        /// Why.
        reason: String,
    },
    /// Only a program could tell the credentials, and none may be run.
    #[error(
        "user '{name}' takes its credentials from the program '{command}', which was not run\nhint: --kube-exec runs it; do that only with a kubeconfig whose author you trust"
    )]
    ProgramNotRun {
        /// The user, cut.
        name: String,
        /// The program, cut.
        command: String,
    },
    /// The program that should tell the credentials.
    #[error("the program '{command}' told no credentials: {reason}")]
    Program {
        /// The program, cut.
        command: String,
        /// Why; never what it keeps.
        reason: String,
    },
    /// The server does not take the credentials, or they allow nothing.
    #[error("{server} tells these credentials nothing: {message}")]
    Refused {
        /// Where.
        server: String,
        /// Its words, cut.
        message: String,
    },
    /// No connection, or it broke.
    #[error("cannot reach the API server at {server}{hint}")]
    Unreachable {
        /// Where.
        server: String,
        /// What to do; begins on a line of its own, or is empty.
        hint: &'static str,
        /// What the network said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something answers that is no API server.
    #[error("{server} does not answer as an API server: {reason}")]
    NoApi {
        /// Where.
        server: String,
        /// What it answered.
        reason: String,
    },
}

/// Text of a stranger, fit to be shown: one line, without control characters, cut.
pub(crate) fn sanitised(text: &str, characters_max: usize) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(characters_max).collect()
}
