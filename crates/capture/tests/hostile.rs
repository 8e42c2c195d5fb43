//! Captures that lie: each is read as far as it can be understood, within limits, and what was wrong is told.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use std::io::Write;

use capture::{CaptureError, Compression, Limits, ProblemKind, Reader, Recording, Writer};
use common::{everything, snapshot};
use events::{EventBuilder, Kind, snapshot::Snapshot};

const EVENT: u32 = 0x216;
const THREADS: u32 = 0x215;

fn block(number: u32, body: &[u8]) -> Vec<u8> {
    framed(number, body, u32::try_from(body.len() + 12).unwrap())
}

fn framed(number: u32, body: &[u8], length: u32) -> Vec<u8> {
    [&number.to_le_bytes()[..], &length.to_le_bytes(), body, &length.to_le_bytes()].concat()
}

fn section() -> Vec<u8> {
    let body = [&0x1a2b_3c4du32.to_le_bytes()[..], &[1, 0, 2, 0], &u64::MAX.to_le_bytes()].concat();
    block(0x0a0d_0d0a, &body)
}

fn event() -> Vec<u8> {
    let event = EventBuilder::new(Kind::UNLINK).at(5, 7).number("res", 0).text("path", "/x").build();
    block(EVENT, &[&[0, 0], event.bytes()].concat())
}

fn small() -> Limits {
    Limits { event_bytes_max: 10_000, table_bytes_max: 10_000, bytes_max: 1 << 20, ..Limits::default() }
}

/// Events that were understood, and kinds of what was wrong.
#[track_caller]
fn check(file: &[u8], events: usize, problems: &[ProblemKind]) {
    let mut recording = Recording::open(file, small()).unwrap();
    let mut count = 0;
    while recording.next_event().is_some() {
        count += 1;
    }
    let wrong: Vec<ProblemKind> = recording.problems().counts().map(|(kind, _)| kind).collect();
    assert_eq!((count, wrong.as_slice()), (events, problems), "{:?}", recording.problems().told());
}

#[test]
fn what_is_no_capture_is_refused() {
    for file in [&b""[..], b"\x7fELF", b"\n\r\r\n", &[0; 100], b"[1]"] {
        assert!(matches!(Reader::open(file, small()), Err(CaptureError::NotACapture { .. })), "{file:?}");
    }
    let mut later = section();
    later[12] = 2;
    assert!(matches!(Reader::open(later.as_slice(), small()), Err(CaptureError::Version { major: 2, .. })));
    let mut swapped = section();
    swapped[8..12].reverse();
    assert!(matches!(Reader::open(swapped.as_slice(), small()), Err(CaptureError::BigEndian)));
}

#[test]
fn capture_that_ends_anywhere_gives_its_whole_blocks() {
    let file = [section(), event(), event()].concat();
    for end in section().len()..file.len() {
        let mut reader = Reader::open(&file[..end], small()).unwrap();
        let mut count = 0;
        while reader.next_event().is_some() {
            count += 1;
        }
        let whole = (end - section().len()) / event().len();
        assert_eq!(count, whole);
        assert_eq!(reader.problems().is_empty(), (end - section().len()).is_multiple_of(event().len()));
    }
}

#[test]
fn block_that_claims_gigabytes_is_not_believed() {
    for number in [EVENT, THREADS, 0x777, 0x0a0d_0d0a] {
        let mut file = [section(), event()].concat();
        file.extend_from_slice(&number.to_le_bytes());
        file.extend_from_slice(&0xffff_fff0u32.to_le_bytes());
        file.extend_from_slice(&[0; 1000]);
        let mut reader = Reader::open(file.as_slice(), Limits::default()).unwrap();
        assert!(reader.next_event().is_some() && reader.next_event().is_none());
        assert!(reader.problems().counts().any(|(kind, _)| kind == ProblemKind::Truncated), "{number:#x}");
    }
}

#[test]
fn lengths_of_blocks_that_contradict_each_other_end_the_reading() {
    let mut wrong = event();
    let last = wrong.len() - 1;
    wrong[last] ^= 1;
    check(&[section(), event(), wrong, event()].concat(), 1, &[ProblemKind::Framing]);
    check(&[section(), event(), framed(EVENT, &[], 11), event()].concat(), 1, &[ProblemKind::Framing]);
}

#[test]
fn event_that_lies_about_its_lengths_is_left_out() {
    let mut wrong = event();
    wrong[8 + 2 + 22] = 200;
    check(&[section(), wrong, event()].concat(), 1, &[ProblemKind::BadEvent]);
    check(&[section(), block(EVENT, &[0; 8]), event()].concat(), 1, &[ProblemKind::BadEvent]);
}

#[test]
fn blocks_and_kinds_that_nobody_knows_are_left_out_and_told() {
    let later = EventBuilder::new(Kind::UNLINK).at(5, 7).build();
    let mut later = later.bytes().to_vec();
    later[20..22].copy_from_slice(&470u16.to_le_bytes());
    let later = block(EVENT, &[&[0, 0], later.as_slice()].concat());
    let expected = [ProblemKind::UnknownBlock, ProblemKind::UnknownKind];
    check(&[section(), block(0x777, b"abcd"), later, event()].concat(), 1, &expected);
}

#[test]
fn tables_that_lie_are_left_out() {
    for body in [&[9, 0, 0, 0][..], &[255; 64], &[3, 0, 0, 0, 0, 0, 0, 0], &[0; 40]] {
        for number in [0x201, 0x202, 0x209, 0x213, THREADS, 0x203, 0x218, 0x205, 0x219, 0x206, 0x220] {
            let file = [section(), block(number, body), event()].concat();
            let mut reader = Reader::open(file.as_slice(), small()).unwrap();
            assert!(reader.next_event().is_some(), "{number:#x} {body:?}");
        }
    }
    check(&[section(), block(THREADS, &[255; 64]), event()].concat(), 1, &[ProblemKind::BadTable]);
}

#[test]
fn tables_larger_than_their_limit_are_left_out() {
    check(&[section(), block(THREADS, &[0; 20_000]), event()].concat(), 1, &[ProblemKind::Limit]);
    let many = Snapshot { threads: vec![Default::default(); 50], ..Snapshot::default() };
    let file = Writer::new(Vec::new(), &many).unwrap().finish().unwrap();
    let limits = Limits { threads_max: 10, ..Limits::default() };
    let reader = Reader::open(file.as_slice(), limits).unwrap();
    assert_eq!(reader.snapshot().threads.len(), 10);
    assert!(reader.problems().counts().any(|(kind, _)| kind == ProblemKind::Limit));
}

#[test]
fn bomb_in_gzip_is_read_up_to_the_limit() {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(&section()).unwrap();
    let events = event().repeat(1000);
    for _ in 0..500 {
        encoder.write_all(&events).unwrap();
    }
    let bomb = encoder.finish().unwrap();
    assert!(bomb.len() < 200_000, "{}", bomb.len());
    let mut reader = Reader::open(bomb.as_slice(), small()).unwrap();
    while reader.next_event().is_some() {}
    assert!(reader.offset() <= 1 << 20);
    assert!(
        reader
            .problems()
            .counts()
            .any(|(kind, _)| matches!(kind, ProblemKind::Limit | ProblemKind::Truncated))
    );
}

#[test]
fn gzip_that_breaks_off_is_told() {
    let mut writer = Writer::with_compression(Vec::new(), &snapshot(), Compression::Gzip).unwrap();
    for event in everything() {
        writer.event(&event.event()).unwrap();
    }
    let file = writer.finish().unwrap();
    let mut reader = Reader::open(&file[..file.len() / 2], Limits::default()).unwrap();
    while reader.next_event().is_some() {}
    assert!(reader.problems().counts().any(|(kind, _)| kind == ProblemKind::Truncated));
}

#[test]
fn clock_that_goes_back_is_told() {
    let at =
        |time| block(EVENT, &[&[0, 0], EventBuilder::new(Kind::UNLINK).at(time, 7).build().bytes()].concat());
    check(&[section(), at(u64::MAX), at(5)].concat(), 2, &[ProblemKind::ClockBack]);
    check(&[section(), at(1_000), at(5)].concat(), 2, &[]);
}

#[test]
fn problems_are_counted_and_only_the_first_are_told() {
    let mut wrong = event();
    wrong[8 + 2 + 22] = 200;
    let file = [section(), wrong.repeat(1000), event()].concat();
    let mut reader = Reader::open(file.as_slice(), Limits::default()).unwrap();
    while reader.next_event().is_some() {}
    assert_eq!(reader.problems().counts().collect::<Vec<_>>(), [(ProblemKind::BadEvent, 1000)]);
    assert_eq!(reader.problems().told().len(), 100);
}

#[test]
fn lines_that_are_no_events_are_told() {
    let lines = [
        r#"{"kind":301,"parameters":{"res":0,"path":"/x"}}"#,
        "",
        "{",
        "{}",
        r#"{"kind":470}"#,
        r#"{"kind":301,"parameters":{"nothing":0}}"#,
        r#"{"kind":301,"parameters":{"path":true}}"#,
        r#"{"kind":301,"parameters":{"path":{"hex":"0"}}}"#,
        r#"{"kind":301,"parameters":{"path":[1]}}"#,
        r#"{"kind":301,"extension":{"cgroup":5,"container":"x"}}"#,
    ];
    check(lines.join("\n").as_bytes(), 2, &[ProblemKind::BadEvent]);
    let long = format!("{}\n{}", lines[0], "{".repeat(20_000));
    check(long.as_bytes(), 1, &[ProblemKind::Limit]);
    check(format!("{}{}", "{\"a\":".repeat(3000), lines[0]).as_bytes(), 0, &[ProblemKind::Limit]);
}

#[test]
fn no_change_of_a_byte_makes_reading_panic() {
    let mut writer = Writer::new(Vec::new(), &snapshot()).unwrap();
    for event in everything().iter().step_by(9) {
        writer.event(&event.event()).unwrap();
    }
    let good = writer.finish().unwrap();
    for position in (0..good.len()).step_by(3) {
        for change in [1, 0x80] {
            let mut file = good.clone();
            file[position] ^= change;
            let Ok(mut reader) = Reader::open(file.as_slice(), small()) else { continue };
            let mut state = state::State::from_snapshot(reader.snapshot(), state::Limits::default());
            while let Some(event) = reader.next_event() {
                state.process(&event);
            }
        }
    }
}
