//! Clients and relays of mail: esmtp, msmtp, mutt, fetchmail, sSMTP, Postfix, Exim, OfflineIMAP, mbsync, getmail.

use super::{Family, Place, Source, netrc};
use crate::naming::owned;
use crate::rules::MAIL_PASSWORD;
use crate::sink::Sink;
use crate::syntax::{numbered, unquoted, value_of};
use crate::url_login::url_login;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".esmtprc"),
        Place::Name("esmtprc"),
        Place::Name(".msmtprc"),
        Place::Name("msmtprc"),
        Place::Path("msmtp/config"),
        Place::Name(".muttrc"),
        Place::Name("muttrc"),
        Place::Path("mutt/muttrc"),
        Place::Name(".neomuttrc"),
        Place::Name("neomuttrc"),
        Place::Name(".fetchmailrc"),
        Place::Name("fetchmailrc"),
        Place::Name("ssmtp.conf"),
        Place::Name("sasl_passwd"),
        Place::Name("passwd.client"),
        Place::Name(".offlineimaprc"),
        Place::Name("offlineimaprc"),
        Place::Name(".mbsyncrc"),
        Place::Name("mbsyncrc"),
        Place::Name("getmailrc"),
        Place::Name(".mailrc"),
        Place::Path("nullmailer/remotes"),
        Place::Path("getmail/getmailrc"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let name = source.path.rsplit('/').next().unwrap_or("");
    match name {
        "sasl_passwd" | "passwd.client" => table(source.text, name, sink),
        ".fetchmailrc" | "fetchmailrc" => fetchmail(source.text, sink),
        _ => settings(source.text, sink),
    }
}

/// Settings with a name, a space or `=`, and a value: nearly all of them.
fn settings(text: &str, sink: &mut Sink<'_>) {
    let (mut user, mut host) = (String::new(), String::new());
    for (number, line) in numbered(text) {
        let line = line.trim();
        let line = line.strip_prefix("set ").unwrap_or(line).trim_start();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(login) = url_login(line) {
            let title = owned("password", Some(&login.user), Some(&login.host));
            sink.secret(&MAIL_PASSWORD, number, title, &login.password);
            continue;
        }
        let Some(at) = line.find(|c: char| c.is_whitespace() || c == '=') else { continue };
        let name = line[..at].to_ascii_lowercase();
        let value = value_of(line[at..].trim_start().trim_start_matches('=').trim_start(), &["#"]);
        match name.as_str() {
            "account" | "identity" => host.clear(),
            "host" | "hostname" | "mailhub" | "remotehost" | "server" => value.clone_into(&mut host),
            "user" | "username" | "authuser" | "imap_user" | "remoteuser" | "smtp_user" => {
                value.clone_into(&mut user);
            }
            "password" | "authpass" | "imap_pass" | "smtp_pass" | "pop_pass" | "remotepass" | "pass"
            | "smtp-auth-password" => {
                let title = owned("password", Some(&user), Some(&host));
                sink.secret(&MAIL_PASSWORD, number, title, value);
            }
            // `--pass=x` and `--user=x` of nullmailer.
            _ => {
                let option = |name: &str| line.split_whitespace().find_map(|word| word.strip_prefix(name));
                if let Some(value) = option("--pass=") {
                    let title = owned("password", option("--user="), line.split_whitespace().next());
                    sink.secret(&MAIL_PASSWORD, number, title, value);
                }
            }
        }
    }
}

/// `[host]:587 user:password` of Postfix, `host:user:password` of Exim.
fn table(text: &str, name: &str, sink: &mut Sink<'_>) {
    for (number, line) in numbered(text) {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        let (host, login) = match name {
            "sasl_passwd" => line.split_once(char::is_whitespace).unwrap_or(("", "")),
            _ => line.split_once(':').unwrap_or(("", "")),
        };
        if let Some((user, password)) = login.trim().split_once(':') {
            sink.secret(&MAIL_PASSWORD, number, owned("password", Some(user), Some(host)), password);
        }
    }
}

/// `poll host … user "u" with pass "p"` (fetchmail(1)).
fn fetchmail(text: &str, sink: &mut Sink<'_>) {
    let (mut user, mut host) = (String::new(), String::new());
    let mut before = String::new();
    for (number, word) in netrc::tokens(text) {
        let word_bare = unquoted(word.trim_end_matches([',', ';']));
        match before.as_str() {
            "poll" | "server" => word_bare.clone_into(&mut host),
            "user" | "username" => word_bare.clone_into(&mut user),
            "pass" | "password" if !matches!(word_bare, "is" | "=") => {
                sink.secret(&MAIL_PASSWORD, number, owned("password", Some(&user), Some(&host)), word_bare);
            }
            "pass" | "password" => continue,
            _ => {}
        }
        word.to_ascii_lowercase().clone_into(&mut before);
    }
}
