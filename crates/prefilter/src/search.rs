//! Which of many literals some bytes hold.

/// Bytes of the part of each literal that is searched for.
pub(crate) const GRAM_BYTES: usize = 4;
/// Bits of the table for each literal: one byte in sixty-four is looked at again for nothing.
const BITS_EACH: usize = 64;
/// Bits of the smallest and largest table, as powers of two.
const BITS_LEAST: u32 = 14;
const BITS_MOST: u32 = 22;

/// A search for many literals, the case of ASCII letters disregarded.
///
/// Of each literal the four bytes that are rarest are hashed into a table of bits, and each four bytes that are searched
/// are looked up in it; what is in the table is compared with the literals of that hash. This is the filter of Rabin
/// and Karp ("Efficient randomized pattern-matching algorithms", 1987) with a table of bits before it. An
/// automaton takes three times as long for the same answer, because each of its steps waits for the one before.
pub(crate) struct Search {
    literals: Vec<Vec<u8>>,
    shift: u32,
    bits: Vec<u64>,
    /// Bits set before each word of the table.
    ranks: Vec<u32>,
    /// Where the entries of each set bit begin.
    starts: Vec<u32>,
    /// Numbers of literals, and where in them the hashed bytes stand; by hash.
    entries: Vec<(u32, u32)>,
}

impl Search {
    /// A search for literals of at least four bytes; shorter ones are never found.
    pub(crate) fn new(literals: Vec<Vec<u8>>) -> Self {
        let wanted = (literals.len() * BITS_EACH).next_power_of_two().trailing_zeros();
        let bit_count = wanted.clamp(BITS_LEAST, BITS_MOST);
        let shift = 32 - bit_count;
        let mut hashed: Vec<(usize, u32, u32)> = Vec::with_capacity(literals.len());
        for (number, literal) in (0_u32..).zip(&literals) {
            let rarest = (0_u32..).zip(literal.windows(GRAM_BYTES)).max_by(|(_, left), (_, right)| {
                crate::need::rarity(left).total_cmp(&crate::need::rarity(right))
            });
            if let Some((at, gram)) = rarest {
                let gram = gram.iter().fold(0, |gram, byte| push(gram, *byte));
                hashed.push((hash(gram, shift), number, at));
            }
        }
        hashed.sort_unstable();
        let mut bits = vec![0_u64; 1 << (bit_count - 6)];
        let mut starts = Vec::new();
        for (at, (hash, ..)) in (0_u32..).zip(&hashed) {
            if bits[hash / 64] & 1 << (hash % 64) == 0 {
                bits[hash / 64] |= 1 << (hash % 64);
                starts.push(at);
            }
        }
        let entries: Vec<(u32, u32)> = hashed.into_iter().map(|(_, number, at)| (number, at)).collect();
        starts.push(u32::try_from(entries.len()).unwrap_or(u32::MAX));
        let mut before = 0;
        let ranks = bits
            .iter()
            .map(|word| {
                let rank = before;
                before += word.count_ones();
                rank
            })
            .collect();
        Self { literals, shift, bits, ranks, starts, entries }
    }

    /// How many literals are searched for.
    pub(crate) fn len(&self) -> usize {
        self.literals.len()
    }

    /// Tells every place where a literal stands, until `tell` says that it is enough.
    pub(crate) fn each(&self, bytes: &[u8], mut tell: impl FnMut(usize) -> bool) {
        // A mask of the table's own size lets the compiler leave out the check of every index.
        let words = self.bits.len() - 1;
        let mut gram = 0;
        for (end, byte) in bytes.iter().enumerate() {
            gram = push(gram, *byte);
            let hash = hash(gram, self.shift);
            let word = self.bits[(hash / 64) & words];
            if word >> (hash % 64) & 1 == 1 && !self.compare(bytes, end + 1, hash, &mut tell) {
                return;
            }
        }
    }

    /// Compares the literals of a hash where its four bytes end.
    fn compare(&self, bytes: &[u8], end: usize, hash: usize, tell: &mut impl FnMut(usize) -> bool) -> bool {
        let before = self.bits[hash / 64] & ((1 << (hash % 64)) - 1);
        let rank = (self.ranks[hash / 64] + before.count_ones()) as usize;
        let range = self.starts[rank] as usize..self.starts[rank + 1] as usize;
        self.entries[range].iter().all(|&(number, at)| {
            let literal = &self.literals[number as usize];
            let start = end.checked_sub(GRAM_BYTES + at as usize);
            let found = start.and_then(|start| bytes.get(start..start + literal.len()));
            !found.is_some_and(|found| found.eq_ignore_ascii_case(literal)) || tell(number as usize)
        })
    }
}

/// The last four bytes, with the bit set that tells lower from upper case.
const fn push(gram: u32, byte: u8) -> u32 {
    gram << 8 | (byte | 0x20) as u32
}

/// Multiplicative hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4).
const fn hash(gram: u32, shift: u32) -> usize {
    (gram.wrapping_mul(0x9e37_79b1) >> shift) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn found(search: &Search, bytes: &[u8]) -> BTreeSet<usize> {
        let mut all = BTreeSet::new();
        search.each(bytes, |number| {
            all.insert(number);
            true
        });
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
        for _ in 0..300 {
            let literals: Vec<Vec<u8>> = (0..1 + next(40))
                .map(|_| (0..4 + next(4)).map(|_| alphabet[next(10)].to_ascii_lowercase()).collect())
                .collect();
            let search = Search::new(literals.clone());
            assert_eq!(search.len(), literals.len());
            let text: Vec<u8> = (0..next(300)).map(|_| alphabet[next(10)]).collect();
            let folded = text.to_ascii_lowercase();
            let expected: BTreeSet<usize> = (0..literals.len())
                .filter(|number| {
                    folded.windows(literals[*number].len()).any(|window| window == literals[*number])
                })
                .collect();
            assert_eq!(found(&search, &text), expected, "{literals:?} in {text:?}");
        }
    }

    #[test]
    fn the_search_ends_when_told() {
        let search = Search::new(vec![b"four".to_vec(), b"fourteen".to_vec()]);
        let mut told = 0;
        search.each(b"four four fourteen", |_| {
            told += 1;
            told < 2
        });
        assert_eq!(told, 2);
        assert!(found(&search, b"fou").is_empty() && found(&search, b"").is_empty());
    }
}
