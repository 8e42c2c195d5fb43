//! A Quadlet unit for Podman (podman-systemd.unit(5)).

use super::mounts::propagation;
use super::quote::{line as comment, unit};
use super::run::{publish, tmpfs_options, words};
use super::{Endpoint, HardenedContainer, Item};
use workload::MountKind;

pub(super) fn write(container: &HardenedContainer) -> String {
    let mut text = format!(
        "{}[Unit]\nDescription={}\n\n[Container]\nContainerName={}\nImage={}\n",
        container.head("#"),
        comment(&container.name).replace('%', "%%"),
        unit(&container.name),
        unit(&container.image)
    );
    let mut service = String::new();
    for line in &container.lines {
        let mut key = |name: &str, value: String| {
            text.push_str(&format!("# {}\n{name}={value}\n", comment(&line.why)));
        };
        match &line.item {
            Item::User(user) => {
                let (user, group) = user.split_once(':').unwrap_or((user, ""));
                key("User", unit(user));
                if !group.is_empty() {
                    key("Group", unit(group));
                }
            }
            Item::ReadOnlyRoot => key("ReadOnly", "true".to_owned()),
            Item::Tmpfs { target, size_bytes, options } => {
                key("Tmpfs", unit(&format!("{target}:{}", tmpfs_options(*size_bytes, options))));
            }
            Item::DropAllCapabilities => key("DropCapability", "all".to_owned()),
            Item::AddCapability(name) => key("AddCapability", unit(&format!("CAP_{name}"))),
            Item::NoNewPrivileges => key("NoNewPrivileges", "true".to_owned()),
            Item::Seccomp(file) => key("SeccompProfile", unit(file)),
            Item::Pids(pids) => key("PidsLimit", pids.to_string()),
            Item::Ulimit(name, soft, hard) => key("Ulimit", unit(&format!("{name}={soft}:{hard}"))),
            Item::Network(endpoint) => key("Network", unit(&network(endpoint))),
            Item::Kept(kept) if kept.quadlet.is_some() => {
                key(kept.quadlet.unwrap_or_default(), unit(kept.value()));
            }
            Item::NoNetwork => key("Network", "none".to_owned()),
            Item::Publish(port) => key("PublishPort", unit(&publish(port))),
            Item::Mount(mount) if mount.kind == MountKind::Bind || !mount.source.is_empty() => {
                let mut options = if mount.is_writable() { String::new() } else { ":ro".to_owned() };
                if let Some(propagation) = propagation(mount) {
                    options.push_str(if options.is_empty() { ":" } else { "," });
                    options.push_str(propagation);
                }
                key("Volume", unit(&format!("{}:{}{options}", mount.source, mount.target)));
            }
            Item::Mount(mount) => key("Volume", unit(&mount.target)),
            Item::Device { host_path, container_path, permissions } => {
                key("AddDevice", unit(&format!("{host_path}:{container_path}:{permissions}")));
            }
            Item::EnvironmentFile(file) => {
                key("EnvironmentFile", format!("%h/{}", unit(file.trim_start_matches("./"))));
            }
            Item::Label(name, value) => key("Label", unit(&format!("{name}={value}"))),
            Item::Init => key("RunInit", "true".to_owned()),
            Item::Sysctl(name, value) => key("Sysctl", unit(&format!("{name}={value}"))),
            Item::Health(check) if check.is_off() => key("HealthCmd", "none".to_owned()),
            Item::RestartOnFailure(count) => {
                service.push_str(&format!(
                    "# {}\nRestart=on-failure\nStartLimitBurst={count}\nStartLimitIntervalSec=10min\n",
                    comment(&line.why)
                ));
            }
            Item::NoRestart => service.push_str("Restart=no\n"),
            // These have no key of their own in every release.
            Item::Entrypoint(_)
            | Item::Apparmor(_)
            | Item::Memory { .. }
            | Item::Kept(_)
            | Item::CpuNanos(_)
            | Item::Logging(..)
            | Item::Health(_) => {
                let words: Vec<String> = words(&line.item).iter().map(|word| unit(word)).collect();
                key("PodmanArgs", words.join(" "));
            }
        }
    }
    let mut command = container.command.clone();
    for line in &container.lines {
        if let Item::Entrypoint(entrypoint) = &line.item {
            command = entrypoint.iter().skip(1).cloned().chain(command).collect();
        }
    }
    if !command.is_empty() {
        let words: Vec<String> = command.iter().map(|word| unit(word)).collect();
        text.push_str(&format!("Exec={}\n", words.join(" ")));
    }
    // The limits of starts belong into [Unit] (systemd.unit(5)).
    let (starts, rest): (Vec<&str>, Vec<&str>) =
        service.lines().partition(|line| line.starts_with("StartLimit"));
    let text = text.replacen("\n[Container]\n", &format!("{}\n\n[Container]\n", starts.join("\n")), 1);
    format!("{text}\n[Service]\n{}\n\n[Install]\nWantedBy=default.target\n", rest.join("\n"))
}

/// A network with what the container is in it (podman-run(1), `--network`).
fn network(endpoint: &Endpoint) -> String {
    let mut fields: Vec<String> = endpoint.aliases.iter().map(|alias| format!("alias={alias}")).collect();
    let addresses = [&endpoint.ipv4, &endpoint.ipv6].into_iter().flatten();
    fields.extend(addresses.map(|address| format!("ip={address}")));
    if fields.is_empty() {
        endpoint.network.clone()
    } else {
        format!("{}:{}", endpoint.network, fields.join(","))
    }
}
