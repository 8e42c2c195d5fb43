//! Old events as today's: earlier versions of a kind, and exit events whose arguments stand in their enter events.
//!
//! Parameters are matched by name, first those of the event, then those of the enter event that the thread did last;
//! what neither has is empty. That gives what the table of Falco's libraries gives (`engine/savefile/converter/table.cpp`,
//! 253 rows by kind and count), but for two things: an argument whose enter event is missing is empty and not 0, and the
//! address of `brk` does not come out as its memory size.

use std::collections::HashMap;

use events::{Event, EventWriter, Kind};

use crate::json::quote;
use crate::old::{self, Old};

/// Parameters of no table row are not looked at.
const PARAMETERS_MAX: usize = 64;

/// What becomes of an event.
pub(crate) enum Outcome {
    /// It is as today's are.
    Pass,
    /// [`Converter::converted`] has it.
    Converted,
    /// It waits for its exit event, or says nothing.
    Dropped,
    /// Nobody knows its kind.
    Unknown,
    /// It waits for its exit event; an enter event of another thread had to be forgotten.
    Crowded,
}

/// Where a parameter comes from.
#[derive(Clone, Copy)]
enum Step {
    Event(usize),
    Enter(usize),
    Empty,
}

struct Plan {
    kind: Kind,
    steps: Vec<Step>,
    needs_enter: bool,
}

/// Enter event of a thread.
struct Waiting {
    kind: Kind,
    bytes: Vec<u8>,
}

pub(crate) struct Converter {
    waiting: HashMap<i64, Waiting>,
    waiting_max: usize,
    plans: HashMap<(Kind, usize), Plan>,
    writer: EventWriter,
}

impl Converter {
    pub(crate) fn new(waiting_max: usize) -> Self {
        let (waiting, plans) = (HashMap::new(), HashMap::new());
        Self { waiting, waiting_max, plans, writer: EventWriter::default() }
    }

    /// The bytes of the event that was converted last.
    pub(crate) fn converted(&mut self) -> (&[u8], Kind) {
        let kind = self.writer.kind();
        (self.writer.finish_bytes(), kind)
    }

    pub(crate) fn convert(&mut self, event: &Event<'_>) -> Outcome {
        if let Some(info) = event.info() {
            if event.count() >= info.parameters.len() {
                // Only `connect` has an enter event that is still in use and whose exit event once took from it.
                if event.kind == Kind::CONNECT_ENTER {
                    self.wait(event);
                }
                return Outcome::Pass;
            }
            if info.is_enter() {
                self.wait(event);
                return Outcome::Pass;
            }
            let names: Vec<&str> = info.parameters.iter().map(|parameter| parameter.name).collect();
            return self.complete(event, event.kind, &names);
        }
        match old::of(event.kind) {
            Old::Enter(_) => self.wait(event),
            Old::Version(kind, names) => {
                let names: Vec<&str> = names.split(' ').collect();
                if kind == Kind::CONTAINER && names.len() > 1 {
                    return self.container(event);
                }
                self.complete(event, kind, &names)
            }
            Old::Gone => Outcome::Dropped,
            Old::Unknown => Outcome::Unknown,
        }
    }

    fn wait(&mut self, event: &Event<'_>) -> Outcome {
        let crowded = self.waiting.len() >= self.waiting_max && !self.waiting.contains_key(&event.thread);
        if crowded {
            self.waiting.clear();
        }
        let waiting = self
            .waiting
            .entry(event.thread)
            .or_insert_with(|| Waiting { kind: event.kind, bytes: Vec::new() });
        waiting.kind = event.kind;
        event.write_to(&mut waiting.bytes);
        if crowded { Outcome::Crowded } else { Outcome::Dropped }
    }

    fn complete(&mut self, event: &Event<'_>, kind: Kind, names: &[&str]) -> Outcome {
        let count = event.count().min(PARAMETERS_MAX);
        let plan =
            self.plans.entry((event.kind, count)).or_insert_with(|| plan(event.kind, kind, names, count));
        let enter = if plan.needs_enter { self.waiting.get(&event.thread) } else { None };
        let enter = enter
            .filter(|waiting| waiting.kind.0 + 1 == event.kind.0)
            .and_then(|waiting| Event::read(&waiting.bytes, events::Width::of(waiting.kind)).ok());
        self.writer.start(plan.kind, event.time_ns, event.thread, None);
        for step in &plan.steps {
            let bytes = match step {
                Step::Event(position) => event.raw(*position),
                Step::Enter(position) => enter.and_then(|enter| enter.raw(*position)),
                Step::Empty => None,
            };
            self.writer.bytes(bytes.unwrap_or_default());
        }
        Outcome::Converted
    }

    /// The first version of container events had four parameters instead of a document.
    fn container(&mut self, event: &Event<'_>) -> Outcome {
        let text = |position| event.text(position).unwrap_or_default();
        let mut json = b"{\"id\":".to_vec();
        quote(text(0), &mut json);
        json.extend_from_slice(format!(",\"type\":{},\"name\":", event.unsigned(1).unwrap_or(0)).as_bytes());
        quote(text(2), &mut json);
        json.extend_from_slice(b",\"image\":");
        quote(text(3), &mut json);
        json.push(b'}');
        self.writer.start(Kind::CONTAINER, event.time_ns, event.thread, None);
        self.writer.text(&json);
        Outcome::Converted
    }
}

fn plan(from: Kind, to: Kind, names: &[&str], count: usize) -> Plan {
    let enter: Vec<&str> = match old::of(Kind(from.0.wrapping_sub(1))) {
        Old::Enter(names) => names.split(' ').collect(),
        _ if from == Kind::CONNECT => vec!["fd", "addr"],
        _ => Vec::new(),
    };
    let own = &names[..count.min(names.len())];
    let parameters = to.info().map_or(&[][..], |info| info.parameters);
    let find = |name: &str| {
        let of = |names: &[&str]| names.iter().position(|known| *known == name);
        of(own).map(Step::Event).or_else(|| of(&enter).map(Step::Enter)).unwrap_or(Step::Empty)
    };
    let steps: Vec<Step> = parameters.iter().map(|parameter| find(parameter.name)).collect();
    let needs_enter = steps.iter().any(|step| matches!(step, Step::Enter(_)));
    Plan { kind: to, steps, needs_enter }
}
