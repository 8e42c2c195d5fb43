//! Containers: which one a thread is in, and what is known of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use events::snapshot::{Group, User};
use serde_json::{Value, json};

/// A container, as its engine or a capture describes it. Texts are empty when not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Container {
    /// Its whole id, or as much of it as is known.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its engine: `docker`, `containerd`, `podman`, …
    pub engine: String,
    /// Its image as it was asked for.
    pub image: String,
    /// The image's id.
    pub image_id: String,
    /// The image's repository.
    pub image_repository: String,
    /// The image's tag.
    pub image_tag: String,
    /// The image's digest.
    pub image_digest: String,
    /// Whether it is privileged.
    pub is_privileged: Option<bool>,
    /// Its address.
    pub ip: String,
    /// Its mounts.
    pub mounts: Vec<Mount>,
    /// Its labels.
    pub labels: Vec<(String, String)>,
    /// Its environment.
    pub environment: Vec<String>,
    /// Its user.
    pub user: String,
    /// When it was made, in nanoseconds since 1970.
    pub created_ns: u64,
    /// Host namespaces that it shares: `pid`, `net`, `ipc`.
    pub host_namespaces: Vec<String>,
    /// The program that says whether it is well, with its arguments; `NONE` alone when there is to be none, empty when nobody said.
    pub health_check: Vec<String>,
    /// What happens in it to programs that are not of its image: `allow`, `dry-run` or `kill`.
    pub policy: String,
}

/// Users and groups inside a container, by the numbers of the host.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Accounts {
    /// Users.
    pub users: BTreeMap<u32, User>,
    /// Groups.
    pub groups: BTreeMap<u32, Group>,
}

/// A mount of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mount {
    /// Path on the host.
    pub source: String,
    /// Path inside.
    pub destination: String,
    /// Mode, such as `rw`.
    pub mode: String,
    /// Whether it can be written.
    pub is_writable: bool,
    /// How mounts spread.
    pub propagation: String,
}

/// Entries of a list in a document.
const ENTRIES_MAX: usize = 1024;

impl Container {
    /// Reads the document of a container event (Falco's `container` plugin, and libsinsp before it).
    pub fn from_json(json: &[u8]) -> Option<Self> {
        let document: Value = serde_json::from_slice(json).ok()?;
        let document = document.get("container").unwrap_or(&document);
        let text = |names: &[&str]| {
            names.iter().find_map(|name| document.get(*name)?.as_str()).unwrap_or_default().to_owned()
        };
        let id = Some(text(&["full_id"])).filter(|id| !id.is_empty()).unwrap_or_else(|| text(&["id"]));
        if id.is_empty() {
            return None;
        }
        let engine = match document.get("type") {
            Some(Value::String(name)) => name.clone(),
            Some(Value::Number(number)) => engine_of_number(number.as_u64()).to_owned(),
            _ => String::new(),
        };
        let list = |name: &str| document.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mounts = list("Mounts").iter().take(ENTRIES_MAX).map(mount).collect();
        let labels =
            document.get("labels").and_then(Value::as_object).into_iter().flatten().take(ENTRIES_MAX);
        let labels =
            labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
        let environment =
            list("env").iter().take(ENTRIES_MAX).filter_map(|text| Some(text.as_str()?.to_owned())).collect();
        let shares = |name: &str| document.get(name).and_then(Value::as_bool) == Some(true);
        // libsinsp's documents: `"Healthcheck": {"exe": …, "args": […]}`.
        let health = &document["Healthcheck"];
        let arguments = health["args"].as_array().into_iter().flatten().take(ENTRIES_MAX);
        let health_check = health["exe"].as_str().into_iter().chain(arguments.filter_map(Value::as_str));
        let health_check = health_check.map(str::to_owned).collect();
        let host_namespaces = [("host_pid", "pid"), ("host_network", "net"), ("host_ipc", "ipc")];
        Some(Self {
            id,
            name: text(&["name"]),
            engine,
            image: text(&["image"]),
            image_id: text(&["imageid"]),
            image_repository: text(&["imagerepo"]),
            image_tag: text(&["imagetag"]),
            image_digest: text(&["imagedigest"]),
            is_privileged: document.get("privileged").and_then(Value::as_bool),
            ip: text(&["ip"]),
            mounts,
            labels,
            environment,
            user: text(&["User", "user"]),
            created_ns: document
                .get("created_time")
                .and_then(Value::as_u64)
                .unwrap_or(0)
                .saturating_mul(1_000_000_000),
            host_namespaces: host_namespaces
                .iter()
                .filter(|(key, _)| shares(key))
                .map(|(_, name)| (*name).to_owned())
                .collect(),
            health_check,
            policy: text(&["policy"]),
        })
    }

    /// The document of a container event, as [`Self::from_json`] reads it.
    pub fn to_json(&self) -> String {
        let mount = |mount: &Mount| {
            json!({
                "Source": mount.source, "Destination": mount.destination, "Mode": mount.mode,
                "RW": mount.is_writable, "Propagation": mount.propagation,
            })
        };
        let shares = |name: &str| self.host_namespaces.iter().any(|shared| shared == name);
        let health = self.health_check.split_first().map(|(exe, args)| json!({ "exe": exe, "args": args }));
        let labels: serde_json::Map<String, Value> =
            self.labels.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({ "container": {
            "id": self.short_id(), "full_id": self.id, "name": self.name, "type": self.engine, "image": self.image,
            "imageid": self.image_id, "imagerepo": self.image_repository, "imagetag": self.image_tag,
            "imagedigest": self.image_digest, "privileged": self.is_privileged, "ip": self.ip,
            "Mounts": self.mounts.iter().map(mount).collect::<Vec<_>>(), "labels": labels,
            "env": self.environment, "User": self.user, "created_time": self.created_ns / 1_000_000_000,
            "host_pid": shares("pid"), "host_network": shares("net"), "host_ipc": shares("ipc"), "policy": self.policy,
            "Healthcheck": health,
        }})
        .to_string()
    }

    /// The first twelve characters of its id, as Docker shows it.
    pub fn short_id(&self) -> &str {
        self.id.get(..12).unwrap_or(&self.id)
    }
}

fn mount(document: &Value) -> Mount {
    let text = |name: &str| document.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Mount {
        source: text("Source"),
        destination: text("Destination"),
        mode: text("Mode"),
        is_writable: document.get("RW").and_then(Value::as_bool).unwrap_or(false),
        propagation: text("Propagation"),
    }
}

/// Numbers of engines in container events (Falco's libraries, `container_engine/container_type`).
fn engine_of_number(number: Option<u64>) -> &'static str {
    match number {
        Some(0) => "docker",
        Some(1) => "lxc",
        Some(2) => "libvirt-lxc",
        Some(3) => "mesos",
        Some(4) => "rkt",
        Some(5) => "custom",
        Some(6) => "cri",
        Some(7) => "containerd",
        Some(8) => "cri-o",
        Some(9) => "bpm",
        Some(10) => "static",
        Some(11) => "podman",
        _ => "",
    }
}

/// The container's id in control groups: `subsystem=path` each ended by a zero byte.
pub fn container_of_cgroups(cgroups: &[u8]) -> Option<Arc<str>> {
    cgroups.split(|byte| *byte == 0).find_map(container_of_name)
}

/// The container's id in the path or name of a control group: a part of 64 hexadecimal digits, alone or as `<engine>-<id>`
/// and `<id>.scope`, as control groups are named with and without systemd.
pub fn container_of_name(path: &[u8]) -> Option<Arc<str>> {
    // The last part names the innermost container.
    path.rsplit(|byte| *byte == b'/').find_map(|part| {
        let part = part.strip_suffix(b".scope").or_else(|| part.strip_suffix(b".slice")).unwrap_or(part);
        let part = part.rsplit(|byte| matches!(byte, b'-' | b'=' | b':')).next().unwrap_or(part);
        let is_id = part.len() == 64 && part.iter().all(u8::is_ascii_hexdigit);
        // Podman's monitor is in `libpod-conmon-<id>.scope`, which is outside.
        let is_monitor = path.windows(7).any(|window| window == b"conmon-");
        let is_id = is_id && !is_monitor;
        if is_id { std::str::from_utf8(part).ok().map(Arc::from) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[track_caller]
    fn check(path: &str, expected: Option<&str>) {
        assert_eq!(container_of_name(path.as_bytes()).as_deref(), expected, "{path}");
    }

    #[test]
    fn id_is_found_in_names_of_every_engine() {
        check(&format!("/docker/{ID}"), Some(ID));
        check(&format!("cpuset=/docker/{ID}"), Some(ID));
        check(&format!("/system.slice/docker-{ID}.scope"), Some(ID));
        check(&format!("/kubepods.slice/kubepods-burstable.slice/cri-containerd-{ID}.scope"), Some(ID));
        check(&format!("/kubepods/burstable/pod1/{ID}"), Some(ID));
        check(&format!("/machine.slice/libpod-{ID}.scope/container"), Some(ID));
        check(&format!("/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:{ID}"), Some(ID));
        check(ID, Some(ID));
    }

    #[test]
    fn what_is_no_container_has_no_id() {
        check("/user.slice/user-1000.slice/session-1.scope", None);
        check("/", None);
        check("", None);
        check(&format!("/machine.slice/libpod-conmon-{ID}.scope"), None);
        check(&format!("/docker/{}", &ID[..63]), None);
    }

    #[test]
    fn document_of_a_container_survives() {
        let container = Container {
            id: ID.to_owned(),
            name: "web".to_owned(),
            engine: "docker".to_owned(),
            image: "example.com/web:1".to_owned(),
            image_repository: "example.com/web".to_owned(),
            is_privileged: Some(false),
            mounts: vec![Mount { source: "/srv".to_owned(), is_writable: true, ..Mount::default() }],
            labels: vec![("a".to_owned(), "b".to_owned())],
            environment: vec!["A=b".to_owned()],
            created_ns: 5_000_000_000,
            host_namespaces: vec!["pid".to_owned()],
            health_check: vec!["curl".to_owned(), "localhost".to_owned()],
            policy: "kill".to_owned(),
            ..Container::default()
        };
        assert_eq!(Container::from_json(container.to_json().as_bytes()), Some(container));
    }

    #[test]
    fn document_of_a_container_event_is_read() {
        let json = br#"{"container":{"id":"3ad7b26ded6d","full_id":"3ad7b26ded6d8e7b23da7d48fe889434573036c27ae5a74837233de441c3601e",
            "name":"web","type":0,"image":"nginx:1","imagerepo":"nginx","imagetag":"1","privileged":true,
            "Mounts":[{"Source":"/var/run","Destination":"/run","Mode":"rw","RW":true}],"labels":{"a":"b"}}}"#;
        let container = Container::from_json(json).unwrap();
        assert_eq!((container.short_id(), container.engine.as_str()), ("3ad7b26ded6d", "docker"));
        assert_eq!((container.is_privileged, container.mounts.len()), (Some(true), 1));
        assert_eq!(Container::from_json(b"{}"), None);
        assert_eq!(Container::from_json(b"[["), None);
    }
}
