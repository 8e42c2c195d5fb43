//! From a name on the command line to something that can be scanned.

use crate::arguments::ReadArguments;
use crate::progress::Progress;
use anyhow::{Context, Result, bail};
use model::{LayerPath, Limits, Target, TargetKind};
use oci::{DirectoryOptions, Image, Platform, PlatformChoice};
use report::sbom::SbomContents;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Container storage below a scanned root: other images, to be scanned by their own names.
const CONTAINER_STORAGE: [&str; 3] = ["var/lib/docker", "var/lib/containerd", "var/lib/containers/storage"];

/// A target that was found and opened.
pub(crate) enum Opened {
    /// Images whose layers are read on demand; several with `--all-platforms` or a layout of several.
    Images(Vec<Image>),
    /// An archive that can only be read once: the export of an engine, or a compressed file.
    Stream(Stream),
    /// A bill of materials.
    Sbom(Target, SbomContents),
}

/// An archive that can only be read once.
pub(crate) struct Stream {
    pub(crate) reader: Box<dyn Read + Send>,
    pub(crate) name: String,
    pub(crate) platforms: PlatformChoice,
    /// What the engine knows of the image that it exports.
    pub(crate) target: Option<Target>,
}

/// Opens a target.
///
/// # Errors
/// When it does not exist, cannot be read, or is of no known kind.
pub(crate) fn open(name: &str, arguments: &ReadArguments, progress: &Progress) -> Result<Opened> {
    let limits = limits(&arguments.limit)?;
    let opener = Opener { arguments, progress, limits, platforms: platforms(arguments)? };
    match split_kind(name) {
        Some((kind, rest)) => opener.open(kind, rest).with_context(|| format!("cannot open {name}")),
        None => opener.find(name).with_context(|| format!("cannot open {name}")),
    }
}

/// A client of registries that shows what it fetches.
///
/// # Errors
/// When a certificate, mirror or limit cannot be used.
pub(crate) fn registry_client(arguments: &ReadArguments, progress: &Progress) -> Result<registry::Client> {
    let mut options = crate::registry_client::options(&arguments.registry)?;
    options.limits = limits(&arguments.limit)?;
    options.progress = Some(blob_progress(progress));
    Ok(registry::Client::new(options)?)
}

fn blob_progress(progress: &Progress) -> registry::Progress {
    use registry::ProgressEvent;
    let progress = progress.clone();
    std::sync::Arc::new(move |event| match event {
        ProgressEvent::BlobStarted { digest, size_bytes } => progress.set(digest.short(), 0, size_bytes),
        ProgressEvent::BlobBytes { digest, bytes } => progress.set(digest.short(), bytes, None),
        ProgressEvent::BlobFinished { digest } => progress.finish(digest.short()),
        ProgressEvent::Retrying { host, reason, wait } => {
            progress.note(&format!("{host}: {reason}; again in {} s", wait.as_secs_f32().ceil()));
        }
        ProgressEvent::MirrorFailed { host, reason } => {
            progress.note(&format!("mirror {host}: {reason}"));
        }
    })
}

/// The limits with the changes of `--limit`.
///
/// # Errors
/// When a name is unknown or a value is no number.
pub(crate) fn limits(changes: &[String]) -> Result<Limits> {
    let mut value = serde_json::to_value(Limits::default()).context("cannot list the limits")?;
    let known = value.as_object_mut().context("the limits are named")?;
    for change in changes {
        let (name, number) =
            change.split_once('=').with_context(|| format!("'{change}' is not NAME=VALUE"))?;
        let names = || known.keys().cloned().collect::<Vec<_>>().join(", ");
        if !known.contains_key(name) {
            bail!("there is no limit '{name}' (hint: {})", names());
        }
        let number: u64 = number.parse().with_context(|| format!("'{number}' is no whole number"))?;
        known.insert(name.to_owned(), number.into());
    }
    serde_json::from_value(value).context("a limit is too large")
}

/// The platforms that are meant.
///
/// # Errors
/// When one is malformed.
pub(crate) fn platforms(arguments: &ReadArguments) -> Result<PlatformChoice> {
    Ok(match (&arguments.platform, arguments.all_platforms) {
        (Some(platform), _) => PlatformChoice::One(platform.parse::<Platform>()?),
        (None, true) => PlatformChoice::All,
        (None, false) => PlatformChoice::default(),
    })
}

fn split_kind(name: &str) -> Option<(TargetKind, &str)> {
    let (prefix, rest) = name.split_once(':')?;
    let kind = match prefix {
        "docker" => TargetKind::Docker,
        "registry" => TargetKind::Registry,
        "archive" => TargetKind::Archive,
        "oci" => TargetKind::Oci,
        "rootfs" => TargetKind::Rootfs,
        "sbom" => TargetKind::Sbom,
        _ => return None,
    };
    (!rest.is_empty()).then_some((kind, rest))
}

struct Opener<'a> {
    arguments: &'a ReadArguments,
    progress: &'a Progress,
    limits: Limits,
    platforms: PlatformChoice,
}

impl Opener<'_> {
    fn open(&self, kind: TargetKind, name: &str) -> Result<Opened> {
        match kind {
            TargetKind::Docker => self.docker(name),
            TargetKind::Registry => self.registry(name),
            TargetKind::Archive => self.archive(name),
            TargetKind::Oci => self.layout(name),
            TargetKind::Rootfs => self.rootfs(Path::new(name)),
            TargetKind::Sbom => self.sbom(Path::new(name)),
            kind @ (TargetKind::Files | TargetKind::Host | TargetKind::Cluster) => {
                bail!("{name} ({}) is not something that a scan opens", kind.as_str())
            }
        }
    }

    /// Finds out what a name without a kind is, and tells.
    fn find(&self, name: &str) -> Result<Opened> {
        let path = Path::new(name);
        if let Ok(metadata) = std::fs::metadata(path) {
            let kind = if metadata.is_dir() { kind_of_directory(path) } else { kind_of_file(path)? };
            self.progress.note(&format!("{name}: taken as {}:{name}", kind.as_str()));
            return self.open(kind, name);
        }
        if name.starts_with(['/', '.', '~']) {
            bail!("no such file or directory");
        }
        name.parse::<oci::Reference>()?;
        match self.docker(name) {
            Ok(opened) => {
                self.progress.note(&format!("{name}: taken as docker:{name}"));
                Ok(opened)
            }
            Err(error) => {
                self.progress.note(&format!("{name}: taken as registry:{name} ({error:#})"));
                self.registry(name)
            }
        }
    }

    fn docker(&self, name: &str) -> Result<Opened> {
        let mut options = docker::Options::from_env();
        options.limits = self.limits.clone();
        options.host.clone_from(&self.arguments.engine);
        if self.arguments.no_in_place {
            options.access = docker::Access::ApiOnly;
        }
        let engine = docker::Engine::connect(options)?;
        let wanted = docker::OpenOptions { platforms: self.platforms.clone() };
        Ok(match engine.open_image(name, &wanted)? {
            docker::OpenedImage::InPlace(images) => Opened::Images(images),
            docker::OpenedImage::Stream(export) => {
                self.progress.note(&format!("{name}: streamed from the engine ({})", export.reason));
                Opened::Stream(Stream {
                    reader: export.open()?,
                    name: name.to_owned(),
                    platforms: self.platforms.clone(),
                    target: Some(export.target()),
                })
            }
        })
    }

    fn registry(&self, name: &str) -> Result<Opened> {
        let reference: oci::Reference = name.parse()?;
        let images = registry_client(self.arguments, self.progress)?.open(&reference, &self.platforms)?;
        Ok(Opened::Images(images))
    }

    fn layout(&self, name: &str) -> Result<Opened> {
        let (directory, reference) = match name.rsplit_once(':') {
            // A directory may have a colon in its name.
            Some((directory, reference)) if !Path::new(name).is_dir() => (directory, Some(reference)),
            _ => (name, None),
        };
        Ok(Opened::Images(oci::open_layout(Path::new(directory), &self.open_options(reference))?))
    }

    fn archive(&self, name: &str) -> Result<Opened> {
        Ok(match oci::open_archive(Path::new(name), &self.open_options(None))? {
            oci::Archive::Images(images) => Opened::Images(images),
            oci::Archive::Stream(reader) => {
                let name = name.to_owned();
                Opened::Stream(Stream { reader, name, platforms: self.platforms.clone(), target: None })
            }
        })
    }

    fn open_options<'b>(&self, reference: Option<&'b str>) -> oci::OpenOptions<'b> {
        oci::OpenOptions {
            reference,
            platform: self.platforms.clone(),
            limits: self.limits.clone(),
            ..oci::OpenOptions::default()
        }
    }

    fn rootfs(&self, directory: &Path) -> Result<Opened> {
        let exclude = CONTAINER_STORAGE.map(LayerPath::new).to_vec();
        let image =
            oci::open_directory(directory, DirectoryOptions { exclude, ..DirectoryOptions::default() })?;
        Ok(Opened::Images(vec![image]))
    }

    fn sbom(&self, path: &Path) -> Result<Opened> {
        let bytes = read_bounded(path, self.limits.file_bytes_max)?;
        let contents = report::sbom::read(&bytes, &self.limits)?;
        let target = Target {
            names: contents.name.iter().cloned().collect(),
            ..Target::new(TargetKind::Sbom, path.display().to_string())
        };
        Ok(Opened::Sbom(target, contents))
    }
}

/// The kind of a file, by its first bytes.
fn kind_of_file(path: &Path) -> Result<TargetKind> {
    let mut head = Vec::new();
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    file.take(512).read_to_end(&mut head)?;
    let text = head.trim_ascii_start();
    let is_document =
        text.starts_with(b"{") || text.starts_with(b"<?xml") || text.starts_with(b"SPDXVersion");
    Ok(if is_document || text.starts_with(b"\xef\xbb\xbf") { TargetKind::Sbom } else { TargetKind::Archive })
}

fn kind_of_directory(path: &Path) -> TargetKind {
    let is_layout = path.join("oci-layout").is_file() && path.join("index.json").is_file();
    if is_layout { TargetKind::Oci } else { TargetKind::Rootfs }
}

/// Reads a file of at most `limit_bytes`.
///
/// # Errors
/// When it cannot be read or is larger.
pub(crate) fn read_bounded(path: &Path, limit_bytes: u64) -> Result<Vec<u8>> {
    let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut bytes = Vec::new();
    file.take(limit_bytes.saturating_add(1))
        .read_to_end(&mut bytes)
        .with_context(|| format!("cannot read {}", path.display()))?;
    if bytes.len() as u64 > limit_bytes {
        bail!("{} has more than {limit_bytes} bytes", path.display());
    }
    Ok(bytes)
}

/// Whether a directory holds an operating system, so that its lock files are not what is installed.
pub(crate) fn holds_operating_system(directory: &Path) -> bool {
    ["etc/os-release", "usr/lib/os-release", "lib/apk/db/installed", "var/lib/dpkg/status"]
        .iter()
        .any(|path| directory.join(path).symlink_metadata().is_ok())
}

/// The directory of a `rootfs:` target.
pub(crate) fn rootfs_directory(target: &Target) -> Option<PathBuf> {
    (target.kind == TargetKind::Rootfs).then(|| PathBuf::from(&target.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_changed_by_name() {
        let limits = limits(&["layers_max=3".to_owned(), "file_bytes_max=10".to_owned()]).unwrap();
        assert_eq!((limits.layers_max, limits.file_bytes_max), (3, 10));
        for bad in ["layers_max", "layers_max=x", "layer_max=3", "layers_max=-1"] {
            assert!(super::limits(&[bad.to_owned()]).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_known_kinds_are_taken_off_a_name() {
        assert_eq!(split_kind("docker:alpine:3.18"), Some((TargetKind::Docker, "alpine:3.18")));
        assert_eq!(split_kind("alpine:3.18"), None);
        assert_eq!(split_kind("localhost:5000/a"), None);
        assert_eq!(split_kind("rootfs:"), None);
    }
}
