//! One service.

mod life;
mod limits;

use super::{mounts, ports};
use crate::capabilities::capability_name;
use crate::node::{Node, Value};
use crate::read::engine::printable;
use crate::read::environment;
use crate::spec::{
    ContainerSpec, Device, DeviceRequest, Mount, MountKind, Namespace, Origin, Place, Stated, User,
};
use model::{Gap, GapReason};
use std::collections::BTreeMap;

/// The engine's own socket, which `use_api_socket` brings in.
const API_SOCKET: &str = "/var/run/docker.sock";

pub(super) fn read(
    name: &str,
    place: Option<Place>,
    node: &Node,
    volumes: &Node,
    gaps: &mut Vec<Gap>,
) -> ContainerSpec {
    let spec = ContainerSpec {
        origin: Origin::Compose,
        name: name.to_owned(),
        object: format!("service {}", printable(name)),
        ..ContainerSpec::default()
    };
    let mut reader = Reader { node, spec, gaps };
    reader.spec.places.note("", place);
    reader.identity();
    reader.privileges();
    reader.namespaces();
    reader.storage(volumes);
    reader.devices();
    reader.limits();
    reader.life();
    reader.spec
}

struct Reader<'a> {
    node: &'a Node,
    spec: ContainerSpec,
    gaps: &'a mut Vec<Gap>,
}

impl Reader<'_> {
    fn identity(&mut self) {
        self.spec.image = self.string("image", "image");
        self.spec.is_built = self.node.get("build").is_some_and(|build| !build.is_null());
        self.spec.pull_policy = self.string("pull_policy", "pull_policy");
        self.spec.user = self.string("user", "user").map(User);
        self.spec.groups = self.list("group_add", "groups");
        self.spec.entrypoint = self.words("entrypoint");
        self.spec.command = self.words("command");
        self.spec.init = self.boolean("init", "init");
        self.spec.exposed_ports = self.list("expose", "exposed_ports");
        self.spec.extra_hosts = self.list("extra_hosts", "extra_hosts");
        let hosts = self.node.get("extra_hosts").map_or(&[][..], Node::entries);
        for entry in hosts {
            let addresses =
                entry.value.text().into_iter().chain(entry.value.items().iter().filter_map(Node::text));
            let name = &entry.key;
            self.spec.extra_hosts.extend(addresses.map(|address| format!("{name}:{address}")));
        }
        self.spec.labels = self.map("labels", "labels");
        if let Some(values) = self.node.get("environment") {
            self.environment(values);
        }
    }

    fn environment(&mut self, values: &Node) {
        self.note("environment", "environment");
        for entry in values.entries() {
            let value = entry.value.text().map(str::to_owned);
            self.spec.places.note(format!("environment.{}", self.spec.environment.len()), entry.place());
            self.spec.environment.push(environment::variable(&entry.key, value));
        }
        for item in values.items() {
            if let Some(text) = item.text() {
                self.spec.places.note(format!("environment.{}", self.spec.environment.len()), item.place);
                self.spec.environment.push(environment::assignment(text));
            }
        }
    }

    fn privileges(&mut self) {
        self.spec.privileged = self.boolean("privileged", "privileged");
        self.spec.capabilities_added = self.names("cap_add", "capabilities_added");
        self.spec.capabilities_dropped = self.names("cap_drop", "capabilities_dropped");
        self.spec.read_only_root = self.boolean("read_only", "read_only_root");
        for option in self.list("security_opt", "security") {
            if option.contains("${") {
                self.gap(format!("security option '{}' is not known", printable(&option)));
            }
            self.spec.security.take_option(&option);
        }
        self.spec.sysctls = self.map("sysctls", "sysctls");
        self.spec.cgroup_parent = self.string("cgroup_parent", "cgroup_parent");
        self.spec.runtime = self.string("runtime", "runtime");
    }

    fn namespaces(&mut self) {
        let namespace = |value: Stated<String>, read: fn(&str) -> Option<Namespace>| match value {
            Stated::Given(text) => Stated::from(read(&text)),
            Stated::Absent => Stated::Absent,
            Stated::Unknown(reason) => Stated::Unknown(reason),
        };
        let network = self.string("network_mode", "namespaces.network");
        self.spec.namespaces.network = namespace(network, Namespace::from_network_mode);
        if let Some(networks) = self.node.get("networks") {
            self.note("networks", "networks");
            self.spec.networks = networks.entries().iter().map(|entry| entry.key.clone()).collect();
            self.spec.networks.extend(networks.items().iter().filter_map(Node::text).map(str::to_owned));
        }
        if self.spec.namespaces.network.is_absent() {
            // Compose makes a network of its own for each project.
            let networks = if self.spec.networks.is_empty() {
                vec!["default".to_owned()]
            } else {
                self.spec.networks.clone()
            };
            self.spec.namespaces.network = Stated::Given(Namespace::Networks(networks));
        }
        for (key, field) in
            [("pid", "pid"), ("ipc", "ipc"), ("uts", "uts"), ("userns_mode", "user"), ("cgroup", "cgroup")]
        {
            let value = self.string(key, &format!("namespaces.{field}"));
            let value = namespace(value, Namespace::from_mode);
            let target = match field {
                "pid" => &mut self.spec.namespaces.pid,
                "ipc" => &mut self.spec.namespaces.ipc,
                "uts" => &mut self.spec.namespaces.uts,
                "user" => &mut self.spec.namespaces.user,
                _ => &mut self.spec.namespaces.cgroup,
            };
            *target = value;
        }
        for item in self.items("ports") {
            match ports::read(&item) {
                Some(port) => {
                    self.spec.places.note(format!("ports.{}", self.spec.ports.len()), item.place);
                    self.spec.ports.push(port);
                }
                None => {
                    self.gap(format!("port '{}' is not understood", printable(item.text().unwrap_or("…"))));
                }
            }
        }
    }

    fn storage(&mut self, volumes: &Node) {
        for item in self.items("volumes") {
            match mounts::read(&item, volumes) {
                Some(mount) => self.mount(mount, item.place),
                None => {
                    self.gap(format!("volume '{}' is not understood", printable(item.text().unwrap_or("…"))));
                }
            }
        }
        for item in self.items("tmpfs") {
            if let Some(text) = item.text() {
                self.mount(mounts::tmpfs(text), item.place);
            }
        }
        let socket = self.boolean("use_api_socket", "use_api_socket");
        if socket.is_true() {
            let place = self.node.entry("use_api_socket").and_then(|entry| entry.place());
            let mount = Mount {
                kind: MountKind::Bind,
                source: API_SOCKET.to_owned(),
                target: API_SOCKET.to_owned(),
                ..Mount::default()
            };
            self.mount(mount, place);
        }
        self.spec.volumes_from = self.list("volumes_from", "volumes_from");
    }

    fn mount(&mut self, mount: Mount, place: Option<Place>) {
        self.spec.places.note(format!("mounts.{}", self.spec.mounts.len()), place);
        self.spec.mounts.push(mount);
    }

    fn devices(&mut self) {
        for item in self.items("devices") {
            let part =
                |node: &Node, key: &str| node.get(key).and_then(Node::text).unwrap_or_default().to_owned();
            let device = match item.text() {
                Some(text) => {
                    let mut parts = text.split(':');
                    let host_path = parts.next().unwrap_or_default().to_owned();
                    let container_path = parts.next().map_or_else(|| host_path.clone(), str::to_owned);
                    let permissions = parts.next().unwrap_or("rwm").to_owned();
                    Device { host_path, container_path, permissions }
                }
                None => Device {
                    host_path: part(&item, "source"),
                    container_path: part(&item, "target"),
                    permissions: part(&item, "permissions"),
                },
            };
            self.spec.places.note(format!("devices.{}", self.spec.devices.len()), item.place);
            self.spec.devices.push(device);
        }
        self.spec.device_rules = self.list("device_cgroup_rules", "device_rules");
        let reserved =
            self.node.at(&["deploy", "resources", "reservations", "devices"]).map_or(&[][..], Node::items);
        let gpus = self.node.get("gpus");
        let requests = reserved.iter().chain(gpus.map_or(&[][..], Node::items));
        for request in requests {
            let list = |key: &str| {
                request
                    .get(key)
                    .map_or(&[][..], Node::items)
                    .iter()
                    .filter_map(Node::text)
                    .map(str::to_owned)
                    .collect()
            };
            self.spec
                .places
                .note(format!("device_requests.{}", self.spec.device_requests.len()), request.place);
            self.spec.device_requests.push(DeviceRequest {
                driver: request.get("driver").and_then(Node::text).unwrap_or_default().to_owned(),
                count: request.get("count").and_then(Node::integer),
                device_ids: list("device_ids"),
                capabilities: list("capabilities"),
            });
        }
        if gpus.and_then(Node::text) == Some("all") {
            self.note("gpus", "device_requests");
            let capabilities = vec!["gpu".to_owned()];
            self.spec.device_requests.push(DeviceRequest {
                count: Some(-1),
                capabilities,
                ..DeviceRequest::default()
            });
        }
    }

    fn note(&mut self, key: &str, field: &str) {
        let place = self.node.entry(key).and_then(|entry| entry.place());
        self.spec.places.note(field, place);
    }

    fn gap(&mut self, detail: String) {
        self.gaps.push(Gap::new(self.spec.object.clone(), GapReason::Unsupported, detail));
    }

    fn string(&mut self, key: &str, field: &str) -> Stated<String> {
        self.note(key, field);
        match self.node.get(key) {
            None => Stated::Absent,
            Some(value) if value.is_null() => Stated::Absent,
            Some(value) => match value.text() {
                Some(text) if text.contains("${") => {
                    Stated::Unknown(format!("{key} depends on {}", printable(text)))
                }
                Some(text) => Stated::Given(text.to_owned()),
                None => Stated::Unknown(format!("{key} is no text")),
            },
        }
    }

    fn boolean(&mut self, key: &str, field: &str) -> Stated<bool> {
        match self.string(key, field) {
            Stated::Given(_) => self
                .node
                .get(key)
                .and_then(Node::boolean)
                .map_or_else(|| Stated::Unknown(format!("{key} is neither true nor false")), Stated::Given),
            Stated::Absent => Stated::Absent,
            Stated::Unknown(reason) => Stated::Unknown(reason),
        }
    }

    fn amount(&mut self, key: &str, field: &str, read: fn(&Node) -> Stated<i64>) -> Stated<i64> {
        let Some(value) = self.node.get(key).filter(|value| !value.is_null()) else { return Stated::Absent };
        self.note(key, field);
        read(value)
    }

    fn nested(
        &mut self,
        path: &[&str],
        key: &str,
        field: &str,
        read: fn(&Node) -> Stated<i64>,
    ) -> Stated<i64> {
        let Some(entry) = self.node.at(path).and_then(|node| node.entry(key)) else { return Stated::Absent };
        if entry.value.is_null() {
            return Stated::Absent;
        }
        self.spec.places.note(field, entry.place());
        read(&entry.value)
    }

    /// The items of a sequence, or a scalar as its only one.
    fn items(&self, key: &str) -> Vec<Node> {
        match self.node.get(key) {
            Some(value) if value.text().is_some() => vec![value.clone()],
            Some(value) => value.items().to_vec(),
            None => Vec::new(),
        }
    }

    fn list(&mut self, key: &str, field: &str) -> Vec<String> {
        self.note(key, field);
        let mut list = Vec::new();
        for item in self.items(key) {
            if let Some(text) = item.text() {
                self.spec.places.note(format!("{field}.{}", list.len()), item.place);
                list.push(text.to_owned());
            }
        }
        list
    }

    fn names(&mut self, key: &str, field: &str) -> Stated<Vec<String>> {
        if self.node.get(key).is_none_or(Node::is_null) {
            return Stated::Absent;
        }
        Stated::Given(self.list(key, field).iter().map(|name| capability_name(name)).collect())
    }

    fn words(&mut self, key: &str) -> Stated<Vec<String>> {
        self.note(key, key);
        match self.node.get(key) {
            None => Stated::Absent,
            Some(value) if value.is_null() => Stated::Absent,
            Some(Node { value: Value::List(items), .. }) => {
                Stated::Given(items.iter().filter_map(Node::text).map(str::to_owned).collect())
            }
            Some(value) => value.text().map_or_else(
                || Stated::Unknown(format!("{key} is no text")),
                |text| Stated::Given(text.split_whitespace().map(str::to_owned).collect()),
            ),
        }
    }

    fn map(&mut self, key: &str, field: &str) -> BTreeMap<String, String> {
        self.note(key, field);
        let mut map = BTreeMap::new();
        let Some(value) = self.node.get(key) else { return map };
        for entry in value.entries() {
            self.spec.places.note(format!("{field}.{}", entry.key), entry.place());
            map.insert(entry.key.clone(), entry.value.text().unwrap_or_default().to_owned());
        }
        for item in value.items() {
            let Some(text) = item.text() else { continue };
            let (name, content) = text.split_once('=').unwrap_or((text, ""));
            self.spec.places.note(format!("{field}.{name}"), item.place);
            map.insert(name.to_owned(), content.to_owned());
        }
        map
    }
}

fn whole(node: &Node) -> Stated<i64> {
    node.integer().map_or_else(|| Stated::Unknown("no whole number".to_owned()), Stated::Given)
}
