//! Who asks.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who asks, as the listener found out: by the peer's credentials, by its process, by its certificate; never by its
/// address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Client {
    /// The user of the process at the other end of a unix socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    /// Its groups, the first one first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub gids: Vec<u32>,
    /// Its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The container that the process lives in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<ClientContainer>,
    /// Its certificate, verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<ClientCertificate>,
}

/// The container that a client lives in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientContainer {
    /// Its id.
    pub id: String,
    /// Its name, without a leading `/`.
    pub name: String,
    /// Its image, as named.
    pub image: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// The certificate of a client, verified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientCertificate {
    /// The common name; a fallback for certificates without alternative names.
    pub common_name: String,
    /// Alternative names: DNS names and mail addresses.
    pub names: Vec<String>,
    /// Alternative names that are addresses of resources (`spiffe://example.com/web`).
    pub uris: Vec<String>,
    /// SHA-256 of the certificate, hexadecimal.
    pub sha256: String,
}

impl Client {
    /// One line for logs and messages.
    #[must_use]
    pub fn describe(&self) -> String {
        if let Some(container) = &self.container {
            return format!("container {}", clean(&container.name));
        }
        if let Some(certificate) = &self.certificate {
            let name = certificate.uris.first().or_else(|| certificate.names.first());
            return format!("certificate {}", clean(name.unwrap_or(&certificate.common_name)));
        }
        self.uid.map_or_else(|| "unknown".to_owned(), |uid| format!("uid {uid}"))
    }
}

/// Text of others inside a line of ours.
pub(crate) fn clean(text: &str) -> String {
    text.chars().take(160).map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}

impl ClientCertificate {
    /// The names that it stands for: its alternative names, or its common name where it has neither these nor URIs (RFC 9525,
    /// section 2).
    pub fn names_that_count(&self) -> impl Iterator<Item = &String> {
        let is_alone = self.names.is_empty() && self.uris.is_empty() && !self.common_name.is_empty();
        self.names.iter().chain(is_alone.then_some(&self.common_name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_names_count_alone() {
        let counted = |names: &[&str], uris: &[&str]| {
            let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
            let certificate = ClientCertificate {
                common_name: "ci".to_owned(),
                names: texts(names),
                uris: texts(uris),
                ..ClientCertificate::default()
            };
            certificate.names_that_count().cloned().collect::<Vec<_>>()
        };
        assert_eq!(counted(&[], &[]), ["ci"]);
        assert_eq!(counted(&["a.example"], &[]), ["a.example"]);
        assert_eq!(counted(&[], &["spiffe://a/b"]), Vec::<String>::new());
    }
}
