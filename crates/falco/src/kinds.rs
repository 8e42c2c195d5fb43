//! Sets of kinds of events.

/// Numbers of kinds below [`KindSet::KINDS_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindSet([u64; 16]);

impl KindSet {
    /// How many kinds there can be.
    pub const KINDS_MAX: usize = 1024;

    /// A set of these kinds. Numbers out of bounds are left out.
    pub fn of(kinds: impl IntoIterator<Item = u16>) -> Self {
        let mut set = Self::default();
        for kind in kinds {
            set.insert(kind);
        }
        set
    }

    /// Adds a kind.
    pub fn insert(&mut self, kind: u16) {
        if let Some(word) = self.0.get_mut(usize::from(kind) / 64) {
            *word |= 1 << (kind % 64);
        }
    }

    /// Whether a kind is in it.
    #[must_use]
    pub fn contains(&self, kind: u16) -> bool {
        self.0.get(usize::from(kind) / 64).is_some_and(|word| word >> (kind % 64) & 1 == 1)
    }

    /// How many kinds are in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether it is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }

    /// The kinds in it, rising.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        (0..1024_u16).filter(|kind| self.contains(*kind))
    }

    /// What is in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|index| self.0[index] & other.0[index]))
    }

    /// What is in one of the two.
    #[must_use]
    pub fn or(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|index| self.0[index] | other.0[index]))
    }

    /// What is in this and not in the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|index| self.0[index] & !other.0[index]))
    }
}
