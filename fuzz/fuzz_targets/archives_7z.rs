//! A 7z archive, whose checksums are made right so that what is behind them is reached.
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

fn crc(data: &[u8]) -> [u8; 4] {
    let mut crc = !0_u32;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    (!crc).to_le_bytes()
}

fuzz_target!(|data: &[u8]| {
    look("a.7z", data);
    // The bytes as packed streams and a header behind them.
    let Some((&split, rest)) = data.split_first() else { return };
    let header = rest.len().min(usize::from(split));
    let mut start = [0_u8; 20];
    start[..8].copy_from_slice(&((rest.len() - header) as u64).to_le_bytes());
    start[8..16].copy_from_slice(&(header as u64).to_le_bytes());
    start[16..].copy_from_slice(&crc(&rest[rest.len() - header..]));
    look("a.7z", &[b"7z\xbc\xaf\x27\x1c\0\x04".as_slice(), &crc(&start), &start, rest].concat());
});
