//! Histories of shells and clients.

use super::{Family, Place, Source};
use crate::naming::owned;
use crate::rules::HISTORY_PASSWORD;
use crate::secret_name::secret_word;
use crate::sink::Sink;
use crate::syntax::{numbered, unquoted};
use crate::url_login::url_login;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".bash_history"),
        Place::Name(".zsh_history"),
        Place::Name(".zhistory"),
        Place::Name(".sh_history"),
        Place::Name(".ash_history"),
        Place::Name(".ksh_history"),
        Place::Name(".history"),
        Place::Name("fish_history"),
        Place::Name(".mysql_history"),
        Place::Name(".mariadb_history"),
        Place::Name(".psql_history"),
        Place::Name(".rediscli_history"),
        Place::Name(".dbshell"),
        Place::Name(".mongosh_history"),
        Place::Name(".sqlite_history"),
        Place::Name(".python_history"),
        Place::Name(".node_repl_history"),
        Place::Name(".irb_history"),
        Place::Name("consolehost_history.txt"),
    ],
    read,
};

/// Lines are looked at up to this length.
const LINE_BYTES_MAX: usize = 16_384;

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    for (number, line) in numbered(source.text) {
        if line.len() > LINE_BYTES_MAX {
            continue;
        }
        if let Some(login) = url_login(line) {
            let title = owned("password in an address that was typed", Some(&login.user), Some(&login.host));
            sink.secret(&HISTORY_PASSWORD, number, title, &login.password);
        }
        if source.path.contains("mysql") || source.path.contains("mariadb") || source.path.contains("psql") {
            statement(&line.replace("\\040", " "), number, sink);
        }
        command(line, number, sink);
    }
}

/// `CREATE USER u IDENTIFIED BY 'p'`, `ALTER ROLE r PASSWORD 'p'`, `SET PASSWORD = PASSWORD('p')`.
fn statement(line: &str, number: u32, sink: &mut Sink<'_>) {
    let lower = line.to_ascii_lowercase();
    for mark in ["identified by ", "password ", "password(", "password=", "requirepass ", "auth "] {
        let Some(at) = lower.find(mark) else { continue };
        let rest = line.get(at + mark.len()..).unwrap_or("").trim_start();
        if rest.starts_with(['\'', '"']) {
            sink.secret(
                &HISTORY_PASSWORD,
                number,
                "password in a statement that was typed".to_owned(),
                unquoted(rest),
            );
            return;
        }
    }
}

/// Words of a command, quotes respected.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in line.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('\'' | '"', None) => quote = Some(c),
            (' ' | '\t' | ';' | '|' | '&', None) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            (c, _) => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn command(line: &str, number: u32, sink: &mut Sink<'_>) {
    let words = words(line);
    let mut program = "";
    for (at, word) in words.iter().enumerate() {
        let next = words.get(at + 1).map_or("", String::as_str);
        let base = word.rsplit('/').next().unwrap_or("");
        if let "mysql" | "mysqldump" | "mysqladmin" | "mariadb" | "mariadb-dump" | "curl" | "wget"
        | "sshpass" | "docker" | "podman" | "redis-cli" | "mongo" | "mongosh" | "smbclient"
        | "htpasswd" | "openssl" | "ldapsearch" | "helm" | "nerdctl" | "skopeo" | "rabbitmqctl"
        | "useradd" | "kinit" | "mongodump" = base
        {
            program = base;
            continue;
        }
        let mut found = |what: &str, value: &str| {
            sink.secret(&HISTORY_PASSWORD, number, format!("{what} in a command that was typed"), value);
        };
        // `PGPASSWORD=x psql`, `export API_TOKEN=x`.
        if let Some((name, value)) = word.split_once('=') {
            let bare = name.trim_start_matches('-');
            let is_name =
                !bare.is_empty() && bare.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            let is_file = value.contains('/') && value.starts_with(['/', '~', '.']);
            if is_name
                && !is_file
                && let Some(what) = secret_word(bare)
            {
                found(what, value);
                continue;
            }
        }
        match (program, word.as_str()) {
            ("mysql" | "mysqldump" | "mysqladmin" | "mariadb" | "mariadb-dump" | "sshpass", option)
                if option.starts_with("-p") && option.len() > 2 && !option.starts_with("--") =>
            {
                found("password", &option[2..]);
            }
            ("sshpass" | "mongo" | "mongosh" | "docker" | "podman" | "helm" | "nerdctl", "-p")
                if !next.contains(':') =>
            {
                // Docker's -p publishes a port, except in `docker login`.
                let is_login = !matches!(program, "docker" | "podman" | "nerdctl")
                    || words.iter().any(|word| word == "login");
                if is_login && !next.starts_with('-') {
                    found("password", next);
                }
            }
            ("curl", "-u" | "--user") | ("skopeo", "--creds" | "--dest-creds" | "--src-creds") => {
                if let Some((user, password)) = next.split_once(':') {
                    let title = owned("password in a command that was typed", Some(user), None);
                    sink.secret(&HISTORY_PASSWORD, number, title, password);
                }
            }
            ("redis-cli", "-a") | ("ldapsearch", "-w") => found("password", next),
            (_, "--password" | "--passphrase" | "--token" | "--api-key" | "--secret")
                if !next.starts_with('-') =>
            {
                found("password", next);
            }
            (_, header) if header.len() > 22 && header.to_ascii_lowercase().starts_with("authorization:") => {
                if let Some(value) = header.rsplit(' ').next() {
                    found("authorization header", value);
                }
            }
            _ => {}
        }
    }
}
