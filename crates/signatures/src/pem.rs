//! Textual encodings of keys (RFC 7468), several blocks a file.

use crate::encoding::decode_base64;

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// `PUBLIC KEY`.
    pub label: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Why a text is not PEM.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// There is no `-----BEGIN`.
    #[error("there is no PEM block in it\nhint: a key file begins with -----BEGIN PUBLIC KEY-----")]
    Nothing,
    /// A block has no end or its body is not base64.
    #[error("the PEM block '{0}' is damaged")]
    Damaged(String),
    /// There are too many blocks.
    #[error("there are more than {0} PEM blocks in it")]
    TooMany(usize),
    /// The text is too long.
    #[error("it has more than {0} bytes, too many for key files")]
    TooLarge(usize),
}

pub(crate) const BLOCKS_MAX: usize = 64;
const BYTES_MAX: usize = 1 << 20;

/// Every block of a text; words outside of blocks are left out (RFC 7468, section 2).
pub(crate) fn blocks(bytes: &[u8]) -> Result<Vec<Block>, PemError> {
    if bytes.len() > BYTES_MAX {
        return Err(PemError::TooLarge(BYTES_MAX));
    }
    let text = String::from_utf8_lossy(bytes);
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) = line.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----")) else {
            continue;
        };
        let damaged = || PemError::Damaged(crate::encoding::shown(label));
        if blocks.len() == BLOCKS_MAX {
            return Err(PemError::TooMany(BLOCKS_MAX));
        }
        let end = format!("-----END {label}-----");
        let mut body = String::new();
        loop {
            match lines.next() {
                None => return Err(damaged()),
                Some(line) if line == end => break,
                // Headers of the older form (RFC 1421) mean encryption that is not understood here.
                Some(line) if line.contains(':') => return Err(damaged()),
                Some(line) => body.push_str(line),
            }
        }
        let bytes = decode_base64(&body).filter(|bytes| !bytes.is_empty()).ok_or_else(damaged)?;
        blocks.push(Block { label: label.to_owned(), bytes });
    }
    if blocks.is_empty() { Err(PemError::Nothing) } else { Ok(blocks) }
}

/// Writes one block, 64 characters a line.
pub(crate) fn write(label: &str, bytes: &[u8]) -> String {
    let body = crate::encoding::encode_base64(bytes);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = body.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text + &format!("-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        for length in [1, 47, 48, 49, 300] {
            let bytes: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let text = format!("words\n{}words\n", write("PUBLIC KEY", &bytes));
            assert_eq!(blocks(text.as_bytes()), Ok(vec![Block { label: "PUBLIC KEY".into(), bytes }]));
        }
    }

    #[test]
    fn damaged_texts_are_told() {
        assert_eq!(blocks(b"nothing"), Err(PemError::Nothing));
        assert_eq!(blocks(b"-----BEGIN A-----\nAAAA\n"), Err(PemError::Damaged("A".into())));
        assert_eq!(blocks(b"-----BEGIN A-----\n!\n-----END A-----\n"), Err(PemError::Damaged("A".into())));
        let many = write("A", b"abc").repeat(BLOCKS_MAX + 1);
        assert_eq!(blocks(many.as_bytes()), Err(PemError::TooMany(BLOCKS_MAX)));
    }
}
