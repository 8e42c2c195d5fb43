//! Conditions of all rules as one graph: what several rules ask is one node, asked once an event.

use crate::Source;
use crate::ahead::Ahead;
use crate::fields::FieldId;
use crate::fields::event::EventField;
use crate::operand::Operand;
use crate::test::{Test, compare_values};
use falco::condition::Comparison;
use falco::{Several, Typed, TypedRight, Vocabulary};
use std::collections::{HashMap, HashSet};

/// A node of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Known(bool),
    Not(u32),
    And(Box<[u32]>),
    Or(Box<[u32]>),
    Check(u32),
}

#[derive(Debug)]
struct Check {
    left: Operand,
    several: Several,
    comparison: Comparison,
    right: Right,
    ahead: Option<Ahead>,
}

#[derive(Debug)]
enum Right {
    Test(Box<Test>),
    Operand(Operand),
}

/// All conditions.
#[derive(Debug, Default)]
pub(crate) struct Program {
    nodes: Vec<Node>,
    checks: Vec<Check>,
    /// For checks of the kind alone: the kinds for which they are true.
    of_kind: HashMap<u32, falco::KindSet>,
}

/// What is known of one event so far.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// For each node the event it was answered for, doubled, and the answer.
    known: Vec<u64>,
    event: u64,
    left_room: Vec<u8>,
    right_room: Vec<u8>,
}

impl Answers {
    /// Forgets all answers.
    pub(crate) fn next_event(&mut self, program: &Program) {
        self.known.resize(program.nodes.len(), 0);
        self.event += 1;
    }
}

/// Builds the graph.
#[derive(Default)]
pub(crate) struct Builder {
    program: Program,
    nodes: HashMap<Node, u32>,
    checks: HashMap<String, u32>,
}

impl Builder {
    /// Adds a condition and gives its node.
    pub(crate) fn add(&mut self, condition: &Typed, vocabulary: &dyn Vocabulary) -> u32 {
        let node = match condition {
            Typed::Not(inner) => Node::Not(self.add(inner, vocabulary)),
            Typed::And(parts) => Node::And(self.flat(parts, true, vocabulary)),
            Typed::Or(parts) => Node::Or(self.flat(parts, false, vocabulary)),
            Typed::Check(check) => self.check(check, vocabulary),
        };
        self.node(node)
    }

    /// Parts, those of chains of the same kind among them, each once.
    fn flat(&mut self, parts: &[Typed], is_and: bool, vocabulary: &dyn Vocabulary) -> Box<[u32]> {
        let mut nodes = Vec::new();
        for part in parts {
            let node = self.add(part, vocabulary);
            match (&self.program.nodes[node as usize], is_and) {
                (Node::And(inner), true) | (Node::Or(inner), false) => nodes.extend(inner.iter().copied()),
                _ => nodes.push(node),
            }
        }
        unique(nodes)
    }

    fn check(&mut self, check: &falco::Check, vocabulary: &dyn Vocabulary) -> Node {
        // Two checks are the same when they are written the same, with all types.
        let key = format!("{check:?}");
        if let Some(index) = self.checks.get(&key) {
            return Node::Check(*index);
        }
        let index = u32::try_from(self.program.checks.len()).expect("the number of checks is limited");
        let (Some(left), Some(right)) = (Operand::new(&check.left), right_of(check)) else {
            return Node::Known(false);
        };
        if let Operand::Field(FieldId::Event(EventField::Type), ..) = left
            && let Some(kinds) = falco::kinds_of_check(check, vocabulary)
        {
            self.program.of_kind.insert(index, kinds);
        }
        self.program.checks.push(Check {
            left,
            several: check.left.several,
            comparison: check.comparison,
            right,
            ahead: Ahead::of(check),
        });
        self.checks.insert(key, index);
        Node::Check(index)
    }

    fn node(&mut self, node: Node) -> u32 {
        if let Some(index) = self.nodes.get(&node) {
            return *index;
        }
        let index = u32::try_from(self.program.nodes.len()).expect("the number of parts is limited");
        self.program.nodes.push(node.clone());
        self.nodes.insert(node, index);
        index
    }

    /// The condition as it is for events of one kind: checks of the kind are answered.
    pub(crate) fn for_kind(&mut self, node: u32, kind: u16, done: &mut HashMap<u32, u32>) -> u32 {
        if let Some(special) = done.get(&node) {
            return *special;
        }
        let special = match self.program.nodes[node as usize].clone() {
            Node::Known(answer) => Node::Known(answer),
            // Events of the shared kind differ in what `evt.type` says.
            Node::Check(check) => match self.program.of_kind.get(&check) {
                Some(kinds) if Some(kind) != crate::vocabulary::slot(events::Kind::GENERIC) => {
                    Node::Known(kinds.contains(kind))
                }
                _ => Node::Check(check),
            },
            Node::Not(inner) => {
                let inner = self.for_kind(inner, kind, done);
                match self.program.nodes[inner as usize] {
                    Node::Known(answer) => Node::Known(!answer),
                    _ => Node::Not(inner),
                }
            }
            Node::And(parts) => self.chain(&parts, true, kind, done),
            Node::Or(parts) => self.chain(&parts, false, kind, done),
        };
        let special = self.node(special);
        done.insert(node, special);
        special
    }

    fn chain(&mut self, parts: &[u32], is_and: bool, kind: u16, done: &mut HashMap<u32, u32>) -> Node {
        let mut rest = Vec::with_capacity(parts.len());
        for part in parts {
            let part = self.for_kind(*part, kind, done);
            match self.program.nodes[part as usize] {
                Node::Known(answer) if answer == is_and => {}
                Node::Known(answer) => return Node::Known(answer),
                _ => rest.push(part),
            }
        }
        match unique(rest) {
            parts if parts.is_empty() => Node::Known(is_and),
            parts if parts.len() == 1 => self.program.nodes[parts[0] as usize].clone(),
            parts if is_and => Node::And(parts),
            parts => Node::Or(parts),
        }
    }

    /// What has to be true for a node to be true.
    pub(crate) fn conjuncts(&self, node: u32) -> Vec<u32> {
        match &self.program.nodes[node as usize] {
            Node::And(parts) => parts.to_vec(),
            _ => vec![node],
        }
    }

    /// Whether a node is never true.
    pub(crate) fn is_never(&self, node: u32) -> bool {
        self.program.nodes[node as usize] == Node::Known(false)
    }

    pub(crate) fn finish(self) -> Program {
        self.program
    }
}

fn unique(nodes: Vec<u32>) -> Box<[u32]> {
    let mut seen = HashSet::new();
    nodes.into_iter().filter(|node| seen.insert(*node)).collect()
}

fn right_of(check: &falco::Check) -> Option<Right> {
    Some(match &check.right {
        TypedRight::Nothing => Right::Test(Box::new(Test::new(check.comparison, &[]))),
        TypedRight::Constants(constants) => Right::Test(Box::new(Test::new(check.comparison, constants))),
        TypedRight::Operand(operand) => Right::Operand(Operand::new(operand)?),
    })
}

impl Program {
    pub(crate) fn node(&self, node: u32) -> &Node {
        &self.nodes[node as usize]
    }

    /// What can be said of a check ahead.
    pub(crate) fn check_ahead(&self, check: u32) -> Option<&Ahead> {
        self.checks[check as usize].ahead.as_ref()
    }

    /// Whether a condition is true.
    pub(crate) fn is_true(&self, node: u32, source: &impl Source, answers: &mut Answers) -> bool {
        let index = node as usize;
        let known = answers.known[index];
        if known >> 1 == answers.event {
            return known & 1 == 1;
        }
        let answer = match &self.nodes[index] {
            Node::Known(answer) => return *answer,
            Node::Not(inner) => !self.is_true(*inner, source, answers),
            Node::And(parts) => parts.iter().all(|part| self.is_true(*part, source, answers)),
            Node::Or(parts) => parts.iter().any(|part| self.is_true(*part, source, answers)),
            Node::Check(check) => self.checks[*check as usize].passes(source, answers),
        };
        answers.known[index] = answers.event << 1 | u64::from(answer);
        answer
    }
}

impl Check {
    fn passes(&self, source: &impl Source, answers: &mut Answers) -> bool {
        match &self.right {
            Right::Test(test) if self.several == Several::Never => {
                test.passes(self.left.value(source, &mut answers.left_room))
            }
            Right::Test(test) => test.passes_several(self.comparison, self.several, &mut |visit| {
                self.left.each(source, visit);
            }),
            Right::Operand(right) if self.several == Several::Never => {
                let right = right.value(source, &mut answers.right_room);
                let left = self.left.value(source, &mut answers.left_room);
                compare_values(self.comparison.operator, left, right)
            }
            Right::Operand(right) => self.compares_lists(right, source),
        }
    }

    /// A list with a list: `in` wants all values, anything else one.
    fn compares_lists(&self, right: &Operand, source: &impl Source) -> bool {
        let wants_all = self.comparison.operator == falco::condition::Operator::In;
        let mut passes = wants_all;
        self.left.each(source, &mut |value| {
            let mut is_in = false;
            right.each(source, &mut |other| {
                is_in = compare_values(falco::condition::Operator::Equal, value, other);
                !is_in
            });
            passes = is_in;
            is_in == wants_all
        });
        passes
    }
}
