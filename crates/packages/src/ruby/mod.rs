//! Ruby: installed gems and lock files.

pub(crate) mod gemfile_lock;
pub(crate) mod gemspec;
