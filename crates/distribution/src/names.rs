//! Names of repositories, tags and uploads.

use model::Digest;
use std::{fmt, str::FromStr};

/// Why a text is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' is no {what}")]
pub struct NameError {
    text: String,
    what: &'static str,
}

/// The name of a repository (OCI distribution-spec 1.1, "Pulling manifests").
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Repository(String);

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag(String);

/// The id of an upload, as the guard gives them out: 32 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Session(String);

/// What a manifest is asked for by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// A tag.
    Tag(Tag),
    /// A digest.
    Digest(Digest),
}

/// Host and repository together are at most 255 bytes in most clients.
const REPOSITORY_BYTES_MAX: usize = 255;

macro_rules! name {
    ($name:ident, $what:literal, $is_valid:ident) => {
        impl $name {
            /// As it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                if $is_valid(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err(NameError { text: crate::refusal::shown(text), what: $what })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(Repository, "name of a repository", is_repository);
name!(Tag, "tag", is_tag);
name!(Session, "upload", is_session);

// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*
fn is_repository(text: &str) -> bool {
    text.len() <= REPOSITORY_BYTES_MAX && text.split('/').all(is_component)
}

fn is_component(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut rest = text.as_bytes();
    loop {
        let word = rest.iter().take_while(|byte| is_plain(**byte)).count();
        if word == 0 {
            return false;
        }
        rest = &rest[word..];
        if rest.is_empty() {
            return true;
        }
        let separator = rest.iter().take_while(|byte| !is_plain(**byte)).count();
        let is_separator = match &rest[..separator] {
            b"." | b"_" | b"__" => true,
            dashes => dashes.iter().all(|byte| *byte == b'-'),
        };
        if !is_separator {
            return false;
        }
        rest = &rest[separator..];
    }
}

// [a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}
fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let is_more = |byte: u8| is_word(byte) || matches!(byte, b'.' | b'-');
    text.len() <= 128 && text.bytes().next().is_some_and(is_word) && text.bytes().all(is_more)
}

fn is_session(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl Repository {
    /// The name of the catalog is none of a repository.
    #[must_use]
    pub fn is_under(&self, prefix: &str) -> bool {
        self.0.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }
}

impl Tag {
    /// Whether tools keep signatures, attestations or SBOMs of an image under such a tag: cosign's `sha256-….sig`, and the
    /// fallback for registries without referrers (distribution-spec 1.1, "Referrers Tag Schema").
    #[must_use]
    pub fn is_of_attestations(&self) -> bool {
        let Some((algorithm, rest)) = self.0.split_once('-') else { return false };
        let (hex, suffix) = rest.split_once('.').map_or((rest, None), |(hex, suffix)| (hex, Some(suffix)));
        let is_hex = hex.len() >= 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_known = suffix.is_none_or(|suffix| matches!(suffix, "sig" | "att" | "sbom"));
        matches!(algorithm, "sha256" | "sha512") && is_hex && is_known
    }
}

impl Reference {
    /// The tag, when it is one.
    #[must_use]
    pub fn tag(&self) -> Option<&Tag> {
        match self {
            Self::Tag(tag) => Some(tag),
            Self::Digest(_) => None,
        }
    }

    /// The digest, when it is one.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        match self {
            Self::Digest(digest) => Some(digest),
            Self::Tag(_) => None,
        }
    }
}

impl FromStr for Reference {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        if text.contains(':') {
            let error = |_| NameError { text: crate::refusal::shown(text), what: "digest" };
            return text.parse().map(Self::Digest).map_err(error);
        }
        text.parse().map(Self::Tag)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_follow_the_grammar() {
        for good in ["a", "a/b", "team-a/app", "a.b/c__d/e---f", "0/1", "a_b"] {
            assert!(good.parse::<Repository>().is_ok(), "{good}");
        }
        let long = "a/".repeat(128);
        for bad in [
            "", "/", "a/", "/a", "a//b", "A", "a/../b", ".", "a..b", "a___b", "a.-b", "-a", "a-", "_catalog",
            "ä", "a b", &long,
        ] {
            assert!(bad.parse::<Repository>().is_err(), "{bad}");
        }
    }

    #[test]
    fn tags_and_digests_are_told_apart() {
        let digest = format!("sha256:{}", "a".repeat(64));
        assert!(matches!(digest.parse(), Ok(Reference::Digest(_))));
        assert!(matches!("1.0_x-Y".parse(), Ok(Reference::Tag(_))));
        for bad in ["", ".a", "-a", "sha256:abc", "md5:00", "a/b", &"a".repeat(129)] {
            assert!(bad.parse::<Reference>().is_err(), "{bad}");
        }
    }

    #[test]
    fn tags_of_attestations_are_known() {
        let hex = "a".repeat(64);
        for (tag, expected) in [
            (format!("sha256-{hex}.sig"), true),
            (format!("sha256-{hex}.att"), true),
            (format!("sha256-{hex}.sbom"), true),
            (format!("sha256-{hex}"), true),
            (format!("sha256-{hex}.other"), false),
            ("sha256-abc.sig".to_owned(), false),
            ("v1.sig".to_owned(), false),
        ] {
            assert_eq!(tag.parse::<Tag>().unwrap().is_of_attestations(), expected, "{tag}");
        }
    }
}
