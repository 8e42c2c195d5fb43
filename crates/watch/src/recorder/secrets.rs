//! Values of environments do not leave with a recording: they hold credentials.

use events::Event;

/// What programs are found by, and what tampers with them: rules ask for these, and no credential stands there.
const KEPT: &[&[u8]] =
    &[b"PATH", b"HOME", b"SHELL", b"TERM", b"PWD", b"HISTFILE", b"HISTSIZE", b"HISTCONTROL"];

/// Gives the event on, with letters of the values of its environment replaced one by one, so that lengths stay.
pub(super) fn without_values<T>(event: &Event<'_>, take: impl FnOnce(&Event<'_>) -> T) -> T {
    let place = event.info().and_then(|info| info.position("env"));
    let length = place.and_then(|place| event.raw(place)).map_or(0, <[u8]>::len);
    let Some(place) = place.filter(|_| length > 0) else { return take(event) };
    let before: usize = event.raws().take(place).map(<[u8]>::len).sum();
    let body: usize = event.raws().map(<[u8]>::len).sum();
    let mut bytes = event.to_bytes();
    // Parameters stand one behind the other at the end of an event.
    let start = bytes.len() - body + before;
    for entry in bytes[start..start + length].split_mut(|byte| *byte == 0) {
        mask(entry);
    }
    let mut masked = Event::read(&bytes, event.width()).expect("lengths stay as they were");
    (masked.cpu, masked.number) = (event.cpu, event.number);
    take(&masked)
}

fn mask(entry: &mut [u8]) {
    let Some(end) = entry.iter().position(|byte| *byte == b'=') else { return };
    let (name, value) = entry.split_at_mut(end);
    if !KEPT.contains(&&*name) && !name.starts_with(b"LD_") {
        value[1..].fill(b'*');
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;
    use events::{EventBuilder, Extension, Kind};

    #[test]
    fn values_are_masked_and_all_else_stays() {
        let kind = Kind::named("execve").find(|kind| kind.info().unwrap().position("env").is_some()).unwrap();
        let environment: &[u8] = b"TOKEN=verysecret\0PATH=/bin\0LD_PRELOAD=/x.so\0EMPTY=\0ODD\0";
        let event = EventBuilder::new(kind)
            .at(5, 7)
            .bytes("args", b"a\0b\0")
            .bytes("env", environment)
            .text("cwd", "/w")
            .extension(Extension { process: 9, ..Extension::default() })
            .build();
        let mut event = event.event();
        event.cpu = 3;
        without_values(&event, |masked| {
            let at = |name: &str| masked.raw(masked.info().unwrap().position(name).unwrap()).unwrap();
            assert_eq!(at("env"), b"TOKEN=**********\0PATH=/bin\0LD_PRELOAD=/x.so\0EMPTY=\0ODD\0");
            assert_eq!((at("args"), &at("cwd")[..2]), (&b"a\0b\0"[..], &b"/w"[..]));
            assert_eq!(masked.extension().map(|known| known.process), Some(9));
            assert_eq!((masked.time_ns, masked.thread, masked.cpu), (5, 7, 3));
        });
        let other = EventBuilder::new(Kind::UNLINK).at(1, 7).text("path", "/tmp/x").build();
        without_values(&other.event(), |same| assert_eq!(same.to_bytes(), other.event().to_bytes()));
    }
}
