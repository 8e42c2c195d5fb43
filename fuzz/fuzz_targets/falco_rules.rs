//! Files of rules: loaded, told of, compiled; nothing panics, and what loads evaluates.
#![no_main]

use detect::{Engine, Options, Session, Stream, View, Words};
use events::{EventBuilder, Kind};
use falco::{Limits, Loader};
use state::State;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let limits = Limits { condition_parts_max: 5_000, parts_max: 20_000, ..Limits::default() };
    let mut loader = Loader::new(&Words, limits);
    let result = loader.load("rules", text);
    let _ = result.text();
    let ruleset = loader.finish();
    let Ok(engine) = Engine::new(&ruleset, &Options::default()) else { return };
    let mut state = State::new(state::Limits::default());
    let open = EventBuilder::new(Kind::OPEN).at(1, 77).number("fd", 3).text("name", "/etc/passwd").build();
    state.process(&open.event());
    let view = View::new(open.event(), &state, Stream::default());
    for rule in engine.matches(&view, &mut Session::default()) {
        let _ = engine.template(*rule).alert(&view, 1, "machine");
    }
});
