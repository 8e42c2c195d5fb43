//! What is written is read again, and what lies about its lengths is refused.
#![allow(clippy::unwrap_used, reason = "tests")]

use events::{
    Endpoint, Event, EventBuilder, EventError, EventWriter, Extension, FdKind, Kind, Layer, SocketAddress,
    SocketTuple, TextList, Value, Width, flags, kinds, syscall_name, syscall_number,
};

fn opened() -> EventBuilder<'static> {
    EventBuilder::new(Kind::OPENAT)
        .at(1_700_000_000_000_000_001, 4711)
        .number("fd", 5)
        .number("dirfd", -100)
        .text("name", "/etc/shadow")
        .number("flags", 0x1001)
        .number("ino", 99)
}

#[test]
fn parameters_are_read_by_position_and_by_name() {
    let bytes = opened().build();
    let event = bytes.event();
    assert_eq!(
        (event.time_ns, event.thread, event.kind, event.name()),
        (1_700_000_000_000_000_001, 4711, Kind::OPENAT, "openat")
    );
    assert_eq!((event.result(), event.signed(1), event.unsigned(6)), (Some(5), Some(-100), Some(99)));
    assert_eq!(event.parameter("name"), Some(Value::Text(b"/etc/shadow")));
    assert_eq!((event.parameter("mode"), event.parameter("nothing"), event.value(99)), (None, None, None));
    assert_eq!(event.raws().count(), 7);
    assert_eq!(event.raws().nth(2), event.raw(2));
}

#[test]
fn event_written_out_is_the_same_event() {
    let bytes = opened().build();
    let event = bytes.event();
    assert_eq!(event.to_bytes(), bytes.bytes());
    assert_eq!(events::OwnedEvent::from(event), bytes);
}

#[test]
fn extension_comes_after_the_parameters_and_is_found_again() {
    let known = Extension {
        cgroup: 1,
        process: 2,
        parent: 3,
        pid_namespace: 4,
        mount_namespace: 5,
        start_time_ns: 6,
        exe_inode: 7,
        exe_device: 8,
        exe_links: 9,
        exe_layer: Layer::Upper,
        stdio: [FdKind::Socket, FdKind::Terminal, FdKind::Pipe],
        container: b"docker-0.scope",
    };
    let bytes = opened().extension(known).build();
    assert_eq!(bytes.event().extension(), Some(known));
    assert_eq!(bytes.event().parameter("name"), Some(Value::Text(b"/etc/shadow")));
    assert_eq!(opened().build().event().extension(), None);
}

#[test]
fn writer_gives_what_the_builder_gives() {
    let mut writer = EventWriter::default();
    for _ in 0..2 {
        writer.start(Kind::OPENAT, 1_700_000_000_000_000_001, 4711, None);
        writer.number(5).number(-100).text(b"/etc/shadow").number(0x1001).empty().empty().number(99);
        // One more than the table has is not written.
        writer.number(1);
        assert_eq!(writer.finish_bytes(), opened().build().bytes());
    }
}

#[test]
fn text_that_is_too_long_for_its_length_field_is_cut() {
    let mut writer = EventWriter::default();
    writer.start(Kind::UNLINK, 0, 1, Some(&Extension::default()));
    writer.number(0).text(&vec![b'x'; 1 << 20]);
    assert_eq!(writer.finish().text(1).map(<[u8]>::len), Some(65_534));
    assert!(writer.finish().extension().is_some());
    writer.start(Kind::CONTAINER, 0, 1, None);
    writer.text(&vec![b'x'; 1 << 20]);
    assert_eq!(writer.finish().text(0).map(<[u8]>::len), Some(1 << 20));
}

#[test]
fn addresses_are_read_as_they_were_written() {
    let v4 = |last, port| Endpoint { ip: [192, 0, 2, last].into(), port };
    let v6 = |last, port| Endpoint { ip: [0x2001, 0xdb8, 0, 0, 0, 0, 0, last].into(), port };
    let tuples = [
        SocketTuple::Ip { source: v4(1, 40_000), destination: v4(2, 443) },
        SocketTuple::Ip { source: v6(1, 40_000), destination: v6(2, 443) },
        SocketTuple::Unix { source: 1, destination: 2, path: b"/run/docker.sock" },
        SocketTuple::Other(16),
    ];
    for tuple in tuples {
        let mut bytes = Vec::new();
        tuple.write(&mut bytes);
        assert_eq!(SocketTuple::read(&bytes), Some(tuple));
        for shorter in 0..bytes.len().min(13) {
            let _ = SocketTuple::read(&bytes[..shorter]);
        }
    }
    for address in
        [SocketAddress::Ip(v4(1, 22)), SocketAddress::Ip(v6(1, 22)), SocketAddress::Unix(b"@abstract")]
    {
        let mut bytes = Vec::new();
        address.write(&mut bytes);
        assert_eq!(SocketAddress::read(&bytes), Some(address));
    }
}

#[test]
fn flags_are_named_without_naming_a_bit_twice() {
    let names = |bits| flags::FILE.names(bits).collect::<Vec<_>>();
    assert_eq!(names(0x1003), ["O_RDWR", "O_CLOEXEC"]);
    assert_eq!(names(1), ["O_RDONLY"]);
    assert_eq!(names(0), ["O_NONE"]);
    assert_eq!(flags::SOCKET_FAMILIES.names_of_number(1).collect::<Vec<_>>(), ["AF_LOCAL", "AF_UNIX"]);
    assert_eq!(flags::FILE.number("O_CREAT"), Some(4));
}

#[test]
fn lists_of_texts_are_split_at_zero_bytes() {
    let texts = |raw| TextList::new(raw).iter().collect::<Vec<_>>();
    assert_eq!(texts(b"a\0b\0"), [b"a", b"b"]);
    assert_eq!(texts(b"a\0b"), [b"a", b"b"]);
    assert_eq!(texts(b"\0"), [b""]);
    assert_eq!(texts(b""), [b""; 0]);
}

#[test]
fn generic_event_has_the_name_of_its_system_call() {
    let number = syscall_number("pivot_root").unwrap();
    let bytes = EventBuilder::new(Kind::GENERIC).number("ID", number.into()).build();
    assert_eq!(bytes.event().name(), "pivot_root");
    assert_eq!((syscall_name(0), syscall_name(u16::MAX), syscall_number("")), (Some("unknown"), None, None));
}

#[test]
fn table_has_one_slot_for_each_kind() {
    for info in kinds() {
        assert!(info.kind.slot().is_some_and(|slot| slot < Kind::SLOTS), "{}", info.name);
        assert!(std::ptr::eq(info, info.kind.info().unwrap()), "{}", info.name);
        let mut names: Vec<&str> = info.parameters.iter().map(|parameter| parameter.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), info.parameters.len(), "{} names a parameter twice", info.name);
        for parameter in info.parameters {
            if let events::ParameterType::PathAt(directory) = parameter.r#type {
                assert!(info.parameters[directory].name.contains("dir"), "{}", info.name);
            }
        }
    }
    assert_eq!(Kind(u16::MAX).info().map(|info| info.name), None);
    assert_eq!(Kind::named("open").collect::<Vec<_>>(), [Kind::OPEN_ENTER, Kind::OPEN]);
}

#[test]
fn lengths_that_lie_are_refused() {
    let bytes = opened().build().bytes().to_vec();
    assert_eq!(Event::read(&bytes[..25], Width::Narrow).err(), Some(EventError::NoHeader { have_bytes: 25 }));
    assert!(matches!(Event::read(&bytes[..30], Width::Narrow), Err(EventError::Length { .. })));
    let mut many = bytes.clone();
    many[22..26].copy_from_slice(&u32::MAX.to_le_bytes());
    assert!(matches!(Event::read(&many, Width::Narrow), Err(EventError::Parameters { count: u32::MAX, .. })));
    assert!(matches!(Event::read(&many, Width::Wide), Err(EventError::Parameters { .. })));
    let mut long = bytes;
    long[26..28].copy_from_slice(&u16::MAX.to_le_bytes());
    assert!(matches!(Event::read(&long, Width::Narrow), Err(EventError::Parameters { .. })));
}

#[test]
fn no_change_of_a_byte_makes_decoding_panic() {
    let tuple = SocketTuple::Ip {
        source: Endpoint { ip: [127, 0, 0, 1].into(), port: 1 },
        destination: Endpoint { ip: [127, 0, 0, 1].into(), port: 2 },
    };
    let connected = EventBuilder::new(Kind::CONNECT)
        .number("res", 0)
        .with("tuple", |out| tuple.write(out))
        .number("fd", 3);
    let polled = EventBuilder::new(Kind::POLL).bytes("fds", &[1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    for event in [opened().extension(Extension::default()), connected, polled] {
        let good = event.build().bytes().to_vec();
        for position in 0..good.len() {
            for change in [1, 0x80, 0xff] {
                let mut bytes = good.clone();
                bytes[position] ^= change;
                for width in [Width::Narrow, Width::Wide] {
                    let Ok(event) = Event::read(&bytes, width) else { continue };
                    let _ = (event.name(), event.result(), event.extension(), event.to_bytes());
                    for index in 0..event.count().min(40) {
                        let _ = (
                            event.value(index),
                            event.text(index),
                            event.signed(index),
                            event.unsigned(index),
                        );
                        if let Some(Value::Fds(fds)) = event.value(index) {
                            assert!(fds.iter().count() < 10);
                        }
                    }
                }
            }
        }
    }
}
