//! The state of a walk through code: trees, scopes, what is known, what was seen, and the bounds.
//!
//! The walk follows values, not machine states: where a condition is not known, both ways are walked and joined;
//! loops run as written only while every condition is known.

use super::{
    syntax::{Id, Tree},
    value::{Datum, Taint, Value},
};
use content::{Budget, Halt};
use model::{GapReason, Severity};
use std::{
    collections::{HashMap, HashSet},
    rc::Rc,
};

/// Steps of one file; beyond, nothing more is followed.
const STEPS_MAX: u64 = 1_000_000;
/// Steps after which loops and functions are no longer run as written.
const STEPS_OF_EXACTNESS_MAX: u64 = 300_000;
/// Nested statements and expressions.
pub(super) const DEPTH_MAX: usize = 110;
/// Variables of all scopes.
const SLOTS_MAX: usize = 400_000;
/// Bytes of code and data unpacked from one file.
const UNPACKED_BYTES_MAX: usize = 8 << 20;
/// Things seen in one file.
const SIGHTINGS_MAX: usize = 200;

/// A node of one of the trees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct At {
    pub(super) tree: usize,
    pub(super) id: Id,
}

/// The variables of a function or of the file.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) names: HashMap<Vec<u8>, usize>,
    /// A request may have created any variable here.
    pub(super) extracted: Option<Rc<Taint>>,
    pub(super) class: Option<Vec<u8>>,
    pub(super) returned: Option<Value>,
    /// The function that runs, to notice recursion.
    pub(super) function: Option<At>,
}

/// An anonymous function and what it took along.
pub(super) struct Closure {
    pub(super) at: At,
    pub(super) captured: Vec<(Vec<u8>, usize)>,
    /// A callable made of a name: `Closure::fromCallable`, `f(...)`, a reflection.
    pub(super) names: Option<Value>,
}

/// Something that was seen.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    pub(super) state: &'static str,
    pub(super) severity: Severity,
    pub(super) line: u32,
    pub(super) facts: Vec<String>,
}

pub(super) struct Machine<'a> {
    pub(super) trees: Vec<Rc<Tree>>,
    pub(super) slots: Vec<Value>,
    pub(super) scopes: Vec<Scope>,
    journals: Vec<HashMap<usize, Value>>,
    pub(super) functions: HashMap<Vec<u8>, At>,
    /// Methods by name: class and place.
    pub(super) methods: HashMap<Vec<u8>, Vec<(Vec<u8>, At)>>,
    /// Properties by name, without regard to their object.
    pub(super) properties: HashMap<Vec<u8>, usize>,
    pub(super) constants: HashMap<Vec<u8>, Value>,
    pub(super) closures: Vec<Closure>,
    pub(super) called: HashMap<At, u32>,
    pub(super) sightings: Vec<Sighting>,
    /// Code that was unpacked and run.
    pub(super) unpacked: Vec<(u32, Rc<[u8]>)>,
    unpacked_bytes: usize,
    unpacked_seen: HashSet<u64>,
    pub(super) has_password_gate: bool,
    pub(super) depth: usize,
    pub(super) calls: usize,
    /// How many loops are running as written.
    pub(super) exact: usize,
    /// Nesting of code in unpacked code.
    pub(super) nesting: usize,
    steps: u64,
    pub(super) halt: Option<Halt>,
    is_stopped: bool,
    is_inexact: bool,
    budget: &'a Budget,
}

impl<'a> Machine<'a> {
    pub(super) fn new(budget: &'a Budget) -> Self {
        Self {
            trees: Vec::new(),
            slots: Vec::new(),
            scopes: vec![Scope::default()],
            journals: Vec::new(),
            functions: HashMap::new(),
            methods: HashMap::new(),
            properties: HashMap::new(),
            constants: HashMap::new(),
            closures: Vec::new(),
            called: HashMap::new(),
            sightings: Vec::new(),
            unpacked: Vec::new(),
            unpacked_bytes: 0,
            unpacked_seen: HashSet::new(),
            has_password_gate: false,
            depth: 0,
            calls: 0,
            exact: 0,
            nesting: 0,
            steps: 0,
            halt: None,
            is_stopped: false,
            is_inexact: false,
            budget,
        }
    }

    pub(super) fn tree(&self, at: At) -> Rc<Tree> {
        Rc::clone(&self.trees[at.tree])
    }

    /// Counts a step; false when the walk is over.
    pub(super) fn may_step(&mut self) -> bool {
        if self.is_stopped {
            return false;
        }
        self.steps += 1;
        if self.steps > STEPS_MAX {
            self.stop(&format!("the code was followed for {STEPS_MAX} steps"));
        } else if self.steps.is_multiple_of(2_048)
            && let Err(halt) = self.budget.check()
        {
            self.is_stopped = true;
            self.halt.get_or_insert(halt);
        }
        !self.is_stopped
    }

    pub(super) fn budget(&self) -> &'a Budget {
        self.budget
    }

    /// Whether loops and functions may be run as written.
    pub(super) fn may_be_exact(&mut self) -> bool {
        self.is_inexact |= self.steps > STEPS_OF_EXACTNESS_MAX;
        !self.is_inexact
    }

    /// Tells that code ran whose text is not known, if it might have been known with more steps.
    pub(super) fn note_unknown_code(&mut self) {
        if self.is_inexact {
            self.note_limit(&format!("loops and calls were followed for {STEPS_OF_EXACTNESS_MAX} steps"));
        }
    }

    /// Tells a limit without ending the walk.
    pub(super) fn note_limit(&mut self, detail: &str) {
        let halt = Halt { reason: GapReason::LimitReached, detail: detail.to_owned() };
        self.halt.get_or_insert(halt);
    }

    fn stop(&mut self, detail: &str) {
        self.note_limit(detail);
        self.is_stopped = true;
    }

    pub(super) fn line(&self, at: At) -> u32 {
        self.trees[at.tree].line(at.id)
    }

    pub(super) fn see(&mut self, sighting: Sighting) {
        let is_known = self.sightings.iter().any(|old| {
            old.state == sighting.state && old.line == sighting.line && old.severity >= sighting.severity
        });
        if !is_known && self.sightings.len() < SIGHTINGS_MAX {
            self.sightings.push(sighting);
        }
    }

    /// Keeps unpacked text to be searched; false when it was seen before or there is too much of it.
    pub(super) fn keep_unpacked(&mut self, line: u32, text: &Rc<[u8]>) -> bool {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        if !self.unpacked_seen.insert(hasher.finish()) {
            return false;
        }
        if self.unpacked_bytes + text.len() > UNPACKED_BYTES_MAX || self.unpacked.len() >= 200 {
            self.note_limit("more was unpacked from one file than is looked at");
            return false;
        }
        self.unpacked_bytes += text.len();
        self.unpacked.push((line, Rc::clone(text)));
        true
    }

    pub(super) fn scope(&mut self) -> &mut Scope {
        self.scopes.last_mut().expect("the file's own scope is never left")
    }

    pub(super) fn new_slot(&mut self, value: Value) -> usize {
        if self.slots.len() >= SLOTS_MAX {
            self.stop("the code has too many variables");
            return 0;
        }
        self.slots.push(value);
        self.slots.len() - 1
    }

    /// The slot of a variable of the running function, made when it is new.
    pub(super) fn slot_of_name(&mut self, name: &[u8]) -> usize {
        if let Some(slot) = self.scope().names.get(name) {
            return *slot;
        }
        let slot = self.new_slot(Value::of(Datum::Null));
        self.scope().names.insert(name.to_vec(), slot);
        slot
    }

    pub(super) fn global_slot(&mut self, name: &[u8]) -> usize {
        if let Some(slot) = self.scopes[0].names.get(name) {
            return *slot;
        }
        let slot = self.new_slot(Value::of(Datum::Null));
        self.scopes[0].names.insert(name.to_vec(), slot);
        slot
    }

    pub(super) fn property_slot(&mut self, name: &[u8]) -> usize {
        if let Some(slot) = self.properties.get(name) {
            return *slot;
        }
        let slot = self.new_slot(Value::default());
        self.properties.insert(name.to_vec(), slot);
        slot
    }

    pub(super) fn set_slot(&mut self, slot: usize, value: Value) {
        if slot >= self.slots.len() {
            return;
        }
        let old = std::mem::replace(&mut self.slots[slot], value);
        if let Some(journal) = self.journals.last_mut() {
            journal.entry(slot).or_insert(old);
        }
    }

    /// Walks one of several ways; what it assigns is taken back and returned.
    pub(super) fn walk_branch(&mut self, walk: impl FnOnce(&mut Self)) -> HashMap<usize, Value> {
        self.journals.push(HashMap::new());
        walk(self);
        let journal = self.journals.pop().unwrap_or_default();
        let mut outcome = HashMap::with_capacity(journal.len());
        for (slot, old) in journal {
            outcome.insert(slot, std::mem::replace(&mut self.slots[slot], old));
        }
        outcome
    }

    /// Joins several ways. When they are not all there are, what was before stays possible.
    pub(super) fn join_branches(&mut self, mut branches: Vec<HashMap<usize, Value>>, is_exhaustive: bool) {
        if !is_exhaustive {
            branches.push(HashMap::new());
        }
        let slots: HashSet<usize> = branches.iter().flat_map(|branch| branch.keys().copied()).collect();
        for slot in slots {
            let mut joined: Option<Value> = None;
            for branch in &branches {
                let value = branch.get(&slot).unwrap_or(&self.slots[slot]).clone();
                joined = Some(match joined {
                    None => value,
                    Some(before) => before.join(value),
                });
            }
            if let Some(value) = joined {
                self.set_slot(slot, value);
            }
        }
    }
}
