//! File systems that hold no files of an image.

/// What is mounted somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mounted {
    /// A view of the kernel, like `/proc`.
    Pseudo,
    /// Memory: `/dev`, `/run`, `/tmp`.
    Memory,
    /// Files.
    Files,
}

/// What is mounted, by the magic number that `statfs` gives (Linux, include/uapi/linux/magic.h, and the
/// sources of the file systems that are not listed there).
pub(crate) fn mounted(magic: u64) -> Mounted {
    match magic {
        0x0102_1994 | 0x8584_58f6 => Mounted::Memory,
        // proc, sysfs, devpts, cgroup, cgroup2, debugfs, tracefs, securityfs, bpf, pstore, mqueue, hugetlbfs,
        // configfs, fusectl, binfmt_misc, efivarfs, selinuxfs, nsfs, autofs, rpc_pipefs, nfsd, smackfs, sockfs,
        // pipefs, resctrl, devmem, xenfs.
        0x9fa0 | 0x6265_6572 | 0x1cd1 | 0x0027_e0eb | 0x6367_7270 | 0x6462_6720 | 0x7472_6163
        | 0x7363_6673 | 0xcafe_4a11 | 0x6165_676c | 0x1980_0202 | 0x9584_58f6 | 0x6265_6570 | 0x6573_5543
        | 0x4249_4e4d | 0xde5e_81e4 | 0xf97c_ff8c | 0x6e73_6673 | 0x0187 | 0x6759_6969 | 0x6e66_7364
        | 0x4341_5d53 | 0x534f_434b | 0x5049_5045 | 0x0765_5821 | 0x454d_444d | 0xabba_1974 => {
            Mounted::Pseudo
        }
        _ => Mounted::Files,
    }
}

/// Whether files in memory are expected here, where nothing is installed (Filesystem Hierarchy Standard 3.0,
/// `/dev`, `/run`, `/tmp`).
pub(crate) fn is_volatile(path: &str) -> bool {
    ["dev", "run", "tmp", "var/run", "var/lock", "var/tmp"].iter().any(|volatile| {
        path.strip_prefix(volatile).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_of_the_kernel_hold_no_files() {
        assert_eq!(mounted(0x9fa0), Mounted::Pseudo);
        assert_eq!(mounted(0xef53), Mounted::Files);
        assert!(is_volatile("dev/shm") && is_volatile("run") && !is_volatile("devices"));
    }
}
