//! Where verdicts about images come from.

use super::PolicyError;
use crate::document::{Map, error};
use workload::Node;

/// Where verdicts about images come from, as a policy names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageSettings {
    /// The policy of scans (docs/guide/policy.md) that images are to pass; none when they are not scanned.
    pub scan_policy: Option<String>,
    /// Public keys, one of which is to have signed an image; empty when signatures are not looked for.
    pub keys: Vec<String>,
    /// So many seconds a call waits for a verdict.
    pub wait_secs: u32,
    /// Whether pulls go by digest even where no verdict is asked for.
    pub pin: bool,
}

const WAIT_SECS: i64 = 60;
const WAIT_SECS_MAX: i64 = 3600;

pub(super) fn read(node: &Node) -> Result<ImageSettings, PolicyError> {
    let map = Map::read(node, "'images'", &["scan_policy", "keys", "wait_seconds", "pin"])?;
    let wait = match map.get("wait_seconds") {
        Some(node) => node
            .integer()
            .filter(|secs| (1..=WAIT_SECS_MAX).contains(secs))
            .ok_or_else(|| error(node, format!("'wait_seconds' is a number from 1 to {WAIT_SECS_MAX}")))?,
        None => WAIT_SECS,
    };
    Ok(ImageSettings {
        scan_policy: map.text("scan_policy")?.map(str::to_owned),
        keys: map.texts("keys")?,
        wait_secs: u32::try_from(wait).unwrap_or_default(),
        pin: map.boolean("pin")?.unwrap_or_default(),
    })
}
