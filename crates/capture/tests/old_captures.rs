//! Captures of earlier versions give the events of today.
#![allow(clippy::unwrap_used, reason = "tests")]

use capture::{Limits, Reader};
use events::{Kind, Value};

fn block(number: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 12).unwrap();
    [&number.to_le_bytes()[..], &length.to_le_bytes(), body, &length.to_le_bytes()].concat()
}

/// An event as captures of `number` hold it; before 0x216 the header does not count parameters.
fn event(number: u32, kind: u16, thread: u64, parameters: &[&[u8]]) -> Vec<u8> {
    let counted = matches!(number, 0x216 | 0x217);
    let lengths: Vec<u8> =
        parameters.iter().flat_map(|bytes| u16::try_from(bytes.len()).unwrap().to_le_bytes()).collect();
    let header = if counted { 26 } else { 22 };
    let length = header + lengths.len() + parameters.concat().len();
    let mut body = vec![3, 0];
    if matches!(number, 0x208 | 0x217) {
        body.extend_from_slice(&[9, 9, 9, 9]);
    }
    body.extend_from_slice(&77u64.to_le_bytes());
    body.extend_from_slice(&thread.to_le_bytes());
    body.extend_from_slice(&u32::try_from(length).unwrap().to_le_bytes());
    body.extend_from_slice(&kind.to_le_bytes());
    if counted {
        body.extend_from_slice(&u32::try_from(parameters.len()).unwrap().to_le_bytes());
    }
    body.extend_from_slice(&lengths);
    body.extend_from_slice(&parameters.concat());
    block(number, &body)
}

/// The events as `kind name=value …`; empty parameters are left out.
#[track_caller]
fn check(events: &[Vec<u8>], expected: &[&str]) {
    let header = [&0x1a2b_3c4du32.to_le_bytes()[..], &[1, 0, 0, 0], &u64::MAX.to_le_bytes()].concat();
    let file = [block(0x0a0d_0d0a, &header), events.concat()].concat();
    let mut reader = Reader::open(file.as_slice(), Limits::default()).unwrap();
    let mut read = Vec::new();
    while let Some(event) = reader.next_event() {
        let mut line = event.name().to_owned();
        assert!(event.count() >= event.info().unwrap().parameters.len());
        for (position, parameter) in event.info().unwrap().parameters.iter().enumerate() {
            match event.value(position) {
                None => {}
                Some(Value::Text(text)) => {
                    line += &format!(" {}={}", parameter.name, String::from_utf8_lossy(text));
                }
                Some(Value::Bytes(bytes)) => line += &format!(" {}={}", parameter.name, bytes.len()),
                Some(value) => line += &format!(" {}={}", parameter.name, value.number().unwrap_or(-1)),
            }
        }
        read.push(line);
    }
    assert_eq!(read, expected, "{:?}", reader.problems().told());
}

fn word(number: i64) -> [u8; 8] {
    number.to_le_bytes()
}

#[test]
fn exit_event_takes_the_arguments_of_its_enter_event() {
    for number in [0x204, 0x208, 0x216, 0x217] {
        let enter = event(number, 6, 1, &[&word(3), &100u32.to_le_bytes()]);
        let exit = event(number, 7, 1, &[&word(5), b"hello"]);
        check(&[enter, exit], &["read res=5 data=5 fd=3 size=100"]);
    }
}

#[test]
fn enter_event_of_another_thread_or_call_is_not_taken() {
    let enter = |thread, kind| event(0x216, kind, thread, &[&word(3), &100u32.to_le_bytes()]);
    let exit = event(0x216, 7, 1, &[&word(5), b"hello"]);
    check(&[enter(2, 6), exit.clone()], &["read res=5 data=5"]);
    check(&[enter(1, 8), exit.clone()], &["read res=5 data=5"]);
    check(&[exit], &["read res=5 data=5"]);
}

#[test]
fn earlier_versions_of_a_kind_become_the_current_one() {
    let enter = event(0x216, 108, 1, &[b"/etc/passwd\0"]);
    let exit = event(0x216, 109, 1, &[&word(-13)]);
    check(&[enter, exit], &["unlink res=-13 path=/etc/passwd"]);
    let enter = event(0x216, 102, 1, &[&word(-100), b"x\0", &1u32.to_le_bytes(), &0u32.to_le_bytes()]);
    let exit = event(0x216, 103, 1, &[&word(4)]);
    check(&[enter, exit], &["openat fd=4 dirfd=-100 name=x flags=1 mode=0"]);
    let enter = event(0x216, 124, 1, &[&word(3)]);
    let exit = event(0x216, 125, 1, &[&word(0)]);
    check(&[enter, exit], &["dup res=0 oldfd=3"]);
}

#[test]
fn execve_of_the_first_captures_has_name_and_arguments() {
    let exit =
        [&word(0)[..], b"cat\0", b"/dev/null\0", &word(7), &word(7), &word(1), b"/root\0", &word(1024)];
    let expected = "execve res=0 exe=cat args=10 tid=7 pid=7 ptid=1 cwd=/root fdlimit=1024";
    check(&[event(0x204, 11 + 2, 7, &exit)], &[expected]);
}

#[test]
fn container_of_four_parameters_becomes_a_document() {
    let old = event(0x216, 228, 1, &[b"3ad7b26ded6d\0", &0u32.to_le_bytes(), b"we\"b\0", b"nginx\0"]);
    let json = r#"container json={"id":"3ad7b26ded6d","type":0,"name":"we\"b","image":"nginx"}"#;
    check(&[old], &[json]);
    check(&[event(0x216, 272, 1, &[b"{}\0"])], &["container json={}"]);
}

#[test]
fn enter_events_that_say_nothing_are_left_out() {
    check(&[event(0x216, 12, 1, &[]), event(0x216, 60, 1, &[])], &[]);
}

#[test]
fn enter_events_of_connections_stay_and_complete_old_exit_events() {
    let address = [2, 192, 0, 2, 1, 80, 0];
    let tuple = [2, 127, 0, 0, 1, 1, 0, 192, 0, 2, 1, 80, 0];
    let enter = event(0x216, 22, 1, &[&word(3), &address]);
    let exit = event(0x216, 23, 1, &[&word(0), &tuple]);
    check(&[enter, exit], &["connect fd=3 addr=-1", "connect res=0 tuple=-1 fd=3 addr=-1"]);
}

#[test]
fn kind_numbers_are_those_of_the_published_table() {
    assert_eq!(
        (Kind::READ.0, Kind::UNLINK.0, Kind::OPENAT.0, Kind::EXECVE.0, Kind::CONTAINER.0),
        (7, 301, 307, 293, 324)
    );
}
