//! Image formats: layouts, archives, layers, directories.

mod entry;
mod image;

pub use entry::{Body, Entry, EntryKind, LayerSource, Mismatch, Outcome, Visitor};
pub use image::{ContainerConfig, History, Image, ImageConfig, ImageLayer, RootFs};
