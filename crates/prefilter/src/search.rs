//! Where in some bytes which of many literals stand.

use aho_corasick::AhoCorasick;
use std::ops::ControlFlow;

/// Bytes of the part of each literal that is looked up.
pub(crate) const GRAM_BYTES: usize = 4;
/// Shorter literals are left to an automaton: what may follow two bytes would fill the table.
const LITERAL_BYTES_MIN: usize = 3;
/// Grams that are looked up at a time, and bytes that they take.
const LANES: usize = 8;
const BLOCK_BYTES: usize = LANES + GRAM_BYTES - 1;
/// Slots of the tables, as powers of two: for a few words, for rules, and for whole collections of rules.
const FEW_BITS: u32 = 16;
const SOME_BITS: u32 = 18;
const MANY_BITS: u32 = 21;
/// Slots for each gram, at least, so that nearly every place is passed over.
const SLOTS_EACH: usize = 64;
/// The bit that tells lower from upper case, in each byte.
const CASE: u64 = 0x2020_2020_2020_2020;

/// A search for many literals at once, the case of ASCII letters disregarded.
///
/// Of each literal the four bytes that are rarest are hashed, their slot of a table is marked, and each four bytes
/// that are searched are looked up in it, eight places at a time; what is marked is compared with the literals of that
/// slot. This is the filter of Rabin and Karp ("Efficient randomized pattern-matching algorithms", 1987) with a table
/// of its own size before it. An automaton takes several times as long for the same answer, because each of its steps
/// waits for the one before.
pub struct Search {
    literals: Vec<Vec<u8>>,
    /// One byte for each slot: a byte is loaded and tested faster than a bit.
    marks: Vec<u8>,
    /// The marks once more, a bit for each slot, and how many there are before each word of them.
    bits: Vec<(u64, u32)>,
    /// Where the entries of each marked slot begin, and the end of the last.
    starts: Vec<u32>,
    /// Literals and where in them the hashed bytes stand; by slot.
    entries: Vec<Entry>,
    /// The literals that are too short for the table, and their numbers.
    short: Option<(AhoCorasick, Vec<usize>)>,
}

/// A literal in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// Its number.
    number: u32,
    /// Where in it the hashed bytes stand.
    before: u32,
    /// What follows the first hashed byte, in lower case and with [`CASE`], and which of these eight bytes count: nearly
    /// every place that has the hashed bytes alone is told from the literal by one comparison.
    value: u64,
    mask: u64,
}

impl Search {
    /// A search for literals, numbered as they come. An empty one is never found.
    #[must_use]
    pub fn new(literals: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let literals: Vec<Vec<u8>> =
            literals.into_iter().map(|text| text.as_ref().to_ascii_lowercase()).collect();
        let grams: Vec<(u32, u32, u32)> =
            (0_u32..).zip(&literals).flat_map(|(number, literal)| grams_of(number, literal)).collect();
        let slots_bits = [FEW_BITS, SOME_BITS]
            .into_iter()
            .find(|bits| grams.len() * SLOTS_EACH <= 1 << bits)
            .unwrap_or(MANY_BITS);
        let mut hashed: Vec<(usize, Entry)> = grams
            .into_iter()
            .map(|(gram, number, at)| {
                (slot(gram, slots_bits), Entry::new(&literals[number as usize], number, at))
            })
            .collect();
        hashed.sort_unstable();
        hashed.dedup();
        let mut marks = vec![0; 1 << slots_bits];
        let mut starts = Vec::new();
        for (at, (slot, _)) in (0_u32..).zip(&hashed) {
            if std::mem::replace(&mut marks[*slot], 1) == 0 {
                starts.push(at);
            }
        }
        let entries: Vec<Entry> = hashed.into_iter().map(|(_, entry)| entry).collect();
        starts.push(u32::try_from(entries.len()).unwrap_or(u32::MAX));
        let (bits, short) = (bits(&marks), short(&literals));
        Self { literals, marks, bits, starts, entries, short }
    }

    /// How many literals are searched for.
    #[must_use]
    pub fn len(&self) -> usize {
        self.literals.len()
    }

    /// Whether nothing is searched for.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.literals.is_empty()
    }

    /// Tells the number of a literal and where it begins, for each place where one stands, until told to stop. The
    /// places of one literal come in ascending order; those of different ones need not.
    pub fn each(
        &self,
        bytes: &[u8],
        mut tell: impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        if let Some((automaton, numbers)) = &self.short {
            for found in automaton.find_overlapping_iter(bytes) {
                tell(numbers[found.pattern().as_usize()], found.start())?;
            }
        }
        // With its size known the compiler leaves out the check of every index.
        let marks = self.marks.as_slice();
        if let Ok(marks) = marks.try_into() {
            self.blocks::<FEW_BITS, { 1 << FEW_BITS }>(marks, bytes, &mut tell)
        } else if let Ok(marks) = marks.try_into() {
            self.blocks::<SOME_BITS, { 1 << SOME_BITS }>(marks, bytes, &mut tell)
        } else {
            let marks = marks.try_into().expect("a table has one of three sizes");
            self.blocks::<MANY_BITS, { 1 << MANY_BITS }>(marks, bytes, &mut tell)
        }
    }

    fn blocks<const BITS: u32, const SLOTS: usize>(
        &self,
        marks: &[u8; SLOTS],
        bytes: &[u8],
        tell: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut at = 0;
        while let Some(block) = bytes.get(at..at + BLOCK_BYTES) {
            if is_marked::<BITS, SLOTS>(marks, block.try_into().expect("it has that length")) {
                self.compare(BITS, bytes, at, block, tell)?;
            }
            at += LANES;
        }
        // The last grams reach over the end: nulls stand for what is not there.
        while at < bytes.len() {
            let mut block = [0; BLOCK_BYTES];
            let rest = &bytes[at..bytes.len().min(at + BLOCK_BYTES)];
            block[..rest.len()].copy_from_slice(rest);
            self.compare(BITS, bytes, at, &block, tell)?;
            at += LANES;
        }
        ControlFlow::Continue(())
    }

    /// Compares the literals of the marked slots of a block.
    #[inline(never)]
    fn compare(
        &self,
        bits: u32,
        bytes: &[u8],
        at: usize,
        block: &[u8],
        tell: &mut impl FnMut(usize, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        for (lane, gram) in block.windows(GRAM_BYTES).enumerate() {
            let slot = slot(u32::from_le_bytes([gram[0], gram[1], gram[2], gram[3]]) | CASE as u32, bits);
            let (word, rank) = self.bits[slot / 64];
            if word >> (slot % 64) & 1 == 0 {
                continue;
            }
            let rank = (rank + (word & ((1 << (slot % 64)) - 1)).count_ones()) as usize;
            let place = at + lane;
            let following = match bytes.get(place..place + 8) {
                Some(eight) => u64::from_le_bytes(eight.try_into().expect("it has that length")) | CASE,
                None => following_at_end(bytes, place),
            };
            for entry in &self.entries[self.starts[rank] as usize..self.starts[rank + 1] as usize] {
                if following & entry.mask != entry.value {
                    continue;
                }
                let literal = &self.literals[entry.number as usize];
                let Some(start) = place.checked_sub(entry.before as usize) else { continue };
                let found = bytes.get(start..start + literal.len());
                if found.is_some_and(|found| found.eq_ignore_ascii_case(literal)) {
                    tell(entry.number as usize, start)?;
                }
            }
        }
        ControlFlow::Continue(())
    }
}

impl Entry {
    fn new(literal: &[u8], number: u32, before: u32) -> Self {
        let rest = &literal[before as usize..];
        let (mut value, mut mask) = ([0; 8], [0; 8]);
        for ((byte, value), mask) in rest.iter().zip(&mut value).zip(&mut mask) {
            (*value, *mask) = (*byte | CASE as u8, 0xff);
        }
        Self { number, before, value: u64::from_le_bytes(value), mask: u64::from_le_bytes(mask) }
    }
}

/// The last bytes, with nulls for what is not there.
#[cold]
fn following_at_end(bytes: &[u8], place: usize) -> u64 {
    let mut eight = [0; 8];
    let rest = bytes.get(place..).unwrap_or_default();
    eight[..rest.len()].copy_from_slice(rest);
    u64::from_le_bytes(eight) | CASE
}

impl std::fmt::Debug for Search {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Search({} literals)", self.literals.len())
    }
}

/// Whether the slot of one of the grams that begin in the first eight bytes is marked.
#[inline(always)]
fn is_marked<const BITS: u32, const SLOTS: usize>(marks: &[u8; SLOTS], block: &[u8; BLOCK_BYTES]) -> bool {
    let [a, b, c, d, e, f, g, h, i, j, k] = *block;
    let first = u64::from_le_bytes([a, b, c, d, e, f, g, h]) | CASE;
    let last = u64::from_le_bytes([d, e, f, g, h, i, j, k]) | CASE;
    let mark = |gram: u64| marks[slot(gram as u32, BITS)];
    let early = mark(first) | mark(first >> 8) | mark(first >> 16) | mark(first >> 24) | mark(first >> 32);
    early | mark(last >> 16) | mark(last >> 24) | mark(last >> 32) != 0
}

/// What stands in the table for a literal: gram, number, and where in the literal the gram begins. Of three bytes, one
/// gram for each byte that may follow.
fn grams_of(number: u32, literal: &[u8]) -> Vec<(u32, u32, u32)> {
    let gram = |bytes: &[u8]| u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) | CASE as u32;
    if literal.len() == LITERAL_BYTES_MIN {
        let following = (0..=u8::MAX).filter(|byte| byte & 0x20 != 0);
        return following
            .map(|byte| (gram(&[literal[0], literal[1], literal[2], byte]), number, 0))
            .collect();
    }
    let rarest = (0_u32..)
        .zip(literal.windows(GRAM_BYTES))
        .max_by(|(_, left), (_, right)| crate::need::rarity(left).total_cmp(&crate::need::rarity(right)));
    rarest.map(|(at, bytes)| (gram(bytes), number, at)).into_iter().collect()
}

/// The marks as bits, with the number of those before each word.
fn bits(marks: &[u8]) -> Vec<(u64, u32)> {
    let mut before = 0;
    let words = marks.chunks(64).map(|marks| {
        let word = (0..).zip(marks).fold(0, |word, (at, mark)| word | u64::from(*mark) << at);
        let rank = before;
        before += word.count_ones();
        (word, rank)
    });
    words.collect()
}

fn short(literals: &[Vec<u8>]) -> Option<(AhoCorasick, Vec<usize>)> {
    let numbers: Vec<usize> =
        (0..literals.len()).filter(|at| (1..LITERAL_BYTES_MIN).contains(&literals[*at].len())).collect();
    if numbers.is_empty() {
        return None;
    }
    let words = numbers.iter().map(|number| &literals[*number]);
    let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(words);
    Some((automaton.expect("an automaton of words of two bytes has few states"), numbers))
}

/// Multiplicative hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4).
#[inline(always)]
const fn slot(gram: u32, bits: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> (32 - bits)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(search: &Search, bytes: &[u8]) -> Vec<(usize, usize)> {
        let mut all = Vec::new();
        let end = search.each(bytes, |number, start| {
            all.push((number, start));
            ControlFlow::Continue(())
        });
        assert!(end.is_continue());
        let mut last = vec![None; search.len()];
        for &(number, start) in &all {
            assert!(last[number].replace(start) < Some(start), "places of one literal ascend");
        }
        all.sort_unstable();
        all
    }

    #[test]
    fn every_literal_is_found_wherever_it_stands() {
        let mut state = 5_u64;
        let mut next = move |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % below
        };
        let alphabet = b"aAbB@`\0\xff[{";
        for _ in 0..600 {
            let literals: Vec<Vec<u8>> =
                (0..1 + next(40)).map(|_| (0..next(8)).map(|_| alphabet[next(10)]).collect()).collect();
            let search = Search::new(&literals);
            assert_eq!(search.len(), literals.len());
            let text: Vec<u8> = (0..next(300)).map(|_| alphabet[next(10)]).collect();
            let expected: Vec<(usize, usize)> = (0..literals.len())
                .filter(|number| !literals[*number].is_empty())
                .flat_map(|number| (0..text.len()).map(move |start| (number, start)))
                .filter(|(number, start)| {
                    let piece = text.get(*start..start + literals[*number].len());
                    piece.is_some_and(|piece| piece.eq_ignore_ascii_case(&literals[*number]))
                })
                .collect();
            assert_eq!(found(&search, &text), expected, "{literals:?} in {text:?}");
        }
    }

    #[test]
    fn the_search_ends_when_told() {
        let search = Search::new(["four", "fourteen"]);
        let mut told = 0;
        let end = search.each(b"four four fourteen", |_, _| {
            told += 1;
            if told < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        assert!(end.is_break());
        assert_eq!(told, 2);
        assert!(found(&search, b"fou").is_empty() && found(&search, b"").is_empty());
    }
}
