//! A directory as a layer.

use crate::directory_walk::walk_directory;
use crate::{Image, ImageConfig, ImageLayer, LayerSource, Outcome, Visitor};
use model::{Layer, LayerPath, Limits, Target, TargetKind};
use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// By which conventions a directory is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flavour {
    /// What lies there is what there is.
    #[default]
    Plain,
    /// The upper directory of an overlay file system: character devices 0/0 are whiteouts, the attribute
    /// `overlay.opaque` makes opaque (Linux, Documentation/filesystems/overlayfs.rst).
    Overlay,
}

/// Whether other file systems that are mounted inside are entered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mounts {
    /// No; those with files are gaps, pseudo file systems are not.
    #[default]
    Stay,
    /// Yes, except pseudo file systems.
    Enter,
}

/// How a directory is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirectoryOptions {
    /// By which conventions.
    pub flavour: Flavour,
    /// What happens at mounts.
    pub mounts: Mounts,
    /// Paths below the directory that are left out, with all that is in them.
    pub exclude: Vec<LayerPath>,
}

/// A directory as a layer. Symbolic links in it are not followed; devices, FIFOs and sockets are not opened.
/// The order of its entries is that of the file system, parents first.
#[must_use]
pub fn directory_layer(root: PathBuf, options: DirectoryOptions) -> Box<dyn LayerSource> {
    Box::new(DirectoryLayer { root, options })
}

/// A directory as an image of one layer without configuration (`rootfs:DIR`).
///
/// # Errors
/// When it is not a directory that can be opened.
pub fn open_directory(root: &Path, options: DirectoryOptions) -> io::Result<Image> {
    std::fs::read_dir(root)?;
    let target = Target::new(TargetKind::Rootfs, root.display().to_string());
    let source = directory_layer(root.to_owned(), options);
    let layers = vec![ImageLayer { layer: Arc::new(Layer::default()), source }];
    Ok(Image { target, config: ImageConfig::default(), layers, mismatches: Vec::new(), gaps: Vec::new() })
}

struct DirectoryLayer {
    root: PathBuf,
    options: DirectoryOptions,
}

impl LayerSource for DirectoryLayer {
    fn walk(&self, limits: &Limits, visitor: &mut dyn Visitor) -> io::Result<Outcome> {
        walk_directory(&self.root, &self.options, limits, visitor)
    }
}
