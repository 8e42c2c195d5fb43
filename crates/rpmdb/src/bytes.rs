//! Integers at checked places.

/// The byte order of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Big,
    Little,
}

pub(crate) fn u16_at(bytes: &[u8], at: usize, order: Order) -> Option<u16> {
    let array = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
    Some(match order {
        Order::Big => u16::from_be_bytes(array),
        Order::Little => u16::from_le_bytes(array),
    })
}

pub(crate) fn u32_at(bytes: &[u8], at: usize, order: Order) -> Option<u32> {
    let array = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    Some(match order {
        Order::Big => u32::from_be_bytes(array),
        Order::Little => u32::from_le_bytes(array),
    })
}

/// A 32-bit value as a length or offset.
pub(crate) fn size_at(bytes: &[u8], at: usize, order: Order) -> Option<usize> {
    usize::try_from(u32_at(bytes, at, order)?).ok()
}

/// Pages that were used already: a page in two chains or in a cycle is an error in all three formats.
pub(crate) struct UsedPages(Vec<bool>);

impl UsedPages {
    pub(crate) fn new(count: usize) -> Self {
        Self(vec![false; count])
    }

    /// Takes a page; false when there is no such page or it is taken already.
    pub(crate) fn take(&mut self, page: usize) -> bool {
        match self.0.get_mut(page) {
            Some(is_used) => !std::mem::replace(is_used, true),
            None => false,
        }
    }
}
