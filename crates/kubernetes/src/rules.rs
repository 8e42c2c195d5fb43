//! Rules about objects.

pub(crate) mod cluster;
pub(crate) mod network;
pub(crate) mod pods;
pub(crate) mod powerful_account;
pub(crate) mod storage;
