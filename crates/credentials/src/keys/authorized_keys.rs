//! Keys that may log in (sshd(8), "AUTHORIZED_KEYS FILE FORMAT").

use super::private_key::{describe_blob, fingerprint};
use crate::naming::shown;
use crate::rules::AUTHORIZED_KEY;
use crate::sink::{Sink, identity};
use crate::syntax::numbered;
use base64::{Engine, engine::general_purpose::STANDARD};
use content::Hit;
use model::Severity;

/// Whether a path is one that SSH servers read.
pub(crate) fn is_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or("");
    matches!(name, "authorized_keys" | "authorized_keys2") || path.contains("etc/ssh/authorized_keys")
}

/// Reports every key.
pub(crate) fn examine(bytes: &[u8], sink: &mut Sink<'_>) {
    let path = sink.file.inner_path();
    let is_root = path.starts_with("root/") || path.ends_with("authorized_keys.d/root");
    let user = if is_root { "root" } else { user_of(path) };
    for (number, line) in numbered(&String::from_utf8_lossy(bytes)) {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        // Options may stand before the algorithm; the key is the word that decodes.
        let mut words = line.split_whitespace();
        let Some((word, blob)) = words.by_ref().find_map(|word| {
            word.starts_with("AAAA").then(|| STANDARD.decode(word).ok().map(|blob| (word, blob))).flatten()
        }) else {
            continue;
        };
        let Some((algorithm, bits)) = describe_blob(&blob) else { continue };
        let mut hit = Hit::of(&AUTHORIZED_KEY, format!("an SSH key may log in as {}", shown(user)));
        if is_root {
            hit.severity = Severity::High;
        }
        hit.line = Some(number);
        let size = if bits > 0 { format!(" {bits} bits") } else { String::new() };
        hit.evidence = vec![format!("{algorithm}{size}, {}", fingerprint(&blob))];
        // Worse than any stranger's key: the private half is published.
        if let Some(origin) = super::known::origin(&fingerprint(&blob)) {
            hit.severity = Severity::Critical;
            hit.title = format!("an SSH key that everybody has may log in as {} ({origin})", shown(user));
        }
        let comment = shown(&words.collect::<Vec<_>>().join(" "));
        if !comment.is_empty() {
            hit.evidence.push(format!("comment: {comment}"));
        }
        if let Some(at) = line.find(word) {
            let before = &line[..at];
            let options = before
                .rsplit_once(" ssh-")
                .or_else(|| before.rsplit_once(" ecdsa-"))
                .or_else(|| before.rsplit_once(" sk-"));
            if let Some((options, _)) = options.filter(|(options, _)| !options.is_empty()) {
                hit.evidence.push(format!("options: {}", shown(options)));
            }
        }
        hit.identity = identity(&blob);
        sink.push(hit);
    }
}

/// `home/deploy/.ssh/authorized_keys` belongs to deploy.
fn user_of(path: &str) -> &str {
    let mut parts = path.rsplit('/').skip(1);
    match parts.next() {
        Some(".ssh") => parts.next().unwrap_or("a user"),
        Some("authorized_keys.d" | "authorized_keys") => path.rsplit('/').next().unwrap_or("a user"),
        _ => "a user",
    }
}
