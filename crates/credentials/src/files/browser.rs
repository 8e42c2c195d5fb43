//! Logins kept by Firefox (`logins.json`; toolkit/components/passwordmgr).

use super::{Family, Place, Source, noted};
use crate::naming::owned;
use crate::rules::BROWSER_PASSWORD;
use crate::sink::Sink;
use crate::syntax::json;

pub(super) const FAMILY: Family =
    Family { places: &[Place::Name("logins.json"), Place::Name("logins-backup.json")], read };

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let document = json::parse(source.text);
    noted(&document, sink);
    // The name of the user is encrypted like the password: both are told, for both must be changed.
    for (name, what) in [("encryptedUsername", "user name"), ("encryptedPassword", "password")] {
        for entry in document.named(&[name]) {
            let title =
                owned(&format!("{what} kept by Firefox"), None, document.beside(entry, &["hostname"]));
            let facts = vec!["encrypted with key4.db of the same profile".to_owned()];
            sink.secret_with(&BROWSER_PASSWORD, entry.line, title, &entry.value, facts);
        }
    }
}
