//! What an alert is about, beside its own words.

use std::cell::Cell;

use state::{Container, State, Thread};

/// The thread whose event matched, and its container.
#[derive(Clone, Copy, Default)]
pub struct Subject<'a> {
    /// The thread; its process, executable, group and the id of its container are its fields.
    pub thread: Option<&'a Thread>,
    /// What is known of the container.
    pub container: Option<&'a Container>,
    /// All that is known.
    pub state: Option<&'a State>,
    /// When the event happened, in nanoseconds since the host began (CLOCK_BOOTTIME).
    pub event_ns: u64,
    /// Whether the rule asks for a recording (`capture: true`).
    pub captures: bool,
    pub(crate) wanted: Option<&'a Cell<Option<u64>>>,
}

impl Subject<'_> {
    /// Asks for a recording around the event, for the alert of a number. Without a recorder nothing comes of it.
    pub fn keep_recording(&self, alert: u64) {
        if let Some(wanted) = self.wanted {
            wanted.set(Some(alert));
        }
    }
}
