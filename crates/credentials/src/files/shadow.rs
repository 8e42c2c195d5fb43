//! Accounts of the system (shadow(5), passwd(5), gshadow(5)).

use super::htpasswd::hash_kind;
use super::{Family, Place, Source};
use crate::naming::shown;
use crate::rules::{EMPTY_PASSWORD, PASSWORD_HASH};
use crate::sink::{self, Sink};
use crate::syntax::numbered;
use content::Hit;
use model::Severity;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Path("etc/shadow"),
        Place::Path("etc/shadow-"),
        Place::Path("etc/passwd"),
        Place::Path("etc/passwd-"),
        Place::Path("etc/gshadow"),
        Place::Path("etc/gshadow-"),
        Place::Path("etc/master.passwd"),
        Place::Path("security/opasswd"),
        Place::Name("shadow.bak"),
        Place::Name("shadow.old"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let name = source.path.rsplit('/').next().unwrap_or("");
    let is_group = name.starts_with("gshadow");
    for (number, line) in numbered(source.text) {
        let fields: Vec<&str> = line.trim_end().split(':').collect();
        let (Some(user), Some(password)) = (fields.first(), fields.get(1)) else { continue };
        if user.is_empty() || user.starts_with(['#', '+', '-']) {
            continue;
        }
        let is_account = if name.starts_with("passwd") { fields.len() == 7 } else { fields.len() >= 4 };
        // An empty password of a group only means that there is none.
        if password.is_empty() && is_account && !is_group {
            // Without a shell that lets in, nobody logs in. Only passwd tells the shell.
            let is_shut = name.starts_with("passwd")
                && fields.get(6).is_some_and(|shell| shell.ends_with("nologin") || shell.ends_with("false"));
            if !is_shut {
                let mut hit = Hit::of(&EMPTY_PASSWORD, format!("user {} has an empty password", shown(user)));
                hit.line = Some(number);
                hit.identity = sink::identity(user.as_bytes());
                sink.push(hit);
            }
            continue;
        }
        // `*`, `!` and `!!` lock; `!$6$…` is a hash that was locked later, and so of no use for a login.
        if password.starts_with(['*', '!', 'x']) && hash_kind(password).is_none() {
            continue;
        }
        let Some(kind) = hash_kind(password) else { continue };
        let what = if is_group { "group" } else { "user" };
        let mut hit =
            Hit::of(&PASSWORD_HASH, format!("{what} {} has a baked password ({kind})", shown(user)));
        // Old kinds are guessed within hours, and root is worth it.
        if matches!(kind, "DES" | "MD5" | "NT") || *user == "root" {
            hit.severity = Severity::High;
        }
        hit.line = Some(number);
        hit.evidence = vec![content::redact(password)];
        hit.identity = sink::identity(password.as_bytes());
        hit.clear = vec![(*password).to_owned()];
        sink.push(hit);
    }
}
