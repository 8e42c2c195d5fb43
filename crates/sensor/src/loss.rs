use crate::Kind;

/// Records that were not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// The cgroup that they came from; 0 for those that could not even be counted by cgroup.
    pub cgroup: u64,
    /// What they would have told; `None` as above.
    pub kind: Option<Kind>,
    /// Whether a limit of the rate held them back; otherwise the ring was full.
    pub is_limited: bool,
    /// How many.
    pub records: u64,
}

/// As `enum kind` of `bpf/record.h`: limited records are counted under their kind plus this.
const KINDS: u32 = 16;

impl Loss {
    /// Reads key and value of map `losses`.
    pub(crate) fn read(key: &[u8; 16], records: u64) -> Self {
        let cgroup = u64::from_ne_bytes(key[..8].try_into().expect("eight bytes"));
        let kind = u32::from_ne_bytes(key[8..12].try_into().expect("four bytes"));
        Self {
            cgroup,
            kind: Kind::of(u16::try_from(kind % KINDS).unwrap_or(0)),
            is_limited: kind >= KINDS,
            records,
        }
    }
}
