//! Formats that describe containers.

mod compose;
mod engine;
mod env_file;
mod environment;
mod pod;
mod quantity;

pub use compose::{Compose, ComposeOptions, LoadFile, Overlay, read_compose};
pub use engine::{read_create, read_create_tree, read_inspect};
pub use env_file::read_env_file;
pub use environment::{mask_secret, setting, why_secret};
pub use pod::{PodContext, read_pod};

use crate::spec::ContainerSpec;
use model::Gap;

/// What was understood of a text, and what not.
#[derive(Clone, Debug, Default)]
pub struct Read {
    /// The containers.
    pub specs: Vec<ContainerSpec>,
    /// What was not understood.
    pub gaps: Vec<Gap>,
}

/// A text that describes no container at all.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is no JSON.
    #[error("not JSON")]
    Json(#[source] serde_json::Error),
    /// It is JSON of another kind.
    #[error("{what} is {found}, not {wanted}")]
    Shape {
        /// Which text.
        what: &'static str,
        /// What it is.
        found: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
}
