//! Logins of Composer (getcomposer.org, "Authentication for privately hosted packages").

use super::{Family, Place, Source, noted};
use crate::naming::owned;
use crate::rules::PACKAGE_REGISTRY_LOGIN;
use crate::sink::Sink;
use crate::syntax::json;

pub(super) const FAMILY: Family = Family { places: &[Place::Name("auth.json")], read };

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let document = json::parse(source.text);
    noted(&document, sink);
    for entry in &document.entries {
        // `{"github-oauth": {"github.com": "token"}, "http-basic": {"host": {"username": …, "password": …}}}`.
        let top = entry.ancestors().next().unwrap_or("");
        let is_token =
            matches!(top, "github-oauth" | "gitlab-oauth" | "gitlab-token" | "bearer" | "bitbucket-oauth");
        let (what, host) = match entry.key.as_str() {
            "password" if top == "http-basic" => ("password", entry.section()),
            "token" | "consumer-secret" if is_token => ("token", entry.section()),
            host if is_token && entry.section() == top => ("token", host),
            _ => continue,
        };
        let user = document.beside(entry, &["username"]);
        sink.secret(
            &PACKAGE_REGISTRY_LOGIN,
            entry.line,
            owned(&format!("{what} of Composer"), user, Some(host)),
            &entry.value,
        );
    }
}
