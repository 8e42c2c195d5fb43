//! Logins of gem servers (RubyGems guides, "API key scopes"; Bundler, `bundle config`, "Credentials for gem sources").

use super::{Family, Place, Source, noted};
use crate::naming::{owned, shown};
use crate::rules::PACKAGE_REGISTRY_LOGIN;
use crate::sink::Sink;
use crate::syntax::yaml;
use crate::url_login::url_login;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Path(".gem/credentials"),
        Place::Path("gem/credentials"),
        Place::Path(".bundle/config"),
        Place::Path("bundle/config"),
        Place::Name(".gemrc"),
        Place::Name("gemrc"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let is_credentials = source.path.ends_with("credentials");
    let document = yaml::parse(source.text);
    noted(&document, sink);
    for entry in &document.entries {
        // `:rubygems_api_key: rubygems_…` and a line for each other server.
        let key = entry.key.trim_matches(':');
        if let Some(login) = url_login(&entry.value) {
            let title = owned("password in an address", Some(&login.user), Some(&login.host));
            sink.secret(&PACKAGE_REGISTRY_LOGIN, entry.line, title, &login.password);
        } else if is_credentials && entry.value.len() >= 16 {
            sink.secret(
                &PACKAGE_REGISTRY_LOGIN,
                entry.line,
                format!("gem server login {}", shown(key)),
                &entry.value,
            );
        } else if let Some(server) = key.strip_prefix("BUNDLE_").filter(|server| server.contains("__")) {
            // Dots of the host are written as two underscores: BUNDLE_GEMS__EXAMPLE__COM: "user:password".
            let host = server.replace("__", ".").to_ascii_lowercase();
            let is_option = ["path", "build", "mirror", "local", "without", "jobs"]
                .iter()
                .any(|name| host.starts_with(name));
            let (user, password) = entry.value.split_once(':').unwrap_or(("", &entry.value));
            if !is_option && password.len() >= 6 && !password.contains([' ', '/']) {
                sink.secret(
                    &PACKAGE_REGISTRY_LOGIN,
                    entry.line,
                    owned("password", Some(user), Some(&host)),
                    password,
                );
            }
        }
    }
}
