//! Logins of npm and Yarn registries (npm documentation, "npmrc"; Yarn documentation, "yarnrc.yml").

use super::{Family, Place, Source, noted, url_login_of};
use crate::naming::owned;
use crate::rules::NPM_TOKEN;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, yaml};
use base64::{Engine, engine::general_purpose::STANDARD};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".npmrc"),
        Place::Name("npmrc"),
        Place::Name(".yarnrc"),
        Place::Name(".yarnrc.yml"),
        Place::Name(".pnpmrc"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let document = if source.path.ends_with(".yml") {
        yaml::parse(source.text)
    } else {
        ini::parse(source.text, Separator::Equals)
    };
    noted(&document, sink);
    for entry in &document.entries {
        // `//registry.example.com/:_authToken`; without an address it is the default registry's.
        let (place, name) = entry.key.rsplit_once(':').unwrap_or(("", &entry.key));
        let place = if place.is_empty() { entry.section() } else { place.trim_matches('/') };
        let place = Some(place).filter(|place| !place.is_empty()).or(Some("the npm registry"));
        match name {
            "_authToken" | "npmAuthToken" | "-authtoken" => {
                sink.secret(&NPM_TOKEN, entry.line, owned("token", None, place), &entry.value);
            }
            "_auth" | "npmAuthIdent" => {
                let clear =
                    STANDARD.decode(&entry.value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                let login = clear.as_deref().unwrap_or(&entry.value);
                match login.split_once(':') {
                    Some((user, password)) => {
                        sink.secret(&NPM_TOKEN, entry.line, owned("password", Some(user), place), password);
                    }
                    None => sink.secret(&NPM_TOKEN, entry.line, owned("login", None, place), login),
                }
            }
            "_password" => {
                let user = document.beside(entry, &[&entry.key.replace("_password", "username"), "username"]);
                sink.secret(&NPM_TOKEN, entry.line, owned("password", user, place), &entry.value);
            }
            _ => {
                url_login_of(&NPM_TOKEN, entry, sink);
            }
        }
    }
}
