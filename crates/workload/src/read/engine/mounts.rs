//! Mounts: those that are asked for, and those that exist.

use super::host_config::{set, text};
use super::{boolean, integer, items, list, string, string_map};
use crate::spec::{ContainerSpec, Mount, MountKind, Stated};
use crate::tree::Tree;

/// `Binds`, `Mounts` and `Tmpfs` of a `HostConfig`.
pub(super) fn requested(host: &impl Tree, spec: &mut ContainerSpec) {
    for bind in list(host, "Binds") {
        spec.mounts.push(bind_option(&bind));
    }
    for mount in items(host, "Mounts") {
        spec.mounts.push(mount_point(&mount));
    }
    for (target, options) in string_map(host, "Tmpfs") {
        spec.mounts.push(Mount {
            kind: MountKind::Tmpfs,
            target,
            read_only: Stated::Given(options.split(',').any(|option| option == "ro")),
            options: split(&options),
            ..Mount::default()
        });
    }
}

/// `Volumes` of a request: volumes without a name.
pub(super) fn anonymous(root: &impl Tree, spec: &mut ContainerSpec) {
    for target in set(root, "Volumes") {
        if !spec.mounts.iter().any(|mount| mount.target == target) {
            spec.mounts.push(Mount {
                kind: MountKind::Volume,
                target,
                is_anonymous: true,
                ..Mount::default()
            });
        }
    }
}

/// `Mounts` of an inspected container say what exists: they replace what was asked, but for tmpfs, which they leave
/// out.
pub(super) fn effective(root: &impl Tree, spec: &mut ContainerSpec) {
    if root.field("Mounts").is_none_or(|points| points.list().is_none()) {
        return;
    }
    let asked = std::mem::take(&mut spec.mounts);
    for point in items(root, "Mounts") {
        let kind = kind(&text(&point, "Type"));
        let (name, source) = (text(&point, "Name"), text(&point, "Source"));
        let target = text(&point, "Destination");
        let options = asked.iter().find(|mount| mount.target == target).map(|mount| mount.options.clone());
        spec.mounts.push(Mount {
            kind,
            is_anonymous: kind == MountKind::Volume && is_generated(&name),
            source: if kind == MountKind::Volume && !name.is_empty() { name } else { source },
            read_only: boolean(&point, "RW").map(|writable| !writable),
            propagation: non_empty(string(&point, "Propagation")),
            options: options.unwrap_or_else(|| split(&text(&point, "Mode"))),
            target,
        });
    }
    for mount in asked {
        if mount.kind == MountKind::Tmpfs && !spec.mounts.iter().any(|other| other.target == mount.target) {
            spec.mounts.push(mount);
        }
    }
}

/// The engine names volumes that nobody named by 32 random bytes.
fn is_generated(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `source:target[:options]`, `source` a path or the name of a volume, or a target alone.
pub(crate) fn bind_option(text: &str) -> Mount {
    let mut parts = text.split(':');
    let (first, second, third) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    let Some(target) = second else {
        return Mount {
            kind: MountKind::Volume,
            target: first.to_owned(),
            is_anonymous: true,
            ..Mount::default()
        };
    };
    let options = split(third.unwrap_or_default());
    let has = |name: &str| options.iter().any(|option| option == name);
    let propagation = options
        .iter()
        .find(|option| matches!(option.trim_start_matches('r'), "shared" | "slave" | "private"));
    let is_path = first.starts_with(['/', '.', '~', '$', '\\']);
    Mount {
        kind: if is_path { MountKind::Bind } else { MountKind::Volume },
        source: first.to_owned(),
        target: target.to_owned(),
        read_only: Stated::Given(has("ro") || has("readonly")),
        propagation: Stated::from(propagation.cloned()),
        is_anonymous: false,
        options,
    }
}

fn mount_point(node: &impl Tree) -> Mount {
    let kind = kind(&text(node, "Type"));
    let source = text(node, "Source");
    let propagation =
        node.field("BindOptions").map_or(Stated::Absent, |bind| non_empty(string(&bind, "Propagation")));
    let mut options = Vec::new();
    if let Some(tmpfs) = node.field("TmpfsOptions") {
        let number = |key: &str| integer(&tmpfs, key).given().copied().filter(|value| *value > 0);
        options.extend(number("SizeBytes").map(|bytes| format!("size={bytes}")));
        options.extend(number("Mode").map(|mode| format!("mode={mode:o}")));
        for option in items(&tmpfs, "Options") {
            let words = option.items();
            let words: Vec<&str> = words.iter().filter_map(Tree::text).collect();
            options.push(words.join("="));
        }
    }
    // A volume whose local driver binds a directory of the host is that directory.
    if let Some(device) = volume_device(node) {
        return Mount {
            kind: MountKind::Bind,
            source: device,
            target: text(node, "Target"),
            read_only: boolean(node, "ReadOnly"),
            propagation,
            options,
            is_anonymous: false,
        };
    }
    Mount {
        is_anonymous: kind == MountKind::Volume && source.is_empty(),
        kind,
        source,
        target: text(node, "Target"),
        read_only: boolean(node, "ReadOnly"),
        propagation,
        options,
    }
}

fn volume_device(node: &impl Tree) -> Option<String> {
    let volume = node.field("VolumeOptions")?;
    let driver = volume.field("DriverConfig")?;
    let options = string_map(&driver, "Options");
    let binds =
        options.get("o").is_some_and(|words| words.split(',').any(|word| word == "bind" || word == "rbind"));
    options.get("device").filter(|device| binds && device.starts_with('/')).cloned()
}

fn kind(text: &str) -> MountKind {
    match text {
        "bind" | "" => MountKind::Bind,
        "volume" => MountKind::Volume,
        "tmpfs" => MountKind::Tmpfs,
        "image" => MountKind::Image,
        "npipe" => MountKind::Pipe,
        "cluster" => MountKind::Cluster,
        _ => MountKind::Other,
    }
}

fn split(options: &str) -> Vec<String> {
    options.split(',').filter(|option| !option.is_empty()).map(str::to_owned).collect()
}

fn non_empty(value: Stated<String>) -> Stated<String> {
    if value.given().is_some_and(String::is_empty) { Stated::Absent } else { value }
}
