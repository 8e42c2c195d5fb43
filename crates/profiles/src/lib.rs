//! Learned profiles: what the containers of an image were seen to do, and what departs from it.
//!
//! ```
//! use profiles::{Done, Profile};
//! let mut profile = Profile::new("sha256:ab");
//! profile.learn(&Done::Executed("/usr/bin/server"));
//! assert!(profile.knows(&Done::Executed("/usr/bin/server")));
//! assert!(!profile.knows(&Done::Executed("/bin/sh")));
//! ```
//!
//! A [`Profile`] holds programs, files, destinations, ports, system calls and capabilities. Files are folded: of a directory with more than
//! [`FILES_OF_DIRECTORY_MAX`] of them the directory stands for all, numbers of processes stand for all numbers. [`run_flags`] turns one into
//! arguments of `docker run`.
//!
//! Invariants: nothing here opens a file or asks the time. What a profile could not see (system calls, capabilities) it does not judge.

mod files;
mod flags;
mod network;
mod profile;

pub use files::{FILES_OF_DIRECTORY_MAX, FileSet};
pub use flags::{Flag, run_flags};
pub use network::{ADDRESSES_OF_PORT_MAX, Destinations, Protocol};
pub use profile::{Done, FORMAT_VERSION, Profile, ProfileError};
