//! Installed kernels and how the running one was built.

use crate::{Roots, read};
use facts::Fact;
use model::GapReason;
use std::{collections::BTreeMap, io::Read as _};

/// Options that matter for containers (moby, contrib/check-config.sh; kernel self-protection).
const OPTIONS: [&str; 27] = [
    "CONFIG_NAMESPACES",
    "CONFIG_NET_NS",
    "CONFIG_PID_NS",
    "CONFIG_IPC_NS",
    "CONFIG_UTS_NS",
    "CONFIG_USER_NS",
    "CONFIG_CGROUPS",
    "CONFIG_CGROUP_PIDS",
    "CONFIG_CGROUP_DEVICE",
    "CONFIG_CGROUP_BPF",
    "CONFIG_MEMCG",
    "CONFIG_CPUSETS",
    "CONFIG_CFS_BANDWIDTH",
    "CONFIG_BLK_CGROUP",
    "CONFIG_SECCOMP",
    "CONFIG_SECCOMP_FILTER",
    "CONFIG_OVERLAY_FS",
    "CONFIG_KEYS",
    "CONFIG_SECURITY_APPARMOR",
    "CONFIG_SECURITY_SELINUX",
    "CONFIG_STRICT_KERNEL_RWX",
    "CONFIG_RANDOMIZE_BASE",
    "CONFIG_STACKPROTECTOR_STRONG",
    "CONFIG_HARDENED_USERCOPY",
    "CONFIG_MODULE_SIG",
    "CONFIG_CRYPTO_USER_API_AEAD",
    "CONFIG_AUDIT",
];
const CONFIG_BYTES_MAX: u64 = 8 << 20;

/// Releases of kernels in `/boot`, else of directories of modules.
pub(crate) fn installed(roots: &Roots) -> Fact<Vec<String>> {
    let images = read::names(&roots.at("/boot")).unwrap_or_default();
    let prefixes = ["vmlinuz-", "vmlinux-", "Image-"];
    let mut releases: Vec<String> = images
        .iter()
        .filter_map(|name| prefixes.iter().find_map(|prefix| name.strip_prefix(prefix)))
        .filter(|release| !release.contains("rescue"))
        .map(str::to_owned)
        .collect();
    if releases.is_empty() {
        releases = read::names(&roots.at("/lib/modules")).unwrap_or_default();
    }
    if releases.is_empty() {
        return Fact::missing(
            GapReason::Unsupported,
            "no kernel lies in /boot or /lib/modules: it is not this root that starts it",
        );
    }
    Fact::Known(releases)
}

/// Options of the running kernel, from `/proc/config.gz` or `/boot/config-RELEASE`.
pub(crate) fn build_options(roots: &Roots, release: &str) -> Fact<BTreeMap<String, String>> {
    let packed = roots.proc_at("config.gz");
    let text = match read::bytes(&packed, CONFIG_BYTES_MAX) {
        Ok(bytes) => {
            let mut text = String::new();
            flate2::read::GzDecoder::new(&bytes[..])
                .take(CONFIG_BYTES_MAX)
                .read_to_string(&mut text)
                .map(|_| text)
        }
        Err(_) => read::text(&roots.at(&format!("/boot/config-{release}"))),
    };
    match text {
        Ok(text) => Fact::Known(
            text.lines()
                .filter_map(|line| line.split_once('='))
                .filter(|(name, _)| OPTIONS.contains(name))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        ),
        Err(error) => Fact::missing(
            GapReason::Unreadable,
            format!("neither {} nor /boot/config-{release}: {error}", packed.display()),
        ),
    }
}
