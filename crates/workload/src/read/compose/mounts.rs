//! `volumes`, `tmpfs`, and volumes of the file whose driver binds a directory of the host.

use crate::node::Node;
use crate::read::engine::bind_option;
use crate::spec::{Mount, MountKind, Stated};

/// One entry of `volumes` of a service.
pub(super) fn read(node: &Node, volumes: &Node) -> Option<Mount> {
    let mut mount = match node.text() {
        Some(text) => bind_option(text),
        None => long(node)?,
    };
    if mount.kind == MountKind::Volume
        && let Some(volume) = volumes.get(&mount.source)
    {
        bound(&mut mount, volume);
    }
    Some(mount)
}

/// One entry of `tmpfs`: `/run:noexec,size=64m`.
pub(super) fn tmpfs(text: &str) -> Mount {
    let (target, options) = text.split_once(':').unwrap_or((text, ""));
    let options: Vec<String> =
        options.split(',').filter(|option| !option.is_empty()).map(str::to_owned).collect();
    Mount {
        kind: MountKind::Tmpfs,
        target: target.to_owned(),
        read_only: Stated::Given(options.iter().any(|option| option == "ro")),
        options,
        ..Mount::default()
    }
}

fn long(node: &Node) -> Option<Mount> {
    let text = |key: &str| node.get(key).and_then(Node::text).unwrap_or_default().to_owned();
    let kind = match text("type").as_str() {
        "bind" => MountKind::Bind,
        "volume" => MountKind::Volume,
        "tmpfs" => MountKind::Tmpfs,
        "image" => MountKind::Image,
        "npipe" => MountKind::Pipe,
        "cluster" => MountKind::Cluster,
        "" if node.is_map() => MountKind::Volume,
        _ => MountKind::Other,
    };
    let target = text("target");
    if target.is_empty() {
        return None;
    }
    let source = text("source");
    let read_only = match node.get("read_only") {
        None => Stated::Absent,
        Some(value) => value
            .boolean()
            .map_or_else(|| Stated::Unknown("read_only is neither true nor false".to_owned()), Stated::Given),
    };
    Some(Mount {
        is_anonymous: kind == MountKind::Volume && source.is_empty(),
        kind,
        source,
        target,
        read_only,
        propagation: Stated::from(node.at(&["bind", "propagation"]).and_then(Node::text).map(str::to_owned)),
        options: Vec::new(),
    })
}

/// `driver_opts: {type: none, o: bind, device: /etc}` is a bind by another name.
fn bound(mount: &mut Mount, volume: &Node) {
    let option = |key: &str| volume.at(&["driver_opts", key]).and_then(Node::text);
    let binds =
        option("o").is_some_and(|words| words.split(',').any(|word| matches!(word.trim(), "bind" | "rbind")));
    if binds && let Some(device) = option("device") {
        mount.kind = MountKind::Bind;
        device.clone_into(&mut mount.source);
    }
}
