//! Users and groups that matter for the engine.

use crate::Fact;
use serde::{Deserialize, Serialize};

/// Users and groups (`passwd(5)`, `group(5)`, `subuid(5)`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Accounts {
    /// Groups.
    pub groups: Fact<Vec<Group>>,
    /// Users.
    pub users: Fact<Vec<User>>,
    /// Ranges of `/etc/subuid`.
    pub subordinate_uids: Fact<Vec<SubordinateRange>>,
    /// Ranges of `/etc/subgid`.
    pub subordinate_gids: Fact<Vec<SubordinateRange>>,
}

/// A line of `/etc/group`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its number.
    pub gid: u32,
    /// Members that the line names.
    #[serde(default)]
    pub members: Vec<String>,
}

/// A line of `/etc/passwd`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Its name.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// Its first group.
    pub gid: u32,
}

/// A line of `/etc/subuid` or `/etc/subgid`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubordinateRange {
    /// The user.
    pub name: String,
    /// The first id.
    pub first: u32,
    /// How many.
    pub count: u32,
}
