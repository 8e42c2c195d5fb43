//! Formats that are read as streams without being compressed.
#![no_main]

use archives::{ArchiveLimits, open};
use content::Budget;
use libfuzzer_sys::fuzz_target;
use std::ops::ControlFlow;
use std::time::Duration;

fn look(name: &str, data: &[u8]) {
    let limits = ArchiveLimits {
        members_max: 500,
        bytes_max: 16 << 20,
        member_bytes_max: 1 << 20,
        held_bytes_max: 4 << 20,
        window_bytes_max: 8 << 20,
        ..ArchiveLimits::default()
    };
    let outcome = open(name, data, &limits, &Budget::new(Duration::from_secs(5)), &mut |member| {
        assert!(!member.nested.is_empty() && member.nested.len() <= 17);
        assert!(member.bytes.len() as u64 <= member.size.min(1 << 20));
        ControlFlow::Continue(())
    });
    assert!(
        outcome.members <= 500 && outcome.bytes <= (16 << 20) + (64 << 10) && outcome.problems.len() <= 100
    );
}

fuzz_target!(|data: &[u8]| {
    look("a", data);
    let magics: [&[u8]; 5] = [b"!<arch>\n", b"070701", b"070707", b"\xc7\x71", b"\xed\xab\xee\xdb\x03"];
    for magic in magics {
        look("a", &[magic, data].concat());
    }
});
