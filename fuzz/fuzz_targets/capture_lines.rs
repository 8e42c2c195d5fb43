//! Recordings in JSON lines: what is read and written again reads the same.
#![no_main]

use capture::{Limits, LinesReader, LinesWriter};
use events::snapshot::Snapshot;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { bytes_max: 1 << 20, event_bytes_max: 64 << 10, ..Limits::default() };
    let Ok(mut reader) = LinesReader::open(bytes, limits) else { return };
    let mut writer = LinesWriter::new(Vec::new(), &Snapshot::default()).expect("a vector takes all");
    let mut events = Vec::new();
    while let Some(event) = reader.next_event() {
        writer.event(&event).expect("a vector takes all");
        events.push(event.to_bytes());
    }
    let file = writer.finish().expect("a vector takes all");
    let mut again = LinesReader::open(file.as_slice(), Limits::default()).expect("what was written is a recording");
    // The first event tells of the machine.
    let _ = again.next_event();
    for expected in events {
        let event = again.next_event().expect("every event that was written");
        assert_eq!(event.to_bytes(), expected);
    }
});
