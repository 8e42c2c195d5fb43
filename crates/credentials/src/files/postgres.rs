//! Passwords of PostgreSQL (PostgreSQL documentation, "The Password File", "The Connection Service File").

use super::{Family, Place, Recipe, Source};
use crate::naming::owned;
use crate::rules::DATABASE_PASSWORD;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, numbered};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".pgpass"),
        Place::Name("pgpass"),
        Place::Name("pgpass.conf"),
        Place::Name(".pg_service.conf"),
        Place::Name("pg_service.conf"),
        Place::Name("userlist.txt"),
    ],
    read,
};

const SERVICE: Recipe = Recipe {
    rule: &DATABASE_PASSWORD,
    secrets: &[("password", "password"), ("sslpassword", "password of a client key")],
    users: &["user"],
    places: &["host", "dbname"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let name = source.path.rsplit('/').next().unwrap_or("");
    if name.ends_with("service.conf") {
        return SERVICE.apply(&ini::parse(source.text, Separator::Equals), sink);
    }
    for (number, line) in numbered(source.text) {
        if line.trim_start().starts_with(['#', ';']) {
            continue;
        }
        if name == "userlist.txt" {
            // PgBouncer: "user" "password".
            if let ["", user, " ", password, ..] = line.split('"').collect::<Vec<_>>().as_slice() {
                sink.secret(
                    &DATABASE_PASSWORD,
                    number,
                    owned("password", Some(user), Some("PgBouncer")),
                    password,
                );
            }
        } else if let [host, _, database, user, password] = fields(line).as_slice() {
            let place = if host == "*" { database } else { host };
            sink.secret(&DATABASE_PASSWORD, number, owned("password", Some(user), Some(place)), password);
        }
    }
}

/// `host:port:database:user:password`; a backslash escapes the colon.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.trim().chars();
    while let Some(c) = characters.next() {
        let last = fields.last_mut().expect("begins with one and only grows");
        match c {
            '\\' => last.extend(characters.next()),
            ':' => fields.push(String::new()),
            c => last.push(c),
        }
        if fields.len() > 5 {
            break;
        }
    }
    fields
}
