//! A private key that was decoded.

use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

/// What is known of a private key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PrivateKey {
    /// The algorithm: `RSA`, `Ed25519`, `EC P-256`; empty when the key is encrypted as a whole.
    pub(crate) algorithm: String,
    /// Its size, when the algorithm leaves it open.
    pub(crate) bits: u32,
    /// How it is encrypted, when it is.
    pub(crate) encryption: Option<String>,
    /// Fingerprint of the public half, as `ssh-keygen -l` prints it, or the one of OpenPGP.
    pub(crate) fingerprint: Option<String>,
    /// What tells the decoded bytes apart from those of other keys.
    pub(crate) digest: String,
    /// Comment or user that the file tells.
    pub(crate) comment: Option<String>,
}

impl PrivateKey {
    /// `RSA 2048 bits`.
    pub(crate) fn kind(&self) -> String {
        match (self.algorithm.as_str(), self.bits) {
            ("", _) => "of unknown type".to_owned(),
            (algorithm, 0) => algorithm.to_owned(),
            (algorithm, bits) => format!("{algorithm} {bits} bits"),
        }
    }
}

/// Fingerprint of a public key in the format of SSH (RFC 4253, section 6.6; `ssh-keygen -l`).
pub(crate) fn fingerprint(blob: &[u8]) -> String {
    format!("SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(blob)))
}

/// Builds a public key in the format of SSH (RFC 4251, section 5).
#[derive(Default)]
pub(crate) struct SshBlob(pub(crate) Vec<u8>);

impl SshBlob {
    pub(crate) fn text(mut self, text: &[u8]) -> Self {
        self.0.extend_from_slice(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
        self.0.extend_from_slice(text);
        self
    }

    /// A number without leading zeros; a sign byte is put before a high bit.
    pub(crate) fn number(mut self, number: &[u8]) -> Self {
        let needs_sign = number.first().is_some_and(|first| *first >= 0x80);
        let length = u32::try_from(number.len() + usize::from(needs_sign)).unwrap_or(u32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        if needs_sign {
            self.0.push(0);
        }
        self.0.extend_from_slice(number);
        self
    }
}

/// Algorithm and size of a public key in the format of SSH.
pub(crate) fn describe_blob(blob: &[u8]) -> Option<(String, u32)> {
    let mut rest = blob;
    let name = take(&mut rest)?;
    Some(match name {
        b"ssh-rsa" => {
            take(&mut rest)?;
            let n = take(&mut rest)?;
            ("RSA".to_owned(), super::der::bits(without_zeros(n)))
        }
        b"ssh-dss" => ("DSA".to_owned(), super::der::bits(without_zeros(take(&mut rest)?))),
        b"ssh-ed25519" => ("Ed25519".to_owned(), 0),
        b"ecdsa-sha2-nistp256" => ("EC P-256".to_owned(), 0),
        b"ecdsa-sha2-nistp384" => ("EC P-384".to_owned(), 0),
        b"ecdsa-sha2-nistp521" => ("EC P-521".to_owned(), 0),
        b"sk-ssh-ed25519@openssh.com" => ("Ed25519 in a security key".to_owned(), 0),
        b"sk-ecdsa-sha2-nistp256@openssh.com" => ("EC P-256 in a security key".to_owned(), 0),
        _ => return None,
    })
}

/// Takes a length and so many bytes.
pub(crate) fn take<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, after) = rest.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (text, after) = after.split_at_checked(length)?;
    *rest = after;
    Some(text)
}

pub(crate) fn without_zeros(number: &[u8]) -> &[u8] {
    &number[number.iter().take_while(|byte| **byte == 0).count()..]
}
