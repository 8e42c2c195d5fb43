//! The file, as it is written.

use crate::glob::Glob;
use crate::right::Right;
use crate::settings::Mode;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) version: u32,
    pub(crate) service: String,
    #[serde(default = "token_seconds")]
    pub(crate) token_seconds: u32,
    #[serde(default)]
    pub(crate) users: Vec<User>,
    #[serde(default)]
    pub(crate) robots: Vec<Robot>,
    #[serde(default)]
    pub(crate) certificates: Vec<Certificate>,
    #[serde(default)]
    pub(crate) oidc: Vec<Oidc>,
    #[serde(default)]
    pub(crate) ldap: Vec<Ldap>,
    #[serde(default)]
    pub(crate) groups: BTreeMap<String, Vec<Glob>>,
    #[serde(default)]
    pub(crate) rules: Vec<Rule>,
    #[serde(default)]
    pub(crate) immutable: Vec<Immutable>,
    #[serde(default)]
    pub(crate) quotas: Vec<Quota>,
    #[serde(default)]
    pub(crate) rates: Vec<Rate>,
    #[serde(default)]
    pub(crate) admission: Vec<Admission>,
}

fn token_seconds() -> u32 {
    300
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) secret: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Robot {
    pub(crate) name: String,
    pub(crate) secret: String,
    pub(crate) expires: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Certificate {
    pub(crate) name: String,
    pub(crate) san: Glob,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Oidc {
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) audience: String,
    pub(crate) keys: String,
    pub(crate) ca: Option<String>,
    #[serde(default = "subject")]
    pub(crate) claim: String,
    #[serde(default = "groups")]
    pub(crate) groups: String,
}

fn groups() -> String {
    "groups".to_owned()
}

fn subject() -> String {
    "sub".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ldap {
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) dn: String,
    pub(crate) ca: Option<String>,
    pub(crate) groups: Option<LdapGroups>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub(crate) struct LdapGroups {
    pub(crate) base: String,
    #[serde(default = "member")]
    pub(crate) member: String,
    #[serde(default = "common_name")]
    pub(crate) name: String,
}

fn member() -> String {
    "member={dn}".to_owned()
}

fn common_name() -> String {
    "cn".to_owned()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    pub(crate) principals: Vec<Glob>,
    pub(crate) repositories: Vec<Glob>,
    #[serde(default)]
    pub(crate) allow: Vec<Right>,
    #[serde(default)]
    pub(crate) deny: Vec<Right>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Immutable {
    pub(crate) repositories: Vec<Glob>,
    pub(crate) tags: Vec<Glob>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Quota {
    pub(crate) repositories: Vec<Glob>,
    pub(crate) blob_bytes_max: Option<u64>,
    pub(crate) repository_bytes_max: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rate {
    pub(crate) principals: Vec<Glob>,
    pub(crate) requests_per_minute: u32,
    pub(crate) burst: Option<u32>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Admission {
    pub(crate) repositories: Vec<Glob>,
    pub(crate) mode: Mode,
    pub(crate) wait_seconds: Option<u32>,
    #[serde(default)]
    pub(crate) artifacts: Vec<String>,
}
