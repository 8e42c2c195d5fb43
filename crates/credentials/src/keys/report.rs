//! What is told of a private key.

use super::known;
use super::private_key::PrivateKey;
use crate::naming::shown;
use crate::rules::{GCP_KEY, PRIVATE_KEY, PRIVATE_KEY_ENCRYPTED, SSH_HOST_KEY, TEST_PRIVATE_KEY};
use crate::sink::{Sink, identity};
use content::Hit;
use memchr::memmem;

/// What a key is for, by the path of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Anything.
    Any = 0,
    /// A host key of an SSH server.
    HostKey = 1,
    /// The placeholder of Debian's package ssl-cert, made anew on every machine.
    Snakeoil = 2,
    /// A file whose name says that it holds a key in DER.
    KeyName = 3,
    /// Keys that may log in.
    Authorized = 4,
}

/// The role of a path.
pub(crate) fn role(path: &str) -> Role {
    let name = path.rsplit('/').next().unwrap_or("");
    let is_openssh = name.starts_with("ssh_host_") && name.ends_with("_key");
    if is_openssh || name.starts_with("dropbear_") && name.ends_with("_host_key") {
        Role::HostKey
    } else if name == "ssl-cert-snakeoil.key" || name == "snakeoil.key" {
        Role::Snakeoil
    } else if super::authorized_keys::is_path(path) {
        Role::Authorized
    } else if is_key_name(path) {
        Role::KeyName
    } else {
        Role::Any
    }
}

/// Whether a name promises a key in DER.
pub(super) fn is_key_name(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or("");
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    matches!(extension.as_str(), "der" | "key" | "pk8" | "p8" | "pkcs8" | "pem" | "priv")
        || name.ends_with("_host_key")
}

/// Reports a key. `secret` are its bytes in the file, at `start` of `bytes`.
pub(super) fn found(key: &PrivateKey, secret: &[u8], start: usize, bytes: &[u8], sink: &mut Sink<'_>) {
    let role = role(sink.file.inner_path());
    let origin = key.fingerprint.as_deref().and_then(known::origin).or_else(|| known::origin(&key.digest));
    let account = service_account(bytes, start);
    let (rule, title) = if let Some(origin) = origin {
        (&TEST_PRIVATE_KEY, format!("private key that everybody has ({origin}): {}", key.kind()))
    } else if role == Role::Snakeoil {
        (
            &TEST_PRIVATE_KEY,
            format!("placeholder private key of the machine that built the image: {}", key.kind()),
        )
    } else if role == Role::HostKey && key.encryption.is_none() {
        (&SSH_HOST_KEY, format!("SSH host key: {}", key.kind()))
    } else if let Some(encryption) = &key.encryption {
        (&PRIVATE_KEY_ENCRYPTED, format!("encrypted private key ({}): {}", shown(encryption), key.kind()))
    } else if let Some(account) = account {
        (&GCP_KEY, format!("private key of service account {account}"))
    } else {
        let owner = key.comment.as_deref().map(shown).filter(|comment| !comment.is_empty());
        let owner = owner.map_or_else(String::new, |owner| format!(" of {owner}"));
        (&PRIVATE_KEY, format!("private key{owner}: {}", key.kind()))
    };
    let mut hit = Hit::of(rule, title);
    // Lines have no meaning in binaries.
    hit.line = content::is_text(bytes).then(|| content::line_at(bytes, start));
    hit.evidence = vec![format!(
        "{}, {}",
        key.kind(),
        key.encryption
            .as_deref()
            .map_or_else(|| "not encrypted".to_owned(), |cipher| format!("encrypted: {}", shown(cipher)))
    )];
    if let Some(fingerprint) = &key.fingerprint {
        hit.evidence.push(format!("public half {fingerprint}"));
    }
    if let Some(comment) = key.comment.as_deref().map(shown).filter(|comment| !comment.is_empty()) {
        hit.evidence.push(format!("comment: {comment}"));
    }
    if key.algorithm == "RSA" && (1..2_048).contains(&key.bits) || key.algorithm == "DSA" {
        hit.evidence.push("weak: such keys can be broken".to_owned());
    }
    hit.identity = if key.digest.is_empty() { identity(secret) } else { key.digest.clone() };
    hit.clear = match std::str::from_utf8(secret) {
        Ok(text) => vec![text.to_owned()],
        Err(_) => Vec::new(),
    };
    sink.push(hit);
}

/// The account of a key file of Google Cloud: `client_email` within the same small object.
fn service_account(bytes: &[u8], start: usize) -> Option<String> {
    const NEAR_BYTES: usize = 8 << 10;
    let from = start.saturating_sub(NEAR_BYTES);
    let near = &bytes[from..bytes.len().min(start + NEAR_BYTES)];
    let at = memmem::find(near, b"\"client_email\"")? + "\"client_email\"".len();
    let mut parts = near[at..].split(|byte| *byte == b'"');
    let sign = parts.next()?;
    let value = std::str::from_utf8(parts.next()?).ok()?;
    (sign.trim_ascii() == b":" && value.contains('@')).then(|| shown(value))
}
