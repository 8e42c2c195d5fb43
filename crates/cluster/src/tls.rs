//! TLS with an API server, and the way to it.

use crate::{ClusterError, Environment, error::sanitised, find::Place, user::Credentials};
use model::Redacted;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use std::{path::PathBuf, time::Duration};
use ureq::{
    Agent, Error, Proxy,
    http::Uri,
    tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem},
    unversioned::{
        resolver::DefaultResolver,
        transport::{
            ConnectProxyConnector, ConnectionDetails, Connector, RustlsConnector, TcpConnector, Transport,
        },
    },
};

// Where distributions keep the machine's certificate authorities (Go, crypto/x509/root_linux.go).
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// A certificate and its key, PEM.
#[derive(Clone, Debug)]
pub(crate) struct ClientCertificate {
    /// The certificate, then those that lead to its authority.
    pub(crate) chain_pem: Vec<u8>,
    /// Its private key.
    pub(crate) key_pem: Redacted<Vec<u8>>,
}

/// The agent for one cluster and user.
pub(crate) fn agent(
    place: &Place,
    server: &Uri,
    credentials: &Credentials,
    environment: &Environment,
    connect_timeout: Duration,
) -> Result<Agent, ClusterError> {
    let cluster = &place.cluster;
    let wrong =
        |reason: String| ClusterError::Entry { what: "cluster", name: sanitised(&place.name, 200), reason };
    let roots = match &cluster.authority {
        None => machine_authorities(environment),
        Some(source) => {
            let authorities = certificates(&source.read()?);
            if authorities.is_empty() {
                return Err(wrong("certificate-authority holds no PEM certificate".to_owned()));
            }
            RootCerts::from(authorities)
        }
    };
    let client = credentials.certificate.as_ref().map(client).transpose().map_err(|reason| {
        ClusterError::Entry { what: "user", name: sanitised(&place.user_name, 200), reason }
    })?;
    let tls = TlsConfig::builder()
        .root_certs(roots)
        .client_cert(client)
        .disable_verification(cluster.is_unverified)
        .build();
    let mut builder = Agent::config_builder()
        .tls_config(tls)
        .http_status_as_error(false)
        .max_redirects(0)
        .user_agent(concat!("seawall/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(connect_timeout));
    // A proxy's loopback is another machine's.
    if is_loopback(server) {
        builder = builder.proxy(None);
    }
    if let Some(url) = &cluster.proxy_url {
        if !url.starts_with("http://") && !url.starts_with("https://") {
            return Err(wrong("proxy-url is none of http:// and https://".to_owned()));
        }
        let proxy = Proxy::new(url).map_err(|_| wrong("proxy-url is malformed".to_owned()))?;
        builder = builder.proxy(Some(proxy));
    }
    let config = builder.build();
    let Some(name) = &cluster.tls_server_name else { return Ok(config.into()) };
    let named = Uri::builder().scheme("https").authority(name.as_str()).path_and_query("/").build();
    let named = named.map_err(|_| wrong("tls-server-name is no host name".to_owned()))?;
    let tls = NamedTls { inner: RustlsConnector::default(), server: server.clone(), named };
    let connector = ().chain(ConnectProxyConnector::default()).chain(TcpConnector::default()).chain(tls);
    Ok(Agent::with_parts(config, connector, DefaultResolver::default()))
}

/// TLS that wants the server's certificate to have another name than the address.
#[derive(Debug)]
struct NamedTls {
    inner: RustlsConnector,
    server: Uri,
    named: Uri,
}

impl<In: Transport> Connector<In> for NamedTls {
    type Out = <RustlsConnector as Connector<In>>::Out;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        // A proxy is known by its own name.
        let is_server = details.uri.authority() == self.server.authority();
        let details = ConnectionDetails {
            uri: if is_server { &self.named } else { details.uri },
            addrs: details.addrs.clone(),
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        self.inner.connect(&details, Some(transport))
    }
}

pub(crate) fn is_loopback(server: &Uri) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn machine_authorities(environment: &Environment) -> RootCerts {
    let files = match &environment.authorities {
        Some(file) => vec![file.clone()],
        None => BUNDLES.iter().map(PathBuf::from).collect(),
    };
    let found = files
        .iter()
        .filter_map(|file| crate::find::read_bounded(file, 16 << 20).ok())
        .map(|pem| certificates(&pem))
        .find(|authorities| !authorities.is_empty());
    found.map_or(RootCerts::WebPki, RootCerts::from)
}

fn certificates(pem: &[u8]) -> Vec<Certificate<'static>> {
    parse_pem(pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect()
}

// What does not fit together is found here, since the TLS library takes it for a programming error later.
fn client(given: &ClientCertificate) -> Result<ClientCert, String> {
    let chain = certificates(&given.chain_pem);
    if chain.is_empty() {
        return Err("client-certificate holds no PEM certificate".to_owned());
    }
    let no_key = || "client-key holds no PEM key that can be used without a password".to_owned();
    let key = PrivateKey::from_pem(given.key_pem.reveal()).map_err(|_| no_key())?;
    let key_der = PrivateKeyDer::from_pem_slice(given.key_pem.reveal()).map_err(|_| no_key())?;
    let chain_der =
        chain.iter().map(|certificate| CertificateDer::from(certificate.der().to_vec())).collect();
    rustls::ClientConfig::builder_with_provider(
        std::sync::Arc::new(rustls::crypto::ring::default_provider()),
    )
    .with_safe_default_protocol_versions()
    .and_then(|builder| {
        builder
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_client_auth_cert(chain_der, key_der)
    })
    .map_err(|error| format!("client-certificate and client-key: {error}"))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}
