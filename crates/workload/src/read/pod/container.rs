//! One container of a pod.

use super::{Pod, boolean, selinux};
use crate::capabilities::capability_name;
use crate::node::Node;
use crate::read::engine::printable;
use crate::read::{environment, quantity};
use crate::spec::{
    ContainerSpec, EnvironmentVariable, Health, Mount, MountKind, Origin, Port, Profile, Role, Stated, User,
};

/// Annotations of this name confined containers before Kubernetes 1.30, and still do.
const APPARMOR_ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

pub(super) struct Reader<'a> {
    node: &'a Node,
    pod: &'a Pod<'a>,
    spec: ContainerSpec,
}

impl<'a> Reader<'a> {
    pub(super) fn read(node: &'a Node, role: Role, pod: &'a Pod<'a>) -> ContainerSpec {
        let name = node.get("name").and_then(Node::text).unwrap_or_default();
        let word = match role {
            Role::Main => "container",
            Role::Init => "init container",
            Role::Ephemeral => "ephemeral container",
        };
        let spec = ContainerSpec {
            origin: Origin::Kubernetes,
            name: name.to_owned(),
            object: format!("{}, {word} {}", pod.context.object, printable(name)),
            role,
            namespaces: pod.namespaces.clone(),
            labels: pod.labels.clone(),
            ..ContainerSpec::default()
        };
        let mut reader = Self { node, pod, spec };
        reader.places();
        reader.identity();
        reader.security();
        reader.storage();
        reader.network();
        reader.limits();
        reader.environment();
        reader.spec
    }

    fn places(&mut self) {
        let place = self.node.entry("name").map_or(self.node.place, |entry| entry.place());
        self.spec.places.note("", place.or(self.pod.context.place));
        for (key, field) in
            [("hostNetwork", "network"), ("hostPID", "pid"), ("hostIPC", "ipc"), ("hostUsers", "user")]
        {
            if let Some(entry) = self.pod.node.entry(key) {
                self.spec.places.note(format!("namespaces.{field}"), entry.place());
            }
        }
    }

    fn identity(&mut self) {
        self.spec.image = self.string("image");
        self.spec.pull_policy = self.string("imagePullPolicy");
        self.note("image", "image");
        self.spec.entrypoint = self.words("command");
        self.spec.command = self.words("args");
        let probes: Vec<String> = ["livenessProbe", "readinessProbe", "startupProbe"]
            .into_iter()
            .filter(|key| self.node.get(key).is_some_and(|probe| !probe.is_null()))
            .map(str::to_owned)
            .collect();
        self.spec.health =
            if probes.is_empty() { Stated::Absent } else { Stated::Given(Health::Checked(probes)) };
    }

    /// The node of a security setting: of the container, else of the pod; its place is noted.
    fn setting(&mut self, key: &str, field: &str, of_pod: bool) -> Option<&'a Node> {
        let own = self.node.get("securityContext").and_then(|node| node.entry(key));
        let shared = if of_pod { self.pod.security.and_then(|node| node.entry(key)) } else { None };
        let entry =
            own.filter(|entry| !entry.value.is_null()).or(shared).filter(|entry| !entry.value.is_null())?;
        self.spec.places.note(field, entry.place());
        Some(&entry.value)
    }

    fn security(&mut self) {
        let context = self.node.entry("securityContext").and_then(|entry| entry.place());
        for field in ["security", "privileged", "capabilities_dropped", "read_only_root", "user"] {
            self.spec.places.note(field, context);
        }
        self.spec.privileged = boolean(self.setting("privileged", "privileged", false), "privileged");
        self.spec.read_only_root = boolean(
            self.setting("readOnlyRootFilesystem", "read_only_root", false),
            "readOnlyRootFilesystem",
        );
        let escalation = self.setting("allowPrivilegeEscalation", "security.no_new_privileges", false);
        self.spec.security.no_new_privileges =
            boolean(escalation, "allowPrivilegeEscalation").map(|allowed| !allowed);
        self.spec.run_as_non_root =
            boolean(self.setting("runAsNonRoot", "run_as_non_root", true), "runAsNonRoot");
        self.user();
        if let Some(capabilities) = self.setting("capabilities", "capabilities", false) {
            self.spec.capabilities_added = self.names(capabilities, "add", "capabilities_added");
            self.spec.capabilities_dropped = self.names(capabilities, "drop", "capabilities_dropped");
        }
        if let Some(node) = self.setting("seccompProfile", "security.seccomp", true) {
            self.spec.security.seccomp = profile(node);
        }
        self.apparmor();
        if let Some(node) = self.setting("seLinuxOptions", "security.selinux", true) {
            self.spec.security.selinux = Stated::Given(selinux(node));
        }
        if let Some(node) = self.setting("procMount", "security.system_paths_unconfined", false) {
            self.spec.security.system_paths_unconfined = Stated::Given(node.text() == Some("Unmasked"));
        }
        let windows = self.setting("windowsOptions", "host_process", true);
        self.spec.host_process = boolean(windows.and_then(|node| node.get("hostProcess")), "hostProcess");
        for sysctl in self.pod.security.and_then(|node| node.get("sysctls")).map_or(&[][..], Node::items) {
            let text = |key: &str| sysctl.get(key).and_then(Node::text).unwrap_or_default().to_owned();
            self.spec.places.note(format!("sysctls.{}", text("name")), sysctl.place);
            self.spec.sysctls.insert(text("name"), text("value"));
        }
        if let Some(groups) = self.pod.security.and_then(|node| node.get("supplementalGroups")) {
            self.spec.places.note("groups", groups.place);
            self.spec.groups = groups.items().iter().filter_map(Node::text).map(str::to_owned).collect();
        }
    }

    fn user(&mut self) {
        let group = self.setting("runAsGroup", "user", true).and_then(Node::text);
        self.spec.group = Stated::from(group.map(str::to_owned));
        let user = self.setting("runAsUser", "user", true);
        self.spec.user = match (user.map(|node| (node.text(), node.integer())), group) {
            (None, None) => Stated::Absent,
            // A group alone leaves the user to the image.
            (None, Some(_)) => Stated::Absent,
            (Some((Some(user), Some(_))), Some(group)) => Stated::Given(User(format!("{user}:{group}"))),
            (Some((Some(user), Some(_))), None) => Stated::Given(User(user.to_owned())),
            (Some(_), _) => Stated::Unknown("runAsUser is no number".to_owned()),
        };
    }

    fn apparmor(&mut self) {
        if let Some(node) = self.setting("appArmorProfile", "security.apparmor", true) {
            self.spec.security.apparmor = profile(node);
            return;
        }
        let key = format!("{APPARMOR_ANNOTATION}{}", self.spec.name);
        if let Some(text) = self.pod.annotation(&key) {
            self.spec.security.apparmor = match (text, text.strip_prefix("localhost/")) {
                ("" | "runtime/default", _) => Stated::Given(Profile::Default),
                ("unconfined", _) => Stated::Given(Profile::Unconfined),
                (_, Some(name)) => Stated::Given(Profile::Named(name.to_owned())),
                (other, None) => Stated::Unknown(format!("AppArmor annotation '{}'", printable(other))),
            };
        }
    }

    fn storage(&mut self) {
        for mounted in self.items("volumeMounts") {
            let text = |key: &str| mounted.get(key).and_then(Node::text).unwrap_or_default();
            let mut mount = Mount {
                kind: MountKind::Other,
                target: text("mountPath").to_owned(),
                read_only: boolean(mounted.get("readOnly"), "readOnly"),
                propagation: Stated::from(
                    mounted.get("mountPropagation").and_then(Node::text).map(str::to_owned),
                ),
                ..Mount::default()
            };
            if let Some(volume) = self.pod.volume(text("name")) {
                source(volume, text("subPath"), &mut mount);
            }
            self.spec.places.note(format!("mounts.{}", self.spec.mounts.len()), mounted.place);
            self.spec.mounts.push(mount);
        }
        for device in self.items("volumeDevices") {
            let path = device.get("devicePath").and_then(Node::text).unwrap_or_default().to_owned();
            // A raw claim of storage is no device of the host that somebody chose.
            self.spec.mounts.push(Mount { kind: MountKind::Volume, target: path, ..Mount::default() });
        }
    }

    fn network(&mut self) {
        for port in self.items("ports") {
            let number =
                |key: &str| port.get(key).and_then(Node::integer).and_then(|port| u16::try_from(port).ok());
            let container_port = number("containerPort").unwrap_or(0);
            let protocol = port.get("protocol").and_then(Node::text).unwrap_or("TCP").to_ascii_lowercase();
            self.spec.exposed_ports.push(format!("{container_port}/{protocol}"));
            if let Some(host_port) = number("hostPort").filter(|port| *port != 0) {
                self.spec.places.note(format!("ports.{}", self.spec.ports.len()), port.place);
                self.spec.ports.push(Port {
                    host_address: port.get("hostIP").and_then(Node::text).unwrap_or_default().to_owned(),
                    host_port: Some(host_port),
                    host_port_end: None,
                    container_port,
                    protocol,
                });
            }
        }
    }

    fn limits(&mut self) {
        self.note("resources", "limits");
        let amount = |kind: &str, name: &str, factor: f64| {
            // Limits of the pod as a whole bound its containers too (Kubernetes 1.32, PodLevelResources).
            let own = self.node.at(&["resources", kind, name]);
            match own.or_else(|| self.pod.node.at(&["resources", kind, name])) {
                Some(node) if !node.is_null() => quantity::kubernetes_nanos_or_bytes(node, factor),
                _ => Stated::Absent,
            }
        };
        let limits = &mut self.spec.limits;
        limits.memory_bytes = amount("limits", "memory", 1.0);
        limits.cpu_nanos = amount("limits", "cpu", 1e9);
        limits.memory_reservation_bytes = amount("requests", "memory", 1.0);
        limits.cpu_reservation_nanos = amount("requests", "cpu", 1e9);
        let storage = self.node.at(&["resources", "limits", "ephemeral-storage"]).and_then(Node::text);
        limits.storage = Stated::from(storage.map(str::to_owned));
    }

    fn environment(&mut self) {
        for entry in self.items("env") {
            let name = entry.get("name").and_then(Node::text).unwrap_or_default();
            let value = entry.get("value").and_then(Node::text).map(str::to_owned);
            let mut variable = environment::variable(name, value);
            if let Some(from) = entry.get("valueFrom") {
                variable.from = reference(from);
            }
            self.spec.places.note(format!("environment.{}", self.spec.environment.len()), entry.place);
            self.spec.environment.push(variable);
        }
        for entry in self.items("envFrom") {
            let variable =
                EnvironmentVariable { name: "*".to_owned(), from: reference(entry), ..Default::default() };
            self.spec.places.note(format!("environment.{}", self.spec.environment.len()), entry.place);
            self.spec.environment.push(variable);
        }
    }

    fn items(&self, key: &str) -> &'a [Node] {
        self.node.get(key).map_or(&[][..], Node::items)
    }

    fn note(&mut self, key: &str, field: &str) {
        let place = self.node.entry(key).and_then(|entry| entry.place());
        self.spec.places.note(field, place);
    }

    fn string(&self, key: &str) -> Stated<String> {
        match self.node.get(key) {
            None => Stated::Absent,
            Some(node) if node.is_null() => Stated::Absent,
            Some(node) => node.text().map_or_else(
                || Stated::Unknown(format!("{key} is no text")),
                |text| Stated::Given(text.to_owned()),
            ),
        }
    }

    fn words(&mut self, key: &str) -> Stated<Vec<String>> {
        self.note(key, if key == "args" { "command" } else { "entrypoint" });
        match self.node.get(key).filter(|node| !node.is_null()) {
            None => Stated::Absent,
            Some(node) => {
                Stated::Given(node.items().iter().filter_map(Node::text).map(str::to_owned).collect())
            }
        }
    }

    fn names(&mut self, node: &Node, key: &str, field: &str) -> Stated<Vec<String>> {
        let Some(entry) = node.entry(key).filter(|entry| !entry.value.is_null()) else {
            return Stated::Absent;
        };
        self.spec.places.note(field, entry.place());
        let mut names = Vec::new();
        for item in entry.value.items() {
            if let Some(text) = item.text() {
                self.spec.places.note(format!("{field}.{}", names.len()), item.place);
                names.push(capability_name(text));
            }
        }
        Stated::Given(names)
    }
}

fn profile(node: &Node) -> Stated<Profile> {
    match node.get("type").and_then(Node::text) {
        Some("RuntimeDefault") => Stated::Given(Profile::Default),
        Some("Unconfined") => Stated::Given(Profile::Unconfined),
        Some("Localhost") => {
            let name = node.get("localhostProfile").and_then(Node::text).unwrap_or_default();
            Stated::Given(Profile::Named(name.to_owned()))
        }
        Some(other) => Stated::Unknown(format!("profile type '{}'", printable(other))),
        None => Stated::Absent,
    }
}

/// Where a volume of a pod comes from.
fn source(volume: &Node, sub_path: &str, mount: &mut Mount) {
    let text = |path: &[&str]| volume.at(path).and_then(Node::text).unwrap_or_default().to_owned();
    if volume.get("hostPath").is_some() {
        mount.kind = MountKind::Bind;
        mount.source = text(&["hostPath", "path"]);
        if !sub_path.is_empty() && !mount.source.is_empty() {
            mount.source = format!("{}/{sub_path}", mount.source.trim_end_matches('/'));
        }
    } else if let Some(empty) = volume.get("emptyDir") {
        let in_memory = empty.get("medium").and_then(Node::text) == Some("Memory");
        mount.kind = if in_memory { MountKind::Tmpfs } else { MountKind::Volume };
        // Kubernetes cannot give an emptyDir mount options: nothing about them is the author's choice.
        mount.source = text(&["name"]);
    } else if volume.get("persistentVolumeClaim").is_some() || volume.get("ephemeral").is_some() {
        mount.kind = MountKind::Volume;
        mount.source = text(&["persistentVolumeClaim", "claimName"]);
    } else if ["secret", "configMap", "projected", "downwardAPI"].iter().any(|key| volume.get(key).is_some())
    {
        mount.kind = MountKind::Projected;
        mount.source = text(&["name"]);
    } else if volume.get("image").is_some() {
        mount.kind = MountKind::Image;
        mount.source = text(&["image", "reference"]);
    }
}

fn reference(node: &Node) -> Option<String> {
    let named = |key: &str, inner: &str| {
        let source = node.get(key)?;
        let name = source.get("name").and_then(Node::text).unwrap_or_default();
        let key = source.get("key").and_then(Node::text).map_or_else(String::new, |key| format!("/{key}"));
        Some(format!("{inner} {}{}", printable(name), printable(&key)))
    };
    named("secretKeyRef", "secret")
        .or_else(|| named("secretRef", "secret"))
        .or_else(|| named("configMapKeyRef", "config map"))
        .or_else(|| named("configMapRef", "config map"))
        .or_else(|| node.get("fieldRef").map(|_| "field of the pod".to_owned()))
        .or_else(|| node.get("resourceFieldRef").map(|_| "resources of the pod".to_owned()))
}
