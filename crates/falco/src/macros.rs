//! Macros put into conditions, as parts of the tree.

use crate::condition::{Expression, Kind, Position};
use std::collections::BTreeSet;

/// Parts inside parts of a condition with its macros: everything that walks over one does so by recursion.
const DEPTH_MAX: usize = 500;

/// Why macros cannot be put in, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MacroError {
    pub(crate) message: String,
    pub(crate) at: Position,
}

/// Puts conditions of macros into conditions.
pub(crate) struct Resolver<'a> {
    /// Finds a macro that may be used.
    find: &'a dyn Fn(&str) -> Option<&'a Expression>,
    /// How many parts a condition may have.
    parts_max: usize,
    /// Macros that were used.
    pub(crate) used: BTreeSet<String>,
    parts: usize,
    depth: usize,
    path: Vec<String>,
    errors: Vec<MacroError>,
    unknown: Vec<MacroError>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(find: &'a dyn Fn(&str) -> Option<&'a Expression>, parts_max: usize) -> Self {
        let used = BTreeSet::new();
        Self {
            find,
            parts_max,
            used,
            parts: 0,
            depth: 0,
            path: Vec::new(),
            errors: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// The condition with macros put in, and how many parts it has.
    pub(crate) fn resolve(&mut self, condition: &Expression) -> Result<(Expression, usize), MacroError> {
        self.parts = 0;
        let resolved = self.part(condition, condition.at);
        // Loops come first: what a loop leaves unresolved is no unknown macro.
        match self.errors.drain(..).chain(self.unknown.drain(..)).next() {
            Some(error) => Err(error),
            None => Ok((resolved, self.parts)),
        }
    }

    fn part(&mut self, part: &Expression, at: Position) -> Expression {
        self.depth += 1;
        let resolved = self.part_here(part, at);
        self.depth -= 1;
        resolved
    }

    fn part_here(&mut self, part: &Expression, at: Position) -> Expression {
        self.parts += 1;
        // Inside a macro every position is where the macro is named.
        let at = if self.path.is_empty() { part.at } else { at };
        let kind = match &part.kind {
            _ if self.parts > self.parts_max => {
                if self.errors.is_empty() {
                    let message = format!("macros expand to more than {} checks", self.parts_max);
                    self.errors.push(MacroError { message, at });
                }
                Kind::Macro(String::new())
            }
            _ if self.depth > DEPTH_MAX => {
                if self.errors.is_empty() {
                    let message = format!("macros nest conditions more than {DEPTH_MAX} deep");
                    self.errors.push(MacroError { message, at });
                }
                Kind::Macro(String::new())
            }
            Kind::And(parts) => Kind::And(parts.iter().map(|part| self.part(part, at)).collect()),
            Kind::Or(parts) => Kind::Or(parts.iter().map(|part| self.part(part, at)).collect()),
            Kind::Not(inner) => Kind::Not(Box::new(self.part(inner, at))),
            Kind::Macro(name) => return self.named(name, at),
            check => check.clone(),
        };
        Expression { at, kind }
    }

    fn named(&mut self, name: &str, at: Position) -> Expression {
        let unresolved = Expression { at, kind: Kind::Macro(name.to_owned()) };
        let Some(condition) = (self.find)(name) else {
            let message = format!("Undefined macro '{name}' used in filter.");
            self.unknown.push(MacroError { message, at });
            return unresolved;
        };
        if self.path.iter().any(|outer| outer == name) {
            self.errors.push(MacroError { message: format!("reference loop in macro '{name}'"), at });
            return unresolved;
        }
        if self.path.len() > 200 {
            self.errors.push(MacroError { message: "macros name macros more than 200 deep".to_owned(), at });
            return unresolved;
        }
        self.path.push(name.to_owned());
        let resolved = self.part(condition, at);
        self.path.pop();
        self.used.insert(name.to_owned());
        resolved
    }
}
