//! Package sources of NuGet (Microsoft, "nuget.config reference", packageSourceCredentials).

use super::{Family, Place, Source, noted};
use crate::naming::owned;
use crate::rules::PACKAGE_REGISTRY_LOGIN;
use crate::sink::Sink;
use crate::syntax::xml;

pub(super) const FAMILY: Family =
    Family { places: &[Place::Name("nuget.config"), Place::Name(".nuget.config")], read };

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let document = xml::parse(source.text);
    noted(&document, sink);
    // `<packageSourceCredentials><Feed><add key="ClearTextPassword" value="…"/></Feed>`.
    for entry in document.named(&["@key"]) {
        let is_key = entry.is_below("apikeys");
        let is_password =
            matches!(entry.value.to_ascii_lowercase().as_str(), "cleartextpassword" | "password");
        let Some(value) = document.beside(entry, &["@value"]) else { continue };
        if is_key || (is_password && entry.is_below("packageSourceCredentials")) {
            let feed = entry.ancestors().rev().nth(1);
            let (what, place) = if is_key {
                ("API key of NuGet", Some(entry.value.as_str()))
            } else {
                ("password of NuGet", feed)
            };
            sink.secret(&PACKAGE_REGISTRY_LOGIN, entry.line, owned(what, None, place), value);
        }
    }
}
