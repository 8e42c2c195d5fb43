//! Credentials of Jenkins (jenkins.io, "Storing Secrets").

use super::{Family, Place, Recipe, Source};
use crate::rules::CI_CREDENTIALS;
use crate::sink::Sink;
use crate::syntax::xml;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("credentials.xml"),
        Place::Path("secrets/master.key"),
        Place::Path("secrets/initialadminpassword"),
        Place::Name("com.dabsquared.gitlabjenkins.connection.gitlabconnectionconfig.xml"),
        Place::Name("jenkins.plugins.publish_over_ssh.bapsshpublisherplugin.xml"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &CI_CREDENTIALS,
    secrets: &[
        ("password", "password kept by Jenkins"),
        ("passphrase", "passphrase kept by Jenkins"),
        ("secret", "secret kept by Jenkins"),
        ("secretkey", "secret key kept by Jenkins"),
        ("apitoken", "token kept by Jenkins"),
        ("secretbytes", "secret file kept by Jenkins"),
        ("privatekey", "private key kept by Jenkins"),
    ],
    users: &["username", "accessKey"],
    places: &["description", "id"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    if source.path.ends_with(".xml") {
        return RECIPE.apply(&unbraced(source.text), sink);
    }
    let value = source.text.trim();
    let is_key = value.len() == 256 && value.bytes().all(|b| b.is_ascii_hexdigit());
    let is_password = source.path.ends_with("initialadminpassword") && !value.contains(char::is_whitespace);
    if is_key || is_password {
        let what = if is_key { "master key of Jenkins" } else { "initial administrator password of Jenkins" };
        sink.secret(&CI_CREDENTIALS, 1, what.to_owned(), value);
    }
}

/// Encrypted values stand in braces, which elsewhere mark placeholders.
fn unbraced(text: &str) -> crate::document::Document {
    let mut document = xml::parse(text);
    for entry in &mut document.entries {
        if let Some(inner) = entry.value.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            entry.value = inner.to_owned();
        }
    }
    document
}
