//! Events a second: read from a capture, and read and followed by the state.
#![allow(missing_docs, clippy::disallowed_methods, reason = "a benchmark")]

mod busy_host;

use std::hint::black_box;

use capture::{Compression, Limits, Reader, Writer};
use criterion::{BatchSize, Criterion, Throughput};
use state::State;

const EVENTS: usize = 200_000;

fn file(compression: Compression) -> Vec<u8> {
    let mut writer = Writer::with_compression(Vec::new(), &busy_host::snapshot(), compression)
        .expect("a vector takes all");
    let mixture = busy_host::mixture();
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
    let mixture = busy_host::mixture();
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
