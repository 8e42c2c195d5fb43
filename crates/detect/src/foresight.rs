//! What facts say of whole conditions.
//!
//! A check under `not` that is false makes nothing false: only what has to be true counts, so that the kernel looks for few parts
//! of paths.

use crate::ahead::{Ahead, Facts, PathPart};
use crate::program::{Node, Program};
use std::collections::{BTreeSet, HashMap, HashSet};

/// What facts say of the nodes of a program.
pub(crate) struct Foresight<'p> {
    program: &'p Program,
    facts: &'p Facts,
    known: HashMap<Place, Option<bool>>,
}

/// A node, and whether it stands under an odd number of `not`.
type Place = (u32, bool);

impl<'p> Foresight<'p> {
    pub(crate) fn new(program: &'p Program, facts: &'p Facts) -> Self {
        Self { program, facts, known: HashMap::new() }
    }

    /// Whether a whole condition may be true.
    pub(crate) fn may_be_true(&mut self, node: u32) -> bool {
        self.answer((node, false)) != Some(false)
    }

    fn answer(&mut self, place: Place) -> Option<bool> {
        if let Some(answer) = self.known.get(&place) {
            return *answer;
        }
        let (node, is_negated) = place;
        let answer = match self.program.node(node) {
            Node::Known(answer) => Some(*answer),
            Node::Not(inner) => self.answer((*inner, !is_negated)).map(|answer| !answer),
            Node::And(parts) => self.chain(parts, true, is_negated),
            Node::Or(parts) => self.chain(parts, false, is_negated),
            Node::Check(check) => match self.program.check_ahead(*check) {
                // Nobody looked for its parts.
                Some(Ahead::Path(_)) if is_negated => None,
                ahead => ahead.and_then(|ahead| ahead.answer(self.facts)),
            },
        };
        self.known.insert(place, answer);
        answer
    }

    fn chain(&mut self, parts: &[u32], is_and: bool, is_negated: bool) -> Option<bool> {
        let mut answer = Some(is_and);
        for part in parts {
            match self.answer((*part, is_negated)) {
                Some(part) if part == is_and => {}
                None => answer = None,
                other => return other,
            }
        }
        answer
    }
}

/// Parts of paths without which conditions are false. Those that stand under `not` are no such parts.
pub(crate) struct PathParts<'p> {
    program: &'p Program,
    seen: HashSet<Place>,
    parts: BTreeSet<PathPart>,
}

impl<'p> PathParts<'p> {
    pub(crate) fn new(program: &'p Program) -> Self {
        Self { program, seen: HashSet::new(), parts: BTreeSet::new() }
    }

    /// Adds those of a whole condition.
    pub(crate) fn add(&mut self, node: u32) {
        self.visit((node, false));
    }

    pub(crate) fn finish(self) -> BTreeSet<PathPart> {
        self.parts
    }

    fn visit(&mut self, place: Place) {
        if !self.seen.insert(place) {
            return;
        }
        let (node, is_negated) = place;
        match self.program.node(node) {
            Node::Known(_) => {}
            Node::Not(inner) => self.visit((*inner, !is_negated)),
            Node::And(inner) | Node::Or(inner) => {
                inner.iter().for_each(|part| self.visit((*part, is_negated)));
            }
            Node::Check(check) => {
                if let Some(Ahead::Path(asked)) = self.program.check_ahead(*check)
                    && !is_negated
                {
                    self.parts.extend(asked.iter().cloned());
                }
            }
        }
    }
}
