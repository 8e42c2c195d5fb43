//! PuTTY's private keys, versions 2 and 3 (PuTTY manual, appendix C, "PPK file format").

use super::private_key::{PrivateKey, describe_blob, fingerprint};
use base64::{Engine, engine::general_purpose::STANDARD};

/// More lines than any key has.
const LINES_MAX: usize = 1_000;

/// Decodes a key that begins with `PuTTY-User-Key-File-`.
pub(crate) fn decode(text: &str) -> Option<PrivateKey> {
    let mut lines = text.lines().take(LINES_MAX).map(str::trim);
    let first = lines.next()?.strip_prefix("PuTTY-User-Key-File-")?;
    let (version, _) = first.split_once(':')?;
    if !matches!(version, "1" | "2" | "3") {
        return None;
    }
    let mut key = PrivateKey::default();
    let mut public = Vec::new();
    let mut has_private = false;
    while let Some(line) = lines.next() {
        let Some((name, value)) = line.split_once(':') else { break };
        let value = value.trim();
        match name {
            "Encryption" if value != "none" => key.encryption = Some(value.chars().take(40).collect()),
            "Comment" => key.comment = Some(value.to_owned()),
            "Public-Lines" => public = body(&mut lines, value)?,
            "Private-Lines" => has_private = !body(&mut lines, value)?.is_empty(),
            "Private-MAC" | "Private-Hash" => break,
            _ => {}
        }
    }
    let (algorithm, bits) = describe_blob(&public)?;
    key.fingerprint = Some(fingerprint(&public));
    has_private.then_some(PrivateKey { algorithm, bits, ..key })
}

fn body<'a>(lines: &mut impl Iterator<Item = &'a str>, count: &str) -> Option<Vec<u8>> {
    let count = count.parse::<usize>().ok().filter(|count| *count < LINES_MAX)?;
    let text: String = lines.take(count).collect();
    STANDARD.decode(text).ok()
}
