//! Pod Security Standards (<https://kubernetes.io/docs/concepts/security/pod-security-standards/>): baseline and
//! restricted, control by control, over all three lists of containers, as kubernetes/pod-security-admission decides them
//! (`policy/check_*.go`, version 1.37).

use crate::object::PodView;
use workload::{ContainerSpec, Namespace, Node, Place, Profile, Role, Stated};

/// How strict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Keeps known ways out of a container shut.
    Baseline,
    /// What a hardened pod looks like; holds baseline too.
    Restricted,
}

/// One control that a pod does not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The standard that asks for it.
    pub level: Level,
    /// The control, as the standard calls it.
    pub control: &'static str,
    /// What was seen, and in which container.
    pub detail: String,
    /// Where.
    pub place: Option<Place>,
}

/// What a container may add (`check_capabilities_baseline.go`).
const BASELINE_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Settings that the standard calls safe (`check_sysctls.go`): six since 1.27, the four of keepalive since 1.29, buffers
/// since 1.32, the last two since 1.37.
const SAFE_SYSCTLS: [&str; 14] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_wmem",
    "net.ipv4.tcp_slow_start_after_idle",
    "net.ipv4.tcp_notsent_lowat",
];

/// Types of SELinux (`check_seLinuxOptions.go`); the last one since 1.31.
const SELINUX_TYPES: [&str; 4] = ["container_t", "container_init_t", "container_kvm_t", "container_engine_t"];

/// Sources of volumes (`check_restrictedVolumes.go`).
const RESTRICTED_VOLUMES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// What a pod does not keep. `containers` are those of [`workload::read_pod`] for the same pod.
#[must_use]
pub fn violations(pod: PodView<'_>, containers: &[ContainerSpec]) -> Vec<Violation> {
    let mut found = Found { list: Vec::new() };
    // Fields that Linux alone knows must not be asked of pods that say they are Windows'.
    let is_windows = pod.spec.at(&["os", "name"]).and_then(Node::text) == Some("windows");
    found.pod_baseline(pod, is_windows);
    for container in containers {
        found.container_baseline(container);
        found.container_restricted(container, is_windows);
    }
    found.pod_restricted(pod);
    found.list
}

struct Found {
    list: Vec<Violation>,
}

impl Found {
    fn add(&mut self, level: Level, control: &'static str, detail: String, place: Option<Place>) {
        self.list.push(Violation { level, control, detail, place });
    }

    fn pod_baseline(&mut self, pod: PodView<'_>, is_windows: bool) {
        for key in ["hostNetwork", "hostPID", "hostIPC"] {
            if pod.spec.get(key).and_then(Node::boolean) == Some(true) {
                self.add(Level::Baseline, "host namespaces", format!("{key}: true"), place(pod.spec, key));
            }
        }
        for volume in items(pod.spec, "volumes") {
            if let Some(path) = volume.get("hostPath") {
                let path = path.get("path").and_then(Node::text).unwrap_or_default();
                self.add(
                    Level::Baseline,
                    "hostPath volumes",
                    format!("hostPath {}", cut(path)),
                    volume.place,
                );
            }
        }
        let security = pod.spec.get("securityContext");
        if let Some(options) = security.and_then(|node| node.get("seLinuxOptions")) {
            self.selinux(options, "the pod");
        }
        for sysctl in security.map_or(&[][..], |node| items(node, "sysctls")) {
            let name = sysctl.get("name").and_then(Node::text).unwrap_or_default();
            if !SAFE_SYSCTLS.contains(&name) {
                self.add(Level::Baseline, "sysctls", format!("sysctl {}", cut(name)), sysctl.place);
            }
        }
        let security_of = |key: &[&str]| security.and_then(|node| node.at(key));
        if security_of(&["seccompProfile", "type"]).and_then(Node::text) == Some("Unconfined") {
            let at = security_of(&["seccompProfile"]).and_then(|node| node.place);
            self.add(Level::Baseline, "seccomp", "seccompProfile of the pod: Unconfined".to_owned(), at);
        }
        if security_of(&["appArmorProfile", "type"]).and_then(Node::text) == Some("Unconfined") {
            let at = security_of(&["appArmorProfile"]).and_then(|node| node.place);
            self.add(Level::Baseline, "AppArmor", "appArmorProfile of the pod: Unconfined".to_owned(), at);
        }
        if security_of(&["windowsOptions", "hostProcess"]).and_then(Node::boolean) == Some(true) {
            let at = security_of(&["windowsOptions"]).and_then(|node| node.place);
            self.add(Level::Baseline, "HostProcess", "hostProcess of the pod: true".to_owned(), at);
        }
        for key in ["containers", "initContainers", "ephemeralContainers"] {
            for container in items(pod.spec, key) {
                self.hosts(container);
                self.capabilities(container, is_windows);
                if let Some(options) = container.at(&["securityContext", "seLinuxOptions"]) {
                    self.selinux(options, &name(container));
                }
            }
        }
    }

    /// `host` of probes and hooks lets the kubelet speak to anything that the node reaches (since 1.34).
    fn hosts(&mut self, container: &Node) {
        let probes = ["livenessProbe", "readinessProbe", "startupProbe"].map(|key| container.get(key));
        let hooks = ["postStart", "preStop"].map(|key| container.at(&["lifecycle", key]));
        for handler in probes.into_iter().chain(hooks).flatten() {
            for kind in ["httpGet", "tcpSocket"] {
                let host = handler.at(&[kind, "host"]);
                if let Some(text) = host.and_then(Node::text).filter(|text| !text.is_empty()) {
                    let detail = format!("{}: host {} of a probe or hook", name(container), cut(text));
                    self.add(
                        Level::Baseline,
                        "host probes and lifecycle hooks",
                        detail,
                        host.and_then(|node| node.place),
                    );
                }
            }
        }
    }

    /// Names count as they are written: `chown` and `CAP_CHOWN` are none that the standard knows.
    fn capabilities(&mut self, container: &Node, is_windows: bool) {
        let lists = container.at(&["securityContext", "capabilities"]);
        let list = |key: &str| lists.map_or(&[][..], |lists| items(lists, key));
        let who = name(container);
        for item in list("add") {
            let capability = item.text().unwrap_or_default();
            let detail = format!("{who}: adds {}", cut(capability));
            if !BASELINE_CAPABILITIES.contains(&capability) {
                self.add(Level::Baseline, "capabilities", detail, item.place);
            } else if capability != "NET_BIND_SERVICE" && !is_windows {
                self.add(Level::Restricted, "capabilities", detail, item.place);
            }
        }
        if !is_windows && !list("drop").iter().any(|item| item.text() == Some("ALL")) {
            let place = lists.and_then(|lists| lists.place).or(container.place);
            self.add(Level::Restricted, "capabilities", format!("{who}: does not drop ALL"), place);
        }
    }

    fn selinux(&mut self, options: &Node, whose: &str) {
        let text = |key: &str| options.get(key).and_then(Node::text).filter(|text| !text.is_empty());
        if let Some(kind) = text("type").filter(|kind| !SELINUX_TYPES.contains(kind)) {
            self.add(Level::Baseline, "SELinux", format!("{whose}: type {}", cut(kind)), options.place);
        }
        for key in ["user", "role"] {
            if let Some(value) = text(key) {
                self.add(Level::Baseline, "SELinux", format!("{whose}: {key} {}", cut(value)), options.place);
            }
        }
    }

    fn container_baseline(&mut self, spec: &ContainerSpec) {
        let who = who(spec);
        let mut add = |control, detail: String, field: &str| {
            self.list.push(Violation {
                level: Level::Baseline,
                control,
                detail,
                place: spec.places.of(field),
            });
        };
        if spec.privileged.is_true() {
            add("privileged containers", format!("{who}: privileged: true"), "privileged");
        }
        if spec.host_process.is_true() {
            add("HostProcess", format!("{who}: hostProcess: true"), "host_process");
        }
        for (at, port) in spec.ports.iter().enumerate() {
            if let Some(port) = port.host_port {
                add("host ports", format!("{who}: hostPort {port}"), &format!("ports.{at}"));
            }
        }
        if spec.security.apparmor == Stated::Given(Profile::Unconfined) {
            add("AppArmor", format!("{who}: unconfined"), "security.apparmor");
        }
        if let Some(reason) = spec.security.apparmor.unknown() {
            add("AppArmor", format!("{who}: {reason}"), "security.apparmor");
        }
        if spec.security.seccomp == Stated::Given(Profile::Unconfined) {
            add("seccomp", format!("{who}: Unconfined"), "security.seccomp");
        }
        // Since 1.35 a pod whose users are its own keeps baseline with it (`check_procMount_baseline.go`), and not restricted.
        if spec.security.system_paths_unconfined.is_true() {
            let has_own_users = has_own_users(spec);
            self.list.push(Violation {
                level: if has_own_users { Level::Restricted } else { Level::Baseline },
                control: "/proc mount type",
                detail: format!("{who}: procMount is not Default"),
                place: spec.places.of("security.system_paths_unconfined"),
            });
        }
    }

    fn pod_restricted(&mut self, pod: PodView<'_>) {
        for volume in items(pod.spec, "volumes") {
            let foreign = volume.entries().iter().find(|entry| {
                entry.key != "name"
                    && !entry.value.is_null()
                    && !RESTRICTED_VOLUMES.contains(&entry.key.as_str())
            });
            if let Some(entry) = foreign {
                self.add(
                    Level::Restricted,
                    "volume types",
                    format!("volume of type {}", cut(&entry.key)),
                    entry.place(),
                );
            }
        }
        // Since 1.35 a pod whose users are its own may run as its root (`relaxPolicyForUserNamespacePod`).
        if pod.spec.get("hostUsers").and_then(Node::boolean) == Some(false) {
            return;
        }
        let non_root = pod.spec.at(&["securityContext", "runAsNonRoot"]);
        if non_root.and_then(Node::boolean) == Some(false) {
            let at = non_root.and_then(|node| node.place);
            self.add(
                Level::Restricted,
                "running as non-root",
                "runAsNonRoot of the pod: false".to_owned(),
                at,
            );
        }
        let user = pod.spec.at(&["securityContext", "runAsUser"]);
        if user.and_then(Node::integer) == Some(0) {
            let at = user.and_then(|node| node.place);
            self.add(Level::Restricted, "running as non-root user", "runAsUser of the pod: 0".to_owned(), at);
        }
    }

    fn container_restricted(&mut self, spec: &ContainerSpec, is_windows: bool) {
        let who = who(spec);
        let has_own_users = has_own_users(spec);
        let mut add = |control, detail: String, field: &str| {
            self.list.push(Violation {
                level: Level::Restricted,
                control,
                detail,
                place: spec.places.of(field),
            });
        };
        if !spec.run_as_non_root.is_true() && !has_own_users {
            add("running as non-root", format!("{who}: runAsNonRoot is not true"), "run_as_non_root");
        }
        if spec.user.given().is_some_and(|user| user.uid() == Some(0)) && !has_own_users {
            add("running as non-root user", format!("{who}: runAsUser 0"), "user");
        }
        if is_windows {
            return;
        }
        if !spec.security.no_new_privileges.is_true() {
            add("privilege escalation", format!("{who}: allowPrivilegeEscalation is not false"), "security");
        }
        if !matches!(spec.security.seccomp, Stated::Given(Profile::Default | Profile::Named(_))) {
            add("seccomp", format!("{who}: neither RuntimeDefault nor Localhost"), "security.seccomp");
        }
    }
}

fn has_own_users(spec: &ContainerSpec) -> bool {
    spec.namespaces.user == Stated::Given(Namespace::Pod)
}

fn who(spec: &ContainerSpec) -> String {
    let word = match spec.role {
        Role::Main => "container",
        Role::Init => "init container",
        Role::Ephemeral => "ephemeral container",
    };
    format!("{word} {}", cut(&spec.name))
}

fn name(container: &Node) -> String {
    format!("container {}", cut(container.get("name").and_then(Node::text).unwrap_or_default()))
}

fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).map_or(&[], Node::items)
}

fn place(node: &Node, key: &str) -> Option<Place> {
    node.entry(key).and_then(workload::Entry::place)
}

fn cut(text: &str) -> String {
    text.chars().take(120).map(|letter| if letter.is_control() { '\u{FFFD}' } else { letter }).collect()
}
