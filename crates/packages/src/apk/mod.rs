//! Alpine's apk.

pub(crate) mod installed;
