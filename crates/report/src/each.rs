//! Lists that are written one element at a time, so that a large report is not held twice.

use serde::{Serialize, Serializer};
use serde_json::Value;

/// A JSON array made from a list while it is written.
pub(crate) struct Each<'l, T, F>(pub(crate) &'l [T], pub(crate) F);

impl<T, F: Fn(&T) -> Value> Serialize for Each<'_, T, F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(&self.1))
    }
}

/// Name and value pairs as CycloneDX, SARIF and others want them.
pub(crate) fn named(pairs: &[(String, String)]) -> Vec<Value> {
    pairs.iter().map(|(name, value)| serde_json::json!({ "name": name, "value": value })).collect()
}
