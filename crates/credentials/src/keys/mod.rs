//! Private keys in files of any name, and keys that may log in.

mod age;
mod asn1;
mod authorized_keys;
pub(crate) mod der;
mod known;
mod openssh;
mod pem;
mod pgp;
mod private_key;
mod putty;
mod report;

pub(crate) use known::{hash as known_keys_hash, origin as known_origin};
pub(crate) use report::role;

use crate::sink::Sink;
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use content::Pieces;
use memchr::memmem::Finder;
use private_key::PrivateKey;

/// What the search looks for.
pub(crate) struct Markers([Finder<'static>; 4]);

const PEM: usize = 0;
const PUTTY: usize = 1;
const AGE: usize = 2;
const WRAPPED: usize = 3;

/// The bytes are searched in parts that stay in the cache of a core.
const PART_BYTES: usize = 128 << 10;

/// Marks of more keys than any honest file has are left, with a gap.
const MARKS_MAX: usize = 20_000;

/// A key wrapped in base64 is at most so long.
const WRAPPED_BYTES_MAX: usize = 256 << 10;

impl Markers {
    pub(crate) fn new() -> Self {
        // The dashes are left out of the first: rules of dashes in texts would slow the search. The last is the
        // beginning of the first in base64.
        Self(["-BEGIN ", "PuTTY-User-Key-File-", "AGE-SECRET-KEY-1", "LS0tLS1CRUdJTiB"].map(Finder::new))
    }

    /// Begin and kind of the marks of one part: those that begin before `end`.
    fn of_part(&self, bytes: &[u8], start: usize, end: usize, marks: &mut Vec<(usize, usize)>) {
        for (kind, finder) in self.0.iter().enumerate() {
            let shown = &bytes[start..bytes.len().min(end + finder.needle().len() - 1)];
            marks.extend(finder.find_iter(shown).map(|at| (start + at, kind)));
        }
        marks.sort_unstable();
    }
}

/// Looks for keys in the bytes of a file.
pub(crate) fn examine(markers: &Markers, bytes: &[u8], sink: &mut Sink<'_>) {
    let path = sink.file.inner_path();
    if authorized_keys::is_path(path) {
        authorized_keys::examine(bytes, sink);
    }
    if report::is_key_name(path) {
        let whole = asn1::decode(bytes).or_else(|| dropbear(path, bytes));
        if let Some(mut key) = whole {
            key.digest = crate::sink::identity(bytes);
            report::found(&key, bytes, 0, bytes, sink);
            return;
        }
    }
    let (mut marks, mut count) = (Vec::new(), 0_usize);
    // A key is told once, also when it stands within what was already decoded.
    let mut done = 0;
    for start in (0..bytes.len()).step_by(PART_BYTES) {
        marks.clear();
        markers.of_part(bytes, start, bytes.len().min(start + PART_BYTES), &mut marks);
        for (at, kind) in &marks {
            count += 1;
            if count > MARKS_MAX || (count % 64 == 63 && sink.budget.check().is_err()) {
                let detail = format!("search for private keys ended after {count} marks");
                sink.halt(model::GapReason::LimitReached, detail);
                return;
            }
            let start = if *kind == PEM { at.saturating_sub(4) } else { *at };
            if start < done {
                continue;
            }
            if let Some((key, length)) = key_at(*kind, &bytes[start..], sink) {
                done = start + length;
                report::found(&key, &bytes[start..done.min(bytes.len())], start, bytes, sink);
            }
        }
    }
}

/// Whether [`examine`] may find a key of which a piece of a file holds the mark. One in the last half of what two pieces have
/// in common is left to the later one, which holds what stands before it.
pub(crate) fn may_hold(markers: &Markers, piece: &[u8], is_last: bool, sink: &Sink<'_>) -> bool {
    const SEEN_BYTES: usize = Pieces::OVERLAP_BYTES / 2;
    let end = if is_last { piece.len() } else { piece.len() - SEEN_BYTES };
    let mut marks = Vec::new();
    markers.of_part(piece, 0, end, &mut marks);
    marks.iter().any(|(at, kind)| {
        let bytes = &piece[if *kind == PEM { at.saturating_sub(4) } else { *at }..];
        // A block that goes on behind the piece is text as far as it can be seen.
        let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
        let is_cut = !is_last && bytes.iter().take(SEEN_BYTES).all(is_text);
        is_cut || key_at(*kind, bytes, sink).is_some()
    })
}

/// Whether a path alone tells that there is a key.
pub(crate) fn is_told_by_path(path: &str) -> bool {
    authorized_keys::is_path(path) || report::is_key_name(path)
}

fn key_at(kind: usize, bytes: &[u8], sink: &Sink<'_>) -> Option<(PrivateKey, usize)> {
    match kind {
        PEM => pem_key(bytes),
        PUTTY => putty_key(bytes),
        AGE => age::decode(bytes),
        WRAPPED => wrapped_key(bytes, sink),
        _ => None,
    }
}

/// The key of a text block and the length of the block.
fn pem_key(bytes: &[u8]) -> Option<(PrivateKey, usize)> {
    let block = pem::decode(bytes)?;
    let key = if let Some(cipher) = block.cipher {
        // Encrypted as a whole: there is no structure to check, but whole blocks of a cipher and a key's size.
        let algorithm = block.label.strip_suffix("PRIVATE KEY")?.trim().to_owned();
        (block.body.len() >= 48 && block.body.len() % 8 == 0).then(|| PrivateKey {
            algorithm,
            encryption: Some(cipher),
            ..PrivateKey::default()
        })?
    } else if block.label.starts_with("PGP") {
        pgp::decode(&block.body)?
    } else {
        asn1::decode(&block.body).or_else(|| openssh::decode(&block.body))?
    };
    Some((PrivateKey { digest: crate::sink::identity(&block.body), ..key }, block.length))
}

fn putty_key(bytes: &[u8]) -> Option<(PrivateKey, usize)> {
    let shown = &bytes[..bytes.len().min(64 << 10)];
    let end = memchr::memmem::find(shown, b"Private-MAC: ").map_or(shown.len(), |at| {
        at + shown[at..].iter().position(|byte| *byte == b'\n').unwrap_or(shown.len() - at)
    });
    putty::decode(&String::from_utf8_lossy(&shown[..end])).map(|key| (key, end))
}

/// A text block in base64, as in Kubernetes' secrets; not when another finding has it already.
fn wrapped_key(bytes: &[u8], sink: &Sink<'_>) -> Option<(PrivateKey, usize)> {
    let shown = &bytes[..bytes.len().min(WRAPPED_BYTES_MAX)];
    let length = shown.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(**b, b'+' | b'/')).count();
    let decoded = STANDARD_NO_PAD.decode(&shown[..length]).ok()?;
    // The value goes on with at most two signs of padding.
    let text = std::str::from_utf8(&shown[..length]).ok()?;
    if sink.has_clear(text) {
        return None;
    }
    pem_key(&decoded).map(|(key, _)| (key, length))
}

/// Host keys of Dropbear: the public key of SSH followed by the secret numbers (dropbear, signkey.c).
fn dropbear(path: &str, bytes: &[u8]) -> Option<PrivateKey> {
    let name = path.rsplit('/').next().unwrap_or("");
    if !name.starts_with("dropbear_") || !name.ends_with("_host_key") {
        return None;
    }
    let mut rest = bytes;
    let algorithm = private_key::take(&mut rest)?;
    let parts = match algorithm {
        b"ssh-rsa" => 2,
        b"ssh-dss" => 4,
        b"ecdsa-sha2-nistp256" | b"ecdsa-sha2-nistp384" | b"ecdsa-sha2-nistp521" => 2,
        // The public half is the second half of the one text.
        b"ssh-ed25519" => {
            let pair = private_key::take(&mut rest)?;
            let blob = private_key::SshBlob::default().text(algorithm).text(pair.get(32..64)?);
            let fingerprint = Some(private_key::fingerprint(&blob.0));
            return Some(PrivateKey {
                algorithm: "Ed25519".to_owned(),
                fingerprint,
                ..PrivateKey::default()
            });
        }
        _ => return None,
    };
    for _ in 0..parts {
        private_key::take(&mut rest)?;
    }
    let public = &bytes[..bytes.len() - rest.len()];
    private_key::take(&mut rest)?;
    let (algorithm, bits) = private_key::describe_blob(public)?;
    let fingerprint = Some(private_key::fingerprint(public));
    Some(PrivateKey { algorithm, bits, fingerprint, ..PrivateKey::default() })
}
