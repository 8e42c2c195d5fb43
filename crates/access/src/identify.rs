//! From credentials to principals.

use crate::access::Access;
use crate::jwt::JwtError;
use crate::ldap::Directory;
use crate::oidc::{KeySet, Provider};
use crate::principal::{Groups, Principal};
use crate::secret::Secrets;
use crate::token::{Granted, TokenKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What a client shows of itself.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// Nothing.
    Nothing,
    /// A name and a secret (RFC 7617).
    Basic(String, String),
    /// A token (RFC 6750).
    Bearer(String),
}

/// Who asks, and what limits him.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub principal: Principal,
    /// What the token allows, when there is one.
    pub token: Option<Granted>,
}

/// Why somebody is not who he says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The field is malformed.
    #[error("the Authorization field is neither Basic nor Bearer")]
    Malformed,
    /// The name or the secret is wrong; which one is not told.
    #[error("the name or the secret is wrong")]
    Secret,
    /// The token does not count.
    #[error("the token does not count: {0}")]
    Token(#[from] JwtError),
    /// The one it was made for is no longer known.
    #[error("the token is for somebody who is not known any more")]
    Gone,
}

/// A field is at most so long.
const FIELD_BYTES_MAX: usize = 24 << 10;

impl std::fmt::Debug for Credential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Basic(name, _) => write!(f, "Basic({name:?})"),
            Self::Bearer(_) => f.write_str("Bearer"),
        }
    }
}

impl Credential {
    /// Reads the field `Authorization`.
    ///
    /// # Errors
    /// When it is another scheme, or malformed.
    pub fn parse(field: Option<&str>) -> Result<Self, Failure> {
        let Some(field) = field else { return Ok(Self::Nothing) };
        let (scheme, rest) = field.split_once(' ').ok_or(Failure::Malformed)?;
        if field.len() > FIELD_BYTES_MAX {
            return Err(Failure::Malformed);
        }
        let rest = rest.trim_start_matches(' ');
        if scheme.eq_ignore_ascii_case("bearer") {
            return Ok(Self::Bearer(rest.to_owned()));
        }
        if !scheme.eq_ignore_ascii_case("basic") {
            return Err(Failure::Malformed);
        }
        let bytes = STANDARD.decode(rest).map_err(|_| Failure::Malformed)?;
        let text = String::from_utf8(bytes).map_err(|_| Failure::Malformed)?;
        let (name, secret) = text.split_once(':').ok_or(Failure::Malformed)?;
        Ok(Self::Basic(name.to_owned(), secret.to_owned()))
    }
}

impl Access {
    /// The principal of a name and a secret of the file.
    ///
    /// # Errors
    /// When one of them is wrong; it takes as long for names that are not known.
    pub fn log_in(
        &self,
        name: &str,
        secret: &str,
        secrets: &Secrets,
        now_secs: u64,
        today: &str,
    ) -> Result<Principal, Failure> {
        let found = self.secret(name, today);
        let is_right = secrets.verify(name, secret, found.as_ref().map(|(_, hash)| *hash), now_secs);
        found.filter(|_| is_right).map(|(principal, _)| principal).ok_or(Failure::Secret)
    }

    /// Whether the file has such a user or robot.
    #[must_use]
    pub fn has_name(&self, name: &str, today: &str) -> bool {
        self.secret(name, today).is_some()
    }

    /// Who a token of ours is for, if he is still known.
    ///
    /// # Errors
    /// When it does not count.
    pub fn bearer(
        &self,
        token: &str,
        key: &TokenKey,
        now_secs: u64,
        today: &str,
    ) -> Result<Identity, Failure> {
        let granted = key.verify(token, self.service(), now_secs)?;
        if !self.still_knows(&granted.principal, today) {
            return Err(Failure::Gone);
        }
        Ok(Identity { principal: granted.principal.clone(), token: Some(granted) })
    }

    /// The provider that a client names to log in with an ID token as secret.
    #[must_use]
    pub fn provider(&self, name: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.name == name)
    }

    /// The principal of an ID token.
    ///
    /// # Errors
    /// When it does not count.
    pub fn id_token(
        &self,
        provider: &Provider,
        token: &str,
        keys: &KeySet,
        now_secs: u64,
    ) -> Result<Principal, Failure> {
        let (subject, groups) = provider.subject(token, keys, now_secs)?;
        Ok(self.in_known_groups(Principal::Oidc(provider.name.clone(), subject, groups)))
    }

    /// The principal that a directory has vouched for. Directories do not tell `Ann` from `ann` (RFC 4519, section 2.39): it is one
    /// person, and all rules are about the one.
    #[must_use]
    pub fn of_directory(&self, directory: &Directory, name: &str, groups: Groups) -> Principal {
        self.in_known_groups(Principal::Ldap(directory.name.clone(), name.to_ascii_lowercase(), groups))
    }

    /// What a token for these scopes allows: exactly what was asked for and is allowed, nothing that is not.
    #[must_use]
    pub fn grant(&self, principal: &Principal, scopes: &[crate::Scope]) -> Vec<crate::Scope> {
        let mut granted = Vec::new();
        for scope in scopes {
            let actions = match (scope.kind.as_str(), scope.name.as_str()) {
                ("registry", "catalog") if self.may_list(principal) => {
                    scope.actions.iter().filter(|action| *action == "*").cloned().collect()
                }
                ("repository", name) => {
                    let rights = self.rights(principal, name);
                    scope.actions.iter().filter(|action| is_allowed(action, rights)).cloned().collect()
                }
                _ => std::collections::BTreeSet::new(),
            };
            if !actions.is_empty() {
                granted.push(crate::Scope { kind: scope.kind.clone(), name: scope.name.clone(), actions });
            }
        }
        granted
    }
}

fn is_allowed(action: &str, rights: crate::Rights) -> bool {
    use crate::Right;
    match action {
        // Who may list tags, or sign, needs the token's word for it too.
        "pull" => rights.has(Right::Pull) || rights.has(Right::TagList),
        "push" => rights.has(Right::Push) || rights.has(Right::Sign),
        "delete" => rights.has(Right::Delete),
        "*" => rights.has(Right::Admin),
        _ => false,
    }
}
