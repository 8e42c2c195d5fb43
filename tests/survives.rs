//! Promise: hostile and broken input costs a gap or an error, never a panic, a file outside the temporary
//! directory, unbounded memory or unbounded time.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests write their own files, and a helper of a test ends by panicking"
)]

#[path = "survives/decisions.rs"]
mod decisions;
#[path = "survives/documents.rs"]
mod documents;
#[path = "survives/engines.rs"]
mod engines;
#[path = "survives/inside.rs"]
mod inside;
#[path = "survives/layers.rs"]
mod layers;
#[path = "survives/limits.rs"]
mod limits;
#[path = "survives/names.rs"]
mod names;
#[path = "survives/noise.rs"]
mod noise;
#[path = "survives/packages.rs"]
mod packages;
#[path = "survives/sandbox.rs"]
mod sandbox;
mod support;
#[path = "survives/trees.rs"]
mod trees;
