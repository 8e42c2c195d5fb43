//! What is said of an artifact (in-toto/attestation, spec/v1/statement.md and spec/v0.1).

use model::Digest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `payloadType` of an envelope that holds a statement.
pub const STATEMENT_PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// `predicateType` by which cosign 3 says that an image is signed, and no more (cosign, pkg/types/predicate.go).
pub const COSIGN_SIGN_PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";
pub(crate) const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const STATEMENT_TYPE_OLD: &str = "https://in-toto.io/Statement/v0.1";

/// What is said of artifacts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// The version of this form.
    #[serde(rename = "_type")]
    pub statement_type: String,
    /// Which artifacts.
    pub subject: Vec<Subject>,
    /// What kind of thing is said.
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What is said.
    #[serde(default)]
    pub predicate: serde_json::Value,
}

/// An artifact of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its digests by algorithm, in hexadecimal.
    #[serde(default)]
    pub digest: BTreeMap<String, String>,
}

impl Statement {
    /// Reads a statement.
    ///
    /// # Errors
    /// When it is malformed or of an unknown version.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let statement: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        match statement.statement_type.as_str() {
            STATEMENT_TYPE | STATEMENT_TYPE_OLD => Ok(statement),
            other => Err(format!("statement of type '{}'", crate::encoding::shown(other))),
        }
    }

    /// Whether it is about the artifact of a digest.
    #[must_use]
    pub fn is_about(&self, digest: &Digest) -> bool {
        self.subject
            .iter()
            .any(|subject| subject.digest.get(digest.algorithm()).is_some_and(|hex| hex == digest.hex()))
    }

    /// The digests of its first subjects, for people.
    pub(crate) fn subjects_shown(&self) -> String {
        let digests = self.subject.iter().take(3).flat_map(|subject| &subject.digest);
        let words: Vec<String> =
            digests.map(|(name, hex)| crate::encoding::shown(&format!("{name}:{hex}"))).collect();
        if words.is_empty() { "nothing".to_owned() } else { words.join(", ") }
    }
}
