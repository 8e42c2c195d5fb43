//! Options files of MySQL and MariaDB (MySQL reference manual, "Using Option Files"), ODBC, and MongoDB's YAML.

use super::{Family, Place, Recipe, Source};
use crate::rules::DATABASE_PASSWORD;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".my.cnf"),
        Place::Name("my.cnf"),
        Place::Name("my.ini"),
        Place::Path("mysql/debian.cnf"),
        Place::Name("client.cnf"),
        Place::Name("odbc.ini"),
        Place::Name(".odbc.ini"),
        Place::Name("freetds.conf"),
        Place::Below("mysql/conf.d/"),
        Place::Below("my.cnf.d/"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &DATABASE_PASSWORD,
    secrets: &[
        ("password", "password"),
        ("pass", "password"),
        ("pwd", "password"),
        ("wsrep_sst_auth", "login of cluster replication"),
        ("master-password", "password of replication"),
    ],
    users: &["user", "uid", "username", "UserName"],
    places: &["host", "server", "servername", "database"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    RECIPE.apply(&ini::parse(source.text, Separator::Equals), sink);
}
