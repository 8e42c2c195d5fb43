//! Logins in scripts that call Salesforce (jsforce documentation, "Username and Password Login").

use super::{Family, Place, Source};
use crate::naming::owned;
use crate::rules::HARDCODED_LOGIN;
use crate::sink::Sink;
use crate::syntax::{numbered, unquoted};

pub(super) const FAMILY: Family =
    Family { places: &[Place::Start("salesforce"), Place::Start("jsforce"), Place::Start("sfdc")], read };

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    if !source.path.ends_with(".js") && !source.path.ends_with(".ts") && !source.path.ends_with(".py") {
        return;
    }
    for (number, line) in numbered(source.text) {
        let Some((_, arguments)) = line.split_once(".login(") else { continue };
        let Some((user, rest)) = arguments.split_once(',') else { continue };
        let rest = rest.trim_start();
        // Both arguments are texts, and the user is an address of mail.
        if user.trim().starts_with(['\'', '"']) && user.contains('@') && rest.starts_with(['\'', '"']) {
            sink.secret(
                &HARDCODED_LOGIN,
                number,
                owned("password", Some(unquoted(user)), Some("Salesforce")),
                unquoted(rest),
            );
        }
    }
}
