//! Values below `/proc/sys`.

use crate::{Roots, read};
use facts::Fact;
use std::collections::BTreeMap;

/// Those that checks ask for (kernel documentation, admin-guide/sysctl).
const NAMES: [&str; 25] = [
    "fs.file-max",
    "fs.protected_fifos",
    "fs.protected_hardlinks",
    "fs.protected_regular",
    "fs.protected_symlinks",
    "fs.suid_dumpable",
    "kernel.apparmor_restrict_unprivileged_userns",
    "kernel.dmesg_restrict",
    "kernel.grsecurity.grsec_lock",
    "kernel.io_uring_disabled",
    "kernel.kexec_load_disabled",
    "kernel.kptr_restrict",
    "kernel.modules_disabled",
    "kernel.perf_event_paranoid",
    "kernel.randomize_va_space",
    "kernel.sysrq",
    "kernel.unprivileged_bpf_disabled",
    "kernel.unprivileged_userns_clone",
    "kernel.yama.ptrace_scope",
    "net.core.bpf_jit_harden",
    "net.ipv4.conf.all.route_localnet",
    "net.ipv4.ip_forward",
    "net.ipv4.ip_unprivileged_port_start",
    "user.max_user_namespaces",
    "vm.overcommit_memory",
];

/// The values; known to be none where the kernel has no such value.
pub(crate) fn collect(roots: &Roots) -> BTreeMap<String, Fact<Option<String>>> {
    let mut values = BTreeMap::new();
    for name in NAMES {
        let path = roots.proc_at("sys").join(name.replace('.', "/"));
        // Without /proc/sys at all, absence of one value says nothing.
        let fact = match read::optional_text(&path) {
            Ok(None) if !roots.proc_at("sys/kernel").is_dir() => Fact::missing(
                model::GapReason::Unreadable,
                format!("{} is not there", roots.proc_at("sys").display()),
            ),
            Ok(text) => Fact::Known(text.map(|text| text.trim().to_owned())),
            Err(error) => read::missing(&path, &error),
        };
        values.insert(name.to_owned(), fact);
    }
    values
}
