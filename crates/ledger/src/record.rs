//! One record, as it stands on a line.

use crate::{LINE_BYTES_MAX, canonical, canonical::write};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use std::fmt;

/// A SHA-256.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

/// A record that was read back: its place in the chain, and everything it says.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Its number, from 0.
    pub sequence: u64,
    /// What kind of record it is: `header`, `decision`, `outcome`, …
    pub kind: String,
    /// The hash of the record before, as it claims.
    pub previous: Hash,
    /// Its own hash, as it claims.
    pub hash: Hash,
    /// Its own hash, as it is.
    pub computed: Hash,
    /// All members.
    pub members: Map<String, Value>,
}

/// Why a line is not a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MalformedRecord {
    /// It is longer than any that is written.
    #[error("the line is longer than {LINE_BYTES_MAX} bytes")]
    TooLong,
    /// It is not a JSON object.
    #[error("the line is not a JSON object")]
    NotAnObject,
    /// A member that every record has is missing or of another type.
    #[error("the member '{0}' is missing or malformed")]
    Member(&'static str),
    /// The same content in another form than the canonical one.
    #[error("the line is not in canonical form")]
    NotCanonical,
}

impl Record {
    /// Reads a line, without its line feed.
    ///
    /// # Errors
    /// When it is not a record in canonical form. A wrong hash is no error: `hash` and `computed` then differ.
    pub fn parse(line: &[u8]) -> Result<Self, MalformedRecord> {
        if line.len() > LINE_BYTES_MAX {
            return Err(MalformedRecord::TooLong);
        }
        let value: Value = serde_json::from_slice(line).map_err(|_| MalformedRecord::NotAnObject)?;
        if canonical(&value).as_bytes() != line {
            // A file that somebody's editor wrote says the same and is still not what was written.
            let is_object = value.is_object();
            return Err(if is_object { MalformedRecord::NotCanonical } else { MalformedRecord::NotAnObject });
        }
        let Value::Object(mut members) = value else { return Err(MalformedRecord::NotAnObject) };
        let hash = hash_member(&members, "hash")?;
        let previous = hash_member(&members, "prev")?;
        let sequence = members.get("seq").and_then(Value::as_u64).ok_or(MalformedRecord::Member("seq"))?;
        let kind = members.get("kind").and_then(Value::as_str).ok_or(MalformedRecord::Member("kind"))?;
        let kind = kind.to_owned();
        let claimed = members.remove("hash").expect("it was read above");
        let members = Value::Object(members);
        let computed = Self::hash_of(&previous, &canonical(&members));
        let Value::Object(mut members) = members else { unreachable!("it was made an object above") };
        members.insert("hash".to_owned(), claimed);
        Ok(Self { sequence, kind, previous, hash, computed, members })
    }

    pub(crate) fn hash_of(previous: &Hash, canonical_without_hash: &str) -> Hash {
        let mut state = Sha256::new();
        state.update(previous.0);
        state.update(canonical_without_hash.as_bytes());
        Hash(state.finalize().into())
    }

    /// Writes the line of a record whose members are complete but for the hash; returns the hash.
    pub(crate) fn seal(mut members: Map<String, Value>, previous: &Hash, out: &mut String) -> Hash {
        members.insert("prev".to_owned(), previous.to_string().into());
        let members = Value::Object(members);
        let hash = Self::hash_of(previous, &canonical(&members));
        let Value::Object(mut members) = members else { unreachable!("it was made an object above") };
        members.insert("hash".to_owned(), hash.to_string().into());
        write(&Value::Object(members), out);
        out.push('\n');
        hash
    }
}

fn hash_member(members: &Map<String, Value>, name: &'static str) -> Result<Hash, MalformedRecord> {
    members.get(name).and_then(Value::as_str).and_then(Hash::parse).ok_or(MalformedRecord::Member(name))
}

impl Hash {
    /// What stands before the first record.
    pub const ZERO: Self = Self([0; 32]);

    /// SHA-256 of anything that a record names by its digest: a policy, a body.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads 64 hexadecimal digits in lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Some(Self(bytes))
    }
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).expect("digits are ASCII"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line() -> String {
        let Value::Object(members) = json!({"v": 1, "seq": 7, "kind": "decision", "text": "ä\n\"x\""})
        else {
            unreachable!()
        };
        let mut out = String::new();
        Record::seal(members, &Hash([9; 32]), &mut out);
        out.trim_end().to_owned()
    }

    #[test]
    fn sealed_record_reads_back_with_the_hash_that_was_computed() {
        let record = Record::parse(line().as_bytes()).unwrap();
        assert_eq!((record.sequence, record.kind.as_str()), (7, "decision"));
        assert_eq!(record.hash, record.computed);
        assert_eq!(record.previous, Hash([9; 32]));
    }

    #[test]
    fn changed_member_changes_the_computed_hash() {
        let record = Record::parse(line().replace("\"seq\":7", "\"seq\":8").as_bytes()).unwrap();
        assert_ne!(record.hash, record.computed);
    }

    #[test]
    fn same_content_in_another_form_is_refused() {
        let spaced = line().replace("\"v\":1", "\"v\": 1");
        assert_eq!(Record::parse(spaced.as_bytes()), Err(MalformedRecord::NotCanonical));
        assert_eq!(Record::parse(b"[]"), Err(MalformedRecord::NotAnObject));
        assert_eq!(Record::parse(b"{}"), Err(MalformedRecord::Member("hash")));
    }

    #[test]
    fn mutated_lines_never_panic() {
        let line = line().into_bytes();
        for at in 0..line.len() {
            let _ = Record::parse(&line[..at]);
            for bit in 0..8 {
                let mut changed = line.clone();
                changed[at] ^= 1 << bit;
                if let Ok(record) = Record::parse(&changed) {
                    assert!(record.hash != record.computed, "a flipped bit goes unnoticed at {at}");
                }
            }
        }
    }
}
