//! Captures: what is read changes the state within its limits, and written again gives the same events.
#![no_main]

use capture::{Limits, Reader, Writer};
use state::State;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { bytes_max: 4 << 20, event_bytes_max: 1 << 20, table_bytes_max: 1 << 20, ..Limits::default() };
    let Ok(mut reader) = Reader::open(bytes, limits) else { return };
    let bounds = state::Limits { threads_max: 100, process_descriptors_max: 50, descriptors_max: 500, ..state::Limits::default() };
    let mut state = State::from_snapshot(reader.snapshot(), bounds);
    let mut writer = Writer::new(Vec::new(), reader.snapshot()).expect("a vector takes all");
    let mut events = Vec::new();
    while let Some(event) = reader.next_event() {
        state.process(&event);
        assert!(state.threads().len() <= 100);
        if let Some(thread) = state.event_thread() {
            assert!(state.ancestors(thread).count() <= 100);
            assert!(state.descriptors(thread).len() <= 50);
        }
        for index in 0..event.count().min(40) {
            let _ = event.value(index);
        }
        writer.event(&event).expect("a vector takes all");
        events.push(event.to_bytes());
    }
    let file = writer.finish().expect("a vector takes all");
    let mut again = Reader::open(file.as_slice(), Limits::default()).expect("what was written is a capture");
    for expected in events {
        let event = again.next_event().expect("every event that was written");
        assert_eq!(event.to_bytes(), expected);
    }
});
