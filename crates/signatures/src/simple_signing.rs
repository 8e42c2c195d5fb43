//! The payload of the tag scheme: what cosign signs (cosign, specs/SIGNATURE_SPEC.md, "Payloads";
//! containers/image, docs/containers-signature.5.md).

use model::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Media type of a payload, as a layer of the signature's manifest.
pub const SIMPLE_SIGNING_MEDIA_TYPE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// `critical.type` of cosign's signatures.
pub const COSIGN_SIGNATURE_TYPE: &str = "cosign container image signature";
/// The annotation of a layer that holds its signature.
pub const SIGNATURE_ANNOTATION: &str = "dev.cosignproject.cosign/signature";
pub(crate) const CERTIFICATE_ANNOTATION: &str = "dev.sigstore.cosign/certificate";
pub(crate) const CHAIN_ANNOTATION: &str = "dev.sigstore.cosign/chain";
pub(crate) const LOG_ANNOTATION: &str = "dev.sigstore.cosign/bundle";
pub(crate) const TIMESTAMP_ANNOTATION: &str = "dev.sigstore.cosign/rfc3161timestamp";

/// What a signer said of an image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimpleSigning {
    /// What a reader must understand.
    pub critical: Critical,
    /// Free words of the signer.
    #[serde(default)]
    pub optional: Option<BTreeMap<String, serde_json::Value>>,
}

/// What a reader must understand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Critical {
    /// Under which name.
    pub identity: Identity,
    /// Which image.
    pub image: Image,
    /// [`COSIGN_SIGNATURE_TYPE`].
    #[serde(rename = "type")]
    pub kind: String,
}

/// Under which name an image was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The repository; cosign itself does not check it.
    #[serde(rename = "docker-reference", default)]
    pub docker_reference: String,
}

/// Which image was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Digest of the manifest or index.
    #[serde(rename = "docker-manifest-digest")]
    pub docker_manifest_digest: Digest,
}

impl SimpleSigning {
    /// The payload for an image under a name.
    #[must_use]
    pub fn new(docker_reference: &str, digest: &Digest) -> Self {
        Self {
            critical: Critical {
                identity: Identity { docker_reference: docker_reference.to_owned() },
                image: Image { docker_manifest_digest: digest.clone() },
                kind: COSIGN_SIGNATURE_TYPE.to_owned(),
            },
            optional: None,
        }
    }

    /// Reads a payload; members that are not known in `critical` are kept out, since no reader of cosign's
    /// signatures refuses them.
    ///
    /// # Errors
    /// When it is not JSON of this shape.
    pub fn parse(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    /// Its bytes, which are signed.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts are always JSON")
    }
}
