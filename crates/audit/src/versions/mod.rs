//! Known vulnerabilities of the engine and what belongs to it.

mod judge;
mod order;
mod table;

pub use judge::{Advised, AdvisedStatus, candidates, judge_components};
pub(crate) use judge::{RULES, run};
pub use table::{Tables, TablesError, VersionEntry};
