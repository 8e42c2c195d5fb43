//! Names of images.

use model::Digest;
use std::{fmt, str::FromStr};

/// The name of an image: `[host[:port]/]path[:tag][@digest]`
/// (distribution/reference, reference.go and normalize.go: the grammar and Docker's defaults).
///
/// ```
/// let reference: oci::Reference = "alpine:3.18".parse().unwrap();
/// assert_eq!(reference.to_string(), "docker.io/library/alpine:3.18");
/// assert_eq!(reference.familiar(), "alpine:3.18");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    host: String,
    path: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// Why a text is not the name of an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// There is nothing.
    #[error("the image name is empty")]
    Empty,
    /// The path has capital letters.
    #[error("image name '{0}' has capital letters\nhint: repository names are lower case")]
    Capitals(String),
    /// The host is not a domain name, an IP address or `localhost`, or its port is not a number.
    #[error("'{0}' is not a registry host")]
    Host(String),
    /// The path does not follow the grammar.
    #[error("'{0}' is not an image name")]
    Path(String),
    /// The tag does not follow the grammar.
    #[error("'{0}' is not a tag\nhint: a tag is up to 128 letters, digits, '_', '.' and '-'")]
    Tag(String),
    /// The digest is malformed.
    #[error("image name '{name}' ends in a bad digest")]
    Digest {
        /// The whole name.
        name: String,
        /// What is wrong with the digest.
        #[source]
        source: model::DigestError,
    },
    /// The path is too long.
    #[error("the repository path has {length} characters, more than 255")]
    TooLong {
        /// Its characters.
        length: usize,
    },
    /// The name is an image id, which no registry knows.
    #[error("'{0}' looks like an image id\nhint: docker:{0} asks the Docker Engine for it")]
    ImageId(String),
}

const DEFAULT_HOST: &str = "docker.io";
/// `RepositoryNameTotalLengthMax` of distribution/reference.
const PATH_LENGTH_MAX: usize = 255;

impl Reference {
    /// The registry as written or defaulted: `docker.io`, `localhost:5000`.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The host to connect to: Docker Hub's registry has another name than its images.
    #[must_use]
    pub fn registry_host(&self) -> &str {
        if self.host == DEFAULT_HOST { "registry-1.docker.io" } else { &self.host }
    }

    /// The repository inside the registry: `library/alpine`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The tag, when one was given.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, when one was given.
    #[must_use]
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// What a registry is asked for: the digest, else the tag, else `latest`.
    #[must_use]
    pub fn manifest_name(&self) -> &str {
        self.digest.as_ref().map_or_else(|| self.tag.as_deref().unwrap_or("latest"), Digest::as_str)
    }

    /// The same repository with this digest; the tag stays.
    #[must_use]
    pub fn with_digest(mut self, digest: Digest) -> Self {
        self.digest = Some(digest);
        self
    }

    /// The short form that Docker shows: without `docker.io/` and `library/`.
    #[must_use]
    pub fn familiar(&self) -> String {
        // Only `library/NAME` loses its namespace, and nothing that would then be read as a host loses its host
        // (distribution/reference, normalize.go, familiarizeName).
        let name =
            self.path.strip_prefix("library/").filter(|name| !name.contains('/')).unwrap_or(&self.path);
        let is_short = self.host == DEFAULT_HOST
            && name
                .split_once('/')
                .is_none_or(|(first, _)| first != "localhost" && !first.contains(['.', ':']));
        let short = if is_short { name.to_owned() } else { format!("{}/{}", self.host, self.path) };
        short + &self.suffix()
    }

    /// Whether a name found in an image (`RepoTags`, `org.opencontainers.image.ref.name`) names the same
    /// repository and tag; a name without a tag means `latest`.
    #[must_use]
    pub fn is_same_tag(&self, other: &Self) -> bool {
        let tag = |reference: &Self| reference.tag.clone().unwrap_or_else(|| "latest".to_owned());
        self.host == other.host && self.path == other.path && tag(self) == tag(other)
    }

    fn suffix(&self) -> String {
        let tag = self.tag.as_ref().map(|tag| format!(":{tag}")).unwrap_or_default();
        let digest = self.digest.as_ref().map(|digest| format!("@{digest}")).unwrap_or_default();
        tag + &digest
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;
    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.is_empty() {
            return Err(ReferenceError::Empty);
        }
        let shown = || text.chars().take(300).collect::<String>();
        if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(ReferenceError::ImageId(shown()));
        }
        let (name, digest) = match text.split_once('@') {
            None => (text, None),
            Some((name, digest)) => {
                let digest = digest.parse().map_err(|source| ReferenceError::Digest {
                    name: name.chars().take(300).collect(),
                    source,
                })?;
                (name, Some(digest))
            }
        };
        let (host, rest) = split_host(name);
        // A colon after the last slash starts the tag; one before belongs to the port.
        let (path, tag) = match rest.rsplit_once(':') {
            Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
            _ => (rest, None),
        };
        if let Some(tag) = tag
            && !is_tag(tag)
        {
            return Err(ReferenceError::Tag(tag.chars().take(160).collect()));
        }
        if !is_host(host) {
            return Err(ReferenceError::Host(host.chars().take(300).collect()));
        }
        if path.chars().any(|c| c.is_ascii_uppercase()) {
            return Err(ReferenceError::Capitals(shown()));
        }
        if path.is_empty() || !path.split('/').all(is_path_component) {
            return Err(ReferenceError::Path(shown()));
        }
        let host = if host == "index.docker.io" { DEFAULT_HOST } else { host };
        let path = if host == DEFAULT_HOST && !path.contains('/') {
            format!("library/{path}")
        } else {
            path.to_owned()
        };
        if path.len() > PATH_LENGTH_MAX {
            return Err(ReferenceError::TooLong { length: path.len() });
        }
        Ok(Self { host: host.to_owned(), path, tag: tag.map(str::to_owned), digest })
    }
}

// normalize.go, splitDockerDomain: the first component is a host only if it cannot be a path component.
fn split_host(name: &str) -> (&str, &str) {
    match name.split_once('/') {
        Some((first, rest))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.chars().any(|c| c.is_ascii_uppercase()) =>
        {
            (first, rest)
        }
        _ => (DEFAULT_HOST, name),
    }
}

fn is_host(host: &str) -> bool {
    let is_port =
        |port: &str| !port.is_empty() && port.len() <= 5 && port.bytes().all(|b| b.is_ascii_digit());
    if let Some(rest) = host.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else { return false };
        let is_address = !address.is_empty() && address.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
        return is_address && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    let (domain, port) = host.split_once(':').map_or((host, None), |(domain, port)| (domain, Some(port)));
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.split('.').all(is_label) && port.is_none_or(is_port)
}

// reference.go: alphanumerics joined by one of `.`, `_`, `__` or any number of `-`.
fn is_path_component(component: &str) -> bool {
    let bytes = component.as_bytes();
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    if !is_word(first) || !is_word(last) {
        return false;
    }
    component
        .split(|c: char| c.is_ascii() && is_word(c as u8))
        .all(|separator| matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-'))
}

fn is_tag(tag: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= 128
        && tag.bytes().next().is_some_and(is_word)
        && tag.bytes().all(|b| is_word(b) || b == b'.' || b == b'-')
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.host, self.path, self.suffix())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, canonical: &str, familiar: &str) {
        let reference: Reference = text.parse().unwrap();
        assert_eq!(reference.to_string(), canonical);
        assert_eq!(reference.familiar(), familiar);
        assert_eq!(canonical.parse::<Reference>().unwrap(), reference, "the canonical form means the same");
        assert_eq!(familiar.parse::<Reference>().unwrap(), reference, "the familiar form means the same");
    }

    #[test]
    fn only_what_stays_the_same_loses_its_host_or_namespace() {
        check("library/a/b", "docker.io/library/a/b", "library/a/b");
        check("docker.io/a.b/c", "docker.io/a.b/c", "docker.io/a.b/c");
    }

    #[test]
    fn docker_hub_is_the_default() {
        check("alpine", "docker.io/library/alpine", "alpine");
        check("alpine:3.18", "docker.io/library/alpine:3.18", "alpine:3.18");
        check("grafana/grafana", "docker.io/grafana/grafana", "grafana/grafana");
        check("index.docker.io/alpine", "docker.io/library/alpine", "alpine");
        check("docker.io/library/alpine:a", "docker.io/library/alpine:a", "alpine:a");
    }

    #[test]
    fn a_first_component_with_dot_colon_or_localhost_is_a_host() {
        check("localhost/a", "localhost/a", "localhost/a");
        check("localhost:5000/a/b:c", "localhost:5000/a/b:c", "localhost:5000/a/b:c");
        check("ghcr.io/a/b__c", "ghcr.io/a/b__c", "ghcr.io/a/b__c");
        check("[2001:db8::1]:5000/a", "[2001:db8::1]:5000/a", "[2001:db8::1]:5000/a");
        check("Host/a", "Host/a", "Host/a");
    }

    #[test]
    fn a_digest_may_follow_a_tag() {
        let digest = format!("sha256:{}", "a".repeat(64));
        check(&format!("a:1@{digest}"), &format!("docker.io/library/a:1@{digest}"), &format!("a:1@{digest}"));
        assert_eq!(format!("a:1@{digest}").parse::<Reference>().unwrap().manifest_name(), digest);
        assert_eq!("a".parse::<Reference>().unwrap().manifest_name(), "latest");
    }

    #[test]
    fn what_breaks_the_grammar_is_refused() {
        let long = format!("a/{}", "b".repeat(255));
        for bad in [
            "",
            "Alpine",
            "a/B",
            ":tag",
            "a:",
            "a:-x",
            "a@sha256:ab",
            "a..b",
            "a___b",
            "-a",
            "a/",
            "/a",
            "a//b",
            "a b",
            "http://a.b/c",
            "a.b:port/c",
            "-a.b/c",
            "[::1/a",
            "a:b:c",
            "ä",
            &"a".repeat(64),
            &long,
        ] {
            assert!(bad.parse::<Reference>().is_err(), "{bad}");
        }
        assert!(format!("a:{}", "x".repeat(128)).parse::<Reference>().is_ok());
        assert!(format!("a:{}", "x".repeat(129)).parse::<Reference>().is_err());
    }

    #[test]
    fn the_same_tag_is_recognised_in_any_spelling() {
        let reference: Reference = "docker.io/library/alpine".parse().unwrap();
        assert!(reference.is_same_tag(&"alpine:latest".parse().unwrap()));
        assert!(!reference.is_same_tag(&"alpine:3".parse().unwrap()));
    }
}
