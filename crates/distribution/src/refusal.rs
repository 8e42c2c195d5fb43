//! Why a request is refused, and how that is told.

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The status of the answer.
    pub status: u16,
    /// The code of the specification.
    pub code: Code,
    /// For the user: what is wrong.
    pub message: String,
    /// For the log: one word that lives forever (`path-not-clean`).
    pub reason: &'static str,
}

/// Codes of errors (OCI distribution-spec 1.1, "Error Codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// A blob is not there.
    BlobUnknown,
    /// An upload was broken off or its parts came in the wrong order.
    BlobUploadInvalid,
    /// No such upload.
    BlobUploadUnknown,
    /// The content is not what the digest says.
    DigestInvalid,
    /// The manifest is malformed.
    ManifestInvalid,
    /// No such manifest.
    ManifestUnknown,
    /// The name of a repository or tag is malformed.
    NameInvalid,
    /// The length is wrong or too much.
    SizeInvalid,
    /// Nobody is known to ask.
    Unauthorized,
    /// Not allowed.
    Denied,
    /// Not known here.
    Unsupported,
    /// Too often.
    TooManyRequests,
    /// Not at the moment.
    Unavailable,
}

impl Code {
    /// As it is written in answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BlobUnknown => "BLOB_UNKNOWN",
            Self::BlobUploadInvalid => "BLOB_UPLOAD_INVALID",
            Self::BlobUploadUnknown => "BLOB_UPLOAD_UNKNOWN",
            Self::DigestInvalid => "DIGEST_INVALID",
            Self::ManifestInvalid => "MANIFEST_INVALID",
            Self::ManifestUnknown => "MANIFEST_UNKNOWN",
            Self::NameInvalid => "NAME_INVALID",
            Self::SizeInvalid => "SIZE_INVALID",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Denied => "DENIED",
            Self::Unsupported => "UNSUPPORTED",
            Self::TooManyRequests => "TOOMANYREQUESTS",
            Self::Unavailable => "UNAVAILABLE",
        }
    }
}

impl Refusal {
    /// A refusal.
    #[must_use]
    pub fn new(status: u16, code: Code, reason: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), reason }
    }

    pub(crate) fn malformed(reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(400, Code::Unsupported, reason, message)
    }

    /// The body of the answer.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let error = serde_json::json!({ "code": self.code.as_str(), "message": self.message });
        serde_json::json!({ "errors": [error] }).to_string().into_bytes()
    }
}

/// Text of a client inside a message: short, and unable to speak to a terminal.
pub(crate) fn shown(text: &str) -> String {
    let cut: String =
        text.chars().take(80).map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect();
    if text.chars().nth(80).is_some() { format!("{cut}…") } else { cut }
}
