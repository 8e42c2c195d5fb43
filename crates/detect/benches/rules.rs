//! Events a second through state and rules: Seawall's own rules, and the three files of Falco's project where they lie
//! beside the repository.
#![allow(missing_docs, clippy::disallowed_methods, reason = "a benchmark")]

#[path = "../../capture/benches/busy_host/mod.rs"]
mod busy_host;

use criterion::{Criterion, Throughput};
use detect::{Engine, Matching, Options, Session, Stream, View, Words};
use events::{Event, OwnedEvent};
use falco::{Limits, Loader};
use state::State;
use std::hint::black_box;
use std::path::Path;

fn state() -> State {
    State::from_snapshot(&busy_host::snapshot(), state::Limits::default())
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
    let owned = busy_host::mixture();
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
