//! Image formats: references, manifests, layouts, archives, layers, directories.
//!
//! Every place an image can lie in becomes an [`Image`]: its configuration, and layers that are read on demand.
//!
//! ```
//! let reference: oci::Reference = "ghcr.io/owner/app:1.2".parse().unwrap();
//! assert_eq!((reference.host(), reference.path(), reference.tag()), ("ghcr.io", "owner/app", Some("1.2")));
//! ```
//!
//! Invariants: nothing is unpacked to disk; every blob that is read to its end is verified against its digest;
//! no path of an entry leaves its root; a limit that is reached is a gap.

// This crate opens layouts, archives and directories: it is one of the doors to the outside.
#![allow(clippy::disallowed_methods)]

mod archive;
mod archive_images;
mod blob;
mod blob_walk;
mod buffered;
mod compression;
mod directory;
mod directory_walk;
mod docker_archive;
mod entry;
mod find_images;
mod gap_tally;
mod hash;
mod history;
mod image;
mod layer_tar;
mod layout;
mod manifest;
mod open_error;
mod overlay;
mod parts;
mod platform;
mod pseudo_file_system;
mod reference;
mod select;
mod source;
mod spool;
mod stream;
mod tar_entry;
mod tar_header;
mod tar_members;
mod tar_pax;
mod tar_reader;
mod tar_sparse;
mod unpacked;

pub use archive::{Archive, open_archive};
pub use blob::{BlobLayer, LayerThreads, OpenBlob, blob_layer};
pub use directory::{DirectoryOptions, Flavour, Mounts, directory_layer, open_directory};
pub use entry::{Body, Entry, EntryKind, FileCapability, LayerSource, Mismatch, Outcome, Visitor};
pub use history::{LayerHistory, attribute_history, clean_instruction};
pub use image::{ContainerConfig, Healthcheck, History, Image, ImageConfig, ImageLayer, RootFs};
pub use layout::open_layout;
pub use manifest::{Descriptor, Document, Index, Manifest, ManifestError, media_type, parse_document};
pub use open_error::{OpenError, OpenOptions};
pub use parts::{
    ImageParts, LayerByDescriptor, LayerByPosition, LayerFacts, open_image_from_config, open_image_from_parts,
};
pub use platform::{Platform, PlatformChoice, PlatformError};
pub use reference::{Reference, ReferenceError};
pub use select::{NoPlatform, select_manifests};
pub use spool::spool_archive;
pub use stream::{PassedLayer, PassingLayer, StreamedArchive, StreamedImage, walk_archive_stream};
pub use tar_members::{TarMember, TarMemberKind, TarProblem, walk_tar_members};
