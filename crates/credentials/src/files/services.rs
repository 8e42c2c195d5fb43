//! Passwords in the configuration of services: Redis, Tomcat, LDAP clients, SNMP, RabbitMQ, Grafana, Samba, VNC.

use super::{Family, Place, Recipe, Source, noted, url_logins};
use crate::naming::owned;
use crate::rules::SERVER_PASSWORD;
use crate::sink::{self, Sink};
use crate::syntax::{ini, ini::Separator, numbered, unquoted, xml};
use content::Hit;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name("redis.conf"),
        Place::Name("sentinel.conf"),
        Place::Name("valkey.conf"),
        Place::Name("tomcat-users.xml"),
        Place::Name("ldap.conf"),
        Place::Name("nslcd.conf"),
        Place::Name("pam_ldap.conf"),
        Place::Name("libnss-ldap.conf"),
        Place::Name("sssd.conf"),
        Place::Name("ldap.secret"),
        Place::Name("pam_ldap.secret"),
        Place::Name("snmpd.conf"),
        Place::Name("rabbitmq.conf"),
        Place::Name("grafana.ini"),
        Place::Name("superset.ini"),
        Place::Name("airflow.cfg"),
        Place::Name("odoo.conf"),
        Place::Name("openerp-server.conf"),
        Place::Name(".smbcredentials"),
        Place::Name("smbcredentials"),
        Place::Name(".cifs"),
        Place::Name("cifs-credentials"),
        Place::Path(".vnc/passwd"),
        Place::Name(".vncpasswd"),
        Place::Extension("keytab"),
        Place::Name("amavisd.conf"),
        Place::Name("alembic.ini"),
        Place::Name("supervisord.conf"),
    ],
    read,
};

const RECIPE: Recipe = Recipe {
    rule: &SERVER_PASSWORD,
    secrets: &[
        ("password", "password"),
        ("admin_password", "administrator password"),
        ("admin_passwd", "master password"),
        ("db_password", "password of a database"),
        ("secret_key", "secret key"),
        ("fernet_key", "encryption key"),
        ("smtp_password", "password of a mail relay"),
        ("ldap_default_authtok", "password of the directory"),
        ("default_pass", "password"),
        ("bindpw", "password of the directory"),
    ],
    users: &["username", "user", "admin_user", "default_user", "ldap_default_bind_dn", "db_user"],
    places: &["host", "domain", "ldap_uri", "db_host"],
};

/// Settings that a name, white space and a value make.
const WORDS: &[(&str, &str)] = &[
    ("requirepass", "password of Redis"),
    ("masterauth", "password of the Redis primary"),
    ("bindpw", "password of the directory"),
    ("rootbindpw", "root password of the directory"),
    ("rootpwmodpw", "root password of the directory"),
];

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    let name = source.path.rsplit('/').next().unwrap_or("");
    match name {
        "redis.conf" | "sentinel.conf" | "valkey.conf" | "ldap.conf" | "nslcd.conf" | "pam_ldap.conf"
        | "libnss-ldap.conf" => words(source.text, sink),
        "ldap.secret" | "pam_ldap.secret" => {
            sink.secret(&SERVER_PASSWORD, 1, "root password of the directory".to_owned(), source.text);
        }
        "snmpd.conf" => snmp(source.text, sink),
        "tomcat-users.xml" => tomcat(source.text, sink),
        "passwd" | ".vncpasswd" => vnc(source.bytes, sink),
        _ if name.ends_with(".keytab") => keytab(source.bytes, sink),
        _ => {
            let document = ini::parse(source.text, Separator::Equals);
            RECIPE.apply(&document, sink);
            url_logins(&SERVER_PASSWORD, &document, sink);
        }
    }
}

fn words(text: &str, sink: &mut Sink<'_>) {
    for (number, line) in numbered(text) {
        let mut words = line.split_whitespace();
        let (Some(name), Some(value)) = (words.next(), words.next()) else { continue };
        if let Some((_, what)) = WORDS.iter().find(|(word, _)| name.eq_ignore_ascii_case(word)) {
            sink.secret(&SERVER_PASSWORD, number, (*what).to_owned(), unquoted(value));
        } else if name == "user"
            && let Some(password) = line.split_whitespace().find_map(|word| word.strip_prefix('>'))
        {
            // Access lists of Redis: `user name on >password ~* +@all`.
            sink.secret(&SERVER_PASSWORD, number, owned("password", Some(value), Some("Redis")), password);
        }
    }
}

/// `createUser name SHA "auth" AES "priv"`, and communities that may write (snmpd.conf(5)).
fn snmp(text: &str, sink: &mut Sink<'_>) {
    for (number, line) in numbered(text) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["createUser" | "createuser", user, _, password, ..] => {
                sink.secret(
                    &SERVER_PASSWORD,
                    number,
                    owned("password", Some(user), Some("SNMP")),
                    unquoted(password),
                );
            }
            ["rwcommunity" | "rwcommunity6", community, ..] => {
                sink.secret(
                    &SERVER_PASSWORD,
                    number,
                    "community of SNMP that may write".to_owned(),
                    community,
                );
            }
            _ => {}
        }
    }
}

fn tomcat(text: &str, sink: &mut Sink<'_>) {
    let document = xml::parse(text);
    noted(&document, sink);
    for entry in document.named(&["@password"]) {
        let user = document.beside(entry, &["@username", "@name"]);
        sink.secret(&SERVER_PASSWORD, entry.line, owned("password", user, Some("Tomcat")), &entry.value);
    }
}

/// Eight bytes, enciphered with a key that everybody knows (RFB; vncpasswd(1)).
fn vnc(bytes: &[u8], sink: &mut Sink<'_>) {
    if matches!(bytes.len(), 8 | 16 | 24) && !content::is_text(bytes) {
        let mut hit = Hit::of(&SERVER_PASSWORD, "password of a VNC server");
        hit.evidence = vec!["enciphered with a key that everybody knows".to_owned()];
        hit.identity = sink::identity(bytes);
        sink.push(hit);
    }
}

/// Keys of Kerberos (MIT Kerberos documentation, "Keytab file format": 5, then version 1 or 2).
fn keytab(bytes: &[u8], sink: &mut Sink<'_>) {
    if matches!(bytes, [5, 1 | 2, _, _, _, _, _, ..]) {
        let mut hit = Hit::of(&SERVER_PASSWORD, "keys of Kerberos in a keytab");
        hit.identity = sink::identity(bytes);
        sink.push(hit);
    }
}
