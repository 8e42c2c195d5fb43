//! Who asks.

use std::fmt;

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
    /// A subject that an OIDC provider vouches for: provider, subject.
    Oidc(String, String),
    /// A person of a directory: directory, name.
    Ldap(String, String),
}

impl Principal {
    /// Reads what [`Display`](fmt::Display) wrote.
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
            "oidc" => pair().map(|(provider, subject)| Self::Oidc(provider, subject)),
            "ldap" => pair().map(|(directory, name)| Self::Ldap(directory, name)),
            _ => None,
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
            Self::Oidc(provider, subject) => write!(f, "oidc:{provider}/{subject}"),
            Self::Ldap(directory, name) => write!(f, "ldap:{directory}/{name}"),
        }
    }
}
