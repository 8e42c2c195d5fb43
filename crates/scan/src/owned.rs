//! Files that packages own, as layer facts keep them.

use crate::short_digest::{Algorithm, ShortDigest};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Bytes of one file in the cache: hash of the path, flags, digest.
const PACKED_BYTES: usize = 8 + 1 + 16;
const IS_CONFIG: u8 = 1 << 7;

/// The files of one package that one record names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct OwnedFiles {
    /// The package.
    pub(crate) package: String,
    /// Its files.
    #[serde(serialize_with = "pack", deserialize_with = "unpack")]
    pub(crate) files: Vec<OwnedFile>,
    /// Their paths as recorded, without those that slim images leave out on purpose: to tell which are missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) names: Vec<Box<str>>,
}

/// One file of a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OwnedFile {
    /// [`model::LayerPath::hash64`] of its recorded path.
    pub(crate) path: u64,
    /// Its recorded digest.
    pub(crate) digest: Option<ShortDigest>,
    /// Whether it is configuration.
    pub(crate) is_config: bool,
}

/// Whether the absence of a file means anything: documentation, manuals and translations are left out of slim images
/// on purpose (dpkg(1), `--path-exclude`; rpm's `%_excludedocs`).
pub(crate) fn is_expected(path: &str) -> bool {
    const LEFT_OUT: &[&str] =
        &["doc", "man", "info", "locale", "groff", "linda", "lintian", "gnome", "help", "gtk-doc"];
    let Some(rest) = path.strip_prefix("usr/share/") else { return !path.contains("__pycache__") };
    let first = rest.split('/').next().unwrap_or(rest);
    !LEFT_OUT.contains(&first) && !rest.contains("/LC_MESSAGES/")
}

fn pack<S: Serializer>(files: &[OwnedFile], serializer: S) -> Result<S::Ok, S::Error> {
    let mut bytes = Vec::with_capacity(files.len() * PACKED_BYTES);
    for file in files {
        bytes.extend_from_slice(&file.path.to_le_bytes());
        let number = file.digest.map_or(0, |digest| digest.algorithm as u8 + 1);
        bytes.push(number | if file.is_config { IS_CONFIG } else { 0 });
        bytes.extend_from_slice(&file.digest.map_or([0; 16], |digest| digest.bytes));
    }
    serializer.serialize_str(&STANDARD.encode(bytes))
}

fn unpack<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<OwnedFile>, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
    let bytes = STANDARD.decode(text.as_bytes()).map_err(D::Error::custom)?;
    let unpack_one = |chunk: &[u8]| {
        let path = u64::from_le_bytes(*chunk.first_chunk()?);
        let flags = *chunk.get(8)?;
        let digest = match flags & !IS_CONFIG {
            0 => None,
            number => Some(ShortDigest {
                algorithm: *Algorithm::ALL.get(usize::from(number) - 1)?,
                bytes: *chunk.get(9..)?.first_chunk()?,
            }),
        };
        Some(OwnedFile { path, digest, is_config: flags & IS_CONFIG != 0 })
    };
    bytes
        .chunks(PACKED_BYTES)
        .map(|chunk| unpack_one(chunk).ok_or_else(|| D::Error::custom("an owned file is cut short")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owned_files_survive_the_cache() {
        let digest = ShortDigest::of(Algorithm::Sha1, b"x");
        let files = vec![
            OwnedFile { path: 7, digest: None, is_config: true },
            OwnedFile { path: u64::MAX, digest: Some(digest), is_config: false },
        ];
        let owned = OwnedFiles { package: "a".to_owned(), files, names: vec!["usr/bin/a".into()] };
        let text = serde_json::to_string(&owned).unwrap();
        assert_eq!(serde_json::from_str::<OwnedFiles>(&text).unwrap(), owned);
    }

    #[test]
    fn documentation_may_be_missing() {
        for path in
            ["usr/share/doc/x/copyright", "usr/share/man/man1/ls.1.gz", "usr/share/x/LC_MESSAGES/y.mo"]
        {
            assert!(!is_expected(path), "{path}");
        }
        for path in ["bin/ls", "usr/share/zoneinfo/UTC", "etc/passwd"] {
            assert!(is_expected(path), "{path}");
        }
    }
}
