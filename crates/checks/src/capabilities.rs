//! Capabilities of files.

/// The capabilities of a file, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCapabilities {
    /// Those that the file may have.
    pub permitted: Vec<&'static str>,
    /// Those that it may inherit.
    pub inheritable: Vec<&'static str>,
    /// Whether the permitted ones are in effect at once.
    pub is_effective: bool,
    /// The user that is root of the user namespace that they hold in, for revision 3.
    pub root_uid: Option<u32>,
}

/// Names by number (linux/capability.h).
const NAMES: [&str; 41] = [
    "cap_chown",
    "cap_dac_override",
    "cap_dac_read_search",
    "cap_fowner",
    "cap_fsetid",
    "cap_kill",
    "cap_setgid",
    "cap_setuid",
    "cap_setpcap",
    "cap_linux_immutable",
    "cap_net_bind_service",
    "cap_net_broadcast",
    "cap_net_admin",
    "cap_net_raw",
    "cap_ipc_lock",
    "cap_ipc_owner",
    "cap_sys_module",
    "cap_sys_rawio",
    "cap_sys_chroot",
    "cap_sys_ptrace",
    "cap_sys_pacct",
    "cap_sys_admin",
    "cap_sys_boot",
    "cap_sys_nice",
    "cap_sys_resource",
    "cap_sys_time",
    "cap_sys_tty_config",
    "cap_mknod",
    "cap_lease",
    "cap_audit_write",
    "cap_audit_control",
    "cap_setfcap",
    "cap_mac_override",
    "cap_mac_admin",
    "cap_syslog",
    "cap_wake_alarm",
    "cap_block_suspend",
    "cap_audit_read",
    "cap_perfmon",
    "cap_bpf",
    "cap_checkpoint_restore",
];

/// Reads the attribute `security.capability` (linux/capability.h, `struct vfs_cap_data` and `vfs_ns_cap_data`,
/// revisions 1 to 3, little-endian); `None` when it is none. Numbers without a name are left out.
#[must_use]
pub fn decode_capabilities(attribute: &[u8]) -> Option<FileCapabilities> {
    let word = |at: usize| {
        let bytes = attribute.get(at * 4..at * 4 + 4)?;
        Some(u32::from_le_bytes(bytes.try_into().expect("four bytes were taken")))
    };
    let magic = word(0)?;
    let (permitted, inheritable, root_uid) = match (magic >> 24, attribute.len()) {
        (1, 12) => (u64::from(word(1)?), u64::from(word(2)?), None),
        (2, 20) => (join(word(1)?, word(3)?), join(word(2)?, word(4)?), None),
        (3, 24) => (join(word(1)?, word(3)?), join(word(2)?, word(4)?), Some(word(5)?)),
        _ => return None,
    };
    Some(FileCapabilities {
        permitted: names(permitted),
        inheritable: names(inheritable),
        is_effective: magic & 1 != 0,
        root_uid,
    })
}

fn join(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

fn names(bits: u64) -> Vec<&'static str> {
    NAMES.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0).map(|(_, name)| *name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_revision_is_read() {
        let second = [&[1, 0, 0, 2][..], &0x2000_u32.to_le_bytes(), &[0; 12]].concat();
        let read = decode_capabilities(&second).unwrap();
        assert_eq!((read.permitted.as_slice(), read.is_effective), (&["cap_net_raw"][..], true));
        let third = [&[0, 0, 0, 3][..], &[0; 8], &[0x80, 0, 0, 0], &[0; 4], &1000_u32.to_le_bytes()].concat();
        let read = decode_capabilities(&third).unwrap();
        assert_eq!((read.permitted.as_slice(), read.root_uid), (&["cap_bpf"][..], Some(1000)));
        for damaged in [&second[..19], &[], &[0; 20], &[9; 24]] {
            assert_eq!(decode_capabilities(damaged), None);
        }
    }
}
