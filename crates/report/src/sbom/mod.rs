//! Reading bills of materials: CycloneDX 1.4 to 1.6 JSON, SPDX 2.2 and 2.3 JSON and tag-value, ours and those of
//! Syft and Trivy with what they keep in properties.

mod cyclonedx;
mod foreign;
mod records;
mod spdx_json;
mod spdx_package;
mod spdx_tag_value;

pub use cyclonedx::read_cyclonedx;
pub use spdx_json::read_spdx_json;
pub use spdx_tag_value::read_spdx_tag_value;

use model::{Distribution, Gap, Layer, Limits, Package};
use std::sync::Arc;

/// What a bill of materials holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SbomContents {
    /// Which format it was (`CycloneDX 1.6`, `SPDX-2.3`).
    pub format: String,
    /// The name of what it describes.
    pub name: Option<String>,
    /// The operating system.
    pub distribution: Option<Distribution>,
    /// The layers, lowest first, when it was written by Seawall.
    pub layers: Vec<Arc<Layer>>,
    /// The packages, in the order of the document.
    pub packages: Vec<Package>,
    /// Components that are no package to us: without a usable package URL, or malformed.
    pub gaps: Vec<Gap>,
}

/// Why bytes are not a bill of materials that can be read.
#[derive(Debug, thiserror::Error)]
pub enum SbomError {
    /// Looks like none of the formats.
    #[error("not a bill of materials in a known format (hint: CycloneDX JSON, SPDX JSON or SPDX tag-value)")]
    Unknown,
    /// A format that is known and not read.
    #[error("{format} is not supported (hint: {hint})")]
    Unsupported {
        /// The format.
        format: String,
        /// What to do.
        hint: &'static str,
    },
    /// Not the JSON that the format demands.
    #[error("malformed {format} document")]
    Malformed {
        /// The format.
        format: &'static str,
        /// What the JSON reader says.
        #[source]
        source: serde_json::Error,
    },
    /// Longer than the limit.
    #[error(
        "the document has {size_bytes} bytes, more than the limit of {limit_bytes} (hint: raise file_bytes_max)"
    )]
    TooLarge {
        /// Its length.
        size_bytes: u64,
        /// [`Limits::file_bytes_max`].
        limit_bytes: u64,
    },
}

/// Reads a bill of materials in whichever format it is.
///
/// # Errors
/// When it is in none of the formats that can be read. What cannot be used inside is a gap.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<SbomContents, SbomError> {
    let size_bytes = bytes.len() as u64;
    if size_bytes > limits.file_bytes_max {
        return Err(SbomError::TooLarge { size_bytes, limit_bytes: limits.file_bytes_max });
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match bytes.trim_ascii_start().first() {
        Some(b'{') => match detect_json(bytes)? {
            JsonKind::CycloneDx => read_cyclonedx(bytes, limits),
            JsonKind::Spdx => read_spdx_json(bytes, limits),
        },
        Some(b'<') => Err(SbomError::Unsupported {
            format: "XML".to_owned(),
            hint: "convert it to JSON, for example with `cyclonedx convert --output-format json`",
        }),
        _ if spdx_tag_value::looks_like(bytes) => read_spdx_tag_value(bytes, limits),
        _ => Err(SbomError::Unknown),
    }
}

/// A list; writers in Go put `null` for an empty one.
fn or_empty<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: serde::Deserializer<'de>,
    T: serde::Deserialize<'de>,
{
    use serde::Deserialize as _;
    Ok(Option::<Vec<T>>::deserialize(deserializer)?.unwrap_or_default())
}

enum JsonKind {
    CycloneDx,
    Spdx,
}

fn detect_json(bytes: &[u8]) -> Result<JsonKind, SbomError> {
    #[derive(serde::Deserialize)]
    struct Head {
        #[serde(rename = "bomFormat")]
        bom_format: Option<serde::de::IgnoredAny>,
        #[serde(rename = "spdxVersion")]
        spdx_version: Option<serde::de::IgnoredAny>,
        #[serde(rename = "@context")]
        context: Option<serde::de::IgnoredAny>,
        #[serde(rename = "payloadType")]
        payload_type: Option<serde::de::IgnoredAny>,
    }
    let head: Head =
        serde_json::from_slice(bytes).map_err(|source| SbomError::Malformed { format: "JSON", source })?;
    if head.bom_format.is_some() {
        return Ok(JsonKind::CycloneDx);
    }
    if head.spdx_version.is_some() {
        return Ok(JsonKind::Spdx);
    }
    if head.payload_type.is_some() {
        return Err(SbomError::Unsupported {
            format: "a signed envelope".to_owned(),
            hint: "verify it and pass the document inside, for example with `cosign verify-attestation | jq`",
        });
    }
    if head.context.is_some() {
        return Err(SbomError::Unsupported {
            format: "JSON-LD (SPDX 3)".to_owned(),
            hint: "write SPDX 2.3 or CycloneDX instead",
        });
    }
    Err(SbomError::Unknown)
}
