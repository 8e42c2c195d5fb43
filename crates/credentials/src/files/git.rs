//! Logins of git servers (git-credential-store(1), git-config(1); hub, gh and glab; Mercurial's hgrc).

use super::{Family, Place, Source, noted, url_login_of};
use crate::naming::owned;
use crate::rules::GIT_CREDENTIALS;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, numbered, yaml};
use crate::url_login::url_login;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".git-credentials"),
        Place::Path("git/credentials"),
        Place::Name(".gitconfig"),
        Place::Name("gitconfig"),
        Place::Path(".git/config"),
        Place::Path("git/config"),
        Place::Name(".gitmodules"),
        Place::Name(".hgrc"),
        Place::Path(".hg/hgrc"),
        Place::Name("hub"),
        Place::Path("gh/hosts.yml"),
        Place::Path("glab-cli/config.yml"),
        Place::Path("tea/config.yml"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let name = source.path.rsplit('/').next().unwrap_or("");
    match name {
        ".git-credentials" | "credentials" => stored(source.text, sink),
        "hub" | "hosts.yml" | "config.yml" => hosts(source.text, sink),
        _ => configuration(source.text, sink),
    }
}

fn stored(text: &str, sink: &mut Sink<'_>) {
    for (number, line) in numbered(text) {
        if let Some(login) = url_login(line) {
            let title = owned("password", Some(&login.user), Some(&login.host));
            sink.secret(&GIT_CREDENTIALS, number, title, &login.password);
        }
    }
}

fn hosts(text: &str, sink: &mut Sink<'_>) {
    let document = yaml::parse(text);
    noted(&document, sink);
    for entry in document.named(&["oauth_token", "token"]) {
        let host = entry.ancestors().rfind(|name| name.contains('.'));
        let user = document.beside(entry, &["user"]);
        sink.secret(&GIT_CREDENTIALS, entry.line, owned("token", user, host), &entry.value);
    }
}

fn configuration(text: &str, sink: &mut Sink<'_>) {
    let document = ini::parse(text, Separator::Equals);
    noted(&document, sink);
    for entry in &document.entries {
        // A section may be an address as well: `[url "https://token:x@host/"] insteadOf = …`.
        if url_login_of(&GIT_CREDENTIALS, entry, sink) {
            continue;
        }
        if let Some(login) = url_login(entry.section()) {
            let title = owned("password", Some(&login.user), Some(&login.host));
            sink.secret(&GIT_CREDENTIALS, entry.line, title, &login.password);
        } else if let Some(token) = token_as_user(&entry.value).or_else(|| token_as_user(entry.section())) {
            sink.secret(&GIT_CREDENTIALS, entry.line, "token in the address of a remote".to_owned(), token);
        } else if entry.key.eq_ignore_ascii_case("extraheader") {
            // `AUTHORIZATION: basic …`, as the checkout step of build services writes it.
            if let Some((_, value)) = entry
                .value
                .rsplit_once(' ')
                .filter(|_| entry.value.to_ascii_lowercase().starts_with("authorization"))
            {
                sink.secret(
                    &GIT_CREDENTIALS,
                    entry.line,
                    owned("authorization header", None, Some(entry.section())),
                    value,
                );
            }
        } else if entry.is_named(&["token", "smtppass", "password"]) || entry.key.ends_with(".password") {
            let user = document.beside(entry, &["user", "username", "smtpuser"]);
            sink.secret(
                &GIT_CREDENTIALS,
                entry.line,
                owned("password", user, Some(entry.section())),
                &entry.value,
            );
        }
    }
}

/// `https://TOKEN@host/`: a user name of twenty or more letters and digits is a token.
fn token_as_user(value: &str) -> Option<&str> {
    let rest = &value[value.find("https://").or_else(|| value.find("http://"))?..];
    let rest = rest.split_once("://")?.1;
    let authority = &rest[..rest.find('/').unwrap_or(rest.len())];
    let (user, host) = authority.rsplit_once('@')?;
    let is_token = user.len() >= 20
        && user.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        && user.bytes().any(|b| b.is_ascii_digit());
    (is_token && !host.is_empty()).then_some(user)
}
