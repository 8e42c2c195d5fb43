//! Credential files: which paths they have, and who reads them.

mod amazon;
mod ansible;
mod azure;
mod browser;
mod cargo;
mod chat;
mod cloud_init;
mod composer;
mod database;
mod database_tools;
mod django;
mod docker;
mod environment;
mod git;
mod google;
mod gradle;
mod history;
mod hosting;
mod htpasswd;
mod jenkins;
mod kubernetes;
mod mail;
mod maven;
mod mysql_login_path;
mod netrc;
mod network;
mod npm;
mod nuget;
mod php;
mod pip;
mod places;
mod postgres;
mod properties;
mod rails;
mod ruby_gems;
mod salesforce;
mod services;
mod shadow;
mod shell_profile;
mod sql_dump;
mod storage;
mod subversion;
mod terraform;
mod transfer;
mod vault;

pub(crate) use places::Places;

use crate::document::{Document, Entry};
use crate::{naming, placeholder::is_placeholder, sink::Sink, url_login::url_login};
use model::{GapReason, RuleInfo};

/// A family of credential files.
pub(crate) struct Family {
    /// Where its files lie.
    pub(crate) places: &'static [Place],
    /// Reads one file.
    pub(crate) read: fn(&Source<'_>, &mut Sink<'_>),
}

/// Where a credential file lies; all in lower case, compared with the path in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Its name.
    Name(&'static str),
    /// The end of its path, from a component on: `.kube/config`.
    Path(&'static str),
    /// What follows the last dot.
    Extension(&'static str),
    /// The beginning of its name.
    Start(&'static str),
    /// A directory that it lies in or below.
    Below(&'static str),
}

/// A credential file.
pub(crate) struct Source<'a> {
    pub(crate) bytes: &'a [u8],
    /// The bytes as text; what is not UTF-8 is replaced.
    pub(crate) text: &'a str,
    /// The path in lower case.
    pub(crate) path: &'a str,
}

static FAMILIES: &[Family] = &[
    amazon::FAMILY,
    ansible::FAMILY,
    azure::FAMILY,
    browser::FAMILY,
    cargo::FAMILY,
    chat::FAMILY,
    cloud_init::FAMILY,
    composer::FAMILY,
    database::FAMILY,
    database_tools::FAMILY,
    django::FAMILY,
    docker::FAMILY,
    environment::FAMILY,
    git::FAMILY,
    google::FAMILY,
    gradle::FAMILY,
    history::FAMILY,
    hosting::FAMILY,
    htpasswd::FAMILY,
    jenkins::FAMILY,
    kubernetes::FAMILY,
    mail::FAMILY,
    maven::FAMILY,
    mysql_login_path::FAMILY,
    netrc::FAMILY,
    network::FAMILY,
    npm::FAMILY,
    nuget::FAMILY,
    php::FAMILY,
    pip::FAMILY,
    postgres::FAMILY,
    properties::FAMILY,
    rails::FAMILY,
    ruby_gems::FAMILY,
    salesforce::FAMILY,
    services::FAMILY,
    shadow::FAMILY,
    shell_profile::FAMILY,
    sql_dump::FAMILY,
    storage::FAMILY,
    subversion::FAMILY,
    terraform::FAMILY,
    transfer::FAMILY,
    vault::FAMILY,
];

/// Shows a file to its families.
pub(crate) fn read(families: &[usize], bytes: &[u8], sink: &mut Sink<'_>) {
    let text = String::from_utf8_lossy(bytes);
    let path = sink.file.inner_path().to_ascii_lowercase();
    let source = Source { bytes, text: &text, path: &path };
    for family in families {
        (FAMILIES[*family].read)(&source, sink);
    }
}

/// Which values of a document are credentials and what to call them.
pub(crate) struct Recipe {
    pub(crate) rule: &'static RuleInfo,
    /// Names of credentials, in any case, and what they are.
    pub(crate) secrets: &'static [(&'static str, &'static str)],
    /// Names beside them that tell the user.
    pub(crate) users: &'static [&'static str],
    /// Names beside them that tell what the credential opens.
    pub(crate) places: &'static [&'static str],
}

impl Recipe {
    /// Reports every credential of the document.
    pub(crate) fn apply(&self, document: &Document, sink: &mut Sink<'_>) {
        noted(document, sink);
        for entry in &document.entries {
            let secret = self.secrets.iter().find(|(name, _)| entry.key.eq_ignore_ascii_case(name));
            if let Some((_, what)) = secret.filter(|_| !is_placeholder(&entry.value)) {
                let user = document.beside(entry, self.users);
                let place =
                    document.beside(entry, self.places).or(Some(entry.section())).filter(|p| !is_number(p));
                sink.secret(self.rule, entry.line, naming::owned(what, user, place), &entry.value);
            }
        }
    }
}

/// Reports logins in addresses, under any name.
pub(crate) fn url_logins(rule: &RuleInfo, document: &Document, sink: &mut Sink<'_>) {
    for entry in &document.entries {
        url_login_of(rule, entry, sink);
    }
}

/// Reports the login in the address of one value; whether there is one.
pub(crate) fn url_login_of(rule: &RuleInfo, entry: &Entry, sink: &mut Sink<'_>) -> bool {
    let Some(login) = url_login(&entry.value).or_else(|| url_login(&entry.key)) else { return false };
    let title = naming::owned("password in an address", Some(&login.user), Some(&login.host));
    sink.secret(rule, entry.line, title, &login.password);
    true
}

/// Notes when a document was not read to its end.
pub(crate) fn noted(document: &Document, sink: &mut Sink<'_>) {
    if document.is_cut {
        sink.halt(GapReason::LimitReached, "a credential file has too many or too deep values".to_owned());
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
