//! A recording, written: JSON lines in gzip.

use std::io::{self, Write};

use capture::LinesWriter;
use events::snapshot::{Machine, Snapshot};
use events::{Event, Kind, Width};
use flate2::write::GzEncoder;

use super::Recording;
use super::secrets::without_values;

/// Writes a recording, at most so many bytes of events, and returns whether it is whole.
///
/// # Errors
/// When writing fails.
pub fn write_recording(recording: &Recording, output: impl Write, bytes_max: u64) -> io::Result<bool> {
    let Some(first) = recording.segments.first() else { return Ok(true) };
    let hostname = recording.hostname.clone();
    let machine = Machine { hostname, boot_time_ns: first.state.boot_time_ns(), ..Machine::default() };
    let snapshot = Snapshot { machine, ..Snapshot::default() };
    let mut writer = LinesWriter::new(GzEncoder::new(output, flate2::Compression::fast()), &snapshot)?;
    let mut bytes = 0;
    let mut failed = None;
    first.state.tell(&recording.hostname, &mut |event| {
        bytes += event.bytes().len() as u64;
        // The host is told by the writer.
        if event.event().kind != Kind::MACHINE {
            failed = without_values(&event.event(), |event| writer.event(event)).err();
        }
        failed.is_none() && bytes <= bytes_max
    });
    if let Some(error) = failed {
        return Err(error);
    }
    'all: for segment in &recording.segments {
        for event in events(&segment.events) {
            bytes += event.1;
            if bytes > bytes_max {
                break 'all;
            }
            without_values(&event.0, |event| writer.event(event))?;
        }
    }
    writer.finish()?.finish()?;
    Ok(bytes <= bytes_max)
}

/// Events of a segment, with their sizes.
fn events(mut bytes: &[u8]) -> impl Iterator<Item = (Event<'_>, u64)> {
    std::iter::from_fn(move || {
        let (cpu, rest) = bytes.split_first_chunk::<2>()?;
        // Header of an event: time, thread, then its length and kind (crate `events`).
        let length = u32::from_le_bytes(*rest.get(16..)?.first_chunk()?) as usize;
        let kind = Kind(u16::from_le_bytes(*rest.get(20..)?.first_chunk()?));
        let mut event = Event::read(rest.get(..length)?, Width::of(kind)).ok()?;
        event.cpu = u16::from_le_bytes(*cpu);
        bytes = &rest[length..];
        Some((event, length as u64))
    })
}
