//! Credential files of Docker and Podman (docker-cli, "config.json"; containers-auth.json(5)).

use crate::{Credential, credential::canonical_host};
use base64::Engine as _;
use model::Redacted;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What a credential file tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DockerConfig {
    // By host, and by host and repository prefix (Podman), without scheme and API version.
    credentials: BTreeMap<String, Credential>,
    helpers: BTreeMap<String, String>,
    default_helper: Option<String>,
    /// Records that were not understood, one line each, without secrets.
    pub problems: Vec<String>,
}

const RECORDS_MAX: usize = 10_000;

impl DockerConfig {
    /// Reads a credential file. A record that is malformed is lost, the rest is not.
    ///
    /// # Errors
    /// When it is no JSON object.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let root: Map<String, Value> = serde_json::from_slice(bytes)
            .map_err(|error| format!("malformed JSON in line {} column {}", error.line(), error.column()))?;
        let mut config = Self::default();
        for (server, entry) in object(&root, "auths").into_iter().flatten().take(RECORDS_MAX) {
            match credential_of(entry) {
                // Entries of servers whose credentials a helper keeps are empty.
                Ok(None) => {}
                Ok(Some(credential)) => {
                    config.credentials.insert(server_key(server), credential);
                }
                Err(problem) => config.problems.push(format!("auths of '{}': {problem}", shown(server))),
            }
        }
        for (server, helper) in object(&root, "credHelpers").into_iter().flatten().take(RECORDS_MAX) {
            match helper.as_str() {
                Some(helper) => {
                    config.helpers.insert(server_key(server), helper.to_owned());
                }
                None => config.problems.push(format!("credHelpers of '{}': not a text", shown(server))),
            }
        }
        config.default_helper =
            root.get("credsStore").and_then(Value::as_str).filter(|s| !s.is_empty()).map(str::to_owned);
        Ok(config)
    }

    /// The credential of the longest prefix of `HOST/REPOSITORY` that has one.
    #[must_use]
    pub fn credential(&self, host: &str, repository: &str) -> Option<&Credential> {
        let mut key = format!("{}/{repository}", canonical_host(host));
        loop {
            if let Some(credential) = self.credentials.get(&key) {
                return Some(credential);
            }
            key.truncate(key.rfind('/')?);
        }
    }

    /// The credential helper that keeps the credentials of a host: the part of its name after
    /// `docker-credential-`.
    #[must_use]
    pub fn helper(&self, host: &str) -> Option<&str> {
        self.helpers.get(&canonical_host(host)).or(self.default_helper.as_ref()).map(String::as_str)
    }
}

fn object<'a>(root: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    root.get(key).and_then(Value::as_object)
}

// `https://index.docker.io/v1/`, `host:5000`, `host/namespace` → host and path, lower-case host.
fn server_key(server: &str) -> String {
    let address =
        server.trim().trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
    let (host, path) = address.split_once('/').unwrap_or((address, ""));
    let host = canonical_host(host);
    match path {
        "" | "v1" | "v2" => host,
        path => format!("{host}/{path}"),
    }
}

fn credential_of(entry: &Value) -> Result<Option<Credential>, &'static str> {
    let entry = entry.as_object().ok_or("not an object")?;
    let text = |key: &str| entry.get(key).and_then(Value::as_str).filter(|value| !value.is_empty());
    if let Some(token) = text("registrytoken") {
        return Ok(Some(Credential::RegistryToken(Redacted::new(token.to_owned()))));
    }
    if let Some(token) = text("identitytoken") {
        return Ok(Some(Credential::IdentityToken(Redacted::new(token.to_owned()))));
    }
    if let (Some(username), Some(password)) = (text("username"), text("password")) {
        return Ok(Some(basic(username, password)));
    }
    let Some(encoded) = text("auth") else { return Ok(None) };
    let decoded = base64::engine::general_purpose::STANDARD
        .decode(encoded.trim())
        .map_err(|_| "'auth' is no base64")?;
    let decoded = String::from_utf8(decoded).map_err(|_| "'auth' holds no text")?;
    let (username, password) = decoded.split_once(':').ok_or("'auth' holds no colon")?;
    // Docker cuts NUL bytes that old versions padded passwords with.
    Ok(Some(basic(username, password.trim_matches('\0'))))
}

fn basic(username: &str, password: &str) -> Credential {
    Credential::Basic { username: username.to_owned(), password: Redacted::new(password.to_owned()) }
}

fn shown(server: &str) -> String {
    server.chars().filter(|c| !c.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(text: &str) -> DockerConfig {
        DockerConfig::parse(text.as_bytes()).unwrap()
    }

    fn name_and_password(credential: Option<&Credential>) -> (String, String) {
        match credential {
            Some(Credential::Basic { username, password }) => (username.clone(), password.reveal().clone()),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn auth_is_found_whatever_form_the_server_was_written_in() {
        for server in [
            "https://reg.example:5000/v2/",
            "http://reg.example:5000",
            "reg.example:5000",
            "REG.example:5000/v1/",
        ] {
            // "user:pa:ss" in base64.
            let config = config(&format!(r#"{{"auths":{{"{server}":{{"auth":"dXNlcjpwYTpzcw=="}}}}}}"#));
            let found = config.credential("reg.example:5000", "a/b");
            assert_eq!(name_and_password(found), ("user".to_owned(), "pa:ss".to_owned()), "{server}");
            assert_eq!(config.credential("reg.example", "a/b"), None);
        }
    }

    #[test]
    fn docker_hub_has_one_name() {
        let config = config(r#"{"auths":{"https://index.docker.io/v1/":{"username":"u","password":"p"}}}"#);
        for host in ["docker.io", "index.docker.io", "registry-1.docker.io"] {
            assert!(config.credential(host, "library/alpine").is_some(), "{host}");
        }
    }

    #[test]
    fn longest_repository_prefix_wins() {
        let config = config(
            r#"{"auths":{"reg.example":{"username":"all","password":"p"},"reg.example/team":{"username":"team","password":"p"}}}"#,
        );
        assert_eq!(name_and_password(config.credential("reg.example", "team/app")).0, "team");
        assert_eq!(name_and_password(config.credential("reg.example", "teams/app")).0, "all");
    }

    #[test]
    fn helpers_of_a_host_come_before_the_default_helper() {
        let config = config(r#"{"credsStore":"store","credHelpers":{"reg.example":"special"}}"#);
        assert_eq!(config.helper("reg.example"), Some("special"));
        assert_eq!(config.helper("other.example"), Some("store"));
    }

    #[test]
    fn a_malformed_record_loses_only_itself_and_shows_no_secret() {
        let config = config(
            r#"{"auths":{"a":{"auth":"%%secret%%"},"b":7,"c":{"identitytoken":"t"}},"credHelpers":[]}"#,
        );
        assert_eq!(config.problems.len(), 2);
        assert!(!format!("{config:?}").contains("secret"));
        assert!(matches!(config.credential("c", "x"), Some(Credential::IdentityToken(_))));
    }

    #[test]
    fn damaged_files_never_panic() {
        let whole = br#"{"auths":{"a":{"auth":"dTpw"},"b":{"registrytoken":"t"}},"credHelpers":{"x":"y"},"credsStore":"z"}"#;
        for at in 0..whole.len() {
            let _ = DockerConfig::parse(&whole[..at]);
            for bit in 0..8 {
                let mut damaged = whole.to_vec();
                damaged[at] ^= 1 << bit;
                let _ = DockerConfig::parse(&damaged);
            }
        }
    }
}
