//! Who the client is to a registry.

use crate::{credential_helper, docker_config::DockerConfig, options::Options};
use model::Redacted;
use std::{collections::HashMap, path::Path, sync::Mutex};

/// Who the client is to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// Name and password.
    Basic {
        /// Name.
        username: String,
        /// Password.
        password: Redacted<String>,
    },
    /// An OAuth2 refresh token (distribution, docs/spec/auth/oauth.md).
    IdentityToken(Redacted<String>),
    /// A bearer token that the registry takes as it is.
    RegistryToken(Redacted<String>),
}

// No credential file is anywhere near this size.
const CONFIG_BYTES_MAX: u64 = 4 << 20;

/// Finds credentials; remembers what it found, since a helper may ask a person or a key ring.
pub(crate) struct CredentialStore {
    configs: Vec<DockerConfig>,
    explicit: HashMap<String, Credential>,
    found: Mutex<HashMap<(String, String), Option<Credential>>>,
    notes: Vec<String>,
    // What went wrong with helpers: what they keep may not be needed, so the answer of the registry decides.
    helper_problems: Mutex<Vec<String>>,
}

impl CredentialStore {
    pub(crate) fn new(options: &Options) -> Self {
        let mut notes = Vec::new();
        let mut configs = Vec::new();
        for path in &options.docker_configs {
            match read_bounded(path) {
                Ok(Some(bytes)) => match DockerConfig::parse(&bytes) {
                    Ok(config) => {
                        notes.extend(
                            config.problems.iter().map(|problem| format!("{}: {problem}", path.display())),
                        );
                        configs.push(config);
                    }
                    Err(problem) => notes.push(format!("{} is not used: {problem}", path.display())),
                },
                Ok(None) => {}
                Err(error) => notes.push(format!("{} is not used: {error}", path.display())),
            }
        }
        let explicit = options
            .credentials
            .iter()
            .map(|(host, credential)| (canonical_host(host), credential.clone()))
            .collect();
        Self { configs, explicit, found: Mutex::default(), notes, helper_problems: Mutex::default() }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        let problems = self.helper_problems.lock().expect("no thread panics while it holds this lock");
        self.notes.iter().chain(problems.iter()).cloned().collect()
    }

    /// What last went wrong with a helper.
    pub(crate) fn helper_problem(&self) -> Option<String> {
        self.helper_problems.lock().expect("no thread panics while it holds this lock").last().cloned()
    }

    /// The credential for a repository of a registry, `None` when there is none.
    pub(crate) fn find(&self, host: &str, repository: &str, options: &Options) -> Option<Credential> {
        let host = canonical_host(host);
        if let Some(credential) = self.explicit.get(&host) {
            return Some(credential.clone());
        }
        let key = (host, repository.to_owned());
        if let Some(found) = self.found.lock().expect("no thread panics while it holds this lock").get(&key) {
            return found.clone();
        }
        let found = self.ask(&key.0, repository, options);
        self.found.lock().expect("no thread panics while it holds this lock").insert(key, found.clone());
        found
    }

    fn ask(&self, host: &str, repository: &str, options: &Options) -> Option<Credential> {
        for config in &self.configs {
            if let Some(helper) = config.helper(host) {
                match credential_helper::get(helper, &helper_server(host), options) {
                    Ok(Some(credential)) => return Some(credential),
                    Ok(None) => {}
                    Err(error) => {
                        let mut problems =
                            self.helper_problems.lock().expect("no thread panics while it holds this lock");
                        problems.push(error.to_string());
                    }
                }
            }
            if let Some(credential) = config.credential(host, repository) {
                return Some(credential.clone());
            }
        }
        None
    }
}

/// The one name of Docker Hub, and any other host in lower case.
pub(crate) fn canonical_host(host: &str) -> String {
    match host.to_ascii_lowercase().as_str() {
        "docker.io" | "index.docker.io" | "registry-1.docker.io" | "registry.hub.docker.com" => {
            "docker.io".to_owned()
        }
        other => other.to_owned(),
    }
}

// Docker stores the credentials of Docker Hub under the address of its first registry API.
fn helper_server(host: &str) -> String {
    if host == "docker.io" { "https://index.docker.io/v1/".to_owned() } else { host.to_owned() }
}

fn read_bounded(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    use std::io::Read as _;
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(CONFIG_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > CONFIG_BYTES_MAX {
        return Err(std::io::Error::other("larger than any credential file"));
    }
    Ok(Some(bytes))
}
