//! What is done about alerts: which rule asks for which actions, on whom they may be taken, and how often.
//!
//! ```
//! use responses::{Action, Decision, Fired, Responses, Subject};
//! let file = "version: 1\nresponses:\n- rules: [Reverse shell*]\n  do: [freeze, evidence]\n";
//! let mut responses = Responses::parse(file).unwrap();
//! let fired = Fired {
//!     rule: "Reverse shell by bash",
//!     subject: Subject { container: Some("9ef8269832d8"), process: 77, ..Subject::default() },
//!     ..Fired::default()
//! };
//! let decisions = responses.decide(&fired, std::time::Duration::ZERO);
//! assert_eq!(decisions, [Decision::Take { action: Action::Freeze }, Decision::Take { action: Action::Evidence }]);
//! ```
//!
//! Invariants: no I/O and no clock: the caller tells the time and does what is decided. What is not understood in a file is
//! an error, never passed over. Every action that a file asks for is answered: taken, tried dry, or refused with a reason (a
//! limit once, until its end).

mod action;
mod decide;
mod error;
mod file;
mod limiter;
mod pattern;

pub use action::Action;
pub use decide::{Decision, Fired, Refusal, Responses, Subject};
pub use error::ResponsesError;
