//! Who is who.

use super::access::Access;
use super::{PolicyError, Rate};
use crate::Client;
use crate::document::{Map, error, line};
use crate::glob::{fits, fits_any};
use workload::Node;

/// A client of a policy.
#[derive(Debug)]
pub(crate) struct ClientEntry {
    pub(crate) name: String,
    pub(crate) matcher: Matcher,
    pub(crate) allow: Vec<Access>,
    pub(crate) deny: Vec<Access>,
    pub(crate) rate: Option<Rate>,
}

/// What a client must be: everything that is told holds, of lists one.
#[derive(Debug, Default)]
pub(crate) struct Matcher {
    any: bool,
    uids: Vec<u32>,
    gids: Vec<u32>,
    containers: Vec<String>,
    labels: Vec<(String, String)>,
    images: Vec<String>,
    certificates: Vec<String>,
    spiffe: Vec<String>,
    fingerprints: Vec<String>,
}

const KEYS: &[&str] = &[
    "any",
    "uid",
    "gid",
    "container",
    "container_labels",
    "container_image",
    "certificate",
    "spiffe",
    "certificate_sha256",
];

impl Matcher {
    pub(crate) fn read(node: &Node) -> Result<Self, PolicyError> {
        let map = Map::read(node, "'match' of a client", KEYS)?;
        let matcher = Self {
            any: map.boolean("any")?.unwrap_or_default(),
            uids: map.numbers("uid")?,
            gids: map.numbers("gid")?,
            containers: map.texts("container")?,
            labels: map.text_map("container_labels")?,
            images: map.texts("container_image")?,
            certificates: map.texts("certificate")?,
            spiffe: map.texts("spiffe")?,
            fingerprints: map.texts("certificate_sha256")?,
        };
        if matcher.any && node.entries().len() > 1 {
            return Err(error(node, "'any' stands alone"));
        }
        if !matcher.any && node.entries().iter().all(|entry| entry.key == "any") {
            return Err(error(node, "'match' says nothing (hint: any: true)"));
        }
        for (text, key) in matcher.fingerprints.iter().map(|text| (text, "certificate_sha256")) {
            if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(error(node, format!("'{key}' needs 64 hexadecimal digits")));
            }
        }
        if let Some(text) = matcher.spiffe.iter().find(|text| !text.starts_with("spiffe://")) {
            return Err(error(node, format!("'{text}' does not begin with spiffe://")));
        }
        Ok(matcher)
    }

    pub(crate) const fn is_any(&self) -> bool {
        self.any
    }

    pub(crate) fn everyone() -> Self {
        Self { any: true, ..Self::default() }
    }

    fn fits(&self, client: &Client) -> bool {
        if self.any {
            return true;
        }
        let container = client.container.as_ref();
        let certificate = client.certificate.as_ref();
        // Every container has a user 0: numbers of users mean those of the host, unless the entry names the container too.
        let names_container =
            !self.containers.is_empty() || !self.images.is_empty() || !self.labels.is_empty();
        let names_user = !self.uids.is_empty() || !self.gids.is_empty();
        if names_user && client.container.is_some() && !names_container {
            return false;
        }
        let is_uid = || client.uid.is_some_and(|uid| self.uids.contains(&uid));
        let is_gid = || client.gids.iter().any(|gid| self.gids.contains(gid));
        let is_container = || container.is_some_and(|container| fits_any(&self.containers, &container.name));
        let is_image = || container.is_some_and(|container| fits_any(&self.images, &container.image));
        let has_label = |(key, pattern): &(String, String)| {
            let labels = container.map(|container| &container.labels);
            labels.and_then(|labels| labels.get(key)).is_some_and(|value| fits(pattern, value))
        };
        let is_certificate = || {
            certificate.is_some_and(|certificate| {
                certificate.names_that_count().any(|name| fits_any(&self.certificates, name))
            })
        };
        let is_spiffe = || {
            certificate
                .is_some_and(|certificate| certificate.uris.iter().any(|uri| fits_any(&self.spiffe, uri)))
        };
        let is_fingerprint = || {
            certificate.is_some_and(|certificate| {
                self.fingerprints.iter().any(|text| text.eq_ignore_ascii_case(&certificate.sha256))
            })
        };
        (self.uids.is_empty() || is_uid())
            && (self.gids.is_empty() || is_gid())
            && (self.containers.is_empty() || is_container())
            && (self.images.is_empty() || is_image())
            && self.labels.iter().all(has_label)
            && (self.certificates.is_empty() || is_certificate())
            && (self.spiffe.is_empty() || is_spiffe())
            && (self.fingerprints.is_empty() || is_fingerprint())
    }
}

impl ClientEntry {
    pub(crate) fn fits(&self, client: &Client) -> bool {
        self.matcher.fits(client)
    }
}

/// `rate` of a client.
pub(crate) fn rate(node: &Node) -> Result<Rate, PolicyError> {
    let map = Map::read(node, "'rate'", &["calls_per_second", "burst"])?;
    let one = |key: &str| -> Result<u32, PolicyError> {
        let numbers = map.numbers(key)?;
        let number = numbers.first().copied().filter(|number| *number > 0 && numbers.len() == 1);
        number
            .ok_or_else(|| PolicyError { line: line(node), message: format!("'rate' needs '{key}' above 0") })
    };
    Ok(Rate { calls_per_second: one("calls_per_second")?, burst: one("burst")? })
}
