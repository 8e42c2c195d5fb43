//! Ed25519 keys (RFC 8032) that sign manifests.

use super::files::directory_of;
use super::manifest::hex;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{fmt, fs, str::FromStr};

/// Why a key cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text is not a public key.
    #[error("'{0}' is not a public key (hint: 'ed25519:' and 44 characters of base64)")]
    Text(String),
    /// The file cannot be read or written.
    #[error("cannot {action} key {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file holds no private key.
    #[error("{} is not a private key of Seawall (hint: move it away and a new one is made)", .0.display())]
    Malformed(PathBuf),
    /// Others can read the private key.
    #[error("private key {} can be read by others (hint: chmod 600)", .0.display())]
    Readable(PathBuf),
    /// The operating system gave no random numbers.
    #[error("cannot make a key: no random numbers")]
    Random,
}

/// A key whose signature is trusted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// The key of 32 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The first 16 hexadecimal digits of its SHA-256; names it in manifests.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&digest(&SHA256, &self.0).as_ref()[..8])
    }

    /// Whether it signed a message.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0).verify(message, signature).is_ok()
    }

    /// Reads a file that holds the text form.
    ///
    /// # Errors
    /// When the file cannot be read or holds something else.
    pub fn load(path: &Path) -> Result<Self, KeyError> {
        let bytes = super::files::read_bounded(path, 1_000).map_err(|source| KeyError::Io {
            action: "read",
            path: path.to_owned(),
            source,
        })?;
        String::from_utf8_lossy(&bytes).trim().parse()
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        text.strip_prefix("ed25519:")
            .and_then(|encoded| BASE64_STANDARD.decode(encoded).ok())
            .and_then(|bytes| bytes.try_into().ok())
            .map(Self)
            .ok_or_else(|| KeyError::Text(text.chars().take(80).collect()))
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ed25519:{}", BASE64_STANDARD.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A private key. It is never printed.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// A new key, as the PKCS #8 document to keep.
    ///
    /// # Errors
    /// When the operating system gives no random numbers.
    pub fn generate() -> Result<Vec<u8>, KeyError> {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).map_err(|_| KeyError::Random)?;
        Ok(document.as_ref().to_vec())
    }

    /// The key of a PKCS #8 document; `None` when it is not one of Ed25519.
    #[must_use]
    pub fn from_pkcs8(document: &[u8]) -> Option<Self> {
        Ed25519KeyPair::from_pkcs8(document).ok().map(Self)
    }

    /// The key of this machine or user: read from `path`, or made on first use. The file is readable by its owner
    /// alone; the public part lies beside it in `<path>.pub`, for readers who must not have the private one.
    ///
    /// # Errors
    /// When the file cannot be read or written, is no key, or others can read it.
    pub fn load_or_create(path: &Path) -> Result<Self, KeyError> {
        let failed = |action| move |source| KeyError::Io { action, path: path.to_owned(), source };
        if !path.exists() {
            let directory = directory_of(path);
            fs::create_dir_all(directory).map_err(failed("make a directory for"))?;
            // Two first uses at once: one link wins, and both read the winner's key below. Temporary files are
            // made with mode 0600.
            let mut file = tempfile::NamedTempFile::new_in(directory).map_err(failed("write"))?;
            file.write_all(&Self::generate()?).map_err(failed("write"))?;
            file.as_file().sync_all().map_err(failed("write"))?;
            match file.persist_noclobber(path) {
                Ok(_) => {}
                Err(refused) if refused.error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(refused) => return Err(failed("write")(refused.error)),
            }
        }
        if is_readable_by_others(path).map_err(failed("read"))? {
            return Err(KeyError::Readable(path.to_owned()));
        }
        let document = super::files::read_bounded(path, 1_000).map_err(failed("read"))?;
        let key = Self::from_pkcs8(&document).ok_or_else(|| KeyError::Malformed(path.to_owned()))?;
        let public = Self::public_path(path);
        if PublicKey::load(&public).ok().as_ref() != Some(&key.public()) {
            super::files::replace(&public, format!("{}\n", key.public()).as_bytes(), 0o644)
                .map_err(|source| KeyError::Io { action: "write", path: public, source })?;
        }
        Ok(key)
    }

    /// Where the public part of a private key lies.
    #[must_use]
    pub fn public_path(path: &Path) -> PathBuf {
        let mut name = path.as_os_str().to_owned();
        name.push(".pub");
        PathBuf::from(name)
    }

    /// The public part.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.public_key().as_ref().try_into().expect("a public key of Ed25519 has 32 bytes"))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.public().id())
    }
}

#[cfg(unix)]
fn is_readable_by_others(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    Ok(fs::metadata(path)?.mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_readable_by_others(_path: &Path) -> io::Result<bool> {
    Ok(false)
}
