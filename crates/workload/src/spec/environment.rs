//! What a container is told through its environment.

use super::Stated;
use model::Redacted;
use serde::{Deserialize, Serialize};

/// One variable. Its value is never serialised and never printed: what counts of it is told by `secret`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EnvironmentVariable {
    /// Its name.
    pub name: String,
    /// Its value; absent when it comes from the environment of whoever starts the container, from a secret or a
    /// config map, and after [`super::ContainerSpec`] came out of JSON.
    #[serde(skip)]
    pub value: Stated<Redacted<String>>,
    /// Why the value looks like a credential, without the value; decided when the specification was read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// Where the value comes from when it is not given here (`secret db/password`, `config map web/url`, `file .env`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
}
