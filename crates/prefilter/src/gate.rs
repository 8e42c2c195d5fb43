//! The search for what rules need.

use crate::need::Need;
use crate::search::Search;
use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

/// A search for what rules need.
pub struct Gate {
    literals: Search,
    needs: Vec<Condition>,
    /// The needs that mention each literal.
    needs_of: Vec<Vec<u32>>,
    /// Needs that can be met without any literal.
    without_literals: Vec<u32>,
}

/// A need whose bytes are numbers of literals.
enum Condition {
    Literal(usize),
    Below(u64),
    All(Vec<Condition>),
    Any(Vec<Condition>),
}

impl Gate {
    /// A gate for rules with these needs.
    #[must_use]
    pub fn new(needs: &[Need]) -> Self {
        let mut literals = Literals::default();
        let conditions: Vec<Condition> = needs.iter().map(|need| literals.number(need)).collect();
        let mut needs_of = vec![Vec::new(); literals.texts.len()];
        let mut without_literals = Vec::new();
        for (number, condition) in (0_u32..).zip(&conditions) {
            condition.mention(&mut |literal| {
                let list: &mut Vec<u32> = &mut needs_of[literal];
                if list.last() != Some(&number) {
                    list.push(number);
                }
            });
            if condition.is_met(&vec![false; literals.texts.len()], 0) {
                without_literals.push(number);
            }
        }
        Self { literals: Search::new(literals.texts), needs: conditions, needs_of, without_literals }
    }

    /// Whether the bytes meet one of the needs. `false` means that none of the rules matches them.
    #[must_use]
    pub fn is_open(&self, bytes: &[u8]) -> bool {
        self.search(bytes, |_| ControlFlow::Break(())).is_break()
    }

    /// The numbers of the needs that the bytes meet, ascending.
    #[must_use]
    pub fn met(&self, bytes: &[u8]) -> Vec<usize> {
        let mut met = BTreeSet::new();
        let _ = self.search(bytes, |need| {
            met.insert(need);
            ControlFlow::Continue(())
        });
        met.into_iter().collect()
    }

    /// Tells each need that is met, some of them more than once, until told to stop.
    fn search(&self, bytes: &[u8], mut tell: impl FnMut(usize) -> ControlFlow<()>) -> ControlFlow<()> {
        let size = bytes.len() as u64;
        let mut seen = vec![false; self.needs_of.len()];
        for &need in &self.without_literals {
            if self.needs[need as usize].is_met(&seen, size) {
                tell(need as usize)?;
            }
        }
        self.literals.each(bytes, |literal, _| {
            if std::mem::replace(&mut seen[literal], true) {
                return ControlFlow::Continue(());
            }
            self.needs_of[literal]
                .iter()
                .filter(|need| self.needs[**need as usize].is_met(&seen, size))
                .try_for_each(|need| tell(*need as usize))
        })
    }
}

impl std::fmt::Debug for Gate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gate({} needs, {} literals)", self.needs.len(), self.literals.len())
    }
}

#[derive(Default)]
struct Literals {
    numbers: HashMap<Vec<u8>, usize>,
    texts: Vec<Vec<u8>>,
}

impl Literals {
    fn number(&mut self, need: &Need) -> Condition {
        match need {
            Need::Bytes(bytes) => {
                Condition::Literal(*self.numbers.entry(bytes.clone()).or_insert_with(|| {
                    self.texts.push(bytes.clone());
                    self.texts.len() - 1
                }))
            }
            Need::Below(limit) => Condition::Below(*limit),
            Need::All(parts) => Condition::All(parts.iter().map(|part| self.number(part)).collect()),
            Need::Any(parts) => Condition::Any(parts.iter().map(|part| self.number(part)).collect()),
        }
    }
}

impl Condition {
    fn mention(&self, tell: &mut impl FnMut(usize)) {
        match self {
            Self::Literal(number) => tell(*number),
            Self::Below(_) => {}
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.mention(tell)),
        }
    }

    fn is_met(&self, seen: &[bool], size: u64) -> bool {
        match self {
            Self::Literal(number) => seen[*number],
            Self::Below(limit) => size < *limit,
            Self::All(parts) => parts.iter().all(|part| part.is_met(seen, size)),
            Self::Any(parts) => parts.iter().any(|part| part.is_met(seen, size)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(text: &str) -> Need {
        Need::Bytes(text.as_bytes().to_vec())
    }

    #[test]
    fn the_gate_opens_for_what_meets_a_need() {
        let needs = [
            Need::all([bytes("stratum+tcp"), Need::any([bytes("\"pool\""), bytes("\"url\"")])]),
            bytes("+tcp"),
            Need::any([]),
            Need::all([Need::Below(9), bytes("small")]),
        ];
        let gate = Gate::new(&needs[..1]);
        assert!(gate.is_open(b"{\"URL\": \"Stratum+TCP://pool.example.com\"}"));
        assert!(gate.is_open(b"{stratum+tcp} \"pool\""));
        assert!(!gate.is_open(b"{\"url\": \"https://pool.example.com\"}"));
        assert!(!gate.is_open(b"stratum+tcp") && !gate.is_open(b""));
        let gate = Gate::new(&needs);
        assert!(gate.is_open(b"stratum+tcp"), "one literal may be a part of another");
        assert_eq!(gate.met(b"a stratum+tcp small \"url\""), [0, 1]);
        assert_eq!(gate.met(b"so small"), [3]);
        assert!(!gate.is_open(b"stratum") && !gate.is_open(b"not so small"));
        let gate = Gate::new(&[Need::NONE, Need::Below(2)]);
        assert_eq!((gate.met(b"a"), gate.met(b"ab"), gate.met(b"")), (vec![0, 1], vec![0], vec![0, 1]));
    }
}
