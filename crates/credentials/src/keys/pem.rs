//! Text encodings of keys (RFC 7468; RFC 1421 for the headers of old encrypted keys; RFC 9580, section 6, for
//! OpenPGP), also as strings of programs, of JSON, YAML and of environment variables.

use base64::Engine;

/// A block between its marks, decoded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// What stands in the mark: `RSA PRIVATE KEY`.
    pub(crate) label: String,
    /// The decoded body.
    pub(crate) body: Vec<u8>,
    /// Cipher of a body that is encrypted as a whole (RFC 1421, section 4.6.1.3).
    pub(crate) cipher: Option<String>,
    /// Bytes from the first mark to the end of the last.
    pub(crate) length: usize,
}

/// Longer blocks are no keys; an OpenPGP key with a portrait may have some hundred thousand.
const BLOCK_BYTES_MAX: usize = 1 << 20;

const BASE64: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new()
        .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
);

/// Decodes the private key whose mark begins the bytes; nothing when it is none or does not decode.
pub(crate) fn decode(bytes: &[u8]) -> Option<Block> {
    let bytes = &bytes[..bytes.len().min(BLOCK_BYTES_MAX)];
    let after = bytes.strip_prefix(b"-----BEGIN ")?;
    let label_end = memchr::memmem::find(&after[..after.len().min(64)], b"-----")?;
    let label = std::str::from_utf8(&after[..label_end]).ok()?;
    if !label.ends_with("PRIVATE KEY") && label != "PGP PRIVATE KEY BLOCK" {
        return None;
    }
    let body = &after[label_end + 5..];
    let end = memchr::memmem::find(body, b"-----END ")?;
    let tail = &body[end + 9..];
    let length = bytes.len() - tail.len()
        + memchr::memmem::find(&tail[..tail.len().min(80)], b"-----").map_or(0, |at| at + 5);
    let text = unescaped(std::str::from_utf8(&body[..end]).ok()?);
    let (base64, cipher) = if label.starts_with("PGP") { (armor(&text), None) } else { base64_of(&text)? };
    let decoded = BASE64.decode(base64).ok()?;
    Some(Block { label: label.to_owned(), body: decoded, cipher, length })
}

/// Line breaks in the ways that strings of other formats write them.
fn unescaped(text: &str) -> String {
    if !text.contains(['\\', '&', '%']) {
        return text.to_owned();
    }
    let mut text = text.to_owned();
    for (escape, plain) in [
        ("\\\\r", "\n"),
        ("\\\\n", "\n"),
        ("\\r", "\n"),
        ("\\n", "\n"),
        ("\\t", " "),
        ("\\/", "/"),
        ("\\u002b", "+"),
        ("\\u003d", "="),
        ("\\u000a", "\n"),
        ("\\u000A", "\n"),
        ("&#10;", "\n"),
        ("&#13;", "\n"),
        ("&#xA;", "\n"),
        ("&#xD;", "\n"),
        ("&#xa;", "\n"),
        ("%0A", "\n"),
        ("%0D", "\n"),
        ("%2B", "+"),
        ("%2F", "/"),
        ("%3D", "="),
    ] {
        if text.contains(escape) {
            text = text.replace(escape, plain);
        }
    }
    text
}

/// The base64 characters without quotes, signs of comments and joins, and the cipher that the headers tell. Nothing
/// when other characters stand between.
fn base64_of(text: &str) -> Option<(String, Option<String>)> {
    let mut base64 = String::with_capacity(text.len());
    let mut cipher = None;
    let mut words = text
        .split_whitespace()
        .map(|word| word.trim_matches(['"', '\'', '`', ',', ';', '\\', '(', ')', '|']));
    while let Some(word) = words.next() {
        match word {
            // Joins and comments.
            "" | "+" | "." | "#" | "//" | "*" | ">" | "<<" | "&" | ".." => {}
            "Proc-Type:" => {
                words.next();
            }
            "DEK-Info:" => {
                let value = words.next()?;
                cipher = Some(value.split(',').next().unwrap_or(value).chars().take(40).collect());
            }
            "X-Info:" | "Comment:" | "Key-Attributes:" | "Bag" => return None,
            word => {
                if !word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')) {
                    return None;
                }
                base64.push_str(word);
            }
        }
    }
    Some((base64, cipher))
}

/// The body of an OpenPGP armor: after the headers and a blank line, up to the checksum.
fn armor(text: &str) -> String {
    let mut base64 = String::new();
    for line in text.lines() {
        let line = quoted_line(line);
        if line.starts_with('=') && !base64.is_empty() {
            break;
        }
        if !line.contains(':') {
            base64.push_str(line);
        }
    }
    base64
}

/// A line without the quotes and the join of a program's string; `+` is a character of base64 otherwise.
fn quoted_line(line: &str) -> &str {
    let line = line.trim();
    let Some(inner) = line.strip_prefix(['"', '\'']) else { return line };
    inner.split(['"', '\'']).next().unwrap_or(inner).trim_end_matches('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(body: &str) -> String {
        format!("-----BEGIN {0}-----{body}-----END {0}-----", concat!("PRIVATE", " KEY"))
    }

    #[test]
    fn bodies_are_found_in_every_quoting() {
        for body in [
            "\nAAEC\nAwQ=\n",
            "\\nAAEC\\nAwQ=\\n",
            "\\\\nAAEC\\\\nAwQ=\\\\n",
            " AAEC AwQ= ",
            "\r\n    AAEC\r\n    AwQ=\r\n",
            "\\n\" +\n  \"AAEC\\n\" +\n  \"AwQ=\\n\" +\n \"",
            "\n# AAEC\n# AwQ=\n# ",
            "&#10;AAEC&#10;AwQ=&#10;",
        ] {
            let text = block(body);
            let found = decode(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(found.body, [0, 1, 2, 3, 4], "{text}");
            assert_eq!(found.length, text.len());
        }
    }

    #[test]
    fn headers_alone_are_none() {
        assert_eq!(decode(block("\n...\n").as_bytes()), None);
        assert_eq!(decode(block("<your key>").as_bytes()), None);
        assert_eq!(decode(concat!("-----BEGIN ", "PRIVATE KEY-----").as_bytes()), None);
        assert_eq!(decode(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"), None);
    }

    #[test]
    fn ciphers_of_old_keys_are_read() {
        let text = block("\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\nAAEC\n");
        assert_eq!(decode(text.as_bytes()).unwrap().cipher.as_deref(), Some("AES-128-CBC"));
    }
}
