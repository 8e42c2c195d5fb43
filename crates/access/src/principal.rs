//! Who asks.

use std::{collections::BTreeSet, fmt};

/// Names of groups.
pub type Groups = BTreeSet<String>;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Principal {
    /// Nobody in particular.
    Anonymous,
    /// A person of the file.
    User(String),
    /// A program of the file.
    Robot(String),
    /// A client whose certificate carries a name of the file.
    Certificate(String),
    /// A subject that an OIDC provider vouches for: provider, subject, and the groups that it says he is in.
    Oidc(String, String, Groups),
    /// A person of a directory: directory, name, and his groups there.
    Ldap(String, String, Groups),
}

impl Principal {
    /// Reads what [`Display`](fmt::Display) wrote; groups are not written.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text == "anonymous" {
            return Some(Self::Anonymous);
        }
        let (kind, name) = text.split_once(':')?;
        let pair = || name.split_once('/').map(|(one, other)| (one.to_owned(), other.to_owned()));
        match kind {
            "user" => Some(Self::User(name.to_owned())),
            "robot" => Some(Self::Robot(name.to_owned())),
            "certificate" => Some(Self::Certificate(name.to_owned())),
            "oidc" => pair().map(|(provider, subject)| Self::Oidc(provider, subject, Groups::new())),
            "ldap" => pair().map(|(directory, name)| Self::Ldap(directory, name, Groups::new())),
            _ => None,
        }
    }

    /// The groups that whoever vouches for him says he is in.
    #[must_use]
    pub fn groups(&self) -> Option<&Groups> {
        match self {
            Self::Oidc(_, _, groups) | Self::Ldap(_, _, groups) => Some(groups),
            _ => None,
        }
    }

    /// The same one in these groups; others have none.
    #[must_use]
    pub fn with_groups(self, groups: Groups) -> Self {
        match self {
            Self::Oidc(provider, subject, _) => Self::Oidc(provider, subject, groups),
            Self::Ldap(directory, name, _) => Self::Ldap(directory, name, groups),
            other => other,
        }
    }

    /// His groups as they stand in rules: `oidc-group:PROVIDER/NAME`, `ldap-group:DIRECTORY/NAME`.
    pub(crate) fn group_names(&self) -> Vec<String> {
        match self {
            Self::Oidc(from, _, groups) => {
                groups.iter().map(|name| format!("oidc-group:{from}/{name}")).collect()
            }
            Self::Ldap(from, _, groups) => {
                groups.iter().map(|name| format!("ldap-group:{from}/{name}")).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anonymous => f.write_str("anonymous"),
            Self::User(name) => write!(f, "user:{name}"),
            Self::Robot(name) => write!(f, "robot:{name}"),
            Self::Certificate(name) => write!(f, "certificate:{name}"),
            Self::Oidc(provider, subject, _) => write!(f, "oidc:{provider}/{subject}"),
            Self::Ldap(directory, name, _) => write!(f, "ldap:{directory}/{name}"),
        }
    }
}
