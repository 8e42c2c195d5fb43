//! Checkpoints: C2SP tlog-checkpoint inside a signed note.

use crate::{
    key::{NodeKey, VerifierKey},
    record::Hash,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// A statement about the first records of a log: how many, and the root of their Merkle tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log, as the signer names it.
    pub origin: String,
    /// How many records it covers.
    pub size: u64,
    /// The root hash over them.
    pub root: Hash,
    /// More lines, signed along: `time …`.
    pub extension: Vec<String>,
    /// The text that was signed.
    text: String,
    signatures: Vec<Signature>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Signature {
    name: String,
    id: [u8; 4],
    bytes: Vec<u8>,
}

/// Why a text is not a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It has no blank line between text and signatures, or one too many.
    #[error("a checkpoint is text, a blank line and signatures")]
    Form,
    /// A line of the text is missing or malformed.
    #[error("the {0} of the checkpoint is missing or malformed")]
    Line(&'static str),
    /// A line of signatures is malformed.
    #[error("a signature of the checkpoint is malformed")]
    Signature,
}

const TEXT_BYTES_MAX: usize = 64 << 10;
const SIGNATURES_MAX: usize = 32;

impl Checkpoint {
    /// Signs one.
    #[must_use]
    pub fn sign(key: &NodeKey, origin: &str, size: u64, root: Hash, extension: Vec<String>) -> Self {
        let mut text = format!("{origin}\n{size}\n{}\n", STANDARD.encode(root.0));
        for line in &extension {
            text.push_str(line);
            text.push('\n');
        }
        let verifier = key.verifier();
        let signature = Signature {
            name: verifier.name().to_owned(),
            id: verifier.id(),
            bytes: key.sign(text.as_bytes()),
        };
        Self { origin: origin.to_owned(), size, root, extension, text, signatures: vec![signature] }
    }

    /// The signed note.
    #[must_use]
    pub fn note(&self) -> String {
        let mut note = format!("{}\n", self.text);
        for signature in &self.signatures {
            let bytes = [signature.id.as_slice(), &signature.bytes].concat();
            note.push_str(&format!("\u{2014} {} {}\n", signature.name, STANDARD.encode(bytes)));
        }
        note
    }

    /// Reads one note. Signatures are not checked: see [`Checkpoint::is_signed_by`].
    ///
    /// # Errors
    /// When it is of another form.
    pub fn parse(note: &str) -> Result<Self, CheckpointError> {
        if note.len() > TEXT_BYTES_MAX || !note.ends_with('\n') {
            return Err(CheckpointError::Form);
        }
        let (text, signatures) = note.split_once("\n\n").ok_or(CheckpointError::Form)?;
        let text = format!("{text}\n");
        let mut lines = text.lines();
        let origin = lines.next().filter(|line| !line.is_empty()).ok_or(CheckpointError::Line("origin"))?;
        let size = lines.next().ok_or(CheckpointError::Line("size"))?;
        let is_plain = size == "0" || (!size.starts_with('0') && size.bytes().all(|b| b.is_ascii_digit()));
        let size = size.parse().ok().filter(|_| is_plain).ok_or(CheckpointError::Line("size"))?;
        let root = lines.next().and_then(|line| STANDARD.decode(line).ok());
        let root = root.and_then(|bytes| bytes.try_into().ok()).ok_or(CheckpointError::Line("root"))?;
        let extension = lines.map(str::to_owned).collect();
        let signatures: Vec<_> =
            signatures.lines().take(SIGNATURES_MAX).map(signature).collect::<Result<_, _>>()?;
        if signatures.is_empty() {
            return Err(CheckpointError::Signature);
        }
        Ok(Self { origin: origin.to_owned(), size, root: Hash(root), extension, text, signatures })
    }

    /// Whether one of its signatures is of this key, by name and id, and verifies.
    #[must_use]
    pub fn is_signed_by(&self, key: &VerifierKey) -> bool {
        let is_its = |s: &&Signature| s.name == key.name() && s.id == key.id();
        self.signatures.iter().filter(is_its).any(|s| key.verifies(self.text.as_bytes(), &s.bytes))
    }
}

/// Reads a file of checkpoints: notes with a blank line between them.
///
/// # Errors
/// When one of them is malformed.
pub fn parse_checkpoints(text: &str) -> Result<Vec<Checkpoint>, CheckpointError> {
    let mut parts = text.split("\n\n").map(|part| part.trim_matches('\n')).filter(|part| !part.is_empty());
    let mut checkpoints = Vec::new();
    while let Some(body) = parts.next() {
        let signatures = parts.next().ok_or(CheckpointError::Form)?;
        checkpoints.push(Checkpoint::parse(&format!("{body}\n\n{signatures}\n"))?);
    }
    Ok(checkpoints)
}

/// The last one of a key. What is cut off or malformed is passed over: a crash may have done that to the last.
pub(crate) fn last_signed(text: &str, key: &VerifierKey) -> Option<Checkpoint> {
    let parts: Vec<&str> =
        text.split("\n\n").map(|part| part.trim_matches('\n')).filter(|part| !part.is_empty()).collect();
    parts
        .windows(2)
        .rev()
        .filter_map(|pair| Checkpoint::parse(&format!("{}\n\n{}\n", pair[0], pair[1])).ok())
        .find(|checkpoint| {
            // A host may have another name since; the key is the same.
            checkpoint.signatures.iter().any(|s| key.verifies(checkpoint.text.as_bytes(), &s.bytes))
        })
}

fn signature(line: &str) -> Result<Signature, CheckpointError> {
    let read = || {
        let (name, bytes) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let bytes = STANDARD.decode(bytes).ok()?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        (!name.is_empty()).then(|| Signature { name: name.to_owned(), id: *id, bytes: bytes.to_vec() })
    };
    read().ok_or(CheckpointError::Signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_note_of_the_specification_verifies() {
        // golang.org/x/mod/sumdb/note, the example of its documentation: a note whose text is no checkpoint.
        let key =
            VerifierKey::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").unwrap();
        let line = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=";
        let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
        let signature = signature(line).unwrap();
        assert_eq!(signature.id, key.id());
        assert!(key.verifies(text.as_bytes(), &signature.bytes));
    }

    #[test]
    fn signed_checkpoints_read_back_and_a_changed_size_does_not_verify() {
        let key = NodeKey::from_pkcs8("node.example", &NodeKey::generate().unwrap()).unwrap();
        let one = Checkpoint::sign(&key, "node.example/guard", 5, Hash([3; 32]), vec!["time now".into()]);
        let two = Checkpoint::sign(&key, "node.example/guard", 9, Hash([4; 32]), Vec::new());
        let file = format!("{}\n{}", one.note(), two.note());
        assert_eq!(parse_checkpoints(&file).unwrap(), [one.clone(), two]);
        assert!(one.is_signed_by(key.verifier()));
        let changed = Checkpoint::parse(&one.note().replace("\n5\n", "\n6\n")).unwrap();
        assert!(!changed.is_signed_by(key.verifier()));
        assert_eq!(
            Checkpoint::parse(&one.note().replace("\n5\n", "\n05\n")),
            Err(CheckpointError::Line("size"))
        );
    }

    #[test]
    fn mutated_notes_never_panic() {
        let key = NodeKey::from_pkcs8("n", &NodeKey::generate().unwrap()).unwrap();
        let note = Checkpoint::sign(&key, "n/g", 5, Hash([3; 32]), Vec::new()).note();
        for (at, _) in note.char_indices() {
            let changed: String =
                note.char_indices().filter(|(index, _)| *index != at).map(|(_, c)| c).collect();
            if let Ok(checkpoint) = Checkpoint::parse(&changed) {
                assert!(!checkpoint.is_signed_by(key.verifier()), "{changed}");
            }
        }
    }
}
