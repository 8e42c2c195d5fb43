//! Why an image cannot be opened.

use crate::{ManifestError, NoPlatform};
use std::io;

/// Why a layout, an archive or a stream gives no image.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// A part of it cannot be read.
    #[error("cannot read {what}")]
    Read {
        /// A file, or the path of an entry.
        what: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The directory is no layout.
    #[error("{0} is not an OCI image layout: it has no index.json\nhint: rootfs:{0} scans a directory tree")]
    NotALayout(String),
    /// The file is no tar.
    #[error("{0} is neither a docker-archive nor an OCI archive: {1}")]
    NotAnArchive(String, String),
    /// The stream ended without a manifest or an index.
    #[error("there is neither manifest.json nor index.json in {0}")]
    NoManifest(String),
    /// A manifest cannot be used.
    #[error("cannot use {what}")]
    Manifest {
        /// Its digest or path.
        what: String,
        /// Why.
        #[source]
        source: ManifestError,
    },
    /// A list of images is not the JSON it should be.
    #[error("{what} is malformed")]
    Json {
        /// Its path.
        what: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// No image has the name that was asked for.
    #[error("there is no image '{name}', only {available}")]
    NoSuchName {
        /// The name asked for.
        name: String,
        /// The names there are, joined by commas.
        available: String,
    },
    /// No image is for the platform that was asked for.
    #[error(transparent)]
    NoPlatform(#[from] NoPlatform),
    /// A limit was reached before any image was found.
    #[error("{what}: {problem}")]
    Limit {
        /// What has too much of something.
        what: String,
        /// What it has too much of.
        problem: String,
    },
}

/// Which images of a layout or archive are meant, and how they are read.
#[derive(Clone, Debug)]
pub struct OpenOptions<'a> {
    /// A name, tag or manifest digest; all images when there is none.
    pub reference: Option<&'a str>,
    /// Which of several platforms.
    pub platform: crate::PlatformChoice,
    /// Threads of each layer that is walked.
    pub threads: crate::LayerThreads,
    /// Bounds on what is read.
    pub limits: model::Limits,
}

impl Default for OpenOptions<'_> {
    fn default() -> Self {
        Self {
            reference: None,
            platform: crate::PlatformChoice::default(),
            threads: crate::LayerThreads::Two,
            limits: model::Limits::default(),
        }
    }
}
