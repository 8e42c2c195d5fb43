//! Python: installed distributions and lock files.

pub(crate) mod egg;
mod locked;
pub(crate) mod metadata;
mod name;
pub(crate) mod pdm_lock;
pub(crate) mod pipfile_lock;
pub(crate) mod poetry_lock;
pub(crate) mod pylock_toml;
pub(crate) mod record;
pub(crate) mod requirements;
pub(crate) mod uv_lock;

pub(crate) use name::normalise;
