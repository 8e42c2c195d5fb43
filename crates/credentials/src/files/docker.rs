//! Logins of container registries (docker/cli, cli/config/configfile; containers-auth.json(5)).

use super::{Family, Place, Source, noted};
use crate::naming::owned;
use crate::rules::DOCKER_REGISTRY_LOGIN;
use crate::sink::Sink;
use crate::syntax::json;
use base64::Engine;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".dockercfg"),
        Place::Name("dockercfg"),
        Place::Name("config.json"),
        Place::Name(".dockerconfigjson"),
        Place::Name("dockerconfig.json"),
        Place::Name("docker-config.json"),
        Place::Name("auth.json"),
    ],
    read,
};

// Standard alphabet; old clients left the padding out.
const BASE64: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    // Many programs have a config.json.
    let is_old = source.path.ends_with("dockercfg");
    if !is_old && !source.text.contains("\"auths\"") {
        return;
    }
    let document = json::parse(source.text);
    noted(&document, sink);
    for entry in &document.entries {
        if !is_old && entry.ancestors().next() != Some("auths") {
            continue;
        }
        let registry = Some(entry.section());
        match entry.key.as_str() {
            "auth" => {
                let login = BASE64
                    .decode(entry.value.trim())
                    .ok()
                    .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                // A value that is no `user:password` is a placeholder, or what a credential helper left.
                let Some((user, password)) = login.as_deref().and_then(|login| login.split_once(':')) else {
                    continue;
                };
                let title = owned("registry login", Some(user), registry);
                sink.secret(&DOCKER_REGISTRY_LOGIN, entry.line, title, password.trim_end_matches('\0'));
            }
            "password" => {
                let user = document.beside(entry, &["username"]);
                sink.secret(
                    &DOCKER_REGISTRY_LOGIN,
                    entry.line,
                    owned("registry login", user, registry),
                    &entry.value,
                );
            }
            "identitytoken" | "registrytoken" => {
                let title = owned("registry token", None, registry);
                sink.secret(&DOCKER_REGISTRY_LOGIN, entry.line, title, &entry.value);
            }
            _ => {}
        }
    }
}
