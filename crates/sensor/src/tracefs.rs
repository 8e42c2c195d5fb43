//! Tracepoints of system calls are found through tracefs, which not every host mounts.

use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};

const PLACE: &str = "/sys/kernel/tracing";

/// Makes tracefs visible to the calling thread, in a mount namespace of its own where the host has not mounted it: nothing
/// of that stays behind. Failure shows when a tracepoint is attached, with its path.
pub(crate) fn make_visible() {
    if std::path::Path::new(PLACE).join("events/syscalls").is_dir()
        || std::path::Path::new("/sys/kernel/debug/tracing/events/syscalls").is_dir()
    {
        return;
    }
    if nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS).is_err() {
        return;
    }
    // Mounts of the host go on arriving here; ours do not go there.
    let _ = mount_change("/", MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC);
    let _ =
        mount("tracefs", PLACE, "tracefs", MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC, None);
}
