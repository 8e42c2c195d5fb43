//! A pod that keeps the restricted Pod Security Standard as far as the container lets it.

use super::quote::{line as comment, yaml};
use super::{HardenedContainer, HealthCheck, Item, PodPart};
use std::collections::BTreeMap;
use workload::MountKind;

pub(super) fn write(container: &HardenedContainer) -> String {
    let name = label(&container.name);
    let mut parts = Parts::default();
    for (index, line) in container.lines.iter().enumerate() {
        parts.take(&line.item, &comment(&line.why), index, &name);
    }
    let mut text = container.head("#");
    for note in &parts.notes {
        text.push_str(&format!("# LOOK: {}\n", comment(note)));
    }
    text.push_str(&format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: {}\n", yaml(&name)));
    if !parts.annotations.is_empty() {
        text.push_str("  annotations:\n");
        parts.annotations.iter().for_each(|line| text.push_str(&format!("    {line}\n")));
    }
    text.push_str("spec:\n");
    text.push_str("  automountServiceAccountToken: false  # it does not talk to the cluster\n");
    text.push_str(&format!("  restartPolicy: {}\n", parts.restart));
    for line in &parts.spec {
        text.push_str(&format!("  {line}\n"));
    }
    if !parts.dns.is_empty() {
        let fields: Vec<String> =
            parts.dns.iter().map(|(kind, values)| format!("{kind}: [{}]", values.join(", "))).collect();
        text.push_str(&format!("  dnsConfig: {{ {} }}  # beside the cluster's own\n", fields.join(", ")));
    }
    if !parts.hosts.is_empty() {
        text.push_str("  hostAliases:\n");
        parts.hosts.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    text.push_str("  securityContext:\n");
    if !parts.groups.is_empty() {
        let groups = parts.groups.join(", ");
        text.push_str(&format!(
            "    supplementalGroups: [{groups}]  # files of these groups are open to it\n"
        ));
    }
    if !parts.is_root {
        text.push_str("    runAsNonRoot: true  # the kubelet refuses to start it as root\n");
    }
    for line in &parts.pod {
        text.push_str(&format!("    {line}\n"));
    }
    text.push_str(&format!("    {}\n", parts.seccomp));
    text.push_str(&format!(
        "  containers:\n  - name: {}\n    image: {}\n",
        yaml(&name),
        yaml(&container.image)
    ));
    if !parts.entrypoint.is_empty() {
        text.push_str(&format!("    command: {}\n", list(&parts.entrypoint)));
    }
    if !container.command.is_empty() {
        text.push_str(&format!("    args: {}\n", list(&container.command)));
    }
    for line in &parts.settings {
        text.push_str(&format!("    {line}\n"));
    }
    text.push_str(
        "    securityContext:\n      allowPrivilegeEscalation: false  # setuid programs give no rights\n",
    );
    for line in &parts.container {
        text.push_str(&format!("      {line}\n"));
    }
    text.push_str("      capabilities:\n        drop: [\"ALL\"]  # none but those named\n");
    if !parts.capabilities.is_empty() {
        text.push_str(&format!("        add: {}\n", list(&parts.capabilities)));
    }
    for (title, lines) in [
        ("resources:\n      limits:", &parts.limits),
        ("ports:", &parts.ports),
        ("envFrom:", &parts.environment),
        ("volumeMounts:", &parts.mounts),
    ] {
        if !lines.is_empty() {
            let indent = if title.starts_with("resources") { "        " } else { "    " };
            text.push_str(&format!("    {title}\n"));
            lines.iter().for_each(|line| text.push_str(&format!("{indent}{line}\n")));
        }
    }
    if !parts.volumes.is_empty() {
        text.push_str("  volumes:\n");
        parts.volumes.iter().for_each(|line| text.push_str(&format!("  {line}\n")));
    }
    text
}

struct Parts {
    notes: Vec<String>,
    pod: Vec<String>,
    container: Vec<String>,
    capabilities: Vec<String>,
    limits: Vec<String>,
    ports: Vec<String>,
    environment: Vec<String>,
    mounts: Vec<String>,
    volumes: Vec<String>,
    entrypoint: Vec<String>,
    spec: Vec<String>,
    settings: Vec<String>,
    groups: Vec<String>,
    dns: BTreeMap<&'static str, Vec<String>>,
    hosts: Vec<String>,
    annotations: Vec<String>,
    restart: &'static str,
    seccomp: String,
    is_root: bool,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            notes: Vec::new(),
            pod: Vec::new(),
            container: Vec::new(),
            capabilities: Vec::new(),
            limits: Vec::new(),
            ports: Vec::new(),
            environment: Vec::new(),
            mounts: Vec::new(),
            volumes: Vec::new(),
            entrypoint: Vec::new(),
            spec: Vec::new(),
            settings: Vec::new(),
            groups: Vec::new(),
            dns: BTreeMap::new(),
            hosts: Vec::new(),
            annotations: Vec::new(),
            restart: "Always",
            seccomp: "seccompProfile: { type: RuntimeDefault }  # the runtime's own list of system calls"
                .to_owned(),
            is_root: true,
        }
    }
}

impl Parts {
    fn take(&mut self, item: &Item, why: &str, index: usize, name: &str) {
        match item {
            Item::User(user) => {
                let (user, group) = user.split_once(':').unwrap_or((user, ""));
                if let Ok(uid) = user.parse::<u32>() {
                    self.is_root = uid == 0;
                    self.pod.push(format!("runAsUser: {uid}  # {why}"));
                } else {
                    self.notes.push(format!(
                        "user {user}: Kubernetes takes numbers alone; look it up in the image's /etc/passwd"
                    ));
                }
                if let Ok(gid) = group.parse::<u32>() {
                    self.pod.push(format!("runAsGroup: {gid}  # {why}"));
                }
            }
            Item::ReadOnlyRoot => self.container.push(format!("readOnlyRootFilesystem: true  # {why}")),
            Item::Tmpfs { target, size_bytes, .. } => {
                self.mounts
                    .push(format!("- {{ name: memory-{index}, mountPath: {} }}  # {why}", yaml(target)));
                self.volumes.push(format!("- {{ name: memory-{index}, emptyDir: {{ medium: Memory, sizeLimit: \"{size_bytes}\" }} }}"));
            }
            Item::AddCapability(capability) => self.capabilities.push(capability.clone()),
            Item::Seccomp(file) => {
                let file = file.rsplit('/').next().unwrap_or(file);
                self.seccomp = format!(
                    "seccompProfile: {{ type: Localhost, localhostProfile: {} }}  # {why}",
                    yaml(&format!("profiles/{file}"))
                );
                self.notes.push(format!("put {file} below the kubelet's seccomp directory on every node; it must not use includes or excludes, which only Docker reads"));
            }
            Item::Apparmor(profile) => {
                self.container.push(format!(
                    "appArmorProfile: {{ type: Localhost, localhostProfile: {} }}  # {why}",
                    yaml(profile)
                ));
            }
            Item::Memory { bytes, .. } => self.limits.push(format!("memory: \"{bytes}\"  # {why}")),
            Item::CpuNanos(nanos) => {
                self.limits.push(format!("cpu: \"{}m\"  # {why}", nanos.div_ceil(1_000_000)));
            }
            Item::Pids(_) => self
                .notes
                .push("the number of processes is a setting of the kubelet (podPidsLimit)".to_owned()),
            Item::RestartOnFailure(_) => self.restart = "OnFailure",
            Item::NoRestart => self.restart = "Never",
            Item::Publish(port) => {
                let protocol = if port.protocol.is_empty() {
                    "TCP".to_owned()
                } else {
                    port.protocol.to_ascii_uppercase()
                };
                self.ports.push(format!("- {{ containerPort: {}, protocol: {protocol} }}  # a Service makes it reachable, no port of the node", port.container_port));
            }
            Item::Mount(mount) => {
                let read_only = if mount.is_writable() { "" } else { ", readOnly: true" };
                self.mounts.push(format!(
                    "- {{ name: volume-{index}, mountPath: {}{read_only} }}  # {why}",
                    yaml(&mount.target)
                ));
                if mount.kind == MountKind::Bind {
                    self.volumes.push(format!("- {{ name: volume-{index}, hostPath: {{ path: {} }} }}  # no pod of the restricted standard may have it: use a claim or a ConfigMap", yaml(&mount.source)));
                } else {
                    self.volumes.push(format!(
                        "- {{ name: volume-{index}, persistentVolumeClaim: {{ claimName: {} }} }}",
                        yaml(&label(&mount.source))
                    ));
                }
            }
            Item::EnvironmentFile(_) => {
                self.environment.push(format!("- secretRef: {{ name: {} }}  # kubectl create secret generic {name}-env --from-env-file={name}.env", yaml(&format!("{name}-env"))));
            }
            Item::Entrypoint(words) => self.entrypoint.clone_from(words),
            Item::Device { host_path, .. } => {
                self.notes.push(format!("device {host_path}: needs a device plugin"));
            }
            Item::Health(check) => self.probe(check, why),
            Item::Kept(kept) => self.keep(&kept.pod, why),
            Item::Sysctl(key, value) => self
                .notes
                .push(format!("sysctl {key}={value}: allowed in a pod only when the kubelet lists it")),
            Item::DropAllCapabilities
            | Item::NoNewPrivileges
            | Item::Ulimit(..)
            | Item::Network(_)
            | Item::NoNetwork
            | Item::Label(..)
            | Item::Logging(..)
            | Item::Init => {}
        }
    }
}

impl Parts {
    fn keep(&mut self, part: &PodPart, why: &str) {
        match part {
            PodPart::Pod(line) => self.spec.push(format!("{line}  # {why}")),
            PodPart::Container(line) => self.settings.push(format!("{line}  # {why}")),
            PodPart::Group(group) => self.groups.push(group.to_string()),
            PodPart::Dns("options", option) => {
                let (name, value) = option.split_once(':').unwrap_or((option, ""));
                let value =
                    if value.is_empty() { String::new() } else { format!(", value: {}", yaml(value)) };
                self.dns.entry("options").or_default().push(format!("{{ name: {}{value} }}", yaml(name)));
            }
            PodPart::Dns(kind, value) => self.dns.entry(kind).or_default().push(yaml(value)),
            PodPart::Host(address, name) => {
                self.hosts.push(format!(
                    "- {{ ip: {}, hostnames: [{}] }}  # {why}",
                    yaml(address),
                    yaml(name)
                ));
            }
            PodPart::Annotation(name, value) => {
                self.annotations.push(format!("{}: {}", yaml(name), yaml(value)));
            }
            PodPart::Port(port, protocol) => {
                let protocol = protocol.to_ascii_uppercase();
                self.ports.push(format!("- {{ containerPort: {port}, protocol: {protocol} }}  # {why}"));
            }
            PodPart::Note(note) => self.notes.push(note.clone()),
            PodPart::Nothing => {}
        }
    }

    /// A check that failed too often makes Docker tell; here it starts the container anew.
    fn probe(&mut self, check: &HealthCheck, why: &str) {
        let command = match check.test.split_first() {
            Some((kind, rest)) if kind == "CMD-SHELL" => {
                [vec!["/bin/sh".to_owned(), "-c".to_owned()], rest.to_vec()].concat()
            }
            Some((kind, rest)) if kind == "CMD" => rest.to_vec(),
            _ => return,
        };
        self.settings.push(format!("livenessProbe:  # {why}"));
        self.settings.push(format!("  exec: {{ command: {} }}", list(&command)));
        for (name, nanos) in &check.times {
            let key = match *name {
                "interval" => "periodSeconds",
                "timeout" => "timeoutSeconds",
                "start_period" => "initialDelaySeconds",
                _ => continue,
            };
            self.settings.push(format!("  {key}: {}", nanos.div_ceil(1_000_000_000).max(1)));
        }
        if let Some(retries) = check.retries.filter(|retries| *retries > 0) {
            self.settings.push(format!("  failureThreshold: {retries}"));
        }
    }
}

/// RFC 1123, section 2.1: what names of objects are made of.
fn label(text: &str) -> String {
    let name: String = text
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(50)
        .collect();
    let name = name.trim_matches('-').to_owned();
    if name.is_empty() { "container".to_owned() } else { name }
}

fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| yaml(word)).collect();
    format!("[{}]", words.join(", "))
}
