//! The second stage: PHP is parsed, and values are followed to where they do harm.

mod builtins;
mod calls;
mod compounds;
mod dangers;
mod decoders;
mod effects;
mod expressions;
mod literals;
mod machine;
mod methods;
mod names;
mod operators;
mod places;
mod sinks;
mod sources;
mod statements;
mod syntax;
mod text_functions;
mod value;

use crate::{language::Language, merge::Seen, patterns::PatternSet};
use content::{Budget, Halt};
use machine::{At, Machine};
use model::Severity;
use std::rc::Rc;
use syntax::Tree;
use value::{Datum, Value};

/// Code in code in code.
const NESTING_MAX: usize = 10;
/// Text that is only decoded, and not run, is searched up to this size.
const DECODED_BYTES_MAX: usize = 256 << 10;

/// Follows values through a file; unpacked texts are searched with the patterns.
pub(crate) fn examine(
    patterns: &PatternSet,
    text: &[u8],
    budget: &Budget,
    seen: &mut Vec<Seen>,
) -> Result<(), Halt> {
    let tree = Tree::parse(text, None, budget)?;
    let mut machine = Machine::new(budget);
    machine.walk_file(tree);
    let mut found: Vec<Seen> = machine
        .sightings
        .drain(..)
        .map(|one| Seen { state: one.state, severity: one.severity, line: one.line, facts: one.facts })
        .collect();
    for (line, unpacked) in std::mem::take(&mut machine.unpacked) {
        let mut inner = Vec::new();
        patterns.search(Language::Php, &unpacked, budget, &mut inner)?;
        for mut one in inner.into_iter().filter(|one| one.severity >= Severity::High) {
            one.line = line;
            one.facts.push("inside a text that is unpacked here".to_owned());
            found.push(one);
        }
    }
    if machine.has_password_gate {
        for one in found.iter_mut().chain(seen.iter_mut()) {
            if one.severity == Severity::Medium {
                one.severity = Severity::High;
            }
            one.facts.push("a password of the request is compared with a digest".to_owned());
        }
    }
    seen.append(&mut found);
    machine.halt.map_or(Ok(()), Err)
}

impl Machine<'_> {
    fn walk_file(&mut self, tree: Tree) {
        let at = self.add_tree(tree);
        self.run_children(at);
        self.walk_uncalled();
    }

    /// Takes a tree in and learns its functions and methods.
    fn add_tree(&mut self, tree: Tree) -> At {
        let number = self.trees.len();
        let mut class: Vec<(usize, Vec<u8>)> = Vec::new();
        for id in tree.ids() {
            let at = At { tree: number, id };
            let name = || tree.field(id, "name").map(|id| tree.bytes(id).to_ascii_lowercase());
            match tree.kind(id) {
                "class_declaration" | "trait_declaration" | "enum_declaration" => {
                    let end = tree.start(id) + tree.bytes(id).len();
                    class.push((end, name().unwrap_or_default()));
                }
                "function_definition" => {
                    if let Some(name) = name() {
                        self.functions.entry(name).or_insert(at);
                    }
                }
                "method_declaration" => {
                    let start = tree.start(id);
                    let of = class.iter().rev().find(|(end, _)| start < *end).map(|(_, name)| name.clone());
                    if let Some(name) = name() {
                        self.methods.entry(name).or_default().push((of.unwrap_or_default(), at));
                    }
                }
                _ => {}
            }
        }
        self.trees.push(Rc::new(tree));
        At { tree: number, id: Tree::root() }
    }

    /// Functions that nothing in the file calls are called from elsewhere, with what is not known. Twice, so that
    /// what one method leaves in a property meets the others.
    fn walk_uncalled(&mut self) {
        let mut all: Vec<(Option<Vec<u8>>, At)> = self.functions.values().map(|at| (None, *at)).collect();
        for methods in self.methods.values() {
            all.extend(methods.iter().map(|(class, at)| (Some(class.clone()), *at)));
        }
        for closure in &self.closures {
            if closure.names.is_none() {
                all.push((None, closure.at));
            }
        }
        all.sort_by_key(|(_, at)| (at.tree, at.id));
        all.retain(|(_, at)| !self.called.contains_key(at));
        for pass in 0..2 {
            if pass == 1
                && !self
                    .properties
                    .values()
                    .any(|slot| self.slots.get(*slot).is_some_and(|v| v.taint.is_some()))
            {
                break;
            }
            for (class, at) in &all {
                let tree = self.tree(*at);
                let count = tree.field(at.id, "parameters").map_or(0, |id| tree.children(id).count());
                let arguments: Vec<calls::Argument> =
                    (0..count).map(|_| calls::Argument { at: None, value: Value::default() }).collect();
                let captured =
                    self.closures.iter().find(|closure| closure.at == *at).map(|c| c.captured.clone());
                self.walk_function(*at, &arguments, &captured.unwrap_or_default(), class.as_deref());
            }
        }
    }

    /// Keeps a decoded text to be searched with the patterns.
    pub(super) fn keep_decoded(&mut self, line: u32, text: &Rc<[u8]>) {
        let is_code = [b"<?".as_slice(), b"eval", b"_POST", b"_GET", b"_REQUEST", b"system", b"exec"]
            .iter()
            .any(|word| sinks::contains(&text[..text.len().min(DECODED_BYTES_MAX)], word));
        if is_code && text.len() <= DECODED_BYTES_MAX {
            self.keep_unpacked(line, text);
        }
    }

    /// Walks code that was unpacked, in the scope where it runs.
    pub(super) fn run_unpacked(&mut self, text: &[u8], at: At, open: &str) -> Value {
        let line = self.line(at);
        if self.nesting >= NESTING_MAX || self.depth > 70 {
            self.note_limit("code is packed in code too often");
            return Value::default();
        }
        let whole: Rc<[u8]> = [open.as_bytes(), text].concat().into();
        if !self.keep_unpacked(line, &whole) {
            return Value::default();
        }
        let tree = match Tree::parse(&whole, Some(line), self.budget()) {
            Ok(tree) => tree,
            Err(halt) => {
                self.halt.get_or_insert(halt);
                return Value::default();
            }
        };
        let at = self.add_tree(tree);
        self.nesting += 1;
        let before = self.scope().returned.take();
        self.run_children(at);
        let value = self.scope().returned.take().unwrap_or_else(|| Value::of(Datum::Null));
        self.scope().returned = before;
        self.nesting -= 1;
        value
    }
}
