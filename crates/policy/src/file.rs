//! The policy file as it is written: TOML, where every unknown word is an error.

use crate::{
    action::{Action, Threshold},
    date::Expiry,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawFile {
    pub version: Spanned<u32>,
    pub accept_suppressed: Option<Vec<String>>,
    pub vulnerability: Option<RawVulnerability>,
    pub secret: Option<RawKind>,
    pub malware: Option<RawKind>,
    pub webshell: Option<RawKind>,
    pub integrity: Option<RawKind>,
    pub configuration: Option<RawKind>,
    pub licence: Option<RawKind>,
    pub image: Option<RawImage>,
    pub signature: Option<RawSignature>,
    pub gaps: Option<BTreeMap<Spanned<String>, Action>>,
    pub rules: Option<BTreeMap<Spanned<String>, Action>>,
    #[serde(default)]
    pub target: Vec<Spanned<RawTarget>>,
    #[serde(default)]
    pub exception: Vec<Spanned<RawException>>,
}

/// The same tables for some images only.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawTarget {
    pub images: Vec<Spanned<String>>,
    pub vulnerability: Option<RawVulnerability>,
    pub secret: Option<RawKind>,
    pub malware: Option<RawKind>,
    pub webshell: Option<RawKind>,
    pub integrity: Option<RawKind>,
    pub configuration: Option<RawKind>,
    pub licence: Option<RawKind>,
    pub image: Option<RawImage>,
    pub signature: Option<RawSignature>,
    pub gaps: Option<BTreeMap<Spanned<String>, Action>>,
    pub rules: Option<BTreeMap<Spanned<String>, Action>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawKind {
    pub block: Option<Threshold>,
    pub warn: Option<Threshold>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawVulnerability {
    pub block: Option<Threshold>,
    pub warn: Option<Threshold>,
    pub unfixed: Option<Action>,
    pub young_days: Option<u32>,
    pub young: Option<Action>,
    pub not_seen: Option<Action>,
    pub in_use: Option<Action>,
    pub known_exploited: Option<Action>,
    pub epss_min: Option<Spanned<f64>>,
    pub epss: Option<Action>,
    pub cvss_min: Option<Spanned<f64>>,
    pub cvss: Option<Action>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawImage {
    pub root_user: Option<Action>,
    pub end_of_life: Option<Action>,
    pub not_pinned: Option<Action>,
    pub base_outdated: Option<Action>,
    pub registries: Option<Vec<Spanned<String>>>,
    pub other_registries: Option<Action>,
    pub bases: Option<Vec<Spanned<String>>>,
    pub other_bases: Option<Action>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawSignature {
    pub missing: Option<Action>,
    pub keys: Option<Vec<String>>,
    pub keyless: Option<KeylessSigners>,
    pub notation: Option<NotationSigners>,
    pub threshold: Option<Spanned<u32>>,
    pub names: Option<Vec<String>>,
}

/// Identities whose certificates count.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KeylessSigners {
    /// File with the authorities and logs that vouch (`trusted_root.json`), relative to the policy.
    pub trusted_root: String,
    /// Who counts, exactly; each is one signer.
    #[serde(default)]
    pub identities: Vec<String>,
    /// Who counts, by regular expressions that fit as a whole; each is one signer.
    #[serde(default)]
    pub identity_regexes: Vec<String>,
    /// At which issuer.
    pub issuer: String,
}

/// Whom notation's trust policy trusts: one signer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct NotationSigners {
    /// `trustpolicy.json`, relative to the policy.
    pub policy: String,
    /// Directory of the trust stores.
    pub store: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawException {
    pub rule: Option<String>,
    pub package: Option<String>,
    pub path: Option<String>,
    pub fingerprint: Option<String>,
    pub image: Option<String>,
    pub reason: String,
    pub owner: Option<String>,
    pub expires: Expiry,
}
