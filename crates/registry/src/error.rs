//! What can go wrong with a registry.

use std::fmt;

/// What can go wrong with a registry. No variant holds a credential.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// An option makes no sense.
    #[error("{what} '{value}' cannot be used: {reason}")]
    Option {
        /// Which option.
        what: &'static str,
        /// Its value, cut.
        value: String,
        /// Why.
        reason: String,
    },
    /// A certificate or key.
    #[error("certificates for registries cannot be used")]
    Tls {
        /// Which, and why.
        #[source]
        source: tls::TlsError,
    },
    /// No connection, or it broke.
    #[error("cannot reach registry {host}{hint}")]
    Unreachable {
        /// `HOST[:PORT]`.
        host: String,
        /// What to do.
        hint: Hint,
        /// What the network said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The answer is an error.
    #[error("registry {0}")]
    Status(Box<StatusError>),
    /// The answer is not what the protocol says.
    #[error("registry {host} answered with something that is no {what}: {reason}")]
    Malformed {
        /// `HOST[:PORT]`.
        host: String,
        /// What was expected.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The answer is longer than a limit.
    #[error("registry {host} answered with a {what} of more than {limit_bytes} bytes")]
    TooLarge {
        /// `HOST[:PORT]`.
        host: String,
        /// What was asked for.
        what: &'static str,
        /// The limit.
        limit_bytes: u64,
    },
    /// A redirect that is not followed.
    #[error("registry {host} redirects to '{target}', which is not followed: {reason}")]
    Redirect {
        /// `HOST[:PORT]`.
        host: String,
        /// Where to, without its query.
        target: String,
        /// Why not.
        reason: &'static str,
    },
    /// A manifest or configuration of the image.
    #[error("{document} of {image} cannot be used")]
    Document {
        /// `manifest`, `index`, `configuration`.
        document: &'static str,
        /// The image.
        image: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// An answer that is an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusError {
    /// `HOST[:PORT]`.
    pub host: String,
    /// The HTTP status.
    pub status: u16,
    /// What was asked for, in words: `manifest of library/alpine:3.18`.
    pub what: String,
    /// The registry's own words, bounded and without control characters; may be empty.
    pub message: String,
    /// What to do.
    pub hint: Hint,
}

/// Advice at the end of a message, on a line of its own; may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hint(pub String);

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, "\nhint: {}", self.0) }
    }
}

impl fmt::Display for StatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answers {} for {}", self.host, self.status, self.what)?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        self.hint.fmt(f)
    }
}

impl RegistryError {
    /// The HTTP status, when that is what went wrong.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status(error) => Some(error.status),
            _ => None,
        }
    }
}

/// Text of a stranger, fit to be shown: one line, without control characters, at most so many characters.
pub(crate) fn sanitised(bytes: &[u8], characters_max: usize) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut shown = String::new();
    for (count, word) in
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).enumerate()
    {
        if count > 0 {
            shown.push(' ');
        }
        shown.push_str(word);
    }
    match shown.char_indices().nth(characters_max) {
        Some((at, _)) => format!("{}…", &shown[..at]),
        None => shown,
    }
}

/// The messages of a registry's error document (distribution-spec, "Error Codes"), else its text.
pub(crate) fn registry_message(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Errors {
        errors: Vec<One>,
    }
    #[derive(serde::Deserialize)]
    struct One {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    match serde_json::from_slice::<Errors>(body) {
        Ok(document) if !document.errors.is_empty() => {
            let lines: Vec<String> =
                document.errors.iter().take(3).map(|one| format!("{} {}", one.code, one.message)).collect();
            sanitised(lines.join("; ").as_bytes(), 300)
        }
        // A page made for a browser says nothing in one line.
        _ if body.trim_ascii_start().starts_with(b"<") => String::new(),
        _ => sanitised(body, 300),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_registry_cannot_drive_a_terminal_or_fill_it() {
        assert_eq!(sanitised(b"a\x1b[31m\nb\xff", 100), "a [31m b\u{fffd}");
        assert_eq!(sanitised("ä".repeat(500).as_bytes(), 300).chars().count(), 301);
    }

    #[test]
    fn error_document_is_shown_by_its_messages() {
        let body =
            br#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"x"}}]}"#;
        assert_eq!(registry_message(body), "MANIFEST_UNKNOWN manifest unknown");
        assert_eq!(registry_message(b"<html>big page</html>"), "");
        assert_eq!(registry_message(b"plain words"), "plain words");
    }
}
