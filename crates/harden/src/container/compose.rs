//! A compose file (compose-spec, spec.md).

use super::kept::duration;
use super::mounts::{kind_name, propagation};
use super::quote::{compose as quoted, line as comment};
use super::run::{cpus, publish, tmpfs_options};
use super::{Endpoint, HardenedContainer, HealthCheck, Item, decide::file_stem};
use workload::MountKind;

/// What stands in lists and maps of the service, in the order in which they are written.
const GROUPS: &[&str] = &[
    "security_opt",
    "cap_drop",
    "cap_add",
    "tmpfs",
    "volumes",
    "devices",
    "ports",
    "networks",
    "env_file",
    "ulimits",
    "sysctls",
    "labels",
    "annotations",
    "expose",
    "extra_hosts",
    "dns",
    "dns_search",
    "dns_opt",
    "group_add",
    "device_cgroup_rules",
    "gpus",
    "storage_opt",
    "blkio_config",
];

pub(super) fn write(container: &HardenedContainer) -> String {
    let service = file_stem(&container.name);
    let mut plain: Vec<(String, String)> = Vec::new();
    let mut grouped: Vec<(&str, String, String)> = Vec::new();
    let (mut own_networks, mut other_networks, mut volumes) = (Vec::new(), Vec::new(), Vec::new());
    for line in &container.lines {
        let why = comment(&line.why);
        let mut one = |name: &str, value: String| plain.push((format!("{name}: {value}"), why.clone()));
        let mut many = |name: &'static str, value: String| grouped.push((name, value, why.clone()));
        match &line.item {
            Item::User(user) => one("user", quoted(user)),
            Item::ReadOnlyRoot => one("read_only", "true".to_owned()),
            Item::Memory { bytes, swap_bytes } => {
                one("mem_limit", bytes.to_string());
                one("memswap_limit", swap_bytes.to_string());
            }
            Item::CpuNanos(nanos) => one("cpus", cpus(*nanos)),
            Item::Pids(pids) => one("pids_limit", pids.to_string()),
            Item::RestartOnFailure(count) => one("restart", quoted(&format!("on-failure:{count}"))),
            Item::NoRestart => one("restart", quoted("no")),
            Item::NoNetwork => one("network_mode", quoted("none")),
            Item::Init => one("init", "true".to_owned()),
            Item::Entrypoint(words) => one("entrypoint", list(words)),
            Item::Health(check) => one("healthcheck", health(check)),
            Item::Kept(kept) => match &kept.compose {
                Some((key, value)) if GROUPS.contains(key) => many(key, value.clone()),
                Some((key, value)) => one(key, value.clone()),
                None => {}
            },
            Item::Logging(driver, options) => {
                let options: Vec<String> = options
                    .iter()
                    .map(|(name, value)| format!("{}: {}", quoted(name), quoted(value)))
                    .collect();
                one(
                    "logging",
                    format!("{{ driver: {}, options: {{ {} }} }}", quoted(driver), options.join(", ")),
                );
            }
            Item::NoNewPrivileges => many("security_opt", "- \"no-new-privileges:true\"".to_owned()),
            Item::Seccomp(file) => many("security_opt", format!("- {}", quoted(&format!("seccomp={file}")))),
            Item::Apparmor(profile) => {
                many("security_opt", format!("- {}", quoted(&format!("apparmor={profile}"))));
            }
            Item::DropAllCapabilities => many("cap_drop", "- ALL".to_owned()),
            Item::AddCapability(name) => many("cap_add", format!("- {}", quoted(name))),
            Item::Tmpfs { target, size_bytes, options } => {
                let options = tmpfs_options(*size_bytes, options);
                many("tmpfs", format!("- {}", quoted(&format!("{target}:{options}"))));
            }
            Item::Mount(mount) => {
                let mut fields = vec![format!("type: {}", kind_name(mount))];
                if !mount.source.is_empty() && !mount.is_anonymous {
                    fields.push(format!("source: {}", quoted(&mount.source)));
                    if mount.kind == MountKind::Volume {
                        volumes.push(mount.source.clone());
                    }
                }
                fields.push(format!("target: {}", quoted(&mount.target)));
                if !mount.is_writable() {
                    fields.push("read_only: true".to_owned());
                }
                if let Some(propagation) = propagation(mount) {
                    fields.push(format!("bind: {{ propagation: {propagation} }}"));
                }
                if mount.kind == MountKind::Volume && mount.options.iter().any(|option| option == "nocopy") {
                    fields.push("volume: { nocopy: true }".to_owned());
                }
                many("volumes", format!("- {{ {} }}", fields.join(", ")));
            }
            Item::Device { host_path, container_path, permissions } => {
                many(
                    "devices",
                    format!("- {}", quoted(&format!("{host_path}:{container_path}:{permissions}"))),
                );
            }
            Item::Publish(port) => many("ports", format!("- {}", quoted(&publish(port)))),
            Item::Network(endpoint) => {
                let name = &endpoint.network;
                many("networks", format!("{}: {}", quoted(name), place(endpoint)));
                if line.is_kept { other_networks.push(name.clone()) } else { own_networks.push(name.clone()) }
            }
            Item::EnvironmentFile(file) => many("env_file", format!("- {}", quoted(file))),
            Item::Ulimit(name, soft, hard) => {
                many("ulimits", format!("{}: {{ soft: {soft}, hard: {hard} }}", quoted(name)));
            }
            Item::Sysctl(name, value) => many("sysctls", format!("{}: {}", quoted(name), quoted(value))),
            Item::Label(name, value) => many("labels", format!("{}: {}", quoted(name), quoted(value))),
        }
    }
    let mut text = format!("{}services:\n  {}:\n", container.head("#"), quoted(&service));
    text.push_str(&format!("    image: {}\n", quoted(&container.image)));
    text.push_str(&format!("    container_name: {}\n", quoted(&container.name)));
    if !container.command.is_empty() {
        text.push_str(&format!("    command: {}\n", list(&container.command)));
    }
    for (statement, why) in plain {
        text.push_str(&format!("    {statement}  # {why}\n"));
    }
    for group in GROUPS {
        let members: Vec<_> = grouped.iter().filter(|(name, ..)| name == group).collect();
        if !members.is_empty() {
            text.push_str(&format!("    {group}:\n"));
        }
        for (_, value, why) in members {
            text.push_str(&format!("      {value}  # {why}\n"));
        }
    }
    for (title, own, other) in [("networks", own_networks, other_networks), ("volumes", Vec::new(), volumes)]
    {
        if own.is_empty() && other.is_empty() {
            continue;
        }
        text.push_str(&format!("{title}:\n"));
        for name in own {
            text.push_str(&format!("  {}: {{}}\n", quoted(&name)));
        }
        for name in other {
            // Those that exist keep their name and their content.
            text.push_str(&format!("  {}: {{ external: true }}\n", quoted(&name)));
        }
    }
    text
}

fn health(check: &HealthCheck) -> String {
    if check.is_off() {
        return "{ disable: true }".to_owned();
    }
    let mut fields = vec![format!("test: {}", list(&check.test))];
    fields.extend(check.times.iter().map(|(name, nanos)| format!("{name}: {}", duration(*nanos))));
    fields.extend(check.retries.map(|retries| format!("retries: {retries}")));
    format!("{{ {} }}", fields.join(", "))
}

/// What a service is in a network.
fn place(endpoint: &Endpoint) -> String {
    let mut fields = Vec::new();
    if !endpoint.aliases.is_empty() {
        fields.push(format!("aliases: {}", list(&endpoint.aliases)));
    }
    fields.extend(endpoint.ipv4.iter().map(|address| format!("ipv4_address: {}", quoted(address))));
    fields.extend(endpoint.ipv6.iter().map(|address| format!("ipv6_address: {}", quoted(address))));
    if fields.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", fields.join(", ")) }
}

fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("[{}]", words.join(", "))
}
