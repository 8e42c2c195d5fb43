//! Files of environment variables: `.env` of Laravel, Compose, Node and others.

use super::{Family, Place, Source, noted};
use crate::document::{Document, Entry};
use crate::naming::{owned, shown};
use crate::rules::{ENVIRONMENT_SECRET, FRAMEWORK_SECRET_KEY};
use crate::secret_name::secret_word;
use crate::sink::Sink;
use crate::syntax::{assignments, yaml};
use crate::url_login::url_login;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".env"),
        Place::Start(".env."),
        Place::Extension("env"),
        Place::Name(".envrc"),
        Place::Name("env.sh"),
        Place::Name(".flaskenv"),
        Place::Name("config"),
        Place::Path("etc/environment"),
        Place::Below("etc/default/"),
        Place::Below("etc/sysconfig/"),
        Place::Below("etc/environment.d/"),
        Place::Name("docker-compose.yml"),
        Place::Name("docker-compose.yaml"),
        Place::Name("docker-compose.override.yml"),
        Place::Name("docker-compose.prod.yml"),
        Place::Name("compose.yml"),
        Place::Name("compose.yaml"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let name = source.path.rsplit('/').next().unwrap_or("");
    if is_template(name) {
        return;
    }
    if name.ends_with(".yml") || name.ends_with(".yaml") {
        return compose(source.text, sink);
    }
    // A file named `config` may be anything.
    if name == "config" && !assignments::is_environment(source.text) {
        return;
    }
    variables(&assignments::parse(source.text), sink);
}

/// Whether a name says that the values are to be replaced.
fn is_template(name: &str) -> bool {
    ["example", "sample", "template", "tpl", "dist", "defaults", "erb", "j2", "schema", "md"]
        .iter()
        .any(|end| name.split(['.', '-', '_']).any(|part| part == *end))
}

/// Reports variables whose names or values are those of credentials.
pub(super) fn variables(document: &Document, sink: &mut Sink<'_>) {
    noted(document, sink);
    for entry in &document.entries {
        variable(entry, sink);
    }
}

pub(super) fn variable(entry: &Entry, sink: &mut Sink<'_>) {
    if let Some(login) = url_login(&entry.value) {
        let title =
            owned(&format!("password in {}", shown(&entry.key)), Some(&login.user), Some(&login.host));
        sink.secret(&ENVIRONMENT_SECRET, entry.line, title, &login.password);
        return;
    }
    let Some(what) = secret_word(&entry.key) else { return };
    // A path, a number or a word of a language is no credential.
    let is_path =
        entry.value.starts_with(['/', '~', '.']) && entry.value.contains('/') && !entry.value.contains('=');
    let is_prompt = entry.value.contains("$(") || entry.value.starts_with('(');
    if is_path || is_prompt || entry.value.starts_with("http") && what != "token" {
        return;
    }
    let rule = if entry.key == "APP_KEY" || entry.key == "SECRET_KEY_BASE" {
        &FRAMEWORK_SECRET_KEY
    } else {
        &ENVIRONMENT_SECRET
    };
    sink.secret(rule, entry.line, format!("{what} in variable {}", shown(&entry.key)), &entry.value);
}

/// Variables of services: `environment` as a mapping or as a list of assignments (Compose specification).
fn compose(text: &str, sink: &mut Sink<'_>) {
    let document = yaml::parse(text);
    noted(&document, sink);
    for entry in &document.entries {
        if !entry.is_below("environment") && !entry.is_below("args") {
            continue;
        }
        if entry.key.is_empty() {
            if let Some((name, value)) = entry.value.split_once('=') {
                let mut pair = entry.clone();
                name.clone_into(&mut pair.key);
                value.clone_into(&mut pair.value);
                variable(&pair, sink);
            }
        } else {
            variable(entry, sink);
        }
    }
}
