//! Secrets of Ruby on Rails and Mongoid (Ruby on Rails guides, "Securing Rails Applications", custom credentials).

use super::{Family, Place, Recipe, Source, environment, url_logins};
use crate::naming::shown;
use crate::rules::{DATABASE_PASSWORD, FRAMEWORK_SECRET_KEY, SERVER_PASSWORD};
use crate::secret_name::secret_word;
use crate::sink::Sink;
use crate::syntax::{quoted, yaml};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("database.yml"),
        Place::Name("database.yaml"),
        Place::Name("mongoid.yml"),
        Place::Name("secrets.yml"),
        Place::Name("secrets.yaml"),
        Place::Name("master.key"),
        Place::Path("config/credentials/production.key"),
        Place::Path("config/credentials/staging.key"),
        Place::Path("config/credentials/development.key"),
        Place::Name("secret_token.rb"),
        Place::Name("secret_key_base.rb"),
        Place::Path("config/storage.yml"),
        Place::Path("config/cable.yml"),
        Place::Path("config/redis.yml"),
        Place::Path("config/sidekiq.yml"),
        Place::Path("config/application.yml"),
    ],
    read,
};

const DATABASE: Recipe = Recipe {
    rule: &DATABASE_PASSWORD,
    secrets: &[("password", "password")],
    users: &["username", "user"],
    places: &["host", "database", "url"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let name = source.path.rsplit('/').next().unwrap_or("");
    match name {
        _ if name.ends_with(".key") => key(source.text, sink),
        _ if name.ends_with(".rb") => initializer(source.text, sink),
        "database.yml" | "database.yaml" | "mongoid.yml" | "cable.yml" | "redis.yml" | "sidekiq.yml" => {
            let document = yaml::parse(source.text);
            DATABASE.apply(&document, sink);
            url_logins(&DATABASE_PASSWORD, &document, sink);
        }
        _ => secrets(source.text, sink),
    }
}

/// 32 hexadecimal digits (or 64), which decrypt `credentials.yml.enc`.
fn key(text: &str, sink: &mut Sink<'_>) {
    let value = text.trim();
    if matches!(value.len(), 32 | 64) && value.bytes().all(|b| b.is_ascii_hexdigit()) {
        sink.secret(
            &FRAMEWORK_SECRET_KEY,
            1,
            "key of the encrypted credentials of a Rails application".to_owned(),
            value,
        );
    }
}

fn initializer(text: &str, sink: &mut Sink<'_>) {
    let document = quoted::parse(text);
    for entry in document.named(&["secret_token", "secret_key_base"]) {
        sink.secret(
            &FRAMEWORK_SECRET_KEY,
            entry.line,
            "secret key of a Rails application".to_owned(),
            &entry.value,
        );
    }
}

fn secrets(text: &str, sink: &mut Sink<'_>) {
    let document = yaml::parse(text);
    super::noted(&document, sink);
    for entry in &document.entries {
        if entry.key == "secret_key_base" {
            let title = format!("secret key of a Rails application ({})", shown(entry.section()));
            sink.secret(&FRAMEWORK_SECRET_KEY, entry.line, title, &entry.value);
        } else if let Some(what) = secret_word(&entry.key).filter(|_| !entry.value.contains(' ')) {
            let title = format!("{what} {} ({})", shown(&entry.key), shown(entry.section()));
            sink.secret(&SERVER_PASSWORD, entry.line, title, &entry.value);
        } else {
            environment::variable(entry, sink);
        }
    }
}
