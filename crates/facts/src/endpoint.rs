//! What answers where the engine listens on the network.

use crate::Fact;
use serde::{Deserialize, Serialize};

/// A TCP socket of the engine's process, and what a client without a certificate gets there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineEndpoint {
    /// The address that it listens on.
    pub address: String,
    /// The port.
    pub port: u16,
    /// What was answered.
    pub answer: Fact<EndpointAnswer>,
}

/// What a client without a certificate gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EndpointAnswer {
    /// An answer in clear.
    Plain,
    /// A handshake (RFC 8446, RFC 5246).
    Tls(TlsFacts),
}

/// What a TLS handshake shows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TlsFacts {
    /// Versions that it speaks: `1.0` to `1.3`.
    pub versions: Vec<String>,
    /// Whether it asks for a certificate of the client.
    pub asks_for_certificate: bool,
    /// Whether it answers a request all the same.
    pub answers_strangers: bool,
    /// The certificate that it shows.
    pub certificate: Fact<ServerCertificate>,
}

/// An X.509 certificate (RFC 5280), in part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerCertificate {
    /// Its subject.
    pub subject: String,
    /// Names and addresses that it is for.
    pub names: Vec<String>,
    /// Begin of its validity (seconds since 1970).
    pub not_before_secs: i64,
    /// End of its validity (seconds since 1970).
    pub not_after_secs: i64,
    /// Whether its issuer is itself.
    pub is_self_issued: bool,
}
