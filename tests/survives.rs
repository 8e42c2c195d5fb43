//! Promise: hostile and broken input costs a gap or an error, never a panic, a file outside the temporary
//! directory, unbounded memory or unbounded time.
#![allow(clippy::disallowed_methods, reason = "tests write their own files")]

#[path = "survives/decisions.rs"]
mod decisions;
#[path = "survives/documents.rs"]
mod documents;
#[path = "survives/engines.rs"]
mod engines;
#[path = "survives/layers.rs"]
mod layers;
#[path = "survives/names.rs"]
mod names;
#[path = "survives/packages.rs"]
mod packages;
#[path = "survives/sandbox.rs"]
mod sandbox;
mod support;
#[path = "survives/trees.rs"]
mod trees;
