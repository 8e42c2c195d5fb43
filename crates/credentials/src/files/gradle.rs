//! Properties of Gradle (Gradle user manual, "Build environment").

use super::{Family, Place, Source, environment};
use crate::naming::shown;
use crate::rules::PACKAGE_REGISTRY_LOGIN;
use crate::secret_name::secret_word;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("gradle.properties"),
        Place::Name("local.properties"),
        Place::Name("keystore.properties"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let document = ini::parse(source.text, Separator::Equals);
    for entry in &document.entries {
        // Proxies and registries: `systemProp.https.proxyPassword`, `nexusPassword`, `gpr.key`, `gpr.token`.
        let what = if entry.key == "gpr.key" { Some("key") } else { secret_word(&entry.key) };
        match what {
            Some(what) => {
                let title = format!("{what} in property {}", shown(&entry.key));
                sink.secret(&PACKAGE_REGISTRY_LOGIN, entry.line, title, &entry.value);
            }
            None => environment::variable(entry, sink),
        }
    }
}
