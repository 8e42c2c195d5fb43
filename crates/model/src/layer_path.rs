//! Paths inside an image.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A path inside a layer or root file system: relative to its root, `/`-separated, without empty, `.` or `..`
/// components. `..` never climbs above the root. The root itself is the empty path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LayerPath(String);

impl LayerPath {
    /// Normalises any text to a path below the root.
    #[must_use]
    pub fn new(text: &str) -> Self {
        if is_normal(text) {
            return Self(text.to_owned());
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                other => parts.push(other),
            }
        }
        Self(parts.join("/"))
    }

    /// Normalises the raw bytes of an archive; bytes that are not UTF-8 become `\xNN`, so that two different
    /// paths stay different.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self::new(text);
        }
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            for byte in chunk.invalid() {
                text.push_str(&format!("\\x{byte:02x}"));
            }
        }
        Self::new(&text)
    }

    /// The path without a leading slash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last component, empty for the root.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.0[self.last_slash().map_or(0, |slash| slash + 1)..]
    }

    // Every format asks every path of an image for its last component; bytes are searched much faster than
    // characters.
    fn last_slash(&self) -> Option<usize> {
        self.0.as_bytes().iter().rposition(|byte| *byte == b'/')
    }

    /// The directory that holds it; the root has none.
    #[must_use]
    pub fn parent(&self) -> Option<&str> {
        if self.0.is_empty() {
            return None;
        }
        Some(&self.0[..self.last_slash().unwrap_or(0)])
    }

    /// `name` inside this directory; `name` may hold several components and `..`.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        Self::new(&format!("{}/{name}", self.0))
    }

    /// The path that a symbolic link lying here points at: absolute targets count from the root.
    #[must_use]
    pub fn resolve_link(&self, target: &str) -> Self {
        if target.starts_with('/') {
            return Self::new(target);
        }
        Self::new(&format!("{}/{target}", self.parent().unwrap_or("")))
    }

    /// The proper ancestors, nearest first, without the root.
    pub fn ancestors(&self) -> impl Iterator<Item = &str> {
        let mut rest = self.0.as_str();
        std::iter::from_fn(move || {
            rest = rest.rsplit_once('/')?.0;
            Some(rest)
        })
    }

    /// [`path_hash`] of this path.
    #[must_use]
    pub fn hash64(&self) -> u64 {
        path_hash(&self.0)
    }
}

fn is_normal(text: &str) -> bool {
    !text.starts_with('/')
        && !text.ends_with('/')
        && (text.is_empty() || text.split('/').all(|part| !matches!(part, "" | "." | "..")))
}

/// A stable 64-bit hash of a normalised path, so that sets of a million paths cost eight bytes a path.
/// (FNV-1a with the finaliser of MurmurHash3; not for adversarial tables: use sorted arrays.)
#[must_use]
pub fn path_hash(path: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in path.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

impl fmt::Display for LayerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.0)
    }
}

impl fmt::Debug for LayerPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_root() {
        for (input, expected) in [
            ("./usr/lib", "usr/lib"),
            ("/../../etc/passwd", "etc/passwd"),
            ("a/../../b", "b"),
            ("..", ""),
            ("a//b/", "a/b"),
        ] {
            assert_eq!(LayerPath::new(input).as_str(), expected);
        }
        assert_eq!(LayerPath::new("a/b").resolve_link("../../../c").as_str(), "c");
        assert_eq!(LayerPath::new("a/b").resolve_link("/c").as_str(), "c");
    }

    #[test]
    fn paths_that_are_not_text_stay_different() {
        assert_ne!(LayerPath::from_bytes(b"a/\xff"), LayerPath::from_bytes(b"a/\xfe"));
    }

    #[test]
    fn ancestors_are_nearest_first() {
        let path = LayerPath::new("a/b/c");
        assert_eq!(path.ancestors().collect::<Vec<_>>(), ["a/b", "a"]);
    }
}
