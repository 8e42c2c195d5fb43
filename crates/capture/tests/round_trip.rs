//! What is written is read again, in both formats.
#![allow(clippy::unwrap_used, reason = "tests")]

mod common;

use capture::{Compression, Limits, LinesWriter, Reader, Recording, Writer};
use common::{everything, snapshot};

fn scap(compression: Compression) -> Vec<u8> {
    let mut writer = Writer::with_compression(Vec::new(), &snapshot(), compression).unwrap();
    for event in everything() {
        writer.event(&event.event()).unwrap();
    }
    writer.finish().unwrap()
}

#[test]
fn tables_and_events_of_a_capture_come_back() {
    for compression in [Compression::None, Compression::Gzip] {
        let file = scap(compression);
        let mut reader = Reader::open(file.as_slice(), Limits::default()).unwrap();
        assert_eq!(reader.snapshot(), &snapshot());
        for (number, expected) in everything().into_iter().enumerate() {
            let event = reader.next_event().unwrap();
            assert_eq!((event.to_bytes(), event.number), (expected.bytes().to_vec(), number as u64 + 1));
        }
        assert!(reader.next_event().is_none());
        assert!(reader.problems().is_empty(), "{:?}", reader.problems());
    }
}

#[test]
fn capture_in_gzip_is_smaller() {
    assert!(scap(Compression::Gzip).len() * 3 < scap(Compression::None).len());
}

#[test]
fn captures_one_after_the_other_are_sections() {
    let file = [scap(Compression::None), scap(Compression::None)].concat();
    let mut reader = Reader::open(file.as_slice(), Limits::default()).unwrap();
    let mut sections = Vec::new();
    loop {
        // Asked before each event, as one has to who follows what happens.
        let section = reader.section();
        let Some(event) = reader.next_event() else { break };
        if event.number as usize % everything().len() == 1 {
            sections.push(section);
        }
    }
    assert_eq!((sections, reader.snapshot()), (vec![1, 2], &snapshot()));
}

#[test]
fn events_of_a_recording_in_lines_come_back() {
    let mut writer = LinesWriter::new(Vec::new(), &snapshot()).unwrap();
    for event in everything() {
        writer.event(&event.event()).unwrap();
    }
    let file = writer.finish().unwrap();
    assert!(file.iter().all(|byte| *byte == b'\n' || !byte.is_ascii_control()), "terminals are safe from it");
    let mut recording = Recording::open(file.as_slice(), Limits::default()).unwrap();
    assert!(matches!(recording, Recording::Lines(_)));
    let mut read = Vec::new();
    while let Some(event) = recording.next_event() {
        read.push(event.to_bytes());
    }
    assert!(recording.problems().is_empty(), "{:?}", recording.problems().told());
    let expected: Vec<Vec<u8>> = everything().iter().map(|event| event.bytes().to_vec()).collect();
    assert_eq!(read[read.len() - expected.len()..], expected);
}

#[test]
fn state_is_the_same_from_both_formats() {
    let mut writer = LinesWriter::new(Vec::new(), &snapshot()).unwrap();
    for event in everything() {
        writer.event(&event.event()).unwrap();
    }
    let lines = writer.finish().unwrap();
    let described = [scap(Compression::None), lines].map(|file| common::describe(&file));
    assert!(described[0].len() > 4);
    assert_eq!(described[0], described[1]);
}
