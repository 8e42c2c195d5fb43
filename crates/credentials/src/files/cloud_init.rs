//! Setup data of machines: cloud-init ("Users and groups", "Set passwords"), Debian's preseed, kickstart.

use super::htpasswd::hash_kind;
use super::{Family, Place, Source, noted};
use crate::naming::owned;
use crate::rules::CLOUD_INIT_PASSWORD;
use crate::sink::Sink;
use crate::syntax::{numbered, value_of, yaml};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("user-data"),
        Place::Name("user-data.txt"),
        Place::Name("user-data.txt.i"),
        Place::Name("user-data.yml"),
        Place::Name("user-data.yaml"),
        Place::Name("cloud-config.yml"),
        Place::Name("cloud-config.yaml"),
        Place::Name("cloud-config.txt"),
        Place::Name("cloud.cfg"),
        Place::Below("cloud/cloud.cfg.d/"),
        Place::Name("preseed.cfg"),
        Place::Extension("preseed"),
        Place::Name("ks.cfg"),
        Place::Name("anaconda-ks.cfg"),
        Place::Extension("ks"),
        Place::Name("autounattend.xml"),
        Place::Name("unattend.xml"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let is_line_format = ["preseed", "ks.cfg", ".ks"].iter().any(|mark| source.path.ends_with(mark))
        || source.path.ends_with("preseed.cfg");
    if is_line_format { lines(source.text, sink) } else { cloud_config(source.text, sink) }
}

fn cloud_config(text: &str, sink: &mut Sink<'_>) {
    let document = yaml::parse(text);
    noted(&document, sink);
    for entry in &document.entries {
        let what = match entry.key.as_str() {
            "plain_text_passwd" => "password",
            "passwd" | "hashed_passwd" | "hashed-password" => "password hash",
            "password"
                if entry.parent.is_empty() || entry.is_below("chpasswd") || entry.is_below("identity") =>
            {
                "password"
            }
            "list" if entry.is_below("chpasswd") => {
                for (line, login) in (entry.line..).zip(entry.value.lines()) {
                    if let Some((user, password)) =
                        login.split_once(':').filter(|(_, p)| *p != "RANDOM" && *p != "R")
                    {
                        sink.secret(
                            &CLOUD_INIT_PASSWORD,
                            line,
                            owned("password", Some(user), None),
                            password,
                        );
                    }
                }
                continue;
            }
            _ => continue,
        };
        // A locked password.
        if entry.value.starts_with(['*', '!']) {
            continue;
        }
        let user = document.beside(entry, &["name", "user", "username"]);
        sink.secret(&CLOUD_INIT_PASSWORD, entry.line, owned(what, user, None), &entry.value);
    }
}

/// `d-i passwd/root-password password x` of preseed; `rootpw --plaintext x`, `user --name=u --password=x` of
/// kickstart.
fn lines(text: &str, sink: &mut Sink<'_>) {
    for (number, line) in numbered(text) {
        let line = line.trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        let found = match words.as_slice() {
            ["d-i", name, _, value, ..] if name.starts_with("passwd/") && name.contains("-password") => {
                let user = if name.contains("/root-") { "root" } else { "the first login" };
                (!name.ends_with("-again")).then_some((user, *value))
            }
            ["rootpw", rest @ ..] if !rest.contains(&"--lock") => {
                rest.iter().rev().find(|word| !word.starts_with("--")).map(|value| ("root", *value))
            }
            ["user", rest @ ..] => {
                let option = |name: &str| rest.iter().find_map(|word| word.strip_prefix(name));
                option("--password=").map(|value| (option("--name=").unwrap_or(""), value))
            }
            _ => None,
        };
        let Some((user, value)) = found else { continue };
        let value = value_of(value, &[]);
        let what = if hash_kind(value).is_some() { "password hash" } else { "password" };
        if !value.starts_with(['!', '*']) {
            sink.secret(&CLOUD_INIT_PASSWORD, number, owned(what, Some(user), None), value);
        }
    }
}
