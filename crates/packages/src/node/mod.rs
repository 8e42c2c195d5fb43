//! Node.js: installed packages and lock files.

pub(crate) mod bun_lock;
pub(crate) mod package_json;
pub(crate) mod package_lock;
pub(crate) mod pnpm_lock;
mod specifier;
pub(crate) mod yarn_lock;
