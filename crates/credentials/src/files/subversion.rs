//! Passwords kept by Subversion (Version Control with Subversion, "Caching credentials"): lengths and texts by turns.

use super::{Family, Place, Source};
use crate::naming::owned;
use crate::rules::GIT_CREDENTIALS;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, numbered};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Below(".subversion/auth/svn.simple/"),
        Place::Path("conf/svnserve.passwd"),
        Place::Path("svn/conf/passwd"),
        Place::Path("conf/passwd"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    if source.path.ends_with("passwd") {
        // svnserve: a section `users` with `name = password`.
        let document = ini::parse(source.text, Separator::Equals);
        for entry in document.entries.iter().filter(|entry| entry.section() == "users") {
            let title = owned("password", Some(&entry.key), Some("Subversion"));
            sink.secret(&GIT_CREDENTIALS, entry.line, title, &entry.value);
        }
        return;
    }
    // `K 8\npassword\nV 6\nsecret`.
    let lines: Vec<(u32, &str)> = numbered(source.text).take(1_000).collect();
    let value = |name: &str| {
        lines.windows(4).find_map(|part| match part {
            [(_, k), (_, key), (_, v), (line, value)]
                if k.starts_with("K ") && *key == name && v.starts_with("V ") =>
            {
                Some((*line, *value))
            }
            _ => None,
        })
    };
    if let Some((line, password)) = value("password") {
        let realm = value("svn:realmstring").map(|(_, realm)| realm);
        let user = value("username").map(|(_, user)| user);
        sink.secret(&GIT_CREDENTIALS, line, owned("password", user, realm), password);
    }
}
