//! Go: module files.

pub(crate) mod go_mod;
pub(crate) mod go_sum;
mod superseded;

pub use superseded::drop_superseded_go_sums;
