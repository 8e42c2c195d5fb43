//! Recordings in JSON lines: one event a line, and nothing but events. What was there before the first one comes as
//! events too: `machine`, `interface`, `useradded`, `groupadded`, `task`, `task_file_…`.
//!
//! ```json
//! {"time":1700000000000000000,"thread":77,"kind":309,"event":"link","parameters":{"res":0,"oldpath":"/etc/shadow","newpath":"/tmp/x"}}
//! ```
//!
//! `kind` counts, `event` is for the eye. A text parameter is a string, a number a number, a list of texts an array of
//! strings; whatever cannot be one is `{"hex":"…"}`, the bytes of the parameter. Empty parameters are left out.

mod read;
mod snapshot;
mod write;

pub use read::LinesReader;
pub use write::LinesWriter;
