//! Certificates made by code.

use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use std::sync::Arc;

/// An authority of its own, with what it signed.
pub struct Tls {
    /// The authority's certificate.
    pub ca_pem: Vec<u8>,
    /// A certificate for servers on `127.0.0.1` and `localhost`.
    pub server_pem: Vec<u8>,
    /// Its key.
    pub server_key_pem: Vec<u8>,
    /// A certificate for clients.
    pub client_pem: Vec<u8>,
    /// Its key.
    pub client_key_pem: Vec<u8>,
    /// A server for `127.0.0.1` and `localhost` that takes any client.
    pub server: Arc<ServerConfig>,
    /// The same, for clients with a certificate of the authority only.
    pub server_for_known_clients: Arc<ServerConfig>,
}

impl Tls {
    /// Makes the authority and signs.
    #[must_use]
    pub fn new() -> Self {
        let ca_key = KeyPair::generate().unwrap();
        let mut ca_params = CertificateParams::new(Vec::new()).unwrap();
        ca_params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = ca_params.self_signed(&ca_key).unwrap();
        let issuer = Issuer::new(ca_params, ca_key);
        let sign = |names: &[&str]| -> (Certificate, KeyPair) {
            let key = KeyPair::generate().unwrap();
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            (CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap(), key)
        };
        let server = sign(&["127.0.0.1", "localhost"]);
        let (client, client_key) = sign(&["client"]);
        Self {
            server: server_config(&server, None),
            server_for_known_clients: server_config(&server, Some(&ca)),
            server_pem: server.0.pem().into_bytes(),
            server_key_pem: server.1.serialize_pem().into_bytes(),
            ca_pem: ca.pem().into_bytes(),
            client_pem: client.pem().into_bytes(),
            client_key_pem: client_key.serialize_pem().into_bytes(),
        }
    }
}

impl Default for Tls {
    fn default() -> Self {
        Self::new()
    }
}

fn server_config(
    (certificate, key): &(Certificate, KeyPair),
    client_authority: Option<&Certificate>,
) -> Arc<ServerConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match client_authority {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap())
}
