//! The last events, kept in memory, and written when an alert asks for them.
//!
//! What is kept are segments: what was known when the segment began, and the events since. A recording begins with a whole
//! segment, so whoever replays it knows what the rules knew, and gets the same alerts.

mod file;
mod secrets;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use events::{Event, OwnedEvent};
use state::State;

pub use file::write_recording;

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct RecorderOptions {
    /// How far back a recording reaches, at least, unless `bytes_max` is reached.
    pub before: Duration,
    /// How long it goes on after the alert.
    pub after: Duration,
    /// Bytes of events before the alert, and of those after it.
    pub bytes_max: usize,
}

impl Default for RecorderOptions {
    fn default() -> Self {
        Self { before: Duration::from_secs(30), after: Duration::from_secs(5), bytes_max: 16 << 20 }
    }
}

/// Events that were kept because of alerts.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The numbers that the alerts were given.
    pub alerts: Vec<u64>,
    /// Whether the limit of bytes ended it.
    pub is_cut: bool,
    pub(crate) hostname: Vec<u8>,
    pub(crate) segments: Vec<Arc<Segment>>,
}

/// Into how many segments what is kept is divided: so much more than asked for is kept at most.
const SEGMENTS: usize = 4;
/// Alerts of one recording; a storm of them is one incident.
const ALERTS_MAX: usize = 1000;

/// Events that follow one another, and what was known before the first.
pub(crate) struct Segment {
    pub(crate) state: State,
    /// Processor, then the event as a capture has it, one after the other.
    pub(crate) events: Vec<u8>,
    first_ns: u64,
}

impl std::fmt::Debug for Segment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Segment").field("bytes", &self.events.len()).finish_non_exhaustive()
    }
}

/// Keeps events.
pub struct Recorder {
    options: RecorderOptions,
    hostname: Vec<u8>,
    kept: VecDeque<Arc<Segment>>,
    current: Segment,
    last_ns: u64,
    wanted: Option<Wanted>,
    deliver: Box<dyn FnMut(Recording) + Send>,
    room: Vec<u8>,
}

/// A recording that is not complete.
struct Wanted {
    alerts: Vec<u64>,
    /// Complete segments, from the oldest that was kept at the time of the alert.
    segments: Vec<Arc<Segment>>,
    until_ns: u64,
    /// Bytes since the alert.
    bytes: usize,
}

impl Recorder {
    /// Begins with what is known. `deliver` takes complete recordings, and must not wait.
    pub fn new(
        options: RecorderOptions,
        hostname: &[u8],
        state: &State,
        deliver: Box<dyn FnMut(Recording) + Send>,
    ) -> Self {
        Self {
            options,
            hostname: hostname.to_vec(),
            kept: VecDeque::new(),
            current: Segment { state: state.clone(), events: Vec::new(), first_ns: 0 },
            last_ns: 0,
            wanted: None,
            deliver,
            room: Vec::new(),
        }
    }

    /// Takes an event, before or after the state did: `state` is what is known after it.
    pub fn event(&mut self, event: &Event<'_>) {
        event.write_to(&mut self.room);
        if let Some(wanted) = &mut self.wanted {
            wanted.bytes += self.room.len();
        }
        let current = &mut self.current;
        if current.first_ns == 0 {
            current.first_ns = event.time_ns;
        }
        self.last_ns = self.last_ns.max(event.time_ns);
        current.events.extend_from_slice(&event.cpu.to_le_bytes());
        current.events.extend_from_slice(&self.room);
    }

    /// Takes what became known without an event of the kernel.
    pub fn learned(&mut self, event: &OwnedEvent) {
        let mut event = event.event();
        event.time_ns = self.last_ns;
        self.event(&event);
    }

    /// Closes what is full and gives away what is complete. Called when the state is as the events so far left it.
    pub fn turn(&mut self, now_ns: u64, state: &State) {
        let is_due = self.wanted.as_ref().is_some_and(|wanted| {
            now_ns.max(self.last_ns) >= wanted.until_ns || wanted.bytes >= self.options.bytes_max
        });
        if is_due {
            self.finish(state);
            return;
        }
        let part = self.options.before / u32::try_from(SEGMENTS - 1).expect("a small number");
        let age = now_ns.max(self.last_ns).saturating_sub(self.current.first_ns);
        let is_old = self.current.first_ns != 0 && u128::from(age) >= part.as_nanos();
        if is_old || self.current.events.len() >= self.options.bytes_max / SEGMENTS {
            self.close(state);
        }
    }

    /// Wants a recording around the last event, with its alert's number. One that is being made is made longer.
    pub fn want(&mut self, alert: u64) {
        let until_ns =
            self.last_ns.saturating_add(u64::try_from(self.options.after.as_nanos()).unwrap_or(u64::MAX));
        match &mut self.wanted {
            Some(wanted) => {
                if wanted.alerts.len() < ALERTS_MAX {
                    wanted.alerts.push(alert);
                }
            }
            None => {
                self.wanted = Some(Wanted {
                    alerts: vec![alert],
                    segments: self.kept.iter().cloned().collect(),
                    until_ns,
                    bytes: 0,
                });
            }
        }
    }

    /// Gives away what is wanted, complete or not.
    pub fn finish(&mut self, state: &State) {
        if self.wanted.is_none() {
            return;
        }
        self.close(state);
        let Some(wanted) = self.wanted.take() else { return };
        (self.deliver)(Recording {
            alerts: wanted.alerts,
            is_cut: wanted.bytes >= self.options.bytes_max,
            hostname: self.hostname.clone(),
            segments: wanted.segments,
        });
    }

    fn close(&mut self, state: &State) {
        let fresh = Segment { state: state.clone(), events: Vec::new(), first_ns: 0 };
        let closed = Arc::new(std::mem::replace(&mut self.current, fresh));
        if let Some(wanted) = &mut self.wanted {
            wanted.segments.push(Arc::clone(&closed));
        }
        self.kept.push_back(closed);
        let before_ns = u64::try_from(self.options.before.as_nanos()).unwrap_or(u64::MAX);
        let reaches = self.last_ns.saturating_sub(before_ns);
        while self.kept.len() > 1 {
            let bytes: usize = self.kept.iter().map(|segment| segment.events.len()).sum();
            // Without the first the second must reach far enough.
            let is_needless = self.kept[1].first_ns != 0 && self.kept[1].first_ns <= reaches;
            if !is_needless && bytes <= self.options.bytes_max {
                break;
            }
            self.kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use events::{EventBuilder, Kind};
    use std::sync::mpsc::{Receiver, channel};

    const SECOND: u64 = 1_000_000_000;

    fn recorder(bytes_max: usize) -> (Recorder, Receiver<Recording>, State) {
        let (sender, recordings) = channel();
        let state = State::new(state::Limits::default());
        let options =
            RecorderOptions { before: Duration::from_secs(30), after: Duration::from_secs(5), bytes_max };
        let deliver = Box::new(move |recording| sender.send(recording).unwrap());
        (Recorder::new(options, b"host", &state, deliver), recordings, state)
    }

    fn unlink(second: u64, path: &str) -> OwnedEvent {
        EventBuilder::new(Kind::UNLINK).at(second * SECOND, 7).number("res", 0).text("path", path).build()
    }

    /// Seconds of the events of a recording.
    fn seconds(recording: &Recording) -> Vec<u64> {
        let mut bytes = Vec::new();
        write_recording(recording, &mut bytes, u64::MAX).unwrap();
        let mut reader = capture::Recording::open(bytes.as_slice(), capture::Limits::default()).unwrap();
        let mut seconds = Vec::new();
        while let Some(event) = reader.next_event() {
            if event.kind == Kind::UNLINK {
                seconds.push(event.time_ns / SECOND);
            }
        }
        assert!(reader.problems().is_empty());
        seconds
    }

    #[test]
    fn a_recording_reaches_before_and_after_its_alert() {
        let (mut recorder, recordings, mut state) = recorder(1 << 20);
        for second in 100..200 {
            let event = unlink(second, "/tmp/x");
            state.process(&event.event());
            recorder.event(&event.event());
            if second == 150 {
                recorder.want(1);
                recorder.want(2);
            }
            recorder.turn(second * SECOND, &state);
        }
        let recording = recordings.try_recv().unwrap();
        assert_eq!((recording.alerts.as_slice(), recording.is_cut), (&[1, 2][..], false));
        let seconds = seconds(&recording);
        let (first, last) = (seconds[0], seconds[seconds.len() - 1]);
        assert!((105..=120).contains(&first), "{first}");
        assert_eq!((last, seconds.len() as u64), (155, 155 - first + 1));
        assert!(recordings.try_recv().is_err());
    }

    #[test]
    fn memory_is_bounded_and_what_was_cut_is_told() {
        let (mut recorder, recordings, state) = recorder(64 << 10);
        for number in 0..10_000_u64 {
            let event = unlink(100, &"x".repeat(100));
            recorder.event(&event.event());
            if number == 5000 {
                recorder.want(1);
            }
            recorder.turn(100 * SECOND, &state);
            let kept: usize = recorder.kept.iter().map(|segment| segment.events.len()).sum();
            assert!(kept + recorder.current.events.len() <= (64 << 10) + (20 << 10));
        }
        assert!(recordings.try_recv().unwrap().is_cut);
    }

    #[test]
    fn what_is_wanted_at_the_end_is_given_away() {
        let (mut recorder, recordings, state) = recorder(1 << 20);
        recorder.event(&unlink(100, "/tmp/x").event());
        recorder.finish(&state);
        assert!(recordings.try_recv().is_err());
        recorder.want(9);
        recorder.finish(&state);
        assert_eq!(seconds(&recordings.try_recv().unwrap()), [100]);
    }
}
