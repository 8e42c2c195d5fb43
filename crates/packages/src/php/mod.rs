//! PHP: installed packages and lock files of Composer.

pub(crate) mod composer_lock;
pub(crate) mod installed_json;
mod package;
