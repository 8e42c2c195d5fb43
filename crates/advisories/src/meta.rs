//! What is known of a shard as a whole.

use serde::{Deserialize, Serialize};

/// What is known of a shard as a whole; shown by `db status`, and decides which gaps a scan reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ShardMeta {
    /// Date of the newest content (`2026-11-22`).
    pub date: String,
    /// Where the content was published: `debian-tracker`, `osv`, `seawall`.
    pub sources: Vec<String>,
    /// Whether the publisher's list is whole. A shard that is not whole gives every scan that uses it a gap.
    pub is_complete: bool,
    /// One line for people: what the shard holds, and what it leaves out.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Licence of the content (SPDX expression or the publisher's words).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub licence: String,
    /// Date since which the publisher maintains the list no more (`2024-06-30`), when there is one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub end_of_life: String,
}

/// How much a shard holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShardCounts {
    /// Advisories, without those that were withdrawn.
    pub advisories: u64,
    /// Package names.
    pub packages: u64,
    /// Rows: one for each advisory and package.
    pub rows: u64,
}
