//! Addresses at which a registry's content is found.

use crate::{
    Insecure, Options, RegistryError,
    authority::{is_loopback, is_meant},
    credential::canonical_host,
};

/// One address of a registry.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Endpoint {
    /// `HOST[:PORT]`; also the name by which its credentials are stored.
    pub(crate) authority: String,
    /// Path before `/v2/`, without a slash at its end.
    pub(crate) prefix: String,
    /// How to talk.
    pub(crate) scheme: Scheme,
    pub(crate) is_mirror: bool,
}

/// How to talk to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scheme {
    /// TLS with a certificate that is verified.
    Https,
    /// TLS with any certificate, else plain http.
    Any,
    /// Plain http, since a mirror's address says so.
    Http,
}

/// The addresses to ask for a registry's content: its mirrors, then itself.
pub(crate) fn endpoints(
    host: &str,
    registry_host: &str,
    options: &Options,
) -> Result<Vec<Endpoint>, RegistryError> {
    let mut endpoints = Vec::new();
    let mirrors = options.mirrors.iter().find(|(name, _)| canonical_host(name) == canonical_host(host));
    for address in mirrors.map(|(_, addresses)| addresses.as_slice()).unwrap_or_default() {
        endpoints.push(mirror(address, options)?);
    }
    endpoints.push(Endpoint {
        authority: registry_host.to_owned(),
        prefix: String::new(),
        scheme: scheme(registry_host, options),
        is_mirror: false,
    });
    Ok(endpoints)
}

/// How a host may be talked to.
pub(crate) fn scheme(authority: &str, options: &Options) -> Scheme {
    let is_insecure = match &options.insecure {
        Insecure::Never => false,
        Insecure::Loopback => is_loopback(authority),
        Insecure::Hosts(hosts) => {
            is_loopback(authority) || hosts.iter().any(|host| is_meant(host, authority))
        }
        Insecure::All => true,
    };
    if is_insecure { Scheme::Any } else { Scheme::Https }
}

fn mirror(address: &str, options: &Options) -> Result<Endpoint, RegistryError> {
    let malformed = || RegistryError::Option {
        what: "mirror address",
        value: address.chars().take(200).collect(),
        reason: "it is not https://HOST[:PORT][/PATH]".to_owned(),
    };
    let (is_http, rest) = match address.split_once("://") {
        Some(("https", rest)) => (false, rest),
        Some(("http", rest)) => (true, rest),
        Some(_) => return Err(malformed()),
        None => (false, address),
    };
    let rest = rest.trim_end_matches('/');
    let (authority, prefix) = rest
        .split_once('/')
        .map_or((rest, String::new()), |(authority, path)| (authority, format!("/{path}")));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:[]/~".contains(c);
    if authority.is_empty() || !rest.chars().all(is_plain) {
        return Err(malformed());
    }
    let scheme = if is_http { Scheme::Http } else { scheme(authority, options) };
    let prefix = prefix.trim_end_matches("/v2").to_owned();
    Ok(Endpoint { authority: authority.to_owned(), prefix, scheme, is_mirror: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn options(mirrors: &[&str]) -> Options {
        let mirrors = mirrors.iter().map(|&address| address.to_owned()).collect();
        Options { mirrors: BTreeMap::from([("docker.io".to_owned(), mirrors)]), ..Options::default() }
    }

    #[test]
    fn mirrors_come_before_the_registry() {
        let options = options(&["https://mirror.example/hub/v2/", "http://10.0.0.1:5000", "plain.example"]);
        let found = endpoints("docker.io", "registry-1.docker.io", &options).unwrap();
        let shown: Vec<_> =
            found.iter().map(|e| (e.authority.as_str(), e.prefix.as_str(), e.scheme)).collect();
        assert_eq!(
            shown,
            [
                ("mirror.example", "/hub", Scheme::Https),
                ("10.0.0.1:5000", "", Scheme::Http),
                ("plain.example", "", Scheme::Https),
                ("registry-1.docker.io", "", Scheme::Https),
            ]
        );
        assert_eq!(endpoints("ghcr.io", "ghcr.io", &options).unwrap().len(), 1);
    }

    #[test]
    fn mirror_that_is_no_address_is_refused() {
        for bad in ["", "ftp://x", "https://", "https://user:secret@x", "https://x?y"] {
            assert!(endpoints("docker.io", "r", &options(&[bad])).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_loopback_and_named_hosts_may_be_insecure() {
        let named = Options { insecure: Insecure::Hosts(vec!["a.example".to_owned()]), ..Options::default() };
        assert_eq!(scheme("a.example:5000", &named), Scheme::Any);
        assert_eq!(scheme("b.example", &named), Scheme::Https);
        assert_eq!(scheme("127.0.0.1:5000", &Options::default()), Scheme::Any);
        let all = Options { insecure: Insecure::All, ..Options::default() };
        assert_eq!(scheme("b.example", &all), Scheme::Any);
    }
}
