//! The side that connects.

use crate::{Authorities, Identity};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// What a client rests on.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Who may vouch for the server; Mozilla's list, compiled in, without any.
    pub authorities: Option<Authorities>,
    /// What is shown to a server that asks for it.
    pub identity: Option<Identity>,
    /// Any certificate of the server will do.
    pub is_unverified: bool,
}

impl Client {
    /// The settings of an HTTP client.
    #[must_use]
    pub fn settings(&self) -> TlsConfig {
        TlsConfig::builder()
            .root_certs(self.authorities.as_ref().map_or(RootCerts::WebPki, roots))
            .client_cert(self.identity.as_ref().map(Identity::of_http_client))
            .disable_verification(self.is_unverified)
            .build()
    }
}

fn roots(authorities: &Authorities) -> RootCerts {
    RootCerts::from(authorities.certificates().iter().map(|der| Certificate::from_der(der).to_owned()))
}
