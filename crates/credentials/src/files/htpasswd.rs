//! Password files of servers: htpasswd(1), htdigest(1), ProFTPD's AuthUserFile, and the kinds of hashes (crypt(5)).

use super::{Family, Place, Source};
use crate::naming::shown;
use crate::rules::PASSWORD_HASH;
use crate::sink::Sink;
use crate::syntax::numbered;

pub(super) const FAMILY: Family = Family {
    places: &[
        Place::Name(".htpasswd"),
        Place::Name("htpasswd"),
        Place::Name(".htpasswds"),
        Place::Extension("htpasswd"),
        Place::Name(".htdigest"),
        Place::Name("htdigest"),
        Place::Extension("htdigest"),
        Place::Name("proftpdpasswd"),
        Place::Name("ftpd.passwd"),
        Place::Path("proftpd/passwd"),
        Place::Name("pureftpd.passwd"),
        Place::Path("mosquitto/passwd"),
        Place::Path("mosquitto/passwords"),
        Place::Path("dovecot/users"),
        Place::Path("dovecot/passwd"),
        Place::Path("nginx/passwd"),
        Place::Path("squid/passwd"),
        Place::Path("lighttpd/lighttpd.user"),
    ],
    read,
};

fn read(source: &Source<'_>, sink: &mut Sink<'_>) {
    for (number, line) in numbered(source.text) {
        let mut fields = line.trim().split(':');
        let (Some(user), Some(second)) = (fields.next(), fields.next()) else { continue };
        let third = fields.next().unwrap_or("");
        // htdigest: user, realm, MD5 of the three.
        let is_digest = third.len() == 32 && third.bytes().all(|b| b.is_ascii_hexdigit());
        let value = if is_digest { third } else { second };
        if user.is_empty() || user.starts_with('#') || value.is_empty() || value.starts_with(['*', '!']) {
            continue;
        }
        let kind = if is_digest { Some("MD5 digest") } else { hash_kind(value) };
        let title = match kind {
            Some(kind) => format!("{kind} password hash of user {}", shown(user)),
            // Dovecot and lighttpd take passwords in clear.
            None if value.len() <= 64 && !value.contains(' ') => format!("password of user {}", shown(user)),
            None => continue,
        };
        sink.secret(&PASSWORD_HASH, number, title, value);
    }
}

/// The kind of a password hash (crypt(5), section "Available hashing methods"; htpasswd's and LDAP's own).
pub(super) fn hash_kind(value: &str) -> Option<&'static str> {
    const PREFIXES: &[(&str, &str)] = &[
        ("$apr1$", "Apache MD5"),
        ("$1$", "MD5"),
        ("$2a$", "bcrypt"),
        ("$2b$", "bcrypt"),
        ("$2x$", "bcrypt"),
        ("$2y$", "bcrypt"),
        ("$3$", "NT"),
        ("$5$", "SHA-256"),
        ("$6$", "SHA-512"),
        ("$7$", "scrypt"),
        ("$y$", "yescrypt"),
        ("$gy$", "gost-yescrypt"),
        ("$argon2", "Argon2"),
        ("$md5", "Sun MD5"),
        ("$sha1$", "PBKDF1 SHA-1"),
        ("$scrypt$", "scrypt"),
        ("$pbkdf2", "PBKDF2"),
        ("pbkdf2_sha256$", "PBKDF2"),
        ("bcrypt_sha256$", "bcrypt"),
        ("argon2$", "Argon2"),
        ("{SHA}", "SHA-1"),
        ("{SSHA", "salted SHA"),
        ("{SHA256", "SHA-256"),
        ("{SHA512", "SHA-512"),
        ("{MD5", "MD5"),
        ("{CRYPT}", "crypt"),
        ("{BLF-CRYPT}", "bcrypt"),
        ("{ARGON2", "Argon2"),
        ("$P$", "phpass"),
        ("$H$", "phpass"),
        ("$S$", "Drupal SHA-512"),
    ];
    // A prefix with the beginning of a salt: nothing else looks so.
    if value.len() > 12
        && let Some((_, kind)) = PREFIXES.iter().find(|(prefix, _)| value.starts_with(prefix))
    {
        return Some(kind);
    }
    // DES: two characters of salt and eleven of hash, and mixed enough not to be a word.
    let is_des = value.len() == 13
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'/'))
        && value.bytes().any(|b| b.is_ascii_uppercase())
        && value.bytes().any(|b| b.is_ascii_lowercase());
    is_des.then_some("DES")
}
