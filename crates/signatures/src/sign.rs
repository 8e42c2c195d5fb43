//! Makes signatures, and everything that must be pushed so that others find them.

use crate::{
    artifact::{ArtifactIndex, ArtifactManifest, Descriptor, OCI_CONFIG, OCI_EMPTY, OCI_INDEX, OCI_MANIFEST},
    bundle::BUNDLE_MEDIA_TYPE,
    dsse::pre_authentication_encoding,
    encoding::{digest_like, encode_base64, sha256, shown},
    gather::cosign_tag,
    private_key::PrivateKey,
    simple_signing::{SIGNATURE_ANNOTATION, SIMPLE_SIGNING_MEDIA_TYPE, SimpleSigning},
    statement::{COSIGN_SIGN_PREDICATE, STATEMENT_PAYLOAD_TYPE, STATEMENT_TYPE, Statement, Subject},
};
use model::Digest;
use serde_json::json;
use std::collections::BTreeMap;

/// What must be pushed: first the blobs, then the manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Blobs of the repository; any order.
    pub blobs: Vec<Blob>,
    /// The manifest, to be put under [`Publication::name`].
    pub manifest: Blob,
    /// `sha256-….sig`, or the digest of the manifest.
    pub name: String,
    /// For referrers: the entry that a registry without the referrers API needs in its list, see
    /// [`add_referrer`]. A registry with it answers the manifest's PUT with `OCI-Subject`.
    pub referrer: Option<Descriptor>,
}

/// Bytes to be pushed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// What they are.
    pub media_type: String,
    /// Their digest.
    pub digest: Digest,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The image that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedImage {
    /// Media type of its manifest or index.
    pub media_type: String,
    /// Digest of its manifest or index.
    pub digest: Digest,
    /// Size of its manifest or index.
    pub size_bytes: u64,
}

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The operating system gave no random bytes.
    #[error("the key cannot sign: no random bytes")]
    Key,
    /// What stands at the tag cannot be added to.
    #[error("cannot add to what is at tag {tag}: {reason}\nhint: delete the tag if it is not needed")]
    Existing {
        /// The tag.
        tag: String,
        /// Why.
        reason: String,
    },
}

const SIGNATURES_MAX: usize = 256;
const REFERRERS_MAX: usize = 10_000;

/// Signs in the tag scheme, which every version of cosign reads. `name` is the repository as others will look it
/// up (`registry.example/app`); `existing` is the manifest that stands at [`cosign_tag`], whose signatures are
/// kept. A signature that is there already by the same key is left as it is.
///
/// # Errors
/// When the key cannot sign or the existing manifest is something else.
pub fn sign_for_tag(
    key: &PrivateKey,
    name: &str,
    image: &Digest,
    existing: Option<&[u8]>,
) -> Result<Publication, SignError> {
    let tag = cosign_tag(image, "sig");
    let mut layers = existing.map_or(Ok(Vec::new()), |bytes| existing_layers(bytes, &tag))?;
    let payload = blob(SIMPLE_SIGNING_MEDIA_TYPE, SimpleSigning::new(name, image).to_bytes());
    let signature = key.sign(&payload.bytes).map_err(|_| SignError::Key)?;
    // ECDSA signatures differ each time, so the same is recognised by its payload and key.
    let is_same = |layer: &Descriptor| {
        let text = layer.annotations.as_ref().and_then(|words| words.get(SIGNATURE_ANNOTATION));
        let bytes = text.and_then(|text| crate::encoding::decode_base64(text));
        layer.digest == payload.digest
            && bytes.is_some_and(|bytes| key.public().is_signature_of(&payload.bytes, &bytes))
    };
    if !layers.iter().any(is_same) {
        let words = BTreeMap::from([(SIGNATURE_ANNOTATION.to_owned(), encode_base64(&signature))]);
        layers.push(Descriptor { annotations: Some(words), ..descriptor(&payload) });
    }
    // A plain image configuration, as old registries demand one; layers are not compressed, so their digests are
    // those of their contents (OCI image-spec, config.md, "rootfs").
    let diff_ids: Vec<&Digest> = layers.iter().map(|layer| &layer.digest).collect();
    let config = blob(
        OCI_CONFIG,
        json_bytes(&json!({
            "architecture": "", "os": "", "config": {},
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
        })),
    );
    let manifest = ArtifactManifest {
        schema_version: 2,
        media_type: Some(OCI_MANIFEST.to_owned()),
        artifact_type: None,
        config: descriptor(&config),
        layers,
        subject: None,
        annotations: None,
    };
    let manifest = blob(OCI_MANIFEST, json_bytes(&manifest));
    Ok(Publication { blobs: vec![payload, config], manifest, name: tag, referrer: None })
}

/// Signs as a sigstore bundle that refers to the image, as cosign 3 does. `created` is the time of signing
/// (RFC 3339).
///
/// # Errors
/// When the key cannot sign.
pub fn sign_as_referrer(
    key: &PrivateKey,
    image: &SignedImage,
    created: &str,
) -> Result<Publication, SignError> {
    let bundle = json!({
        "mediaType": BUNDLE_MEDIA_TYPE,
        "verificationMaterial": { "publicKey": { "hint": key.public().hint() } },
        "dsseEnvelope": envelope(key, &image.digest, COSIGN_SIGN_PREDICATE, json!({}))?,
    });
    let bundle = blob(BUNDLE_MEDIA_TYPE, json_bytes(&bundle));
    let config = blob(OCI_EMPTY, b"{}".to_vec());
    let annotations = BTreeMap::from(
        [
            ("org.opencontainers.image.created", created),
            ("dev.sigstore.bundle.content", "dsse-envelope"),
            ("dev.sigstore.bundle.predicateType", COSIGN_SIGN_PREDICATE),
        ]
        .map(|(word, value)| (word.to_owned(), value.to_owned())),
    );
    let manifest = ArtifactManifest {
        schema_version: 2,
        media_type: Some(OCI_MANIFEST.to_owned()),
        artifact_type: Some(BUNDLE_MEDIA_TYPE.to_owned()),
        config: descriptor(&config),
        layers: vec![descriptor(&bundle)],
        subject: Some(Descriptor {
            media_type: image.media_type.clone(),
            size: image.size_bytes,
            digest: image.digest.clone(),
            artifact_type: None,
            annotations: None,
        }),
        annotations: Some(annotations.clone()),
    };
    let manifest = blob(OCI_MANIFEST, json_bytes(&manifest));
    let referrer = Descriptor {
        artifact_type: Some(BUNDLE_MEDIA_TYPE.to_owned()),
        annotations: Some(annotations),
        ..descriptor(&manifest)
    };
    let name = manifest.digest.to_string();
    Ok(Publication { blobs: vec![bundle, config], manifest, name, referrer: Some(referrer) })
}

/// Says something about an image: an in-toto statement in an envelope, in JSON.
///
/// # Errors
/// When the key cannot sign.
pub fn attest(
    key: &PrivateKey,
    image: &Digest,
    predicate_type: &str,
    predicate: serde_json::Value,
) -> Result<Vec<u8>, SignError> {
    Ok(json_bytes(&envelope(key, image, predicate_type, predicate)?))
}

fn envelope(
    key: &PrivateKey,
    image: &Digest,
    predicate_type: &str,
    predicate: serde_json::Value,
) -> Result<serde_json::Value, SignError> {
    let hex = BTreeMap::from([(image.algorithm().to_owned(), image.hex().to_owned())]);
    let payload = json_bytes(&Statement {
        statement_type: STATEMENT_TYPE.to_owned(),
        subject: vec![Subject { name: String::new(), digest: hex }],
        predicate_type: predicate_type.to_owned(),
        predicate,
    });
    let signed = pre_authentication_encoding(STATEMENT_PAYLOAD_TYPE, &payload);
    let signature = key.sign(&signed).map_err(|_| SignError::Key)?;
    // Without a key id, as cosign does it: readers in Go compare one with the key's SSH fingerprint and pass the
    // signature over when it differs (go-securesystemslib, dsse/verify.go).
    Ok(json!({
        "payload": encode_base64(&payload),
        "payloadType": STATEMENT_PAYLOAD_TYPE,
        "signatures": [{ "sig": encode_base64(&signature) }],
    }))
}

/// The tag that lists what refers to an image in registries without the referrers API
/// (distribution-spec, "Referrers Tag Schema").
#[must_use]
pub fn referrers_tag(image: &Digest) -> String {
    let tag = image.as_str().replace(':', "-");
    tag[..tag.len().min(128)].to_owned()
}

/// The list for [`referrers_tag`] with one entry more; entries that are there are kept as they are.
///
/// # Errors
/// When what stands at the tag is no list of manifests.
pub fn add_referrer(
    image: &Digest,
    existing: Option<&[u8]>,
    referrer: &Descriptor,
) -> Result<Blob, SignError> {
    let failed = |reason: String| SignError::Existing { tag: referrers_tag(image), reason };
    let mut manifests = Vec::new();
    // `cosign copy` leaves the image itself at this tag; nothing is lost, its digest still names it.
    let existing = existing.filter(|bytes| digest_like(image, bytes) != *image);
    if let Some(bytes) = existing {
        let index: ArtifactIndex =
            serde_json::from_slice(bytes).map_err(|error| failed(shown(&error.to_string())))?;
        if index.media_type.as_deref().is_some_and(|media_type| media_type != OCI_INDEX) {
            return Err(failed("it is no image index".to_owned()));
        }
        manifests = index.manifests;
    }
    if manifests.len() >= REFERRERS_MAX {
        return Err(failed(format!("it has {} entries", manifests.len())));
    }
    let is_there = manifests.iter().any(|entry| entry["digest"] == json!(referrer.digest));
    if !is_there {
        manifests.push(serde_json::to_value(referrer).expect("texts and numbers are always JSON"));
    }
    let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests });
    Ok(blob(OCI_INDEX, json_bytes(&index)))
}

fn existing_layers(bytes: &[u8], tag: &str) -> Result<Vec<Descriptor>, SignError> {
    let failed = |reason: String| SignError::Existing { tag: tag.to_owned(), reason };
    let manifest: ArtifactManifest =
        serde_json::from_slice(bytes).map_err(|error| failed(shown(&error.to_string())))?;
    if let Some(other) = manifest.layers.iter().find(|layer| layer.media_type != SIMPLE_SIGNING_MEDIA_TYPE) {
        return Err(failed(format!("it holds '{}'", shown(&other.media_type))));
    }
    if manifest.layers.len() >= SIGNATURES_MAX {
        return Err(failed(format!("it holds {} signatures", manifest.layers.len())));
    }
    Ok(manifest.layers)
}

fn blob(media_type: &str, bytes: Vec<u8>) -> Blob {
    Blob { media_type: media_type.to_owned(), digest: sha256(&bytes), bytes }
}

fn descriptor(blob: &Blob) -> Descriptor {
    Descriptor {
        media_type: blob.media_type.clone(),
        size: blob.bytes.len() as u64,
        digest: blob.digest.clone(),
        artifact_type: None,
        annotations: None,
    }
}

fn json_bytes(value: &impl serde::Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("texts and numbers are always JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_itself_at_the_tag_of_referrers_is_no_obstacle_and_anything_else_is() {
        let image = blob(OCI_MANIFEST, b"{\"schemaVersion\":2}".to_vec());
        let referrer = descriptor(&blob(OCI_MANIFEST, b"{}".to_vec()));
        let list = add_referrer(&image.digest, Some(&image.bytes), &referrer).unwrap();
        assert_eq!(list, add_referrer(&image.digest, None, &referrer).unwrap());
        let other = format!("{{\"mediaType\":\"{OCI_MANIFEST}\"}}");
        assert!(add_referrer(&image.digest, Some(other.as_bytes()), &referrer).is_err());
    }
}
