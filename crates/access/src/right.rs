//! Rights in a repository.

use serde::Deserialize;
use std::fmt;

/// A right in a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Right {
    /// Read manifests and blobs.
    Pull,
    /// Bring in blobs and manifests, and tags that are new.
    Push,
    /// Give a tag that exists to another manifest.
    Overwrite,
    /// Remove manifests, tags and blobs.
    Delete,
    /// List tags.
    TagList,
    /// See the repository in the catalog.
    Catalog,
    /// Bring in signatures, attestations and SBOMs.
    Sign,
    /// All of them.
    Admin,
}

/// Several rights.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Rights(u8);

impl Right {
    /// All rights.
    pub const ALL: [Self; 8] = [
        Self::Pull,
        Self::Push,
        Self::Overwrite,
        Self::Delete,
        Self::TagList,
        Self::Catalog,
        Self::Sign,
        Self::Admin,
    ];

    /// As it is written in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Overwrite => "overwrite",
            Self::Delete => "delete",
            Self::TagList => "tag-list",
            Self::Catalog => "catalog",
            Self::Sign => "sign",
            Self::Admin => "admin",
        }
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

impl Rights {
    /// None.
    pub const NONE: Self = Self(0);

    /// These.
    #[must_use]
    pub fn of(rights: &[Right]) -> Self {
        Self(rights.iter().fold(0, |bits, right| bits | right.bit()))
    }

    /// Whether this one is among them.
    #[must_use]
    pub fn has(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// Those of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those that the other has not.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// What the right to everything stands for.
    pub(crate) fn spread(self) -> Self {
        if self.has(Right::Admin) { Self::of(&Right::ALL) } else { self }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set()
            .entries(Right::ALL.iter().filter(|right| self.has(**right)).map(|right| right.as_str()))
            .finish()
    }
}
