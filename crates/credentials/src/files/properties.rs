//! Settings of programs in Java and others: `application.properties` and `application.yml` of Spring, `*.properties`,
//! `appsettings.json` of ASP.NET.

use super::{Family, Place, Source, environment, noted};
use crate::document::{Document, Entry};
use crate::naming::{owned, shown};
use crate::rules::{DATABASE_PASSWORD, SERVER_PASSWORD};
use crate::secret_name::secret_word;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, json, yaml};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("application.properties"),
        Place::Start("application-"),
        Place::Name("application.yml"),
        Place::Name("application.yaml"),
        Place::Name("bootstrap.yml"),
        Place::Name("bootstrap.properties"),
        Place::Name("hibernate.properties"),
        Place::Name("jdbc.properties"),
        Place::Name("db.properties"),
        Place::Name("database.properties"),
        Place::Name("config.properties"),
        Place::Name("liquibase.properties"),
        Place::Name("flyway.conf"),
        Place::Name("sonar-project.properties"),
        Place::Name("appsettings.json"),
        Place::Start("appsettings."),
        Place::Name("parameters.yml"),
        Place::Name("parameters.yaml"),
        Place::Name("secrets.json"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let name = source.path.rsplit('/').next().unwrap_or("");
    if name.starts_with("application-") && name.ends_with(".json") {
        return;
    }
    let document = match name.rsplit('.').next().unwrap_or("") {
        "properties" | "conf" => ini::parse(source.text, Separator::EqualsOrColon),
        "yml" | "yaml" => yaml::parse(source.text),
        "json" => json::parse(source.text),
        _ => return,
    };
    noted(&document, sink);
    for entry in &document.entries {
        if connection_string(entry, sink) {
            continue;
        }
        match secret_word(&entry.key) {
            Some(what) if !entry.value.contains(' ') => credential(&document, entry, what, sink),
            // An address with a login.
            None => environment::variable(entry, sink),
            Some(_) => {}
        }
    }
}

fn credential(document: &Document, entry: &Entry, what: &str, sink: &mut Sink<'_>) {
    // In properties the names above are part of the key.
    let (above, _) = entry.key.rsplit_once('.').unwrap_or(("", ""));
    let neighbour = |name: &str| {
        let key = if above.is_empty() { name.to_owned() } else { format!("{above}.{name}") };
        document.beside(entry, &[&key])
    };
    let user = neighbour("username").or_else(|| neighbour("user"));
    let place = neighbour("url").or_else(|| neighbour("host"));
    let is_database = ["datasource", "jdbc", "database", "db", "hibernate", "flyway", "liquibase"]
        .iter()
        .any(|word| entry.key.contains(word) || entry.parent.to_ascii_lowercase().contains(word));
    let rule = if is_database && what == "password" { &DATABASE_PASSWORD } else { &SERVER_PASSWORD };
    let place = place.or_else(|| Some(if above.is_empty() { entry.section() } else { above }));
    sink.secret(rule, entry.line, owned(what, user, place), &entry.value);
}

/// `Server=db;User Id=sa;Password=x` of ADO.NET; whether it is one.
fn connection_string(entry: &Entry, sink: &mut Sink<'_>) -> bool {
    if !entry.value.contains(';') {
        return false;
    }
    let field = |names: &[&str]| {
        entry.value.split(';').find_map(|part| {
            let (name, value) = part.split_once('=')?;
            names.iter().any(|n| name.trim().eq_ignore_ascii_case(n)).then(|| value.trim())
        })
    };
    let Some(password) = field(&["password", "pwd"]) else { return false };
    let user = field(&["user id", "uid", "user", "username"]);
    let host = field(&["server", "data source", "host"]);
    sink.secret(
        &DATABASE_PASSWORD,
        entry.line,
        owned("password", user, host.or(Some(&shown(&entry.key)))),
        password,
    );
    true
}
