//! Swarm mode.

use crate::Fact;
use serde::{Deserialize, Serialize};

/// The swarm that the engine is part of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Swarm {
    /// Whether this node is a manager; only managers know the rest.
    pub is_manager: bool,
    /// Managers.
    pub managers: Fact<u64>,
    /// Nodes.
    pub nodes: Fact<u64>,
    /// Whether managers need a key after a restart.
    pub is_auto_locked: Fact<bool>,
    /// Seconds that certificates of nodes last.
    pub certificate_expiry_secs: Fact<u64>,
    /// How often the authority was rotated on purpose.
    pub authority_rotations: Fact<u64>,
    /// Secrets.
    pub secrets: Fact<u64>,
    /// Services.
    pub services: Fact<u64>,
    /// The address that this node tells the others.
    pub node_address: Fact<String>,
}
