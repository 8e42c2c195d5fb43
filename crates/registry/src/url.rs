//! Addresses: their parts, what they mean relative to each other, and which may be asked.

use crate::{
    Options,
    authority::host_of,
    endpoint::{Scheme, scheme},
};

/// Whether an address may be asked at all: https, or plain http where that is allowed.
pub(crate) fn is_allowed(url: &str, options: &Options) -> bool {
    let is_http = url.starts_with("http://") && scheme(authority(url), options) == Scheme::Any;
    (url.starts_with("https://") || is_http)
        && !authority(url).contains('@')
        && !host_of(authority(url)).is_empty()
}

/// The `HOST[:PORT]` of an address.
pub(crate) fn authority(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, after)| after);
    after.split(['/', '?', '#']).next().unwrap_or("")
}

/// `SCHEME://HOST[:PORT]` of an address, in lower case.
pub(crate) fn origin(url: &str) -> String {
    let protocol = url.split_once("://").map_or("", |(protocol, _)| protocol);
    format!("{protocol}://{}", authority(url)).to_ascii_lowercase()
}

/// The address that a `Location` or `Link` found at `base` means (RFC 3986, section 5.2, for what registries send).
pub(crate) fn resolve(base: &str, location: &str) -> String {
    let location = location.trim().split('#').next().unwrap_or("");
    if location.contains("://") && !location.starts_with(['/', '?', '.']) {
        return location.to_owned();
    }
    let protocol = base.split_once("://").map_or("https", |(protocol, _)| protocol);
    if let Some(rest) = location.strip_prefix("//") {
        return format!("{protocol}://{rest}");
    }
    let origin = format!("{protocol}://{}", authority(base));
    if location.starts_with('/') {
        return format!("{origin}{location}");
    }
    let path = base[origin.len().min(base.len())..].split('?').next().unwrap_or("");
    if location.starts_with('?') {
        return format!("{origin}{path}{location}");
    }
    let directory = path.rfind('/').map_or("/", |at| &path[..=at]);
    format!("{origin}{directory}{location}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_resolved_against_the_address_that_named_them() {
        let base = "https://reg.example:5000/v2/a/blobs/x?y=/z";
        for (location, expected) in [
            ("https://cdn.example/b", "https://cdn.example/b"),
            ("//cdn.example/b", "https://cdn.example/b"),
            ("/b?c=http://d", "https://reg.example:5000/b?c=http://d"),
            ("b", "https://reg.example:5000/v2/a/blobs/b"),
            ("?n=1", "https://reg.example:5000/v2/a/blobs/x?n=1"),
        ] {
            assert_eq!(resolve(base, location), expected);
        }
        assert_eq!(resolve("https://h", "b"), "https://h/b");
    }

    #[test]
    fn plain_http_is_only_allowed_where_it_was_asked_for() {
        let options = Options::default();
        assert!(is_allowed("https://a.example/x", &options));
        assert!(is_allowed("http://127.0.0.1:5000/x", &options));
        assert!(!is_allowed("http://a.example/x", &options));
        assert!(!is_allowed("file:///etc/passwd", &options));
        assert!(!is_allowed("https://127.0.0.1@a.example/", &options));
    }
}
