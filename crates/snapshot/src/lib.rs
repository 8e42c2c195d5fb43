//! Advisories built into the binary, so that the first scan of a machine without network finds something.
//!
//! `data/debian-N.txt` holds, for each Debian source package, the first version whose changelog names a CVE
//! (made by `cargo xtask advisories debian`); `data/known-*.toml` is a hand-written list of the vulnerabilities
//! of language packages and self-built software that matter most. The build script turns them into shards; at
//! run time they are read where they lie in the binary.
//!
//! Invariants: no shard claims to be complete; nothing is copied from a publisher whose terms forbid it.

/// Shards by name, sorted.
pub static SHARDS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/shards.rs"));
