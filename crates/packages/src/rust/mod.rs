//! Rust: lock files.

pub(crate) mod cargo_lock;
