//! Clients of registries, as the arguments want them.

use crate::arguments::RegistryArguments;
use anyhow::{Context, Result};

/// How a guard reaches the registry behind it.
#[derive(Clone)]
pub(crate) struct OwnAccess {
    /// `HOST[:PORT]` of the registry.
    pub(crate) host: String,
    /// Name and secret.
    pub(crate) login: Option<registry::Credential>,
    /// Certificate and key.
    pub(crate) identity: Option<tls::Identity>,
}

/// Options of a client: the environment's, changed by the arguments.
///
/// # Errors
/// When a certificate cannot be read or a mirror is not HOST=URL.
pub(crate) fn options(arguments: &RegistryArguments) -> Result<registry::Options> {
    let mut options = registry::Options::from_env();
    if !arguments.insecure.is_empty() {
        options.insecure = registry::Insecure::Hosts(arguments.insecure.clone());
    }
    for path in &arguments.tls_ca {
        let more = tls::Authorities::read(path)?;
        match &mut options.authorities {
            Some(authorities) => authorities.extend(&more),
            None => options.authorities = Some(more),
        }
    }
    for mirror in &arguments.mirror {
        let (host, url) = mirror.split_once('=').with_context(|| format!("'{mirror}' is not HOST=URL"))?;
        options.mirrors.entry(host.to_owned()).or_default().push(url.to_owned());
    }
    if let Some(own) = &arguments.own {
        options.docker_configs.clear();
        options.credentials.extend(own.login.iter().map(|login| (own.host.clone(), login.clone())));
        options.identity.clone_from(&own.identity);
    }
    Ok(options)
}

/// A client.
///
/// # Errors
/// As [`options`], and when a certificate or address cannot be used.
pub(crate) fn client(arguments: &RegistryArguments) -> Result<registry::Client> {
    Ok(registry::Client::new(options(arguments)?)?)
}
