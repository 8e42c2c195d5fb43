//! The way to an API server: TLS, proxies, names.

use crate::{ClusterError, Environment, error::sanitised, find::Place, user::Credentials};
use std::time::Duration;
use ureq::{
    Agent, Error, Proxy,
    http::Uri,
    unversioned::{
        resolver::DefaultResolver,
        transport::{
            ConnectProxyConnector, ConnectionDetails, Connector, RustlsConnector, TcpConnector, Transport,
        },
    },
};

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
    let authorities = match &cluster.authority {
        None => tls::machine_authorities(environment.authorities.as_deref()),
        Some(source) => {
            let origin = source.origin("certificate-authority-data");
            let authorities = tls::Authorities::from_pem(&source.read()?, &origin);
            Some(authorities.map_err(|error| wrong(error.to_string()))?)
        }
    };
    let identity = credentials.identity.clone();
    let tls = tls::Client { authorities, identity, is_unverified: cluster.is_unverified };
    let mut builder = Agent::config_builder()
        .tls_config(tls.settings())
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
