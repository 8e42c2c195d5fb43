/// What programs of one container did since they were learned: kept by the kernel as bits, so that a call that was seen costs a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Learned {
    /// Its group of the pids controller.
    pub group: u64,
    /// The group's name, which tells the container.
    pub name: Vec<u8>,
    /// Bit n of word n / 64 is system call n, by the machine's numbers.
    pub calls: [u64; 8],
    /// Bit n is capability n (linux/capability.h), asked for and granted.
    pub capabilities: u64,
}

/// Bytes of `struct learned` of `bpf/use.h`.
pub(crate) const BYTES: usize = 160;

impl Learned {
    pub(crate) fn read(group: u64, bytes: &[u8; BYTES]) -> Self {
        let word = |at: usize| {
            u64::from_ne_bytes(bytes[at * 8..at * 8 + 8].try_into().expect("eight bytes of eighty"))
        };
        let name = bytes[72..].split(|byte| *byte == 0).next().unwrap_or_default().to_vec();
        Self { group, name, calls: std::array::from_fn(word), capabilities: word(8) }
    }

    /// Numbers of the system calls.
    pub fn call_numbers(&self) -> impl Iterator<Item = u32> {
        bits(self.calls)
    }

    /// Numbers of the capabilities.
    pub fn capability_numbers(&self) -> impl Iterator<Item = u32> {
        bits([self.capabilities])
    }
}

fn bits<const N: usize>(words: [u64; N]) -> impl Iterator<Item = u32> {
    (0u32..)
        .zip(words)
        .flat_map(|(at, word)| (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| at * 64 + bit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_numbers() {
        let mut bytes = [0; BYTES];
        bytes[0] = 0b11;
        bytes[8] = 1;
        bytes[64] = 0b100;
        bytes[72..75].copy_from_slice(b"abc");
        let learned = Learned::read(7, &bytes);
        assert_eq!(learned.call_numbers().collect::<Vec<_>>(), [0, 1, 64]);
        assert_eq!(learned.capability_numbers().collect::<Vec<_>>(), [2]);
        assert_eq!(learned.name, b"abc");
    }
}
