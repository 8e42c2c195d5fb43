//! Who asks.

use super::{
    directory, exchange::Exchange, reply::Failure, server::RegistryGuard, tls::SYSTEM_AUTHORITIES,
    upstream::fetch,
};
use access::{Access, Credential, Identity, JwtError, KeySet, Principal, Provider, Rate};
use distribution::{Call, Code, Refusal};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Keys of OIDC providers, read again now and then.
#[derive(Default)]
pub(crate) struct Keys(Mutex<HashMap<String, (u64, Arc<KeySet>)>>);

/// Keys are read again after this time.
const KEYS_SECS: u64 = 300;
const KEYS_BYTES_MAX: u64 = 1 << 20;
/// Tokens with keys that are not known make the guard look for new ones so often.
const NEW_KEYS: Rate = Rate { requests_per_minute: 6, burst: 3 };

impl Exchange<'_> {
    /// Finds out who asks, and whether not too often.
    pub(crate) fn identify(&mut self, call: &Call) -> Result<(), Failure> {
        let field = self.head.and_then(|head| head.field("authorization")).map(str::to_owned);
        let credential = Credential::parse(field.as_deref());
        let scope = scope_of(call);
        let credential =
            credential.map_err(|failure| self.unauthorized(scope.as_deref(), &failure.to_string()))?;
        self.identity = match credential {
            Credential::Bearer(token) => {
                let found = self.access.bearer(&token, &self.guard.token_key, self.now_secs, &self.today);
                found.map_err(|failure| self.unauthorized(scope.as_deref(), &failure.to_string()))?
            }
            other => Identity { principal: self.log_in(&other)?, token: None },
        };
        self.record.principal = self.identity.principal.to_string();
        self.record.token = self.identity.token.as_ref().map(|token| token.id.clone());
        // Clients ask there how to log in before they do; it is no pull that counts.
        let is_probe =
            matches!(call, Call::Base(_)) && matches!(self.identity.principal, Principal::Anonymous);
        if is_probe { Ok(()) } else { self.keep_rate() }
    }

    /// The principal of a name and a secret, a certificate, or nothing.
    pub(crate) fn log_in(&mut self, credential: &Credential) -> Result<Principal, Failure> {
        let Credential::Basic(name, secret) = credential else {
            return Ok(self.access.certificate(self.names).unwrap_or(Principal::Anonymous));
        };
        let address = self.record.address.clone();
        if !self.guard.gauge.may_try(&address, name) {
            let message = "too many names or secrets were wrong; try again in a minute";
            let refusal = Refusal::new(429, Code::TooManyRequests, "failed-too-often", message);
            return Err(Failure::Refused(refusal, vec![("Retry-After", "60".to_owned())]));
        }
        let found = find(self.guard, &self.access, name, secret, self.now_secs, &self.today);
        found.map_err(|not_in| match not_in {
            NotIn::Wrong(message) => {
                self.guard.gauge.has_failed(&address, name);
                self.record.notes.push("failed-login");
                self.unauthorized(None, &message)
            }
            NotIn::Unreachable(message) => {
                self.record.notes.push("directory-unreachable");
                let refusal = Refusal::new(503, Code::Unavailable, "directory-unreachable", message);
                Failure::Refused(refusal, vec![("Retry-After", "10".to_owned())])
            }
        })
    }

    /// Refuses who asks too often.
    pub(crate) fn keep_rate(&mut self) -> Result<(), Failure> {
        let principal = &self.identity.principal;
        let Some(rate) = self.access.rate(principal) else { return Ok(()) };
        // Those who do not say who they are are told apart by their address.
        let client = match principal {
            Principal::Anonymous => format!("anonymous {}", self.record.address),
            known => known.to_string(),
        };
        if self.guard.gauge.allows(&client, rate) {
            return Ok(());
        }
        let message = format!("more than {} requests a minute", rate.requests_per_minute);
        let refusal = Refusal::new(429, Code::TooManyRequests, "rate", message);
        Err(Failure::Refused(refusal, vec![("Retry-After", "10".to_owned())]))
    }
}

/// Why somebody is not let in.
enum NotIn {
    /// The name or the secret.
    Wrong(String),
    /// Whoever knows them cannot be asked: they may be right.
    Unreachable(String),
}

fn find(
    guard: &RegistryGuard,
    access: &Access,
    name: &str,
    secret: &str,
    now_secs: u64,
    today: &str,
) -> Result<Principal, NotIn> {
    if let Some(provider) = access.provider(name) {
        let keys = guard.keys.of(provider, now_secs, KEYS_SECS).map_err(NotIn::Wrong)?;
        return match access.id_token(provider, secret, &keys, now_secs) {
            // Perhaps a key that is newer than those at hand; who makes keys up does not make the guard ask all the time.
            Err(access::Failure::Token(JwtError::Key))
                if guard.gauge.allows(&format!("keys {name}"), NEW_KEYS) =>
            {
                let keys = guard.keys.of(provider, now_secs, 0).map_err(NotIn::Wrong)?;
                access.id_token(provider, secret, &keys, now_secs)
            }
            found => found,
        }
        .map_err(|failure| NotIn::Wrong(failure.to_string()));
    }
    let mut unreachable = None;
    if !access.has_name(name, today) {
        for directory in access.directories() {
            match directory::groups_of(directory, name, secret) {
                Ok(Some(groups)) => return Ok(access.of_directory(directory, name, groups)),
                Ok(None) => {}
                Err(error) => {
                    unreachable = Some(format!("the directory {} cannot be asked: {error}", directory.name));
                }
            }
        }
    }
    access.log_in(name, secret, &guard.secrets, now_secs, today).map_err(|failure| match unreachable {
        Some(message) => NotIn::Unreachable(message),
        None => NotIn::Wrong(failure.to_string()),
    })
}

impl Keys {
    fn of(&self, provider: &Provider, now_secs: u64, age_secs_max: u64) -> Result<Arc<KeySet>, String> {
        let (name, place) = (&provider.name, &provider.keys);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, keys)) = kept.get(name)
            && now_secs < at + age_secs_max
        {
            return Ok(Arc::clone(keys));
        }
        let authorities = provider.ca.as_deref().unwrap_or(SYSTEM_AUTHORITIES);
        let bytes = if place.contains("://") { fetch(place, authorities) } else { read_file(place) };
        match bytes.and_then(|bytes| KeySet::parse(&bytes).map_err(std::io::Error::other)) {
            Ok(keys) => {
                let keys = Arc::new(keys);
                kept.insert(name.clone(), (now_secs, Arc::clone(&keys)));
                Ok(keys)
            }
            // What was good before stays good while the provider does not answer.
            Err(error) => match kept.get(name) {
                Some((_, keys)) => Ok(Arc::clone(keys)),
                None => Err(format!("the keys of {name} cannot be read: {error}")),
            },
        }
    }
}

fn read_file(path: &str) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(KEYS_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a token would have to allow for a call.
fn scope_of(call: &Call) -> Option<String> {
    let actions = match call {
        Call::Catalog(_) => return Some("registry:catalog:*".to_owned()),
        Call::Blob(..) | Call::Manifest(..) | Call::Tags(..) | Call::Referrers(..) => "pull",
        Call::ManifestDelete(..) | Call::BlobDelete(..) => "delete",
        _ => "pull,push",
    };
    call.repository().map(|repository| format!("repository:{repository}:{actions}"))
}
