//! Settings of programs in PHP: WordPress, Joomla, Drupal, phpMyAdmin, Magento, MediaWiki, Symfony and self-written
//! `config.php`.

use super::{Family, Place, Source, noted};
use crate::document::{Document, Entry};
use crate::naming::{owned, shown};
use crate::rules::{DATABASE_PASSWORD, FRAMEWORK_SECRET_KEY, HARDCODED_LOGIN};
use crate::secret_name::secret_word;
use crate::sink::Sink;
use crate::syntax::quoted;
use crate::url_login::url_login;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("wp-config.php"),
        Place::Start("wp-config.php."),
        Place::Name("config.php"),
        Place::Name("configuration.php"),
        Place::Name("config.inc.php"),
        Place::Name("database.php"),
        Place::Name("db.php"),
        Place::Name("dbconfig.php"),
        Place::Name("config.php.bak"),
        Place::Name("localsettings.php"),
        Place::Name("settings.local.php"),
        Place::Path("sites/default/settings.php"),
        Place::Path("app/etc/env.php"),
        Place::Path("config/config.php"),
        Place::Name("parameters.php"),
        Place::Name("localconfiguration.php"),
    ],
    read,
};

const USERS: &[&str] =
    &["DB_USER", "user", "username", "dbuser", "db_user", "wgDBuser", "login", "dbusername"];
const HOSTS: &[&str] =
    &["DB_HOST", "host", "hostname", "dbhost", "db_host", "wgDBserver", "server", "servername"];

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let document = quoted::parse(source.text);
    noted(&document, sink);
    for entry in &document.entries {
        // Values with spaces are sentences, except the random salts of WordPress.
        let is_salt =
            entry.key.ends_with("_SALT") || (entry.key.ends_with("_KEY") && entry.value.len() >= 32);
        if let Some(login) = url_login(&entry.value) {
            let title = owned("password in an address", Some(&login.user), Some(&login.host));
            sink.secret(&DATABASE_PASSWORD, entry.line, title, &login.password);
        } else if is_wordpress_key(&entry.key)
            || matches!(entry.key.as_str(), "blowfish_secret" | "hash_salt" | "wgSecretKey")
        {
            sink.secret(
                &FRAMEWORK_SECRET_KEY,
                entry.line,
                format!("secret key {}", shown(&entry.key)),
                &entry.value,
            );
        } else if is_salt || !entry.value.contains(' ') {
            other(&document, entry, sink);
        }
    }
}

fn other(document: &Document, entry: &Entry, sink: &mut Sink<'_>) {
    let Some(what) = secret_word(&entry.key) else { return };
    // `'password' => 'required|string'`, `'password' => 'users.password'`: rules and column names of a program.
    let is_rule = entry.value.contains('|') && !entry.value.contains(|c: char| c.is_ascii_digit());
    let is_own_name = entry.value.eq_ignore_ascii_case(&entry.key);
    if is_rule || is_own_name {
        return;
    }
    let user = near(document, entry, USERS);
    let host = near(document, entry, HOSTS);
    let rule = if what == "password" && (user.is_some() || host.is_some()) {
        &DATABASE_PASSWORD
    } else {
        &HARDCODED_LOGIN
    };
    let title =
        if what == "password" { owned(what, user, host) } else { format!("{what} {}", shown(&entry.key)) };
    sink.secret(rule, entry.line, title, &entry.value);
}

/// A value under one of the names within a few lines.
fn near<'a>(document: &'a Document, entry: &Entry, names: &[&str]) -> Option<&'a str> {
    (0..=12)
        .find_map(|distance| {
            document.find(|other| other.line.abs_diff(entry.line) == distance && other.is_named(names))
        })
        .map(|other| other.value.as_str())
}

fn is_wordpress_key(name: &str) -> bool {
    matches!(
        name,
        "AUTH_KEY"
            | "SECURE_AUTH_KEY"
            | "LOGGED_IN_KEY"
            | "NONCE_KEY"
            | "AUTH_SALT"
            | "SECURE_AUTH_SALT"
            | "LOGGED_IN_SALT"
            | "NONCE_SALT"
    )
}
