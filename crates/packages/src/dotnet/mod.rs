//! .NET: published applications and lock files.

pub(crate) mod deps_json;
pub(crate) mod packages_config;
pub(crate) mod packages_lock;
