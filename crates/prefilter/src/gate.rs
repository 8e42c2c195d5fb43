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

    /// The same for bytes that come in pieces; `size` is that of all of them.
    #[must_use]
    pub fn sieve(&self, size: u64) -> Sieve<'_> {
        Sieve { gate: self, size, seen: vec![false; self.needs_of.len()], is_begun: false }
    }

    /// Tells each need that is met, some of them more than once, until told to stop.
    fn search(&self, bytes: &[u8], tell: impl FnMut(usize) -> ControlFlow<()>) -> ControlFlow<()> {
        self.sieve(bytes.len() as u64).search(bytes, tell)
    }
}

/// What of the needs of a gate was met by the pieces that were shown.
pub struct Sieve<'a> {
    gate: &'a Gate,
    size: u64,
    seen: Vec<bool>,
    is_begun: bool,
}

impl Sieve<'_> {
    /// Whether a need is met with this piece, which was not met before it. Pieces overlap by [`Self::OVERLAP_BYTES`].
    pub fn opens(&mut self, piece: &[u8]) -> bool {
        self.search(piece, |_| ControlFlow::Break(())).is_break()
    }

    /// The same, with the numbers of the needs.
    pub fn meet(&mut self, piece: &[u8], met: &mut BTreeSet<usize>) {
        let _ = self.search(piece, |need| {
            met.insert(need);
            ControlFlow::Continue(())
        });
    }

    /// No literal of a need is longer.
    pub const OVERLAP_BYTES: usize = 2 * crate::need::BYTES_MAX;

    fn search(&mut self, bytes: &[u8], mut tell: impl FnMut(usize) -> ControlFlow<()>) -> ControlFlow<()> {
        let Self { gate, size, seen, is_begun } = self;
        if !std::mem::replace(is_begun, true) {
            for &need in &gate.without_literals {
                if gate.needs[need as usize].is_met(seen, *size) {
                    tell(need as usize)?;
                }
            }
        }
        gate.literals.each(bytes, |literal, _| {
            if std::mem::replace(&mut seen[literal], true) {
                return ControlFlow::Continue(());
            }
            gate.needs_of[literal]
                .iter()
                .filter(|need| gate.needs[**need as usize].is_met(seen, *size))
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

    #[test]
    fn what_pieces_hold_together_opens_the_gate() {
        let gate = Gate::new(&[Need::all([bytes("stratum+tcp"), bytes("donate-level")]), Need::Below(9)]);
        let mut sieve = gate.sieve(99);
        assert!(!sieve.opens(b"a stratum+tcp") && !sieve.opens(b"nothing"));
        assert!(sieve.opens(b"of Donate-Level"));
        let mut met = BTreeSet::new();
        let mut sieve = gate.sieve(8);
        sieve.meet(b"donate-level", &mut met);
        assert_eq!(met, BTreeSet::from([1]));
        sieve.meet(b"stratum+tcp", &mut met);
        assert_eq!(met, BTreeSet::from([0, 1]));
    }
}
