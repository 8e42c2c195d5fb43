//! Images of an engine, in place where that is possible.

use crate::{
    Access, DockerError, Engine, Export, ImageInspect, Info, containerd_store, export::target, overlay2,
};
use oci::{Image, Platform, PlatformChoice};
use std::{fmt, path::PathBuf};

/// What is wanted of an image.
#[derive(Clone, Debug, Default)]
pub struct OpenOptions {
    /// Which platforms, of an image that the engine holds for several.
    pub platforms: PlatformChoice,
}

/// An image of an engine.
pub enum OpenedImage {
    /// Its layers are read where they lie; more than one image only with [`PlatformChoice::All`].
    InPlace(Vec<Image>),
    /// It is read through the engine's export.
    Stream(Box<Export>),
}

/// Why layers cannot be read in place.
pub(crate) enum Refusal {
    /// Something is not as it would have to be; the export still works.
    Unsuitable(String),
    /// The image itself is not what was asked for.
    Error(DockerError),
}

impl Engine {
    /// Opens an image by name, id or the beginning of its id. It is not exported to disk: its layers are read
    /// in place when the engine is on this machine and its data root can be read, else they are streamed.
    ///
    /// # Errors
    /// When there is no such image, or not for that platform, or the engine does not answer.
    pub fn open_image(&self, name: &str, options: &OpenOptions) -> Result<OpenedImage, DockerError> {
        let inspect = self.inspect_image(name)?;
        let reason = match self.try_in_place(name, &inspect, options) {
            Ok(images) => return Ok(OpenedImage::InPlace(images)),
            Err(Refusal::Error(error)) => return Err(error),
            Err(Refusal::Unsuitable(reason)) => reason,
        };
        let platform = match &options.platforms {
            PlatformChoice::One(platform) => Some(platform.clone()),
            _ => None,
        };
        // An engine that is asked for another platform than the only one it holds exports that one all the same.
        let has_one_platform = self.api_version().is_none_or(|version| version < (1, 48));
        if let Some(wanted) = platform.as_ref().filter(|_| has_one_platform) {
            check_platform(name, wanted, &inspect.os, &inspect.architecture, Some(&inspect.variant))?;
        }
        Ok(OpenedImage::Stream(Box::new(Export::new(self, name, inspect, platform, reason))))
    }

    fn try_in_place(
        &self,
        name: &str,
        inspect: &ImageInspect,
        options: &OpenOptions,
    ) -> Result<Vec<Image>, Refusal> {
        if self.options.access == Access::ApiOnly {
            return Err(unsuitable("reading in place is switched off"));
        }
        if !self.address().is_local() && self.options.data_root.is_none() {
            return Err(unsuitable("the engine is on another machine"));
        }
        let info = self.info().map_err(Refusal::Error)?;
        let data_root =
            self.options.data_root.clone().unwrap_or_else(|| PathBuf::from(&info.docker_root_dir));
        if !data_root.is_absolute() {
            return Err(unsuitable("the engine names no data root"));
        }
        let target = target(name, inspect);
        let images = if info.has_containerd_store() {
            let mut roots = vec![data_root.join("containerd/daemon"), PathBuf::from("/var/lib/containerd")];
            roots.extend(self.options.containerd_roots.iter().cloned());
            containerd_store::open(&roots, &target, inspect, &options.platforms, &self.options.limits)
        } else {
            overlay2_is_plain(&info)?;
            overlay2::open(&data_root, target, inspect, &self.options.limits).map(|image| vec![image])
        }?;
        if let (PlatformChoice::One(wanted), [image]) = (&options.platforms, images.as_slice()) {
            let config = &image.config;
            check_platform(name, wanted, &config.os, &config.architecture, config.variant.as_deref())
                .map_err(Refusal::Error)?;
        }
        Ok(images)
    }
}

/// Whether the directories of the driver hold what a layer holds.
fn overlay2_is_plain(info: &Info) -> Result<(), Refusal> {
    if info.driver != "overlay2" {
        return Err(unsuitable(&format!(
            "layers of the storage driver '{}' are not read in place",
            info.driver
        )));
    }
    // With redirect_dir or metacopy, directories of layers built in place refer to lower ones by attributes
    // (Linux, Documentation/filesystems/overlayfs.rst); the driver then says that the directories alone are not
    // the difference, except in user namespaces, where it says so always.
    let is_off = |parameter: &str| {
        let path = format!("/sys/module/overlay/parameters/{parameter}");
        std::fs::read_to_string(path).is_ok_and(|value| value.trim() == "N")
    };
    let is_native = info.status("Native Overlay Diff") == Some("true");
    if is_native || (is_off("redirect_dir") && is_off("metacopy")) {
        return Ok(());
    }
    Err(unsuitable(
        "the kernel's overlay file system redirects directories, so a layer's directory is not the layer",
    ))
}

fn check_platform(
    name: &str,
    wanted: &Platform,
    os: &str,
    architecture: &str,
    variant: Option<&str>,
) -> Result<(), DockerError> {
    let there = Platform::new(os, architecture, variant);
    if os.is_empty() || wanted.distance(&there).is_some() {
        return Ok(());
    }
    let source = oci::NoPlatform { wanted: wanted.to_string(), available: there.to_string() };
    Err(DockerError::Platform { name: name.to_owned(), source })
}

/// A reason to stream.
pub(crate) fn unsuitable(reason: &str) -> Refusal {
    Refusal::Unsuitable(reason.to_owned())
}

impl fmt::Debug for OpenedImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InPlace(images) => write!(f, "InPlace({} images)", images.len()),
            Self::Stream(export) => f.debug_tuple("Stream").field(&export.reason).finish(),
        }
    }
}
