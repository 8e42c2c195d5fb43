//! Answers of the engine as whole documents, for an audit that records what it saw.

use crate::{
    DockerError, Engine,
    api::{check_name, null_is_default},
};
use serde::Deserialize;
use serde_json::Value;

/// Bytes of one document about one thing; an inspected container has some tens of thousands.
const ONE_BYTES_MAX: u64 = 8 << 20;
/// Bytes of a list; 10,000 containers take about 20 million.
const LIST_BYTES_MAX: u64 = 128 << 20;

/// A question about the whole engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Document {
    /// `GET /info`.
    Info,
    /// `GET /version`.
    Version,
    /// `GET /networks`.
    Networks,
    /// `GET /system/df`, which walks the storage and may take its time.
    DiskUsage,
    /// `GET /swarm`; managers alone answer.
    Swarm,
    /// `GET /nodes`; managers alone answer.
    Nodes,
    /// `GET /services`; managers alone answer.
    Services,
    /// `GET /secrets`; managers alone answer. Names, never values.
    Secrets,
    /// `GET /plugins`.
    Plugins,
}

impl Document {
    const fn path(self) -> &'static str {
        match self {
            Self::Info => "/info",
            Self::Version => "/version",
            Self::Networks => "/networks",
            Self::DiskUsage => "/system/df",
            Self::Swarm => "/swarm",
            Self::Nodes => "/nodes",
            Self::Services => "/services",
            Self::Secrets => "/secrets",
            Self::Plugins => "/plugins",
        }
    }
}

/// One container of `GET /containers/json`, in part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContainerListing {
    /// Its id.
    pub id: String,
    /// Its names, with a slash.
    #[serde(deserialize_with = "null_is_default")]
    pub names: Vec<String>,
}

impl Engine {
    /// The answer to a question about the whole engine.
    ///
    /// # Errors
    /// When the engine does not answer as its API says.
    pub fn document(&self, document: Document) -> Result<Value, DockerError> {
        self.get_json_within(document.path(), LIST_BYTES_MAX)
    }

    /// The containers, also those that do not run.
    ///
    /// # Errors
    /// When the engine does not answer as its API says.
    pub fn containers(&self) -> Result<Vec<ContainerListing>, DockerError> {
        self.get_json_within("/containers/json?all=1", LIST_BYTES_MAX)
    }

    /// Everything the engine knows of a container.
    ///
    /// # Errors
    /// When there is none, or the engine does not answer as its API says.
    pub fn container_document(&self, id: &str) -> Result<Value, DockerError> {
        check_name(id)?;
        self.get_json_within(&format!("/containers/{id}/json"), ONE_BYTES_MAX)
    }

    /// Everything the engine knows of a process that `docker exec` started.
    ///
    /// # Errors
    /// When there is none, or the engine does not answer as its API says.
    pub fn exec_document(&self, id: &str) -> Result<Value, DockerError> {
        check_name(id)?;
        self.get_json_within(&format!("/exec/{id}/json"), ONE_BYTES_MAX)
    }

    /// Everything the engine knows of an image.
    ///
    /// # Errors
    /// When there is none, or the engine does not answer as its API says.
    pub fn image_document(&self, name: &str) -> Result<Value, DockerError> {
        check_name(name)?;
        self.get_json_within(&format!("/images/{name}/json"), ONE_BYTES_MAX)
    }

    /// Everything the engine knows of a network.
    ///
    /// # Errors
    /// When there is none, or the engine does not answer as its API says.
    pub fn network_document(&self, id: &str) -> Result<Value, DockerError> {
        check_name(id)?;
        self.get_json_within(&format!("/networks/{id}"), LIST_BYTES_MAX)
    }
}
