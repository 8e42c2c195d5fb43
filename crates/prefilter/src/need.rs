//! What some bytes must hold for a rule to match them.

use crate::search::GRAM_BYTES;
use serde::{Deserialize, Serialize};

/// Most bytes of a literal that are looked for; of a longer one, the rarest part.
pub(crate) const BYTES_MAX: usize = 16;
/// Bits of surprise below which a literal tells nothing: most files hold it.
const RARITY_MIN: f64 = 11.0;
/// Parts of one conjunction that are kept, the rarest: a file that holds three of them nearly always holds all.
const PARTS_MAX: usize = 3;

/// What some bytes must hold for a rule to match them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Need {
    /// These bytes, ASCII letters in lower case; the case of those that are searched does not count.
    Bytes(Vec<u8>),
    /// There are fewer bytes than this.
    Below(u64),
    /// Everything; of nothing, that is no need.
    All(Vec<Need>),
    /// One of them; of nothing, that is never met.
    Any(Vec<Need>),
}

impl Need {
    /// What is always met.
    pub const NONE: Self = Self::All(Vec::new());

    /// Whether it is always met.
    #[must_use]
    pub fn is_none(&self) -> bool {
        matches!(self, Self::All(parts) if parts.is_empty())
    }

    /// Some bytes, or no need when nearly all files hold them.
    #[must_use]
    pub fn bytes(bytes: &[u8]) -> Self {
        let part = if bytes.len() <= BYTES_MAX {
            bytes
        } else {
            let windows = bytes.windows(BYTES_MAX);
            windows.max_by(|left, right| rarity(left).total_cmp(&rarity(right))).unwrap_or(bytes)
        };
        if part.len() < GRAM_BYTES || rarity(part) < RARITY_MIN {
            Self::NONE
        } else {
            Self::Bytes(part.to_ascii_lowercase())
        }
    }

    /// All of some needs.
    #[must_use]
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat = Vec::new();
        let mut below = None;
        for part in parts {
            let parts = if let Self::All(parts) = part { parts } else { vec![part] };
            for part in parts {
                match part {
                    Self::Below(limit) => below = Some(below.unwrap_or(limit).min(limit)),
                    part => flat.push(part),
                }
            }
        }
        flat.sort_by(|left, right| right.rarity().total_cmp(&left.rarity()));
        flat.dedup();
        flat.truncate(PARTS_MAX);
        flat.extend(below.map(Self::Below));
        if flat.len() == 1 { flat.swap_remove(0) } else { Self::All(flat) }
    }

    /// One of some needs.
    #[must_use]
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut flat: Vec<Self> = Vec::new();
        for part in parts {
            match part {
                Self::Any(parts) => flat.extend(parts),
                part if part.is_none() => return Self::NONE,
                part => flat.push(part),
            }
        }
        // What holds the longer of two texts holds the shorter one.
        let shorter: Vec<Vec<u8>> = flat
            .iter()
            .filter_map(|need| if let Self::Bytes(bytes) = need { Some(bytes.clone()) } else { None })
            .collect();
        let is_told = |bytes: &[u8]| {
            shorter
                .iter()
                .any(|other| other.len() < bytes.len() && bytes.windows(other.len()).any(|w| w == other))
        };
        if shorter.len() <= MANY {
            flat.retain(|need| !matches!(need, Self::Bytes(bytes) if is_told(bytes)));
        }
        let mut once: Vec<Self> = Vec::with_capacity(flat.len());
        for need in flat {
            if once.len() > MANY || !once.contains(&need) {
                once.push(need);
            }
        }
        if once.len() == 1 { once.swap_remove(0) } else { Self::Any(once) }
    }

    /// What a regular expression needs, in the syntax of the crate `regex`; an expression that cannot be parsed needs
    /// nothing.
    #[must_use]
    pub fn of_regex(expression: &str) -> Self {
        crate::expression::need_of(expression)
    }

    /// The same need of bytes that hold a NUL after each of theirs, as UTF-16 (little-endian) does.
    #[must_use]
    pub fn widened(self) -> Self {
        match self {
            Self::Bytes(bytes) => {
                let mut wide: Vec<u8> = bytes.iter().flat_map(|byte| [*byte, 0]).collect();
                // What follows the last character is not certain of an expression.
                wide.pop();
                Self::Bytes(wide)
            }
            Self::Below(limit) => Self::Below(limit),
            Self::All(parts) => Self::All(parts.into_iter().map(Self::widened).collect()),
            Self::Any(parts) => Self::Any(parts.into_iter().map(Self::widened).collect()),
        }
    }

    /// Bits of surprise that meeting it is worth, about.
    fn rarity(&self) -> f64 {
        match self {
            Self::Bytes(bytes) => rarity(bytes),
            Self::Below(_) => 0.0,
            Self::All(parts) => parts.iter().map(Self::rarity).fold(0.0, f64::max),
            Self::Any(parts) => parts.iter().map(Self::rarity).fold(f64::INFINITY, f64::min),
        }
    }
}

/// Alternatives beyond which none is compared with all others.
const MANY: usize = 256;

/// Bits of surprise of some bytes, by how often they stand in texts and programs, roughly; case does not count.
pub(crate) fn rarity(bytes: &[u8]) -> f64 {
    let bits = |byte: &u8| match byte.to_ascii_lowercase() {
        b'e' | b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 3.0,
        b'l' | b'c' | b'd' | b'p' | b'm' | b'u' | b'f' | b'h' | b'g' => 3.6,
        b'a'..=b'z' => 5.0,
        b' ' | b'\n' | 0 => 1.5,
        b'0'..=b'9' | b'_' | b'-' | b'.' | b'/' | b'"' | b'\'' | b'(' | b')' => 4.0,
        b'\t' | b'!'..=b'~' | 0xff => 5.0,
        _ => 6.0,
    };
    bytes.iter().map(bits).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_that_most_files_hold_are_no_need() {
        assert!(Need::bytes(b"set").is_none() && Need::bytes(b"").is_none());
        assert_eq!(Need::bytes(b"Stratum+TCP"), Need::Bytes(b"stratum+tcp".to_vec()));
        assert_eq!(
            Need::bytes(b"https://files.example.com/zq"),
            Need::Bytes(b"s.example.com/zq".to_vec()),
            "the rarest part"
        );
    }

    #[test]
    fn conjunctions_keep_the_rarest_parts_and_the_least_size() {
        let need = Need::all([
            Need::bytes(b"import"),
            Need::Below(100),
            Need::bytes(b"cryptonight"),
            Need::all([Need::bytes(b"stratum+tcp"), Need::Below(10), Need::NONE]),
            Need::bytes(b"donate-level"),
        ]);
        let expected =
            [&b"donate-level"[..], b"stratum+tcp", b"cryptonight"].map(|one| Need::Bytes(one.to_vec()));
        assert_eq!(need, Need::All([&expected[..], &[Need::Below(10)]].concat()));
    }

    #[test]
    fn alternatives_are_told_once_and_nothing_beside_no_need() {
        let need =
            Need::any([Need::bytes(b"/bin/bash"), Need::bytes(b"/bin/"), Need::any([Need::bytes(b"/bin/")])]);
        assert_eq!(need, Need::Bytes(b"/bin/".to_vec()));
        assert!(Need::any([Need::bytes(b"/bin/bash"), Need::NONE]).is_none());
        assert!(!Need::any([]).is_none());
    }
}
