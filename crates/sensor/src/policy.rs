/// What the kernel is to do in a cgroup, without asking.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// Tell nothing of it.
    pub is_ignored: bool,
    /// Kill a process that executes what did not come with the image, before its first instruction.
    pub kills_drift: bool,
    /// Kill a process that maps such a file for execution: by the loader, preloaded, opened as a library.
    pub kills_mapped_drift: bool,
    /// Only tell what would have been killed.
    pub is_dry_run: bool,
}

impl Policy {
    /// As `enum policy` of `bpf/record.h` writes it.
    #[must_use]
    pub fn bits(self) -> u32 {
        u32::from(self.is_ignored)
            | u32::from(self.kills_drift) << 1
            | u32::from(self.kills_mapped_drift) << 2
            | u32::from(self.is_dry_run) << 3
    }
}
