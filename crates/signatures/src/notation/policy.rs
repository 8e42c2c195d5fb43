//! Trust policies and trust stores (notaryproject/specifications, trust-store-trust-policy.md).

use super::subject::{self, Attributes};
use crate::{certificate::Certificate, encoding::shown, pem};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A trust policy with the certificates of its stores.
#[derive(Clone, Debug)]
pub struct Notation {
    statements: Vec<Statement>,
    stores: BTreeMap<String, Vec<Certificate>>,
}

/// What a policy says of some repositories.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    name: String,
    scopes: Vec<String>,
    level: Level,
    overrides: BTreeMap<Check, Action>,
    /// `ca:NAME`.
    pub(crate) stores: Vec<String>,
    /// `tsa:NAME`.
    pub(crate) stamp_stores: Vec<String>,
    pub(crate) timestamp_when: TimestampWhen,
    /// None: everybody whom a store vouches for.
    identities: Option<Vec<Attributes>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Strict,
    Permissive,
    Audit,
    Skip,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Check {
    Authenticity,
    Timestamp,
    Expiry,
    Revocation,
}

/// What a failed check comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Enforce,
    Log,
    Skip,
}

/// When a timestamp is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimestampWhen {
    Always,
    AfterEnd,
}

/// Why there is no trust policy.
#[derive(Debug, thiserror::Error)]
pub enum NotationError {
    /// Not JSON of this shape.
    #[error("it is not notation's trustpolicy.json: {0}")]
    Json(serde_json::Error),
    /// Something in it is against the rules.
    #[error("trust policy '{name}': {reason}")]
    Policy {
        /// Which statement.
        name: String,
        /// Why.
        reason: String,
    },
    /// A store's file cannot be used.
    #[error("the trust store {store}: {reason}")]
    Store {
        /// `ca:NAME`.
        store: String,
        /// Why.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawPolicy {
    version: String,
    trust_policies: Vec<RawStatement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawStatement {
    name: String,
    #[serde(default)]
    registry_scopes: Vec<String>,
    signature_verification: RawVerification,
    #[serde(default)]
    trust_stores: Vec<String>,
    #[serde(default)]
    trusted_identities: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawVerification {
    level: String,
    #[serde(default, rename = "override")]
    overrides: BTreeMap<String, String>,
    #[serde(default)]
    verify_timestamp: Option<String>,
}

const STATEMENTS_MAX: usize = 256;
const CERTIFICATES_MAX: usize = 1024;

impl Notation {
    /// Reads `trustpolicy.json`; its stores are added afterwards.
    ///
    /// # Errors
    /// When it is malformed or against the rules of the specification: what was meant is never guessed.
    pub fn parse(bytes: &[u8]) -> Result<Self, NotationError> {
        let raw: RawPolicy = serde_json::from_slice(bytes).map_err(NotationError::Json)?;
        let wrong =
            |name: &str, reason: &str| NotationError::Policy { name: shown(name), reason: shown(reason) };
        if raw.version != "1.0" {
            return Err(wrong("", &format!("version '{}' is not supported", raw.version)));
        }
        if raw.trust_policies.is_empty() || raw.trust_policies.len() > STATEMENTS_MAX {
            return Err(wrong("", "there is none, or there are too many"));
        }
        let mut statements: Vec<Statement> = Vec::new();
        for one in &raw.trust_policies {
            let statement = statement(one).map_err(|reason| wrong(&one.name, &reason))?;
            for other in &statements {
                if other.name == statement.name
                    || other.scopes.iter().any(|scope| statement.scopes.contains(scope))
                {
                    return Err(wrong(&one.name, "its name or a scope of it stands in another one too"));
                }
            }
            statements.push(statement);
        }
        Ok(Self { statements, stores: BTreeMap::new() })
    }

    /// The stores that it names: `ca:acme`, `tsa:clock`, sorted.
    #[must_use]
    pub fn stores(&self) -> Vec<String> {
        let named = self.statements.iter().flat_map(|one| one.stores.iter().chain(&one.stamp_stores));
        let mut names: Vec<String> = named.cloned().collect();
        names.sort();
        names.dedup();
        names
    }

    /// Adds a file of a store: certificates in PEM, or one in DER.
    ///
    /// # Errors
    /// When it holds none, or one that cannot be read.
    pub fn add_store(&mut self, store: &str, file: &[u8]) -> Result<(), NotationError> {
        let wrong = |reason: String| NotationError::Store { store: shown(store), reason };
        let all = self.stores.entry(store.to_owned()).or_default();
        let ders: Vec<Vec<u8>> = if file.starts_with(&[0x30]) {
            vec![file.to_vec()]
        } else {
            let blocks = pem::blocks(file).map_err(|error| wrong(error.to_string()))?;
            if let Some(block) = blocks.iter().find(|block| block.label != "CERTIFICATE") {
                return Err(wrong(format!("'{}' is no certificate", shown(&block.label))));
            }
            blocks.into_iter().map(|block| block.bytes).collect()
        };
        for der in ders {
            if all.len() == CERTIFICATES_MAX {
                return Err(wrong(format!("it has more than {CERTIFICATES_MAX} certificates")));
            }
            all.push(Certificate::parse(&der).map_err(wrong)?);
        }
        Ok(())
    }

    /// The statement for a repository: the one that names it, else the one for all.
    pub(crate) fn statement(&self, repository: Option<&str>) -> Option<&Statement> {
        let of =
            |scope: &str| self.statements.iter().find(|one| one.scopes.iter().any(|known| known == scope));
        repository.and_then(of).or_else(|| of("*"))
    }

    pub(crate) fn authorities<'a>(&'a self, stores: &'a [String]) -> impl Iterator<Item = &'a Certificate> {
        stores.iter().filter_map(|name| self.stores.get(name)).flatten()
    }
}

fn statement(raw: &RawStatement) -> Result<Statement, String> {
    if raw.name.is_empty() {
        return Err("it has no name".to_owned());
    }
    let level = match raw.signature_verification.level.as_str() {
        "strict" => Level::Strict,
        "permissive" => Level::Permissive,
        "audit" => Level::Audit,
        "skip" => Level::Skip,
        other => return Err(format!("there is no level '{other}'")),
    };
    if raw.registry_scopes.is_empty() {
        return Err("it has no registryScopes".to_owned());
    }
    for scope in &raw.registry_scopes {
        let is_wild = scope.contains('*') && scope != "*";
        if is_wild || scope == "*" && raw.registry_scopes.len() > 1 || !scope.contains('/') && scope != "*" {
            return Err(format!("'{scope}' is no scope (hint: registry.example/app, or * alone)"));
        }
    }
    let mut overrides = BTreeMap::new();
    for (check, action) in &raw.signature_verification.overrides {
        overrides.insert(check_of(check)?, action_of(check, action)?);
    }
    if level == Level::Skip
        && !(raw.trust_stores.is_empty() && raw.trusted_identities.is_empty() && overrides.is_empty())
    {
        return Err("level skip has no stores, identities or overrides".to_owned());
    }
    let of_kind = |kind: &str| -> Vec<String> {
        raw.trust_stores.iter().filter(|store| store.starts_with(kind)).cloned().collect()
    };
    for store in &raw.trust_stores {
        let (kind, name) =
            store.split_once(':').ok_or_else(|| format!("'{store}' is no store (hint: ca:NAME)"))?;
        // The name becomes part of a path.
        let is_name = !name.is_empty()
            && name != "."
            && name != ".."
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'));
        if !matches!(kind, "ca" | "tsa") || !is_name {
            return Err(format!("the store '{store}' is not supported (hint: ca:NAME, tsa:NAME)"));
        }
    }
    let stores = of_kind("ca:");
    let identities = match raw.trusted_identities.as_slice() {
        [all] if all == "*" => None,
        some => Some(some.iter().map(|text| identity(text)).collect::<Result<Vec<_>, String>>()?),
    };
    if level != Level::Skip && (stores.is_empty() || identities.as_ref().is_some_and(Vec::is_empty)) {
        return Err("it needs trustStores of kind ca, and trustedIdentities".to_owned());
    }
    let timestamp_when = match raw.signature_verification.verify_timestamp.as_deref() {
        None | Some("always") => TimestampWhen::Always,
        Some("afterCertExpiry") => TimestampWhen::AfterEnd,
        Some(other) => return Err(format!("'{other}' is no verifyTimestamp")),
    };
    Ok(Statement {
        name: raw.name.clone(),
        scopes: raw.registry_scopes.clone(),
        level,
        overrides,
        stores,
        stamp_stores: of_kind("tsa:"),
        timestamp_when,
        identities,
    })
}

fn identity(text: &str) -> Result<Attributes, String> {
    let named = text
        .strip_prefix("x509.subject:")
        .ok_or_else(|| format!("'{text}' is no identity (hint: x509.subject: C=US, ST=WA, O=acme)"))?;
    let attributes = subject::parse(named).ok_or_else(|| format!("'{text}' is no subject"))?;
    for name in ["C", "ST", "O"] {
        if !attributes.iter().any(|(known, _)| known == name) {
            return Err(format!("'{text}' does not tell {name}, which the specification demands"));
        }
    }
    Ok(attributes)
}

fn check_of(name: &str) -> Result<Check, String> {
    match name {
        "authenticity" => Ok(Check::Authenticity),
        "authenticTimestamp" => Ok(Check::Timestamp),
        "expiry" => Ok(Check::Expiry),
        "revocation" => Ok(Check::Revocation),
        other => Err(format!("'{other}' cannot be overridden")),
    }
}

fn action_of(check: &str, name: &str) -> Result<Action, String> {
    match name {
        "enforce" => Ok(Action::Enforce),
        "log" => Ok(Action::Log),
        "skip" if check != "authenticity" => Ok(Action::Skip),
        other => Err(format!("'{other}' is no action for {check}")),
    }
}

impl Statement {
    pub(crate) fn is_skipped(&self) -> bool {
        self.level == Level::Skip
    }

    /// The table of levels in trust-store-trust-policy.md, "Signature Verification details".
    pub(crate) fn action(&self, check: Check) -> Action {
        if let Some(action) = self.overrides.get(&check) {
            return *action;
        }
        match (self.level, check) {
            (Level::Strict, _) | (Level::Permissive, Check::Authenticity) => Action::Enforce,
            (Level::Permissive | Level::Audit, _) => Action::Log,
            (Level::Skip, _) => Action::Skip,
        }
    }

    pub(crate) fn trusts(&self, subject: &[(String, String)]) -> bool {
        match &self.identities {
            None => true,
            Some(identities) => identities.iter().any(|named| subject::has_all(subject, named)),
        }
    }
}
