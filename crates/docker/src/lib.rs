//! Docker Engine client, and its layers read where they lie.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = docker::Engine::connect(docker::Options::from_env())?;
//! match engine.open_image("alpine:3.18", &docker::OpenOptions::default())? {
//!     docker::OpenedImage::InPlace(images) => println!("{} layers", images[0].layers.len()),
//!     docker::OpenedImage::Stream(export) => println!("exported, since {}", export.reason),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! An image is never written to disk. With read access to the engine's data root, layers are read in place:
//! the unpacked directories of the overlay2 driver, or the compressed blobs of the containerd image store.
//! Blobs are verified against their digests as anywhere; **an unpacked directory has no digest**, so for
//! overlay2 the configuration is verified against the image id, and each layer's record in the layer database
//! against the configuration, but not the content of the directory. Otherwise the engine's export is streamed.
//!
//! Invariants: the engine's answers are data, bounded in size; names of files that come from the data root are
//! checked before they become paths; nothing in the engine is changed but by
//! [`Engine::update_container`] and [`Engine::disconnect`].
#![allow(
    clippy::disallowed_methods,
    reason = "this crate is the door to the Docker Engine and its data root"
)]

mod address;
mod api;
mod change;
mod containerd_store;
mod context;
mod documents;
mod engine;
mod error;
mod events;
mod export;
mod in_place;
mod options;
mod overlay2;
mod unix_transport;

pub use address::Address;
pub use api::{HistoryEntry, ImageInspect, ImageListing, Info, InspectRootFs};
pub use documents::{ContainerListing, Document};
pub use engine::Engine;
pub use error::DockerError;
pub use events::{ContainerEvent, ContainerEvents};
pub use export::Export;
pub use in_place::{OpenOptions, OpenedImage};
pub use options::{Access, Environment, Options};
