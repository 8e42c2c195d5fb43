//! The scan engine: one pass over an image, packages matched to advisories.
//!
//! [`Session::inventory`] walks the layers of an image and tells what is installed; [`judge`] asks the
//! advisories and gives the report; [`Filters`] take out what the user has decided about.
//!
//! Invariants: layers are walked in bounded memory and never unpacked to disk; a parser that panics loses one
//! file, as a gap; the same content gives the same report, byte for byte, from whatever place it is read.

mod bounds;
mod cache;
mod collector;
mod content;
mod diff;
mod file_owners;
mod filters;
mod findings;
mod java_archives;
mod judge;
mod late_links;
mod layer_facts;
mod lines;
mod md5_lanes;
mod merge;
mod owned;
mod session;
mod short_digest;
mod spool;
mod streamed;

pub use cache::Cache;
pub use collector::LockFiles;
pub use content::ContentOptions;
pub use diff::{Difference, diff};
pub use file_owners::FileOwners;
pub use filters::{Decide, Decision, Filters, IgnoreError, IgnoreFile, IgnoreRule};
pub use judge::{JudgeOptions, judge};
pub use lines::reconstruct;
pub use session::{Inventory, Options, Session};
