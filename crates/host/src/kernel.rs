//! The kernel.

use crate::{Roots, boot, read, sysctls};
use facts::{Fact, Kernel};
use model::GapReason;

/// What `/proc`, `/sys` and `/boot` say of the kernel.
pub(crate) fn collect(roots: &Roots) -> Kernel {
    let release = read::fact(&roots.proc_at("sys/kernel/osrelease"));
    let known_release = release.known().cloned().unwrap_or_default();
    Kernel {
        version: read::fact(&roots.proc_at("sys/kernel/version")),
        architecture: Fact::Known(std::env::consts::ARCH.to_owned()),
        installed: boot::installed(roots),
        is_reboot_required: Fact::Known(
            ["/run/reboot-required", "/var/run/reboot-required"].iter().any(|path| roots.at(path).exists()),
        ),
        live_patches: match read::names(&roots.sys_at("kernel/livepatch")) {
            Ok(names) => Fact::Known(names),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Fact::Known(Vec::new()),
            Err(error) => read::missing(&roots.sys_at("kernel/livepatch"), &error),
        },
        lsm: lsm(roots),
        lockdown: lockdown(roots),
        selinux_enforcing: match read::optional_text(&roots.sys_at("fs/selinux/enforce")) {
            Ok(text) => Fact::Known(text.map(|text| text.trim() == "1")),
            Err(error) => read::missing(&roots.sys_at("fs/selinux/enforce"), &error),
        },
        sysctls: sysctls::collect(roots),
        cgroup_version: cgroup_version(roots),
        cgroup_controllers: controllers(roots),
        build_options: boot::build_options(roots, &known_release),
        modules: read::fact(&roots.proc_at("modules"))
            .map(|text| text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()),
        release,
    }
}

// securityfs may not be mounted; AppArmor and SELinux then still show elsewhere.
fn lsm(roots: &Roots) -> Fact<Vec<String>> {
    let path = roots.sys_at("kernel/security/lsm");
    match read::text(&path) {
        Ok(text) => Fact::Known(text.trim().split(',').map(str::to_owned).collect()),
        Err(error) => {
            let apparmor = read::text(&roots.sys_at("module/apparmor/parameters/enabled"));
            if apparmor.is_ok_and(|text| text.trim() == "Y") {
                return Fact::Known(vec!["apparmor".to_owned()]);
            }
            if roots.sys_at("fs/selinux/enforce").exists() {
                return Fact::Known(vec!["selinux".to_owned()]);
            }
            read::missing(&path, &error)
        }
    }
}

// `none [integrity] confidentiality` (kernel_lockdown(7)).
fn lockdown(roots: &Roots) -> Fact<String> {
    let path = roots.sys_at("kernel/security/lockdown");
    match read::text(&path) {
        Ok(text) => match text.split_once('[').and_then(|(_, rest)| rest.split_once(']')) {
            Some((mode, _)) => Fact::Known(mode.to_owned()),
            None => Fact::missing(GapReason::Malformed, format!("{} names no mode", path.display())),
        },
        Err(error) => read::missing(&path, &error),
    }
}

fn cgroup_version(roots: &Roots) -> Fact<u8> {
    if roots.sys_at("fs/cgroup/cgroup.controllers").exists() {
        Fact::Known(2)
    } else if roots.sys_at("fs/cgroup/memory").is_dir() || roots.sys_at("fs/cgroup/cpu").is_dir() {
        Fact::Known(1)
    } else {
        Fact::missing(
            GapReason::Unreadable,
            format!("{} is not mounted", roots.sys_at("fs/cgroup").display()),
        )
    }
}

fn controllers(roots: &Roots) -> Fact<Vec<String>> {
    match read::text(&roots.sys_at("fs/cgroup/cgroup.controllers")) {
        Ok(text) => Fact::Known(text.split_whitespace().map(str::to_owned).collect()),
        Err(_) => match read::text(&roots.proc_at("cgroups")) {
            // Name, hierarchy, number of groups, enabled.
            Ok(text) => Fact::Known(
                text.lines()
                    .filter(|line| !line.starts_with('#') && line.ends_with('1'))
                    .filter_map(|line| line.split_whitespace().next())
                    .map(str::to_owned)
                    .collect(),
            ),
            Err(error) => read::missing(&roots.proc_at("cgroups"), &error),
        },
    }
}
