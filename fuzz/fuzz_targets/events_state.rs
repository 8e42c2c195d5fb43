//! Events as the sensor might send them: any bytes are decoded or refused, and change the state within its limits.
#![no_main]

use events::{Event, Kind, Width};
use state::{Limits, State};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { threads_max: 50, process_descriptors_max: 20, descriptors_max: 100, ..Limits::default() };
    let mut state = State::new(limits);
    let mut rest = bytes;
    while rest.len() >= 26 {
        let length = usize::from(u16::from_le_bytes([rest[16], rest[17]])).clamp(26, rest.len());
        let (event, left) = rest.split_at(length);
        rest = left;
        let kind = Kind(u16::from_le_bytes([event[20], event[21]]));
        let Ok(event) = Event::read(event, Width::of(kind)) else { continue };
        let _ = (event.name(), event.result(), event.extension());
        state.process(&event);
        assert!(state.threads().len() <= 50);
        if let Some(thread) = state.event_thread() {
            assert!(state.descriptors(thread).len() <= 20);
            assert!(state.ancestors(thread).count() <= 100);
        }
    }
});
