//! Tokens of Cargo registries (The Cargo Book, "Configuration", credentials).

use super::{Family, Place, Recipe, Source};
use crate::rules::PACKAGE_REGISTRY_LOGIN;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Path(".cargo/credentials"),
        Place::Path(".cargo/credentials.toml"),
        Place::Path("cargo/credentials"),
        Place::Path("cargo/credentials.toml"),
        Place::Path(".cargo/config.toml"),
        Place::Path(".cargo/config"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &PACKAGE_REGISTRY_LOGIN,
    secrets: &[("token", "token of a Cargo registry"), ("secret-key", "secret key of a Cargo registry")],
    users: &[],
    places: &[],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    RECIPE.apply(&ini::parse(source.text, Separator::Equals), sink);
}
