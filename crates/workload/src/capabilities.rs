//! Linux capabilities by name.

use crate::spec::ContainerSpec;
use std::collections::BTreeSet;

/// Every capability of Linux (`include/uapi/linux/capability.h`), by number.
pub const CAPABILITIES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];

/// Those that the engine gives a container by default (moby `daemon/pkg/oci/caps/defaults.go`; containerd gives the
/// same).
pub const DEFAULT_CAPABILITIES: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// The name without `CAP_`, in capitals: `cap_net_admin`, `NET_ADMIN` and `net_admin` are one.
#[must_use]
pub fn capability_name(text: &str) -> String {
    let upper = text.trim().to_ascii_uppercase();
    upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned()
}

impl ContainerSpec {
    /// The capabilities that processes of root get in this container: all when privileged, else the default set with
    /// `ALL` expanded, dropped ones removed and added ones put in (moby `daemon/pkg/oci/caps`, `TweakCapabilities`).
    #[must_use]
    pub fn effective_capabilities(&self) -> BTreeSet<String> {
        let all = || CAPABILITIES.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        if self.privileged.is_true() {
            return all();
        }
        let none = Vec::new();
        let added = self.capabilities_added.given().unwrap_or(&none);
        let dropped = self.capabilities_dropped.given().unwrap_or(&none);
        let has_all = |list: &[String]| list.iter().any(|name| name == "ALL");
        let mut set: BTreeSet<String> = if has_all(added) {
            all()
        } else if has_all(dropped) {
            BTreeSet::new()
        } else {
            DEFAULT_CAPABILITIES.iter().map(|name| (*name).to_owned()).collect()
        };
        for name in dropped {
            set.remove(name);
        }
        set.extend(added.iter().filter(|name| *name != "ALL").cloned());
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::Stated;

    #[track_caller]
    fn check(added: &[&str], dropped: &[&str], has: &[&str], lacks: &[&str]) {
        let list = |names: &[&str]| Stated::Given(names.iter().map(|name| capability_name(name)).collect());
        let spec = ContainerSpec {
            capabilities_added: list(added),
            capabilities_dropped: list(dropped),
            ..ContainerSpec::default()
        };
        let set = spec.effective_capabilities();
        for name in has {
            assert!(set.contains(*name), "{name} in {set:?}");
        }
        for name in lacks {
            assert!(!set.contains(*name), "{name} not in {set:?}");
        }
    }

    #[test]
    fn all_is_expanded_and_dropped_ones_stay_out() {
        check(&["ALL"], &[], &["SYS_ADMIN", "BPF"], &[]);
        check(&["ALL"], &["CAP_SYS_ADMIN"], &["BPF"], &["SYS_ADMIN"]);
        check(&["cap_net_bind_service"], &["all"], &["NET_BIND_SERVICE"], &["CHOWN", "NET_RAW"]);
        check(&[], &["NET_RAW"], &["CHOWN"], &["NET_RAW", "SYS_ADMIN"]);
    }
}
