//! Which user a container runs as.

use serde::{Deserialize, Serialize};

/// Which user and group a container runs as, as written: `user`, `uid`, `user:group`, `uid:gid`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct User(pub String);

impl User {
    /// The part before the colon.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.split(':').next().unwrap_or_default().trim()
    }

    /// The part behind the colon, when there is one.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.0.split_once(':').map(|(_, group)| group.trim()).filter(|group| !group.is_empty())
    }

    /// The number of the user, when it is one. The engine reads `00` and `+0` as 0 (Go's `strconv.Atoi`).
    #[must_use]
    pub fn uid(&self) -> Option<i64> {
        self.name().parse().ok()
    }

    /// Whether it is root: an empty name, `root`, or a number that is 0, with or without a group.
    #[must_use]
    pub fn is_root(&self) -> bool {
        matches!(self.name(), "" | "root") || self.uid() == Some(0)
    }

    /// Whether the group is that of root, or none is told with a number (which then gets group 0 unless the image's
    /// passwd file knows the number).
    #[must_use]
    pub fn has_root_group(&self) -> bool {
        self.group().is_some_and(|group| group == "root" || group.parse::<i64>() == Ok(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_known_in_every_form() {
        for root in ["", "0", "root", "0:0", "root:root", "00", "0:1000", "root:1000", ":1000", "+0"] {
            assert!(User(root.into()).is_root(), "{root}");
        }
        for other in ["1000", "1000:0", "web", "rooty", "nobody:nogroup", "10"] {
            assert!(!User(other.into()).is_root(), "{other}");
        }
        assert!(User("1000:0".into()).has_root_group());
        assert!(!User("1000:1000".into()).has_root_group());
    }
}
