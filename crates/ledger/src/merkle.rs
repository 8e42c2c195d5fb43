//! The Merkle tree of RFC 6962 (section 2.1), kept as the roots of its complete subtrees.

use crate::record::Hash;
use sha2::{Digest as _, Sha256};

/// As much of the tree as is needed to go on and to tell the root: one hash for each bit of the size that is set, the
/// largest subtree first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// The frontier that was written down with a size; `None` when they do not fit together.
    #[must_use]
    pub fn from_parts(size: u64, roots: Vec<Hash>) -> Option<Self> {
        (usize::try_from(size.count_ones()).ok()? == roots.len()).then_some(Self { size, roots })
    }

    /// Adds a record, by its hash.
    pub fn push(&mut self, record: &Hash) {
        let mut node = hash(&[&[0], &record.0]);
        let mut level = self.size;
        // A complete subtree of the same height stands before it for each low bit that is set.
        while level & 1 == 1 {
            let left = self.roots.pop().expect("one root stands for each bit that is set");
            node = hash(&[&[1], &left.0, &node.0]);
            level >>= 1;
        }
        self.roots.push(node);
        self.size += 1;
    }

    /// The root hash over everything so far.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut smaller = self.roots.iter().rev();
        let Some(last) = smaller.next() else { return hash(&[]) };
        smaller.fold(last.clone(), |right, left| hash(&[&[1], &left.0, &right.0]))
    }

    /// How many records there are.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, the largest first.
    #[must_use]
    pub fn roots(&self) -> &[Hash] {
        &self.roots
    }
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut state = Sha256::new();
    for part in parts {
        state.update(part);
    }
    Hash(state.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 6962, section 2.1, word for word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => hash(&[]),
            [one] => hash(&[&[0], &one.0]),
            more => {
                let split = more.len().next_power_of_two() / 2;
                hash(&[&[1], &by_definition(&more[..split]).0, &by_definition(&more[split..]).0])
            }
        }
    }

    #[test]
    fn frontier_gives_the_root_of_the_definition_at_every_size() {
        let leaves: Vec<Hash> = (0_u8..70).map(|n| hash(&[&[n]])).collect();
        let mut frontier = Frontier::default();
        for (index, leaf) in leaves.iter().enumerate() {
            assert_eq!(frontier.root(), by_definition(&leaves[..index]), "{index}");
            let again = Frontier::from_parts(frontier.size(), frontier.roots().to_vec());
            assert_eq!(again.as_ref(), Some(&frontier));
            frontier.push(leaf);
        }
        assert_eq!(Frontier::from_parts(3, vec![leaves[0].clone()]), None);
    }
}
