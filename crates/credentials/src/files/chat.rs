//! Clients and servers of chat and voice: irssi, WeeChat, HexChat, Pidgin, Ventrilo, Mumble.

use super::{Family, Place, Recipe, Source};
use crate::naming::owned;
use crate::rules::CHAT_PASSWORD;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, numbered, unquoted, xml};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Path(".irssi/config"),
        Place::Path("irssi/config"),
        Place::Path("weechat/irc.conf"),
        Place::Path("weechat/sec.conf"),
        Place::Path(".weechat/irc.conf"),
        Place::Path(".weechat/sec.conf"),
        Place::Path(".weechat/relay.conf"),
        Place::Path("weechat/relay.conf"),
        Place::Name("servlist.conf"),
        Place::Name("servlist_.conf"),
        Place::Path(".purple/accounts.xml"),
        Place::Name("ventrilo_srv.ini"),
        Place::Name("mumble-server.ini"),
        Place::Name("murmur.ini"),
        Place::Name("ts3server.ini"),
        Place::Path(".slack-term"),
        Place::Name(".slackcat"),
        Place::Path("slackcat/config"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &CHAT_PASSWORD,
    secrets: &[
        ("adminpassword", "administrator password of a voice server"),
        ("password", "password"),
        ("serverpassword", "password of a Mumble server"),
        ("icesecretwrite", "administration secret of a Mumble server"),
        ("icesecretread", "administration secret of a Mumble server"),
        ("sasl_password", "password"),
        ("passphrase", "passphrase"),
        ("token", "token of a chat service"),
        ("dbpassword", "password of a database"),
    ],
    users: &["name", "username", "nick"],
    places: &["address", "host"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    if source.path.ends_with("accounts.xml") {
        return RECIPE.apply(&xml::parse(source.text), sink);
    }
    if source.path.contains("servlist") {
        return hexchat(source.text, sink);
    }
    if source.path.contains("irssi") {
        return irssi(source.text, sink);
    }
    let document = ini::parse(source.text, Separator::Equals);
    RECIPE.apply(&document, sink);
    // WeeChat: `libera.sasl_password = "x"`, and the section __passphrase__ of sec.conf.
    for entry in &document.entries {
        let Some((server, name)) = entry.key.rsplit_once('.') else { continue };
        let is_secret = matches!(name, "password" | "sasl_password" | "sasl_key" | "command");
        let value = match name {
            "command" => identify(&entry.value),
            _ => Some(entry.value.as_str()),
        };
        if let Some(value) = value.filter(|_| is_secret) {
            sink.secret(&CHAT_PASSWORD, entry.line, owned("password", None, Some(server)), value);
        }
    }
}

/// The password of `/msg nickserv identify PASSWORD`.
fn identify(command: &str) -> Option<&str> {
    let lower = command.to_ascii_lowercase();
    let rest = &command[lower.find("identify ")? + "identify ".len()..];
    rest.split([';', ' ', '"']).find(|word| !word.is_empty())
}

/// irssi's own format: `password = "x";` within braces, settings side by side.
fn irssi(text: &str, sink: &mut Sink<'_>) {
    for (number, line) in numbered(text) {
        for part in line.split([';', '{', '}']) {
            let Some((name, value)) = part.split_once('=') else { continue };
            let value = unquoted(value);
            match name.trim() {
                "password" | "sasl_password" | "autosendcmd" => {
                    let value = if name.trim() == "autosendcmd" { identify(value) } else { Some(value) };
                    if let Some(value) = value {
                        sink.secret(&CHAT_PASSWORD, number, "password of an IRC account".to_owned(), value);
                    }
                }
                _ => {}
            }
        }
    }
}

/// HexChat and XChat: one letter and `=` a line; `P=` is the password, `N=` the network.
fn hexchat(text: &str, sink: &mut Sink<'_>) {
    let mut network = String::new();
    for (number, line) in numbered(text) {
        if let Some(name) = line.strip_prefix("N=") {
            name.clone_into(&mut network);
        } else if let Some(value) = line.strip_prefix("P=") {
            sink.secret(&CHAT_PASSWORD, number, owned("password", None, Some(&network)), value);
        }
    }
}
