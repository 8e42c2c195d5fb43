//! A recording of a busy host, made: for benchmarks of this crate and of `detect`.

use events::snapshot::{Snapshot, Thread};
use events::{Endpoint, EventBuilder, Kind, OwnedEvent, SocketTuple};

/// What a busy host does: mostly reading, writing, opening and closing, at times a connection or a process.
pub(crate) fn mixture() -> Vec<OwnedEvent> {
    let tuple = SocketTuple::Ip {
        source: Endpoint { ip: [192, 0, 2, 1].into(), port: 40_000 },
        destination: Endpoint { ip: [192, 0, 2, 2].into(), port: 443 },
    };
    let event =
        |kind, number: i64| EventBuilder::new(kind).at(number.unsigned_abs() * 1_000, 100 + number % 40);
    (0..1_000)
        .map(|number: i64| {
            match number % 50 {
                0..9 => event(Kind::OPENAT, number)
                    .number("fd", 5)
                    .number("dirfd", -100)
                    .text("name", "/usr/lib/x86_64-linux-gnu/libc.so.6")
                    .number("flags", 0x1001),
                9 => event(Kind::OPENAT, number)
                    .number("fd", 7)
                    .number("dirfd", -100)
                    .text("name", "/var/lib/app/data.tmp")
                    .number("flags", 2 | 4),
                10..20 => event(Kind::CLOSE, number).number("res", 0).number("fd", 5),
                20..33 => event(Kind::READ, number)
                    .number("res", 80)
                    .bytes("data", &[7; 80])
                    .number("fd", 5)
                    .number("size", 4096),
                33..41 => event(Kind::WRITE, number)
                    .number("res", 80)
                    .bytes("data", &[7; 80])
                    .number("fd", 1)
                    .number("size", 80),
                41..44 => event(Kind::FSTAT, number).number("res", 0).number("fd", 5),
                44..46 => event(Kind::SOCKET, number).number("fd", 6).number("domain", 2).number("type", 1),
                46..48 => event(Kind::CONNECT, number)
                    .number("res", 0)
                    .with("tuple", |out| tuple.write(out))
                    .number("fd", 6),
                48 => event(Kind::SENDTO, number).number("res", 80).bytes("data", &[7; 80]).number("fd", 6),
                _ => event(Kind::EXECVE, number)
                    .number("res", 0)
                    .text("exe", "ls")
                    .texts("args", ["-l", "/srv"])
                    .number("pid", 100 + number % 40)
                    .number("ptid", 99)
                    .text("comm", "ls")
                    .texts("env", ["PATH=/usr/bin", "HOME=/root"])
                    .text("trusted_exepath", "/usr/bin/ls"),
            }
            .build()
        })
        .collect()
}

/// The processes that do it.
pub(crate) fn snapshot() -> Snapshot {
    let threads = (99..140).map(|thread| Thread {
        thread,
        process: thread,
        parent: if thread == 99 { 1 } else { 99 },
        comm: b"app".to_vec(),
        cwd: b"/srv".to_vec(),
        ..Thread::default()
    });
    Snapshot { threads: threads.collect(), ..Snapshot::default() }
}
