//! What is sent to be let in: remembered by registry and scope, renewed when a registry asks for it.

use crate::{
    Challenge, Credential, Options, RegistryError,
    credential::CredentialStore,
    http::Http,
    token::{self, Token},
};
use base64::Engine as _;
use model::Redacted;
use std::{collections::HashMap, sync::Mutex, time::Instant};

/// What is to be done, as token servers name it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// Read a repository.
    Pull(String),
    /// Write to a repository.
    Push(String),
    /// List the repositories.
    Catalog,
}

/// Authorizations by registry and scope.
#[derive(Default)]
pub(crate) struct Authorizations {
    challenges: Mutex<HashMap<String, Challenge>>,
    tokens: Mutex<HashMap<(String, Scope), Token>>,
}

impl Scope {
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Pull(repository) => format!("repository:{repository}:pull"),
            Self::Push(repository) => format!("repository:{repository}:pull,push"),
            Self::Catalog => "registry:catalog:*".to_owned(),
        }
    }

    fn repository(&self) -> &str {
        match self {
            Self::Pull(repository) | Self::Push(repository) => repository,
            Self::Catalog => "",
        }
    }
}

impl Authorizations {
    /// The `Authorization` for a request: what is remembered, or fetched since the registry is known to ask.
    pub(crate) fn header(
        &self,
        registry: &str,
        scope: &Scope,
        http: &Http,
        credentials: &CredentialStore,
        options: &Options,
    ) -> Result<Option<Redacted<String>>, RegistryError> {
        let key = (registry.to_owned(), scope.clone());
        {
            let tokens = self.tokens.lock().expect("no thread panics while it holds this lock");
            if let Some(token) = tokens.get(&key)
                && token.expires.is_none_or(|expires| Instant::now() < expires)
            {
                return Ok(Some(token.header.clone()));
            }
        }
        let challenge =
            self.challenges.lock().expect("no thread panics while it holds this lock").get(registry).cloned();
        match challenge {
            None => Ok(None),
            Some(challenge) => {
                self.obtain(registry, scope, &challenge, &scope.text(), http, credentials, options)
            }
        }
    }

    /// Answers a 401. `None` when there is nothing to answer it with.
    pub(crate) fn renew(
        &self,
        registry: &str,
        scope: &Scope,
        challenges: &[Challenge],
        http: &Http,
        credentials: &CredentialStore,
        options: &Options,
    ) -> Result<Option<Redacted<String>>, RegistryError> {
        self.tokens
            .lock()
            .expect("no thread panics while it holds this lock")
            .remove(&(registry.to_owned(), scope.clone()));
        let by_scheme = |scheme: &str| challenges.iter().find(|challenge| challenge.scheme == scheme);
        let Some(challenge) = by_scheme("bearer").or_else(|| by_scheme("basic")) else { return Ok(None) };
        self.challenges
            .lock()
            .expect("no thread panics while it holds this lock")
            .insert(registry.to_owned(), challenge.clone());
        // A registry behind another name may know the repository by another one.
        let scope_text = challenge.parameter("scope").map_or_else(|| scope.text(), str::to_owned);
        self.obtain(registry, scope, challenge, &scope_text, http, credentials, options)
    }

    #[expect(clippy::too_many_arguments, reason = "two ways lead here, both with all of these at hand")]
    fn obtain(
        &self,
        registry: &str,
        scope: &Scope,
        challenge: &Challenge,
        scope_text: &str,
        http: &Http,
        credentials: &CredentialStore,
        options: &Options,
    ) -> Result<Option<Redacted<String>>, RegistryError> {
        let credential = credentials.find(registry, scope.repository(), options);
        let token = match (challenge.scheme.as_str(), &credential) {
            ("bearer", Some(Credential::RegistryToken(token))) => {
                Token { header: Redacted::new(format!("Bearer {}", token.reveal())), expires: None }
            }
            ("bearer", credential) => {
                token::fetch(http, challenge, scope_text, credential.as_ref(), registry, options)?
            }
            (_, Some(Credential::Basic { username, password })) => {
                Token { header: basic_header(username, password), expires: None }
            }
            _ => return Ok(None),
        };
        let header = token.header.clone();
        let mut tokens = self.tokens.lock().expect("no thread panics while it holds this lock");
        tokens.insert((registry.to_owned(), scope.clone()), token);
        Ok(Some(header))
    }
}

/// `Basic …` (RFC 7617).
pub(crate) fn basic_header(username: &str, password: &Redacted<String>) -> Redacted<String> {
    let both = format!("{username}:{}", password.reveal());
    Redacted::new(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(both)))
}
