//! What callers record.

use serde_json::{Map, Value};

/// A record to be: its kind, and what it says. The ledger adds number, time, node and chain.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub(crate) kind: &'static str,
    pub(crate) members: Map<String, Value>,
}

/// When [`append`](crate::Ledger::append) returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Once the record is on the disk (fdatasync).
    BeforeReturn,
    /// Once the record stands in the queue; it is written soon after.
    Soon,
}

/// Members that the ledger writes itself.
pub(crate) const OWN: &[&str] = &["boot", "hash", "kind", "node", "prev", "seq", "ts", "v"];

impl Entry {
    /// An entry of a kind: `decision`, `outcome`, …
    #[must_use]
    pub fn new(kind: &'static str) -> Self {
        Self { kind, members: Map::new() }
    }

    /// Adds a member. The ledger's own (`seq`, `ts`, `prev`, …) stay as the ledger writes them.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.set(name, value);
        self
    }

    /// As [`Entry::with`], in place.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        debug_assert!(!OWN.contains(&name), "'{name}' is written by the ledger");
        self.members.insert(name.to_owned(), value.into());
    }
}
