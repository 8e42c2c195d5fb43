//! Which engine is meant: options, environment, contexts, defaults, in the order of Docker's own client
//! (docker-cli, cli/command/cli.go, `resolveContextName`; cli/context/store for the files).

use crate::{Address, DockerError, Environment, Options, address::DefaultSecurity};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::{
    io::{self, Read as _},
    path::{Path, PathBuf},
};

/// An engine's address and what TLS with it rests on.
pub(crate) struct Place {
    pub(crate) address: Address,
    pub(crate) tls: tls::Client,
}

const DEFAULT_CONTEXT: &str = "default";
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";
const FILE_BYTES_MAX: u64 = 4 << 20;

#[derive(Default, Deserialize)]
#[serde(default)]
struct ConfigFile {
    #[serde(rename = "currentContext")]
    current_context: Option<String>,
}

#[derive(Deserialize)]
struct ContextFile {
    #[serde(rename = "Endpoints", default)]
    endpoints: std::collections::BTreeMap<String, EndpointRecord>,
}

#[derive(Deserialize)]
struct EndpointRecord {
    #[serde(rename = "Host", default)]
    host: String,
    #[serde(rename = "SkipTLSVerify", default)]
    skip_tls_verify: bool,
}

/// Finds the engine that is meant.
pub(crate) fn find(options: &Options) -> Result<Place, DockerError> {
    let environment = &options.environment;
    let mut place = match (&options.host, &options.context, &environment.docker_host) {
        (Some(host), _, _) => by_host(host, environment)?,
        (None, Some(context), _) => by_context(context, environment)?,
        (None, None, Some(host)) => by_host(host, environment)?,
        (None, None, None) => match named_context(environment)? {
            Some(context) => by_context(&context, environment)?,
            None => by_default(environment)?,
        },
    };
    if let Some(tls) = &options.tls {
        place.tls = tls.clone();
        if let Address::Tcp(authority) = place.address {
            place.address = Address::Tls(authority);
        }
    }
    Ok(place)
}

fn named_context(environment: &Environment) -> Result<Option<String>, DockerError> {
    if let Some(context) = &environment.docker_context {
        return Ok(Some(context.clone()));
    }
    let Some(directory) = &environment.config_dir else { return Ok(None) };
    let path = directory.join("config.json");
    let Some(bytes) = read_optional(&path)? else { return Ok(None) };
    // A damaged file also holds credentials, which matter elsewhere; which engine is meant is then the default.
    let config: ConfigFile = serde_json::from_slice(&bytes).unwrap_or_default();
    Ok(config.current_context.filter(|name| !name.is_empty()))
}

fn by_host(host: &str, environment: &Environment) -> Result<Place, DockerError> {
    let security = if environment.has_tls { DefaultSecurity::Tls } else { DefaultSecurity::Plain };
    let address = Address::parse(host, security)?;
    let mut tls = tls::Client::default();
    if let Address::Tls(_) = address {
        let directory = environment.cert_path.as_ref().or(environment.config_dir.as_ref());
        tls = directory.map(|directory| material(directory)).transpose()?.unwrap_or_default();
        tls.is_unverified = environment.has_tls && !environment.is_tls_verified;
    }
    Ok(Place { address, tls })
}

fn by_default(environment: &Environment) -> Result<Place, DockerError> {
    let rootless = environment.runtime_dir.as_ref().map(|directory| directory.join("docker.sock"));
    let default = PathBuf::from(DEFAULT_SOCKET);
    let socket = match rootless {
        Some(rootless) if !default.exists() && rootless.exists() => rootless,
        _ => default,
    };
    by_host(&format!("unix://{}", socket.display()), environment)
}

fn by_context(name: &str, environment: &Environment) -> Result<Place, DockerError> {
    if name == DEFAULT_CONTEXT {
        return match &environment.docker_host {
            Some(host) => by_host(host, environment),
            None => by_default(environment),
        };
    }
    let refused = |reason: String| DockerError::Context {
        name: name.chars().filter(|c| !c.is_control()).take(100).collect(),
        reason,
    };
    let directory =
        environment.config_dir.as_ref().ok_or_else(|| refused("there is no ~/.docker".to_owned()))?;
    // Files of a context lie in a directory named after the SHA-256 of its name (cli/context/store/metadatastore.go).
    let id: String = Sha256::digest(name).iter().map(|byte| format!("{byte:02x}")).collect();
    let contexts = directory.join("contexts");
    let bytes = read_optional(&contexts.join("meta").join(&id).join("meta.json"))?.ok_or_else(|| {
        refused("it does not exist\nhint: docker context ls shows those that do".to_owned())
    })?;
    let file: ContextFile =
        serde_json::from_slice(&bytes).map_err(|error| refused(format!("its file is malformed: {error}")))?;
    let endpoint =
        file.endpoints.get("docker").ok_or_else(|| refused("it names no Docker Engine".to_owned()))?;
    let tls_directory = contexts.join("tls").join(&id).join("docker");
    let has_tls = tls_directory.is_dir() || endpoint.skip_tls_verify;
    let security = if has_tls { DefaultSecurity::Tls } else { DefaultSecurity::Plain };
    let host =
        if endpoint.host.is_empty() { format!("unix://{DEFAULT_SOCKET}") } else { endpoint.host.clone() };
    let mut tls = material(&tls_directory)?;
    tls.is_unverified = endpoint.skip_tls_verify;
    Ok(Place { address: Address::parse(&host, security)?, tls })
}

// `ca.pem`, `cert.pem` and `key.pem`, each of which may be missing.
fn material(directory: &Path) -> Result<tls::Client, DockerError> {
    let [authority, chain, key] = ["ca.pem", "cert.pem", "key.pem"].map(|name| directory.join(name));
    let unusable = |source| DockerError::Tls { source };
    let authorities = authority.exists().then(|| tls::Authorities::read(&authority)).transpose();
    let identity = (chain.exists() && key.exists()).then(|| tls::Identity::read(&chain, &key)).transpose();
    Ok(tls::Client {
        authorities: authorities.map_err(unusable)?,
        identity: identity.map_err(unusable)?,
        is_unverified: false,
    })
}

fn read_optional(path: &Path) -> Result<Option<Vec<u8>>, DockerError> {
    let failed = |source| DockerError::Read { path: path.to_owned(), source };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config_dir(current: &str) -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("config.json"), format!(r#"{{"currentContext":"{current}"}}"#))
            .unwrap();
        // sha256 of "remote".
        let id: String = Sha256::digest("remote").iter().map(|byte| format!("{byte:02x}")).collect();
        let meta = directory.path().join("contexts/meta").join(&id);
        std::fs::create_dir_all(&meta).unwrap();
        let text = r#"{"Name":"remote","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://10.0.0.1","SkipTLSVerify":false}}}"#;
        std::fs::write(meta.join("meta.json"), text).unwrap();
        let tls = directory.path().join("contexts/tls").join(&id).join("docker");
        std::fs::create_dir_all(&tls).unwrap();
        std::fs::write(tls.join("ca.pem"), testkit::Tls::new().ca_pem).unwrap();
        directory
    }

    fn find_with(change: impl FnOnce(&mut Options)) -> Result<Place, DockerError> {
        let mut options = Options::default();
        change(&mut options);
        find(&options)
    }

    #[test]
    fn current_context_is_used_with_its_tls_material() {
        let directory = config_dir("remote");
        let place = find_with(|o| o.environment.config_dir = Some(directory.path().to_owned())).unwrap();
        assert_eq!(place.address, Address::Tls("10.0.0.1:2376".to_owned()));
        assert_eq!(place.tls.authorities.unwrap().certificates().len(), 1);
    }

    #[test]
    fn docker_host_wins_over_docker_context_and_options_over_both() {
        let directory = config_dir("remote");
        let environment = Environment {
            docker_host: Some("unix:///from-env".to_owned()),
            docker_context: Some("remote".to_owned()),
            config_dir: Some(directory.path().to_owned()),
            ..Environment::default()
        };
        let address = |change: fn(&mut Options)| {
            let environment = environment.clone();
            find_with(|o| {
                o.environment = environment;
                change(o);
            })
            .unwrap()
            .address
            .to_string()
        };
        assert_eq!(address(|_| {}), "unix:///from-env");
        assert_eq!(address(|o| o.environment.docker_host = None), "https://10.0.0.1:2376");
        assert_eq!(address(|o| o.host = Some("tcp://h:1".to_owned())), "tcp://h:1");
        assert_eq!(address(|o| o.context = Some("remote".to_owned())), "https://10.0.0.1:2376");
        assert_eq!(address(|o| o.context = Some("default".to_owned())), "unix:///from-env");
    }

    #[test]
    fn unknown_context_is_an_error_not_the_default() {
        let directory = config_dir("gone");
        let result = find_with(|o| o.environment.config_dir = Some(directory.path().to_owned()));
        assert!(matches!(result, Err(DockerError::Context { .. })));
    }

    #[test]
    fn rootless_socket_is_the_default_where_there_is_no_other() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("docker.sock"), "").unwrap();
        let place = find_with(|o| o.environment.runtime_dir = Some(directory.path().to_owned())).unwrap();
        if !Path::new(DEFAULT_SOCKET).exists() {
            assert_eq!(place.address, Address::Unix(directory.path().join("docker.sock")));
        }
    }
}
