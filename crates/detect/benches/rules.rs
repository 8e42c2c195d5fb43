//! Events a second through state and rules: Seawall's own rules, and the three files of Falco's project where they lie
//! beside the repository.
#![allow(missing_docs, clippy::disallowed_methods, reason = "a benchmark")]

use criterion::{Criterion, Throughput};
use detect::{Engine, Matching, Options, Session, Stream, View, Words};
use events::snapshot::{Snapshot, Thread};
use events::{Endpoint, Event, EventBuilder, Kind, OwnedEvent, SocketTuple};
use falco::{Limits, Loader};
use state::State;
use std::hint::black_box;
use std::path::Path;

/// What a busy host does: mostly reading, writing, opening and closing, at times a connection or a process.
fn mixture() -> Vec<OwnedEvent> {
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

fn state() -> State {
    let threads = (99..140).map(|thread| Thread {
        thread,
        process: thread,
        parent: if thread == 99 { 1 } else { 99 },
        comm: b"app".to_vec(),
        cwd: b"/srv".to_vec(),
        ..Thread::default()
    });
    let snapshot = Snapshot { threads: threads.collect(), ..Snapshot::default() };
    State::from_snapshot(&snapshot, state::Limits::default())
}

fn engine(directory: &Path, names: &[&str]) -> Option<Engine> {
    let mut loader = Loader::new(&Words, Limits::default());
    for name in names {
        let result = loader.load(name, &std::fs::read_to_string(directory.join(name)).ok()?);
        assert!(result.successful, "{}", result.text());
    }
    let options = Options { matching: Matching::First, ..Options::default() };
    Some(Engine::new(loader.ruleset(), &options).expect("nothing is added to outputs"))
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let owned = mixture();
    let events: Vec<Event<'_>> = owned.iter().map(OwnedEvent::event).collect();
    let mut group = criterion.benchmark_group("events");
    group.throughput(Throughput::Elements(events.len() as u64));
    let mut known = state();
    group.bench_function("state alone", |bench| {
        bench.iter(|| {
            for event in &events {
                known.process(black_box(event));
            }
        });
    });
    let own: [&str; 7] = [
        "00_words.yaml",
        "credentials.yaml",
        "escapes.yaml",
        "execution.yaml",
        "processes.yaml",
        "resources.yaml",
        "shells.yaml",
    ];
    let upstream = ["falco_rules.yaml", "falco-incubating_rules.yaml", "falco-sandbox_rules.yaml"];
    for (name, engine) in [
        ("own rules", engine(&root.join("rules/watch"), &own)),
        ("93 rules of Falco", engine(&root.join("../shared/rules/falco"), &upstream)),
    ] {
        let Some(engine) = engine else {
            println!("skipped: {name} are not there");
            continue;
        };
        let mut known = state();
        let mut session = Session::default();
        let mut matched = 0;
        group.bench_function(format!("state and {name}"), |bench| {
            bench.iter(|| {
                for event in &events {
                    known.process(event);
                    let view = View::new(*event, &known, Stream::default());
                    matched += engine.matches(&view, &mut session).len();
                }
            });
        });
        println!("{name}: {} rules, {matched} matched", engine.rules());
    }
    group.finish();
    criterion.final_summary();
}
