//! Logins of Python package indexes (`.pypirc`, Python Packaging User Guide; pip documentation, "Configuration").

use super::{Family, Place, Recipe, Source, url_logins};
use crate::naming::owned;
use crate::rules::PACKAGE_REGISTRY_LOGIN;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, numbered};
use crate::url_login::url_login;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".pypirc"),
        Place::Name("pypirc"),
        Place::Name("pip.conf"),
        Place::Name("pip.ini"),
        Place::Name(".condarc"),
        Place::Name("uv.toml"),
        Place::Path("pypoetry/auth.toml"),
        Place::Name("requirements.txt"),
        Place::Name("pipfile"),
        Place::Name(".pydistutils.cfg"),
        Place::Name("poetry.toml"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &PACKAGE_REGISTRY_LOGIN,
    secrets: &[("password", "password"), ("token", "token")],
    users: &["username"],
    places: &["repository"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    if source.path.ends_with("requirements.txt") {
        for (number, line) in numbered(source.text) {
            if let Some(login) = url_login(line) {
                let title = owned("password in an address", Some(&login.user), Some(&login.host));
                sink.secret(&PACKAGE_REGISTRY_LOGIN, number, title, &login.password);
            }
        }
        return;
    }
    let document = ini::parse(source.text, Separator::EqualsOrColon);
    RECIPE.apply(&document, sink);
    url_logins(&PACKAGE_REGISTRY_LOGIN, &document, sink);
}
