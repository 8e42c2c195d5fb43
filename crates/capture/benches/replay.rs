//! Events a second: read from a capture, and read and followed by the state.
#![allow(missing_docs, clippy::disallowed_methods, reason = "a benchmark")]

use std::hint::black_box;

use capture::{Compression, Limits, Reader, Writer};
use criterion::{BatchSize, Criterion, Throughput};
use events::snapshot::{Snapshot, Thread};
use events::{Endpoint, EventBuilder, Kind, OwnedEvent, SocketTuple};
use state::State;

const EVENTS: usize = 200_000;

/// What a busy host does: mostly reading, writing, opening and closing, at times a connection or a process.
fn mixture() -> Vec<OwnedEvent> {
    let tuple = SocketTuple::Ip {
        source: Endpoint { ip: [192, 0, 2, 1].into(), port: 40_000 },
        destination: Endpoint { ip: [192, 0, 2, 2].into(), port: 443 },
    };
    let event = |kind, number: i64| EventBuilder::new(kind).at(number as u64 * 1_000, 100 + number % 40);
    (0..1_000)
        .map(|number: i64| {
            match number % 20 {
                0..4 => event(Kind::OPENAT, number)
                    .number("fd", 5)
                    .number("dirfd", -100)
                    .text("name", "/usr/lib/x86_64-linux-gnu/libc.so.6")
                    .number("flags", 0x1001),
                4..8 => event(Kind::CLOSE, number).number("res", 0).number("fd", 5),
                8..13 => event(Kind::READ, number)
                    .number("res", 80)
                    .bytes("data", &[7; 80])
                    .number("fd", 5)
                    .number("size", 4096),
                13..16 => event(Kind::WRITE, number)
                    .number("res", 80)
                    .bytes("data", &[7; 80])
                    .number("fd", 1)
                    .number("size", 80),
                16 => event(Kind::MMAP, number)
                    .number("res", 0)
                    .number("vm_size", 1)
                    .number("vm_rss", 1)
                    .number("vm_swap", 0)
                    .number("fd", 5),
                17 => event(Kind::CONNECT, number)
                    .number("res", 0)
                    .with("tuple", |out| tuple.write(out))
                    .number("fd", 6),
                18 => event(Kind::SOCKET, number).number("fd", 6).number("domain", 2).number("type", 1),
                _ => event(Kind::EXECVE, number)
                    .number("res", 0)
                    .text("exe", "ls")
                    .texts("args", ["-l", "/srv"])
                    .number("pid", 100 + number % 40)
                    .text("comm", "ls")
                    .texts("env", ["PATH=/usr/bin", "HOME=/root"])
                    .text("trusted_exepath", "/usr/bin/ls"),
            }
            .build()
        })
        .collect()
}

fn file(compression: Compression) -> Vec<u8> {
    let threads = (100..140).map(|thread| Thread {
        thread,
        process: thread,
        comm: b"sh".to_vec(),
        cwd: b"/srv".to_vec(),
        ..Thread::default()
    });
    let snapshot = Snapshot { threads: threads.collect(), ..Snapshot::default() };
    let mut writer =
        Writer::with_compression(Vec::new(), &snapshot, compression).expect("a vector takes all");
    let mixture = mixture();
    for event in mixture.iter().cycle().take(EVENTS) {
        writer.event(&event.event()).expect("a vector takes all");
    }
    writer.finish().expect("a vector takes all")
}

fn main() {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let mut group = criterion.benchmark_group("replay");
    group.throughput(Throughput::Elements(EVENTS as u64));
    for (name, compression) in [("plain", Compression::None), ("gzip", Compression::Gzip)] {
        let file = file(compression);
        group.bench_function(format!("read {name}"), |bench| {
            bench.iter(|| {
                let mut reader = Reader::open(file.as_slice(), Limits::default()).expect("a capture");
                while let Some(event) = reader.next_event() {
                    black_box(&event);
                }
            });
        });
        group.bench_function(format!("read and follow {name}"), |bench| {
            bench.iter(|| {
                let mut reader = Reader::open(file.as_slice(), Limits::default()).expect("a capture");
                let mut state = State::from_snapshot(reader.snapshot(), state::Limits::default());
                while let Some(event) = reader.next_event() {
                    state.process(&event);
                    black_box(state.event_thread());
                }
            });
        });
    }
    let mixture = mixture();
    group.bench_function("follow alone", |bench| {
        bench.iter_batched(
            || State::new(state::Limits::default()),
            |mut state| {
                for event in mixture.iter().cycle().take(EVENTS) {
                    state.process(&event.event());
                }
                state
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
    criterion.final_summary();
}
