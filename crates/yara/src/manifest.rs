//! What a set of other people's rules is, and the digests that pin it.

use crate::header::sha256_hex;
use crate::source::{FILE_BYTES_MAX, Namespaces, PackOptions, RuleFile, Syntax};
use model::Severity;
use serde::{Deserialize, Serialize};

/// Characters of a manifest.
const MANIFEST_BYTES_MAX: usize = 32 << 20;
/// Characters of a file's name.
const NAME_LENGTH_MAX: usize = 400;

/// What a set of other people's rules is, and the digests that pin it; TOML.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackManifest {
    /// Name of the set: lower-case letters, digits, `.`, `_` and `-`.
    pub name: String,
    /// Where it comes from: an address, a folder.
    pub source: String,
    /// Which state of it: a commit, a release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Who wrote it; shown with every hit of a rule that names nobody itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Its licence, as an SPDX expression where there is one; shown with every hit of a rule that tells none itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Rules of these licences are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded_licences: Vec<String>,
    /// Which rules see each other.
    #[serde(default)]
    pub namespaces: Namespaces,
    /// How strictly regular expressions are read.
    #[serde(default)]
    pub syntax: Syntax,
    /// Severity of rules whose metadata tell none.
    #[serde(default = "high")]
    pub severity: Severity,
    /// Every file with its digest, sorted by name.
    #[serde(default, rename = "file")]
    pub files: Vec<PinnedFile>,
}

/// A file and its digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedFile {
    /// Path below the set's folder.
    pub name: String,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// How a file differs from its pin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deviation {
    /// It has other bytes.
    Changed(String),
    /// It is not there.
    Missing(String),
    /// Nobody pinned it.
    Unknown(String),
}

impl std::fmt::Display for Deviation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Changed(name) => write!(f, "{name} differs from its digest"),
            Self::Missing(name) => write!(f, "{name} is missing"),
            Self::Unknown(name) => write!(f, "{name} is not in the manifest"),
        }
    }
}

/// A manifest that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// No TOML, or other keys.
    #[error("cannot read the manifest: {0}")]
    Syntax(String),
    /// A name that is no name.
    #[error("'{0}' is no name of a rule set (hint: lower-case letters, digits, '.', '_' and '-')")]
    Name(String),
    /// A file name that leads elsewhere.
    #[error("'{0}' is no path below the folder of a rule set")]
    FileName(String),
    /// A file that is too large.
    #[error("rule file {name} is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The file.
        name: String,
        /// The limit.
        limit_bytes: usize,
    },
}

impl PackManifest {
    /// The manifest of a set, with nothing known but its name and source, that pins some files.
    ///
    /// # Errors
    /// When the name or a file name cannot be used.
    pub fn of(name: &str, source: &str, files: &[RuleFile]) -> Result<Self, ManifestError> {
        let mut pinned: Vec<PinnedFile> = files
            .iter()
            .map(|file| PinnedFile { name: file.name.clone(), sha256: sha256_hex(&file.bytes) })
            .collect();
        pinned.sort_by(|left, right| left.name.cmp(&right.name));
        let manifest = Self {
            name: name.to_owned(),
            source: source.to_owned(),
            revision: None,
            author: None,
            licence: None,
            excluded_licences: Vec::new(),
            namespaces: Namespaces::Pack,
            syntax: Syntax::Strict,
            severity: Severity::High,
            files: pinned,
        };
        if let Some(file) = files.iter().find(|file| file.bytes.len() > FILE_BYTES_MAX) {
            return Err(ManifestError::TooLarge { name: file.name.clone(), limit_bytes: FILE_BYTES_MAX });
        }
        manifest.checked()
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// When it is not one.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        if text.len() > MANIFEST_BYTES_MAX {
            return Err(ManifestError::Syntax(format!("it is larger than {MANIFEST_BYTES_MAX} bytes")));
        }
        let manifest: Self =
            toml::from_str(text).map_err(|error| ManifestError::Syntax(error.message().to_owned()))?;
        manifest.checked()
    }

    fn checked(self) -> Result<Self, ManifestError> {
        if !is_name(&self.name) {
            return Err(ManifestError::Name(self.name.chars().take(80).collect()));
        }
        if let Some(file) = self.files.iter().find(|file| !is_file_name(&file.name)) {
            return Err(ManifestError::FileName(file.name.chars().take(80).collect()));
        }
        Ok(self)
    }

    /// The pin of the whole set: SHA-256 over the lines that `sha256sum` prints for its files, sorted by name.
    #[must_use]
    pub fn digest(&self) -> String {
        let lines: String = self
            .files
            .iter()
            .map(|file| format!("{}  {}\n", file.sha256.to_ascii_lowercase(), file.name))
            .collect();
        format!("sha256:{}", sha256_hex(lines.as_bytes()))
    }

    /// How files differ from what is pinned; nothing when they are the same.
    #[must_use]
    pub fn deviations(&self, files: &[RuleFile]) -> Vec<Deviation> {
        let given: std::collections::BTreeMap<&str, &RuleFile> =
            files.iter().map(|file| (file.name.as_str(), file)).collect();
        let mut found = Vec::new();
        for pinned in &self.files {
            match given.get(pinned.name.as_str()) {
                None => found.push(Deviation::Missing(pinned.name.clone())),
                Some(file) if !sha256_hex(&file.bytes).eq_ignore_ascii_case(&pinned.sha256) => {
                    found.push(Deviation::Changed(pinned.name.clone()));
                }
                Some(_) => {}
            }
        }
        let pinned: std::collections::BTreeSet<&str> =
            self.files.iter().map(|file| file.name.as_str()).collect();
        found.extend(
            files
                .iter()
                .filter(|f| !pinned.contains(f.name.as_str()))
                .map(|f| Deviation::Unknown(f.name.clone())),
        );
        found
    }

    /// The options that the set is compiled with.
    #[must_use]
    pub fn options(&self) -> PackOptions {
        PackOptions {
            name: self.name.clone(),
            namespaces: self.namespaces.clone(),
            syntax: self.syntax,
            severity: self.severity,
            excluded_licences: self.excluded_licences.clone(),
            author: self.author.clone(),
            licence: self.licence.clone(),
        }
    }
}

fn high() -> Severity {
    Severity::High
}

/// Whether a text can name a set: it becomes a file name and part of rule ids.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=80).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte))
}

fn is_file_name(text: &str) -> bool {
    (1..=NAME_LENGTH_MAX).contains(&text.len())
        && !text.chars().any(|character| character.is_control() || character == '\\')
        && text.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> RuleFile {
        RuleFile { name: name.into(), bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn a_manifest_pins_every_byte() {
        let files = [file("b.yar", "x"), file("a/c.yar", "y")];
        let manifest = PackManifest::of("base", "https://example.com/base", &files).unwrap();
        assert_eq!(manifest.deviations(&files), []);
        let changed = [file("b.yar", "z"), file("d.yar", "")];
        assert_eq!(
            manifest.deviations(&changed).iter().map(ToString::to_string).collect::<Vec<_>>(),
            ["a/c.yar is missing", "b.yar differs from its digest", "d.yar is not in the manifest"]
        );
        let other = PackManifest::of("base", "https://example.com/base", &changed).unwrap();
        assert_ne!(manifest.digest(), other.digest());
        let text = toml::to_string(&manifest).unwrap();
        assert_eq!(PackManifest::parse(&text), Ok(manifest));
    }

    #[test]
    fn the_digest_is_that_of_sha256sum() {
        // printf 'x' > b.yar; sha256sum b.yar | sha256sum
        let manifest = PackManifest::of("base", "s", &[file("b.yar", "x")]).unwrap();
        let line = format!("{}  b.yar\n", sha256_hex(b"x"));
        assert_eq!(manifest.digest(), format!("sha256:{}", sha256_hex(line.as_bytes())));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["../x.yar", "/etc/x.yar", "a//b.yar", "", "a\0.yar", "./a.yar", "a\\b.yar"] {
            let error = PackManifest::of("base", "s", &[file(name, "")]).unwrap_err();
            assert!(matches!(error, ManifestError::FileName(_)), "{name}");
        }
        for name in ["", "..", "A", "a/b", ".a", "a b"] {
            assert!(matches!(PackManifest::of(name, "s", &[]), Err(ManifestError::Name(_))), "{name}");
        }
        assert!(PackManifest::parse("name = \"a\"\nsource = \"s\"\nother = 1").is_err());
    }
}
