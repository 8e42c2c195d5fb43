//! The kernel.

use crate::Fact;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The kernel and what it enforces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kernel {
    /// `uname -r`.
    pub release: Fact<String>,
    /// `uname -v`.
    pub version: Fact<String>,
    /// `uname -m`.
    pub architecture: Fact<String>,
    /// Releases that are installed: kernel images in `/boot`, else directories of modules.
    pub installed: Fact<Vec<String>>,
    /// Whether the package manager asks for a reboot (`/run/reboot-required`).
    pub is_reboot_required: Fact<bool>,
    /// Live patches that are loaded (`/sys/kernel/livepatch`).
    pub live_patches: Fact<Vec<String>>,
    /// Active security modules (`/sys/kernel/security/lsm`).
    pub lsm: Fact<Vec<String>>,
    /// Kernel lockdown: `none`, `integrity` or `confidentiality`.
    pub lockdown: Fact<String>,
    /// Whether SELinux enforces; none without SELinux.
    pub selinux_enforcing: Fact<Option<bool>>,
    /// Values below `/proc/sys` by dotted name; known to be none when the kernel does not have it.
    pub sysctls: BTreeMap<String, Fact<Option<String>>>,
    /// Version of the control group hierarchy.
    pub cgroup_version: Fact<u8>,
    /// Controllers at hand.
    pub cgroup_controllers: Fact<Vec<String>>,
    /// Options that the kernel was built with, of those that containers need (`y`, `m`; absent when not set).
    pub build_options: Fact<BTreeMap<String, String>>,
    /// Modules that are loaded.
    pub modules: Fact<Vec<String>>,
}
