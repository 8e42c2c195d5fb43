//! What can go wrong with a Docker Engine.

use std::{io, path::PathBuf};

/// What can go wrong with a Docker Engine.
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    /// The address of the engine is malformed or of a kind that is not supported.
    #[error("Docker Engine address '{address}' cannot be used: {reason}")]
    Address {
        /// The address, cut.
        address: String,
        /// Why.
        reason: String,
    },
    /// A Docker context.
    #[error("Docker context '{name}' cannot be used: {reason}")]
    Context {
        /// Its name, cut.
        name: String,
        /// Why.
        reason: String,
    },
    /// TLS material.
    #[error("certificates for the Docker Engine cannot be used")]
    Tls {
        /// Which, and why.
        #[source]
        source: tls::TlsError,
    },
    /// A file that belongs to the configuration.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No connection, or it broke.
    #[error("cannot reach the Docker Engine at {address}{hint}")]
    Unreachable {
        /// Where.
        address: String,
        /// What to do; begins on a line of its own, or is empty.
        hint: &'static str,
        /// What the network said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The engine has no such image.
    #[error(
        "the Docker Engine has no image '{name}'\nhint: docker pull it first, or scan registry:{name} where it lies"
    )]
    NoSuchImage {
        /// The name.
        name: String,
    },
    /// The name can be no image's.
    #[error("'{name}' is no image name or id")]
    Name {
        /// The name, cut.
        name: String,
    },
    /// The engine's answer is an error.
    #[error("the Docker Engine answers {status} for {path}: {message}")]
    Status {
        /// The HTTP status.
        status: u16,
        /// What was asked for.
        path: String,
        /// The engine's words, cut.
        message: String,
    },
    /// The engine's answer is not what its API says.
    #[error("the Docker Engine's answer for {path} is malformed: {reason}")]
    Malformed {
        /// What was asked for.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// The image is for another platform.
    #[error("image '{name}' cannot be opened for that platform")]
    Platform {
        /// The image.
        name: String,
        /// Which there are.
        #[source]
        source: oci::NoPlatform,
    },
}

/// Text of a stranger, fit to be shown: one line, without control characters, cut.
pub(crate) fn sanitised(bytes: &[u8], characters_max: usize) -> String {
    let text = String::from_utf8_lossy(bytes);
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").chars().take(characters_max).collect()
}
