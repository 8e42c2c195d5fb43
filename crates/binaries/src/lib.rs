//! What a binary says of itself: Go build info, cargo-auditable, version classifiers.

mod read_at;

pub use read_at::ReadAt;
