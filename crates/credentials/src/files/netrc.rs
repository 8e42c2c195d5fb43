//! Logins of `.netrc` (GNU inetutils manual, "The .netrc file").

use super::{Family, Place, Source};
use crate::naming::owned;
use crate::rules::NETRC_PASSWORD;
use crate::sink::Sink;
use crate::syntax::{numbered, unquoted};

pub(super) const FAMILY: Family = Family {
    places: &[Place::Name(".netrc"), Place::Name("_netrc"), Place::Name("netrc"), Place::Name(".authinfo")],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let (mut machine, mut user) = (String::new(), String::new());
    let mut tokens = tokens(source.text);
    while let Some((_, token)) = tokens.next() {
        match token {
            "machine" | "default" => {
                user.clear();
                machine = if token == "default" { "every host".to_owned() } else { next(&mut tokens).1 };
            }
            "login" | "user" => user = next(&mut tokens).1,
            "password" | "passwd" | "account" => {
                let (line, value) = next(&mut tokens);
                if token != "account" {
                    sink.secret(
                        &NETRC_PASSWORD,
                        line,
                        owned("password", Some(&user), Some(&machine)),
                        &value,
                    );
                }
            }
            // A macro lasts until an empty line; its words are harmless here.
            _ => {}
        }
    }
}

fn next<'a>(tokens: &mut impl Iterator<Item = (u32, &'a str)>) -> (u32, String) {
    tokens.next().map_or((0, String::new()), |(line, token)| (line, unquoted(token).to_owned()))
}

/// Words with their lines, comments left out.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = (u32, &str)> {
    numbered(text)
        .filter(|(_, line)| !line.trim_start().starts_with('#'))
        .flat_map(|(number, line)| line.split_whitespace().map(move |word| (number, word)))
}
