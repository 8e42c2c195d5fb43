//! Who keeps what is told: the memory of what was before an alert, and a recording of everything.

use events::{Event, OwnedEvent};

use super::EventSink;
use crate::Recorder;

/// Keeps events, and what became known without one of the kernel.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) recorder: Option<Recorder>,
    pub(super) shown_to: Option<EventSink>,
    last_ns: u64,
}

impl Kept {
    pub(super) fn is_wanted(&self) -> bool {
        self.recorder.is_some() || self.shown_to.is_some()
    }

    pub(super) fn event(&mut self, event: &Event<'_>) {
        self.last_ns = self.last_ns.max(event.time_ns);
        if let Some(recorder) = &mut self.recorder {
            recorder.event(event);
        }
        if let Some(show) = &mut self.shown_to {
            show(event);
        }
    }

    /// Takes what became known without an event of the kernel, at the time of the event before.
    pub(super) fn learned(&mut self, event: &OwnedEvent) {
        if let Some(recorder) = &mut self.recorder {
            recorder.learned(event);
        }
        if let Some(show) = &mut self.shown_to {
            let mut event = event.event();
            event.time_ns = self.last_ns;
            show(&event);
        }
    }
}
