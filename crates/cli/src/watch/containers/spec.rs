//! What the OCI runtime specification (`config.json`) says of a container.

use serde_json::Value;
use state::{Container, Mount};

/// Entries of a list.
const ENTRIES_MAX: usize = 1024;

/// Fills in what the specification says: mounts, user, environment, rights, namespaces.
pub(super) fn describe(container: &mut Container, spec: &Value) {
    let (process, linux) = (&spec["process"], &spec["linux"]);
    container.user = match &process["user"] {
        user if user["username"].is_string() => text(&user["username"]),
        user => user["uid"].as_u64().map_or_else(String::new, |uid| uid.to_string()),
    };
    container.environment = list(&process["env"]).map(text).collect();
    container.mounts = list(&spec["mounts"]).filter_map(mount).collect();
    container.is_privileged = Some(is_privileged(process, linux));
    let namespaces = [("pid", "pid"), ("network", "net"), ("ipc", "ipc")];
    container.host_namespaces = namespaces
        .iter()
        // One that the specification does not make, or join, is the host's.
        .filter(|(kind, _)| !list(&linux["namespaces"]).any(|namespace| namespace["type"] == **kind))
        .map(|(_, short)| (*short).to_owned())
        .collect();
}

/// There is no word for it in the specification: engines take away the filter of system calls and the masks of `/proc`, and give
/// all capabilities.
fn is_privileged(process: &Value, linux: &Value) -> bool {
    let mut capabilities = list(&process["capabilities"]["bounding"]);
    capabilities.any(|name| name == "CAP_SYS_ADMIN")
        && linux["seccomp"].is_null()
        && list(&linux["maskedPaths"]).next().is_none()
}

/// A mount of the host's files; the rest is every container's.
fn mount(mount: &Value) -> Option<Mount> {
    let options: Vec<&str> = list(&mount["options"]).filter_map(Value::as_str).collect();
    let is_bind = mount["type"] == "bind" || options.iter().any(|option| matches!(*option, "bind" | "rbind"));
    if !is_bind {
        return None;
    }
    let is_writable = !options.contains(&"ro");
    let propagations = ["shared", "slave", "private", "unbindable"];
    let propagation =
        options.iter().find(|option| propagations.iter().any(|name| option.trim_start_matches('r') == *name));
    Some(Mount {
        source: text(&mount["source"]),
        destination: text(&mount["destination"]),
        mode: if is_writable { "rw" } else { "ro" }.to_owned(),
        is_writable,
        propagation: propagation.map_or_else(String::new, |option| (*option).to_owned()),
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten().take(ENTRIES_MAX)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_specification_is_read() {
        let spec = json!({
            "process": { "user": { "uid": 33 }, "env": ["A=b"], "capabilities": { "bounding": ["CAP_SYS_ADMIN"] } },
            "mounts": [
                { "destination": "/proc", "type": "proc", "source": "proc" },
                { "destination": "/data", "type": "bind", "source": "/srv", "options": ["rbind", "ro", "rslave"] },
            ],
            "linux": { "namespaces": [{ "type": "mount" }, { "type": "pid" }, { "type": "network", "path": "/run/netns/a" }] },
        });
        let mut container = Container::default();
        describe(&mut container, &spec);
        assert_eq!((container.user.as_str(), container.is_privileged), ("33", Some(true)));
        assert_eq!(container.host_namespaces, ["ipc"]);
        let mount = &container.mounts[0];
        assert_eq!(
            (container.mounts.len(), mount.is_writable, mount.propagation.as_str()),
            (1, false, "rslave")
        );
        describe(&mut container, &json!({ "linux": { "seccomp": {} } }));
        assert_eq!((container.is_privileged, container.mounts.len()), (Some(false), 0));
    }
}
