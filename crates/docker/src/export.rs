//! The export of an image, as a stream.

use crate::{DockerError, Engine, ImageInspect, api::missing};
use model::{Target, TargetKind};
use std::io::Read;

/// An image that is read through the engine's export: a docker-archive as a stream
/// (`GET /images/NAME/get`).
#[derive(Clone, Debug)]
pub struct Export {
    /// Why its layers are not read in place, for a person.
    pub reason: String,
    /// What the engine knows of the image.
    pub inspect: ImageInspect,
    /// As the user named it.
    pub name: String,
    engine: Engine,
    platform: Option<oci::Platform>,
}

impl Export {
    pub(crate) fn new(
        engine: &Engine,
        name: &str,
        inspect: ImageInspect,
        platform: Option<oci::Platform>,
        reason: String,
    ) -> Self {
        Self { reason, inspect, name: name.to_owned(), engine: engine.clone(), platform }
    }

    /// Starts the export; each call starts a new one. Nothing is stored on this side.
    ///
    /// # Errors
    /// When the engine does not have the image any more, or does not answer.
    pub fn open(&self) -> Result<Box<dyn Read + Send>, DockerError> {
        let mut path = format!("/images/{}/get", self.name);
        // Engine API 1.48 on; before it, an engine holds one platform of an image.
        if let Some(platform) = &self.platform
            && self.engine.api_version().is_some_and(|version| version >= (1, 48))
        {
            let platform = serde_json::json!({
                "os": platform.os, "architecture": platform.architecture, "variant": platform.variant,
            });
            let encoded = percent_encoding::utf8_percent_encode(
                &platform.to_string(),
                percent_encoding::NON_ALPHANUMERIC,
            )
            .to_string();
            path = format!("{path}?platform={encoded}");
        }
        let response = self.engine.get_stream(&path).map_err(|error| missing(error, &self.name))?;
        Ok(Box::new(response.into_body().into_reader()))
    }

    /// What a report says of it, as far as the engine tells.
    #[must_use]
    pub fn target(&self) -> Target {
        target(&self.name, &self.inspect)
    }
}

/// What a report says of an image of an engine.
pub(crate) fn target(name: &str, inspect: &ImageInspect) -> Target {
    let names = inspect.repo_tags.iter().chain(&inspect.repo_digests);
    let variant = Some(inspect.variant.as_str()).filter(|variant| !variant.is_empty());
    let has_platform = !inspect.os.is_empty() && !inspect.architecture.is_empty();
    // With the containerd image store, the engine's image id is the digest of what the name points at.
    let is_manifest = inspect.repo_digests.iter().any(|name| name.rsplit('@').next() == Some(&inspect.id));
    let id = inspect.id.parse().ok();
    let (manifest_digest, image_id) = if is_manifest { (id, None) } else { (None, id) };
    Target {
        kind: TargetKind::Docker,
        name: name.to_owned(),
        manifest_digest,
        image_id,
        names: names.filter(|name| !name.contains("<none>")).cloned().collect(),
        base: None,
        base_digest: None,
        platform: has_platform
            .then(|| oci::Platform::new(&inspect.os, &inspect.architecture, variant).to_string()),
        created: Some(inspect.created.clone()).filter(|created| !created.is_empty()),
    }
}
