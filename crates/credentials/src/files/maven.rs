//! Servers and proxies of Maven (Maven documentation, "Settings Reference").

use super::{Family, Place, Recipe, Source};
use crate::rules::PACKAGE_REGISTRY_LOGIN;
use crate::sink::Sink;
use crate::syntax::xml;

pub(super) const FAMILY: Family =
    Family { places: &[Place::Name("settings.xml"), Place::Path(".m2/settings-security.xml")], read };

const RECIPE: Recipe = Recipe {
    rule: &PACKAGE_REGISTRY_LOGIN,
    secrets: &[
        ("password", "password of Maven"),
        ("passphrase", "passphrase of Maven"),
        ("master", "master password of Maven"),
        ("value", "header of Maven"),
    ],
    users: &["username"],
    places: &["id", "host"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    if !source.text.contains("<settings") {
        return;
    }
    let mut document = xml::parse(source.text);
    // Properties of HTTP headers hold tokens: `<property><name>Private-Token</name><value>…`.
    document.entries.retain(|entry| match entry.key.as_str() {
        "value" => entry.is_below("httpHeaders"),
        _ => entry.is_below("server") || entry.is_below("proxy") || entry.section() == "settingsSecurity",
    });
    if source.path.ends_with("settings-security.xml") {
        // In braces: encrypted with a password that stands in Maven's source code.
        for entry in &mut document.entries {
            entry.value = entry.value.trim_matches(['{', '}']).to_owned();
        }
    }
    RECIPE.apply(&document, sink);
}
