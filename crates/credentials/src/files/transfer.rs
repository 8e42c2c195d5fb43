//! Logins of FTP and SFTP in clients and editors: FileZilla, WinSCP, lftp, Sublime SFTP, VS Code SFTP, Remote Sync,
//! Atom's Remote-FTP, JetBrains' web servers, deployment scripts.

use super::{Family, Place, Recipe, Source, noted};
use crate::naming::owned;
use crate::rules::FILE_TRANSFER_PASSWORD;
use crate::sink::Sink;
use crate::syntax::{ini, ini::Separator, json, numbered, xml};
use crate::url_login::url_login;
use base64::{Engine, engine::general_purpose::STANDARD};

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("sitemanager.xml"),
        Place::Name("recentservers.xml"),
        Place::Name("filezilla.xml"),
        Place::Name(".ftpconfig"),
        Place::Name("sftp-config.json"),
        Place::Name("sftp.json"),
        Place::Name(".sftp.json"),
        Place::Name(".remote-sync.json"),
        Place::Name("remote-sync.json"),
        Place::Name("deployment-config.json"),
        Place::Name(".ftp-deploy.json"),
        Place::Name("webservers.xml"),
        Place::Path(".idea/deployment.xml"),
        Place::Name("sshconfigs.xml"),
        Place::Name("winscp.ini"),
        Place::Path("lftp/bookmarks"),
        Place::Path("lftp/rc"),
        Place::Name(".lftprc"),
        Place::Name(".ftppass"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &FILE_TRANSFER_PASSWORD,
    secrets: &[
        ("pass", "password"),
        ("password", "password"),
        ("@password", "password"),
        ("passphrase", "passphrase of a key"),
        ("@passphrase", "passphrase of a key"),
        ("sshpassword", "password"),
    ],
    users: &["user", "username", "@username", "UserName"],
    places: &["host", "hostname", "@host", "@url", "HostName"],
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let text = source.text.trim_start();
    if text.starts_with('<') {
        filezilla_or_other(source, sink);
    } else if text.starts_with('{')
        || text.starts_with('[') && source.path.ends_with("json")
        || text.starts_with("//")
    {
        RECIPE.apply(&json::parse(source.text), sink);
    } else if source.path.contains("lftp") {
        for (number, line) in numbered(source.text) {
            if let Some(login) = url_login(line) {
                let title = owned("password", Some(&login.user), Some(&login.host));
                sink.secret(&FILE_TRANSFER_PASSWORD, number, title, &login.password);
            }
        }
    } else {
        RECIPE.apply(&ini::parse(source.text, Separator::Equals), sink);
    }
}

fn filezilla_or_other(source: &Source<'_>, sink: &mut Sink<'_>) {
    let mut document = xml::parse(source.text);
    noted(&document, sink);
    // FileZilla: `<Pass encoding="base64">…`; with `crypt` it is encrypted with the main password.
    let is_encrypted = source.text.contains("encoding=\"crypt\"");
    if source.text.contains("encoding=\"base64\"") {
        for entry in document.entries.iter_mut().filter(|entry| entry.key == "Pass") {
            let clear =
                STANDARD.decode(entry.value.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            if let Some(clear) = clear.filter(|clear| !clear.trim().is_empty()) {
                clear.trim().clone_into(&mut entry.value);
            }
        }
    }
    if !is_encrypted {
        RECIPE.apply(&document, sink);
    }
}
