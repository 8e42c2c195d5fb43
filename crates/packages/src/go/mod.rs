//! Go: module files.

pub(crate) mod go_mod;
pub(crate) mod go_sum;

pub use go_mod::go_mod_lists_all_modules;
