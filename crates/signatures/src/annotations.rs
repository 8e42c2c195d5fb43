//! What cosign keeps in annotations beside a signature (cosign, specs/SIGNATURE_SPEC.md, "Properties").

use crate::{
    encoding::decode_base64,
    keyless::{LogEntry, Material},
    pem,
    simple_signing::{CERTIFICATE_ANNOTATION, CHAIN_ANNOTATION, LOG_ANNOTATION, TIMESTAMP_ANNOTATION},
};
use std::collections::BTreeMap;

/// Certificates, the log entry and the timestamp; why not, when one of them cannot be read.
pub(crate) fn material(annotations: &BTreeMap<String, String>) -> Result<Material, String> {
    let word = |name: &str| annotations.get(name).filter(|text| !text.is_empty());
    let mut material = Material::default();
    for name in [CERTIFICATE_ANNOTATION, CHAIN_ANNOTATION] {
        if let Some(text) = word(name) {
            let blocks = pem::blocks(text.as_bytes()).map_err(|error| format!("its certificate: {error}"))?;
            material.certificates.extend(blocks.into_iter().map(|block| block.bytes));
        }
    }
    if let Some(text) = word(LOG_ANNOTATION) {
        material.log_entries.push(LogEntry::from_annotation(text)?);
    }
    if let Some(text) = word(TIMESTAMP_ANNOTATION) {
        let token: serde_json::Value =
            serde_json::from_str(text).map_err(|error| format!("its timestamp: {error}"))?;
        let token = token["SignedRFC3161Timestamp"].as_str().and_then(decode_base64);
        material.timestamps.push(token.ok_or("its timestamp is not base64")?);
    }
    Ok(material)
}
