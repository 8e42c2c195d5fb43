//! Which images of a registry are meant: `HOST/*`, `HOST/team/*`, `HOST/repo:v1*`.

use anyhow::{Context, Result, bail};
use oci::Reference;

/// Images of a registry. `*` stands for any characters, also for `/`, and `?` for one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    /// The registry.
    pub(crate) host: String,
    /// Repositories in it.
    pub(crate) repositories: String,
    /// Their tags.
    pub(crate) tags: String,
}

/// The pattern of a target `registry:…`; `None` when it names one image, or is of another kind.
///
/// # Errors
/// When it has wildcards and is no name.
pub(crate) fn of_target(target: &str) -> Result<Option<Pattern>> {
    let Some(name) = target.strip_prefix("registry:").filter(|name| is_glob(name)) else { return Ok(None) };
    parse(name).with_context(|| format!("cannot read {target}")).map(Some)
}

impl Pattern {
    /// The repository, when the pattern names one alone.
    pub(crate) fn one_repository(&self) -> Option<&str> {
        (!is_glob(&self.repositories)).then_some(self.repositories.as_str())
    }
}

fn parse(name: &str) -> Result<Pattern> {
    // What the wildcards stand for is a name, so that defaults are those of names: `alpine:3.*` is Docker Hub's.
    let filled = name.replace(['*', '?'], "x");
    let reference: Reference = filled.parse()?;
    if reference.digest().is_some() {
        bail!("a digest names one image");
    }
    let (path, tags) = match name.rsplit_once(':') {
        Some((path, tags)) if !tags.contains('/') => (path, tags),
        _ => (name, "*"),
    };
    let (host, filled_path) = (reference.host(), reference.path());
    // The path is at the end of the name, but for `library/`, which is added.
    let own = path.len().checked_sub(filled_path.len()).map(|at| &path[at..]);
    let repositories = match own {
        Some(own) if own.replace(['*', '?'], "x") == filled_path => own.to_owned(),
        _ => format!("library/{}", path.rsplit('/').next().unwrap_or(path)),
    };
    if is_glob(&path[..path.len().saturating_sub(repositories.len())]) {
        bail!("the registry has to be named (hint: registry:HOST/*)");
    }
    Ok(Pattern { host: host.to_owned(), repositories, tags: tags.to_owned() })
}

fn is_glob(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether a text is of a pattern. Each star is retried from one place only, so time is at most the product of both
/// lengths.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut position) = (0, 0);
    let mut star = None;
    while position < text.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, position));
                at += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[position] => {
                at += 1;
                position += 1;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    position = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(target: &str, expected: Option<(&str, &str, &str)>) {
        let pattern = of_target(target).unwrap();
        let parts = pattern.as_ref().map(|p| (p.host.as_str(), p.repositories.as_str(), p.tags.as_str()));
        assert_eq!(parts, expected, "{target}");
    }

    #[test]
    fn registries_repositories_and_tags_are_told_apart() {
        check("registry:localhost:5000/*", Some(("localhost:5000", "*", "*")));
        check("registry:registry.example.com/team/*", Some(("registry.example.com", "team/*", "*")));
        check(
            "registry:registry.example.com/team/app:v1*",
            Some(("registry.example.com", "team/app", "v1*")),
        );
        check("registry:registry.example.com/*:latest", Some(("registry.example.com", "*", "latest")));
        check("registry:alpine:3.*", Some(("docker.io", "library/alpine", "3.*")));
        check("registry:docker.io/library/deb*", Some(("docker.io", "library/deb*", "*")));
        check("registry:docker.io/alpine:*", Some(("docker.io", "library/alpine", "*")));
        check("registry:registry.example.com/app:1", None);
        check("rootfs:/srv/*", None);
    }

    #[test]
    fn a_registry_cannot_be_guessed_and_a_digest_is_one_image() {
        for bad in
            ["registry:*.example.com/app", "registry:a.example.com/x@sha256:*", "registry:a.example.com/A*"]
        {
            assert!(of_target(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn wildcards_match() {
        for (pattern, text) in
            [("*", ""), ("*", "a/b"), ("v1*", "v1.2"), ("a*b*c", "a1b2b3c"), ("?.?", "1.2"), ("**", "x")]
        {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("v1*", "v2"), ("?", ""), ("a*b", "ab1"), ("", "x"), ("team/*", "team")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        assert!(!matches(&"*a".repeat(200), &"b".repeat(5_000)));
    }
}
