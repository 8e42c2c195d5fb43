//! Settings of Django and other programs in Python (Django documentation, "Settings").

use super::{Family, Place, Source};
use crate::naming::owned;
use crate::rules::{DATABASE_PASSWORD, FRAMEWORK_SECRET_KEY, MAIL_PASSWORD, SERVER_PASSWORD};
use crate::secret_name::secret_word;
use crate::sink::Sink;
use crate::syntax::quoted;
use crate::url_login::url_login;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("settings.py"),
        Place::Name("local_settings.py"),
        Place::Name("settings_local.py"),
        Place::Name("settings_production.py"),
        Place::Name("superset_config.py"),
        Place::Name("jupyter_notebook_config.py"),
        Place::Name("webserver_config.py"),
        Place::Path("settings/base.py"),
        Place::Path("settings/local.py"),
        Place::Path("settings/prod.py"),
        Place::Path("settings/production.py"),
        Place::Path("settings/staging.py"),
        Place::Path("settings/dev.py"),
        Place::Path("settings/development.py"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let document = quoted::parse(source.text);
    for entry in &document.entries {
        if let Some(login) = url_login(&entry.value) {
            let title = owned("password in an address", Some(&login.user), Some(&login.host));
            sink.secret(&DATABASE_PASSWORD, entry.line, title, &login.password);
            continue;
        }
        // Settings are written in capitals; names in small letters belong to forms and validators.
        if entry.key.chars().any(|c| c.is_ascii_lowercase())
            || entry.value.contains(' ') && entry.key != "SECRET_KEY"
        {
            continue;
        }
        let (rule, what) = match entry.key.as_str() {
            "SECRET_KEY" | "SECRET_KEY_FALLBACKS" | "JWT_SECRET_KEY" => (&FRAMEWORK_SECRET_KEY, "secret key"),
            "PASSWORD" => (&DATABASE_PASSWORD, "password"),
            "EMAIL_HOST_PASSWORD" => (&MAIL_PASSWORD, "password"),
            name => match secret_word(name) {
                Some(_) if name.starts_with("AUTH_PASSWORD") => continue,
                Some(what) => (&SERVER_PASSWORD, what),
                None => continue,
            },
        };
        // The database's entry has its user and host on neighbouring lines.
        let near = |name: &str| {
            document
                .find(|other| other.key == name && other.line.abs_diff(entry.line) <= 6)
                .map(|other| other.value.as_str())
        };
        let title = match entry.key.as_str() {
            "PASSWORD" => owned(what, near("USER"), near("HOST").or(near("NAME"))),
            "SECRET_KEY" => "secret key of a Django or Flask application".to_owned(),
            name => format!("{what} {}", crate::naming::shown(name)),
        };
        sink.secret(rule, entry.line, title, &entry.value);
    }
}
