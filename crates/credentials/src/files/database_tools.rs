//! Connections kept by tools for databases: DBeaver, Robo 3T, DataGrip, pgAdmin, SQuirreL, MySQL Workbench.

use super::{Family, Place, Recipe, Source, url_logins};
use crate::rules::DATABASE_PASSWORD;
use crate::sink::{self, Sink};
use crate::syntax::{json, xml};
use content::Hit;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("dbeaver-data-sources.xml"),
        Place::Name(".dbeaver-data-sources.xml"),
        Place::Name("data-sources.json"),
        Place::Name("credentials-config.json"),
        Place::Name("robomongo.json"),
        Place::Name("robo3t.json"),
        Place::Name("datasources.xml"),
        Place::Name("datasources.local.xml"),
        Place::Name("sqlaliases23.xml"),
        Place::Name("pgadmin4.json"),
        Place::Name("servers.json"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &DATABASE_PASSWORD,
    secrets: &[
        ("@password", "password"),
        ("password", "password"),
        ("userpassword", "password"),
        ("sshuserpassword", "password of a tunnel"),
        ("sshpassphrase", "passphrase of a tunnel"),
        ("clientkeypassphrase", "passphrase of a client key"),
    ],
    users: &["@user", "user", "userName", "username", "sshUserName"],
    places: &["@host", "host", "sshHost", "serverHost", "databaseName", "@url", "url"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    if source.path.ends_with("credentials-config.json") {
        return encrypted(source, sink);
    }
    let is_xml = source.text.trim_start().starts_with('<');
    let document = if is_xml { xml::parse(source.text) } else { json::parse(source.text) };
    RECIPE.apply(&document, sink);
    url_logins(&DATABASE_PASSWORD, &document, sink);
}

/// DBeaver encrypts with a key that stands in its source code (AES-CBC, whole blocks after a 16-byte vector).
fn encrypted(source: &Source<'_>, sink: &mut Sink<'_>) {
    let is_plain = source.text.trim_start().starts_with('{');
    if is_plain
        || source.bytes.len() < 32
        || !source.bytes.len().is_multiple_of(16)
        || !source.path.contains("dbeaver")
    {
        return;
    }
    let mut hit = Hit::of(&DATABASE_PASSWORD, "passwords of databases kept by DBeaver");
    hit.evidence = vec!["encrypted with a key that everybody knows".to_owned()];
    hit.identity = sink::identity(source.bytes);
    sink.push(hit);
}
