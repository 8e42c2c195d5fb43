//! `--replay`: a recording is looked at as the host would be, and gives the same alerts each time.

use crate::arguments::WatchArguments;
use crate::exit::Outcome;
use crate::remark::remark;
use anyhow::{Context, Result};
use capture::Recording;
use detect::{Engine, Session, Stream, View};
use events::Kind;
use state::State;
use std::collections::BTreeMap;
use std::io::{BufWriter, Read, Write};
use std::path::Path;

pub(super) fn run(path: &Path, engine: &Engine, arguments: &WatchArguments) -> Result<Outcome> {
    let name = path.display();
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(std::fs::File::open(path).with_context(|| format!("cannot open {name}"))?)
    };
    let mut reader =
        Recording::open(input, capture::Limits::default()).with_context(|| format!("cannot read {name}"))?;
    let mut section = reader.section();
    let mut state = State::from_snapshot(reader.snapshot(), state::Limits::default());
    let mut hostname = String::from_utf8_lossy(&reader.snapshot().machine.hostname).into_owned();
    let mut session = Session::default();
    let mut output = Output::new(arguments);
    let (mut first_ns, mut previous_ns, mut events) = (0, 0, 0_u64);
    loop {
        // Recordings that were joined begin anew.
        if reader.section() != section {
            section = reader.section();
            state = State::from_snapshot(reader.snapshot(), state::Limits::default());
            hostname = String::from_utf8_lossy(&reader.snapshot().machine.hostname).into_owned();
        }
        let Some(event) = reader.next_event() else { break };
        events += 1;
        if first_ns == 0 {
            first_ns = event.time_ns;
        }
        state.process(&event);
        // In JSON lines the host comes as an event.
        if event.kind == Kind::MACHINE {
            hostname = String::from_utf8_lossy(event.text(3).unwrap_or_default()).into_owned();
        }
        let stream = Stream { first_ns, previous_ns, hostname: &hostname };
        previous_ns = event.time_ns;
        let view = View::new(event, &state, stream);
        for rule in engine.matches(&view, &mut session) {
            let alert = engine.template(*rule).alert(&view, event.time_ns, &hostname);
            output.alert(&alert)?;
        }
    }
    output.lines.flush()?;
    if !arguments.quiet {
        let rules = engine.rules();
        remark(&format!("{events} events, {rules} rules, {} alerts", output.by_rule.values().sum::<u64>()));
        for (rule, count) in &output.by_rule {
            remark(&format!("{count:>8}  {rule}"));
        }
        tell_losses(state.losses());
    }
    let problems = reader.problems();
    for problem in problems.told() {
        remark(&format!("{name}: {problem}"));
    }
    Ok(if output.by_rule.is_empty() { Outcome::Clean } else { Outcome::Findings })
}

fn tell_losses(losses: state::Losses) {
    for (count, what) in [
        (losses.threads, "threads were not followed: the limit was reached"),
        (losses.descriptors, "descriptors were not followed: the limit was reached"),
        (losses.containers, "containers were not followed: the limit was reached"),
        (losses.texts, "texts were cut: the limit was reached"),
        (losses.unknown_threads, "events were of threads whose beginning is not recorded"),
    ] {
        if count > 0 {
            remark(&format!("{count:>8}  {what}"));
        }
    }
}

struct Output {
    lines: BufWriter<std::io::StdoutLock<'static>>,
    is_json: bool,
    by_rule: BTreeMap<String, u64>,
}

impl Output {
    fn new(arguments: &WatchArguments) -> Self {
        Self {
            lines: BufWriter::new(std::io::stdout().lock()),
            is_json: arguments.json,
            by_rule: BTreeMap::new(),
        }
    }

    fn alert(&mut self, alert: &detect::Alert) -> Result<()> {
        *self.by_rule.entry(alert.rule.clone()).or_default() += 1;
        if self.is_json {
            serde_json::to_writer(&mut self.lines, alert)?;
        } else {
            self.lines.write_all(alert.output.as_bytes())?;
        }
        Ok(self.lines.write_all(b"\n")?)
    }
}
