//! The file system of a hardened container.

use super::decide::Build;
use super::{Item, Wish};
use std::collections::BTreeSet;
use workload::{ContainerSpec, Mount, MountKind};

/// Size of a file system in memory.
const TMPFS_BYTES: u64 = 64 << 20;
/// Places that are added for what a container was seen to write.
const PLACES_MAX: usize = 16;

/// Sockets of engines and runtimes: who may talk to one is root on the host.
const ENGINE_SOCKETS: &[&str] =
    &["docker.sock", "containerd.sock", "crio.sock", "podman.sock", "dockershim.sock"];
/// Directories of the host that are no business of a container.
const HOST_DIRECTORIES: &[&str] = &[
    "/",
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/lib64",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/var",
    "/var/run",
    "/var/lib/docker",
];

pub(super) fn decide(build: &mut Build, spec: &ContainerSpec, wish: &Wish) {
    let is_kept = spec.read_only_root.is_true();
    build.set(Item::ReadOnlyRoot, "an intruder leaves nothing behind and replaces no program", is_kept);
    let mut writable: BTreeSet<String> = BTreeSet::new();
    for mount in &spec.mounts {
        let mut mount = mount.clone();
        let source = mount.source.trim_end_matches('/');
        if ENGINE_SOCKETS.iter().any(|socket| source.ends_with(socket)) {
            build.note(format!(
                "{source} is taken away: whoever may talk to it is root on the host; put a filtering proxy before it"
            ));
            continue;
        }
        let shown = if source.is_empty() { "/" } else { source };
        if mount.propagation.given().is_some_and(|name| name.ends_with("shared")) {
            build.note(format!("mounts under {shown} no longer spread to the host"));
        }
        let is_host = mount.kind == MountKind::Bind && HOST_DIRECTORIES.contains(&shown);
        let why = if is_host && mount.is_writable() {
            mount.read_only = workload::Stated::Given(true);
            build.note(format!(
                "{shown} of the host is read-only now: name the directory that it needs instead"
            ));
            "a directory of the host, made read-only"
        } else if mount.is_anonymous {
            "a volume without a name is left behind when the container goes: name it"
        } else if mount.is_writable() {
            "as it is; add readonly if nothing writes there"
        } else {
            "as it is"
        };
        // A tmpfs is there, whether it can be written or not.
        if mount.is_writable() || mount.kind == MountKind::Tmpfs {
            writable.insert(mount.target.trim_end_matches('/').to_owned());
        }
        if mount.kind == MountKind::Tmpfs {
            build.set(tmpfs(&mount), "in memory, no programs, no devices", is_confined(&mount));
        } else {
            build.set(Item::Mount(mount), why, !is_host);
        }
    }
    for target in ["/tmp", "/run"] {
        if !writable.contains(target) {
            writable.insert(target.to_owned());
            let why = "programs write here; in memory, bounded, no programs, no devices";
            build.set(
                Item::Tmpfs { target: target.to_owned(), size_bytes: TMPFS_BYTES, options: Vec::new() },
                why,
                false,
            );
        }
    }
    let mut places = written_places(&wish.changed_paths, &writable);
    if places.len() > PLACES_MAX {
        build.note(format!(
            "it wrote to {} places; the first {PLACES_MAX} are below, look at docker diff",
            places.len()
        ));
        places = places.into_iter().take(PLACES_MAX).collect();
    }
    for target in places {
        let why = "it was seen to write here; a volume if that has to stay";
        build.set(Item::Tmpfs { target, size_bytes: TMPFS_BYTES, options: Vec::new() }, why, false);
    }
    if !is_kept && wish.changed_paths.is_empty() {
        build.note("nothing was seen to be written outside of its mounts; a program that does will say so when it starts");
    }
}

/// A file system in memory as it is, but without programs, setuid and devices.
fn tmpfs(mount: &Mount) -> Item {
    let size = mount.options.iter().find_map(|option| option.strip_prefix("size=").and_then(bytes));
    let is_kept = |option: &&String| {
        *option == "ro" || ["mode=", "uid=", "gid=", "nr_inodes="].iter().any(|name| option.starts_with(name))
    };
    let mut options: Vec<String> = mount.options.iter().filter(is_kept).cloned().collect();
    if !mount.is_writable() && !options.iter().any(|option| option == "ro") {
        options.push("ro".to_owned());
    }
    Item::Tmpfs { target: mount.target.clone(), size_bytes: size.unwrap_or(TMPFS_BYTES), options }
}

fn is_confined(mount: &Mount) -> bool {
    let has = |name: &str| mount.options.iter().any(|option| option == name);
    let has_size = mount.options.iter().any(|option| option.starts_with("size="));
    has_size && !has("exec") && !has("suid") && !has("dev")
}

/// `64m` of the options of tmpfs(5).
fn bytes(text: &str) -> Option<u64> {
    let (number, shift) = match text.char_indices().next_back()? {
        (at, 'k' | 'K') => (&text[..at], 10),
        (at, 'm' | 'M') => (&text[..at], 20),
        (at, 'g' | 'G') => (&text[..at], 30),
        _ => (text, 0),
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// How mounts spread, when that is not as for every bind.
pub(super) fn propagation(mount: &Mount) -> Option<&str> {
    let given = mount.propagation.given().map(String::as_str);
    let names = ["private", "rslave", "slave"];
    given.filter(|name| mount.kind == MountKind::Bind && names.contains(name))
}

/// The directories of changed files that no writable place covers, the outermost of each.
fn written_places(changed: &[String], writable: &BTreeSet<String>) -> BTreeSet<String> {
    let is_below = |path: &str, above: &str| {
        path == above
            || path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/') || above.is_empty())
    };
    let mut parents: BTreeSet<String> = BTreeSet::new();
    for path in changed.iter().take(100_000) {
        // `docker diff` names the directories above a change too; those that are no parent of a leaf come along as
        // prefixes and are passed over.
        let is_directory_of_another =
            changed.iter().take(1_000).any(|other| other != path && is_below(other, path));
        let system = ["/dev", "/proc", "/sys", "/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];
        if is_directory_of_another || system.iter().any(|above| is_below(path, above)) {
            continue;
        }
        let Some((parent, _)) = path.rsplit_once('/') else { continue };
        if parent.is_empty() || writable.iter().any(|above| is_below(parent, above)) {
            continue;
        }
        parents.insert(parent.to_owned());
    }
    let outer: Vec<String> = parents.iter().cloned().collect();
    parents.retain(|path| !outer.iter().any(|above| above != path && is_below(path, above)));
    parents
}

/// The options of a mount for `--mount` and compose: what the engine takes.
pub(super) fn kind_name(mount: &Mount) -> &'static str {
    match mount.kind {
        MountKind::Bind => "bind",
        MountKind::Tmpfs => "tmpfs",
        MountKind::Image => "image",
        MountKind::Cluster => "cluster",
        _ => "volume",
    }
}
