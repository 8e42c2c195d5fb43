//! Names of images in the one form that patterns are compared with.

use crate::glob::Glob;

/// The name of an image: repository, and tag when it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImageName {
    repository: String,
    tag: Option<String>,
}

impl ImageName {
    /// Reads a name as users write it: `alpine:3.18` is `docker.io/library/alpine` with the tag `3.18`
    /// (distribution/reference, normalize.go, splitDockerDomain). A name with neither tag nor digest means
    /// `latest`.
    pub(crate) fn parse(name: &str) -> Self {
        let (name, has_digest) = name.split_once('@').map_or((name, false), |(name, _)| (name, true));
        let (repository, tag) = match name.rsplit_once(':') {
            Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag.to_owned())),
            _ => (name, (!has_digest).then(|| "latest".to_owned())),
        };
        Self { repository: normalized(repository), tag }
    }

    /// `host/path`.
    pub(crate) fn repository(&self) -> &str {
        &self.repository
    }
}

/// A pattern of image names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ImagePattern {
    written: String,
    glob: Glob,
    has_tag: bool,
}

impl ImagePattern {
    /// Reads `registry.example/team/*`, `registry.example/app:prod-*`, `alpine`, `**`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.contains('@') {
            return Err(format!("the pattern '{text}' holds a digest, by which images are not matched"));
        }
        if text == "*" {
            return Err(
                "the pattern '*' matches no image, since their names hold a '/'; '**' matches all".to_owned()
            );
        }
        let has_tag = text.rsplit('/').next().is_some_and(|last| last.contains(':'));
        let (repository, tag) = match text.rsplit_once(':') {
            Some((repository, tag)) if has_tag => (repository, format!(":{tag}")),
            _ => (text, String::new()),
        };
        let is_open = repository.split('/').next().is_some_and(|first| first.contains(['*', '?']));
        let repository = if is_open { repository.to_owned() } else { normalized(repository) };
        Ok(Self { written: text.to_owned(), glob: Glob::parse(&format!("{repository}{tag}"))?, has_tag })
    }

    /// Reads a registry: a host (`registry.example`) stands for everything in it.
    pub(crate) fn parse_registry(text: &str) -> Result<Self, String> {
        if text.contains('/') {
            return Self::parse(text);
        }
        if !text.contains(['.', ':', '*', '?']) && text != "localhost" {
            return Err(format!(
                "'{text}' is no registry host; an image of Docker Hub is docker.io/library/{text}"
            ));
        }
        let glob = Glob::parse(&format!("{}/**", text.to_ascii_lowercase()))?;
        Ok(Self { written: text.to_owned(), glob, has_tag: false })
    }

    /// Whether an image has such a name.
    pub(crate) fn matches(&self, name: &ImageName) -> bool {
        match (self.has_tag, &name.tag) {
            (false, _) => self.glob.matches(&name.repository),
            (true, Some(tag)) => self.glob.matches(&format!("{}:{tag}", name.repository)),
            (true, None) => false,
        }
    }

    /// As it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.written
    }
}

fn normalized(name: &str) -> String {
    let is_host = |first: &str| {
        first.contains(['.', ':']) || first == "localhost" || first.chars().any(|c| c.is_ascii_uppercase())
    };
    let (host, path) = match name.split_once('/') {
        Some((first, rest)) if is_host(first) => (first, rest),
        _ => ("docker.io", name),
    };
    // Names of hosts are the same in capitals (RFC 4343); Docker Hub has three.
    let host = host.to_ascii_lowercase();
    let host = match host.as_str() {
        "index.docker.io" | "registry-1.docker.io" => "docker.io",
        other => other,
    };
    let library = if host == "docker.io" && !path.contains('/') { "library/" } else { "" };
    format!("{host}/{library}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_repository_is_the_same() {
        for (name, expected) in [
            ("alpine", "docker.io/library/alpine"),
            ("alpine:3.18", "docker.io/library/alpine"),
            ("alpine@sha256:00", "docker.io/library/alpine"),
            ("index.docker.io/library/alpine:1@sha256:00", "docker.io/library/alpine"),
            ("team/app", "docker.io/team/app"),
            ("localhost/app", "localhost/app"),
            ("Registry.Example:5000/team/app:1", "registry.example:5000/team/app"),
        ] {
            assert_eq!(ImageName::parse(name).repository(), expected, "{name}");
        }
    }

    #[test]
    fn patterns_are_read_as_names_are() {
        for (pattern, name, expected) in [
            ("alpine", "docker.io/library/alpine:3", true),
            ("team/*", "team/app", true),
            ("team/*", "registry.example/team/app", false),
            ("**", "alpine", true),
            ("registry.example/app:prod-*", "registry.example/app:prod-1", true),
            ("registry.example/app:prod-*", "registry.example/app:dev", false),
            ("registry.example/app:latest", "registry.example/app", true),
            ("registry.example/app:latest", "registry.example/app@sha256:00", false),
            ("registry.example:5000/app", "registry.example:5000/app:1", true),
            ("*.example/**", "evil.test/a.example/app", false),
        ] {
            let matches = ImagePattern::parse(pattern).unwrap().matches(&ImageName::parse(name));
            assert_eq!(matches, expected, "{pattern} {name}");
        }
        for (pattern, name, expected) in [
            ("registry.example", "registry.example/a/b", true),
            ("registry.example", "registry.example.evil/a", false),
            ("*.example", "a.example/x", true),
            ("docker.io", "alpine", true),
            ("registry.example/team/**", "registry.example/other/app", false),
        ] {
            let matches = ImagePattern::parse_registry(pattern).unwrap().matches(&ImageName::parse(name));
            assert_eq!(matches, expected, "{pattern} {name}");
        }
        assert!(ImagePattern::parse("*").unwrap_err().contains("**"));
        assert!(ImagePattern::parse_registry("debian").unwrap_err().contains("docker.io/library/debian"));
    }
}
