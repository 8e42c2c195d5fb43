//! Records a second: hashing and writing, with and without waiting for the disk.
#![allow(clippy::unwrap_used, missing_docs, reason = "a benchmark")]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use ledger::{Durability, Entry, Ledger, Options};
use serde_json::json;

fn entry() -> Entry {
    Entry::new("decision")
        .with("component", "docker")
        .with("req_id", "00000000-1")
        .with("subject", json!({"kind": "process", "pid": 4242, "uid": 1000, "container": "a".repeat(64)}))
        .with("route", "container_create")
        .with("method", "POST")
        .with("target", "/v1.41/containers/create?name=web")
        .with("decision", "deny")
        .with("rules", json!([{"id": "container/privileged", "mode": "deny"}]))
        .with("object_sha256", "b".repeat(64))
        .with("policy_sha256", "c".repeat(64))
}

fn append(criterion: &mut Criterion) {
    let place = tempfile::tempdir().unwrap();
    let mut group = criterion.benchmark_group("append");
    let mut options = Options::new(&place.path().join("soon"));
    options.file_bytes_max = 1 << 40;
    let ledger = Ledger::open(options).unwrap();
    group.throughput(Throughput::Elements(1));
    group.bench_function("soon", |bencher| {
        bencher.iter_batched(
            entry,
            |entry| ledger.append(entry, Durability::Soon).unwrap(),
            BatchSize::SmallInput,
        );
    });
    drop(ledger);
    let ledger = Ledger::open(Options::new(&place.path().join("durable"))).unwrap();
    group.throughput(Throughput::Elements(64));
    group.sample_size(10);
    group.bench_function("durable, 64 threads", |bencher| {
        bencher.iter(|| {
            std::thread::scope(|scope| {
                for _ in 0..64 {
                    scope.spawn(|| ledger.append(entry(), Durability::BeforeReturn).unwrap());
                }
            });
        });
    });
    group.finish();
}

criterion_group!(benches, append);
criterion_main!(benches);
