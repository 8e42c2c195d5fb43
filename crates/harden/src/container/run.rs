//! `docker run`, as a script whose every line says why.

use super::kept::duration;
use super::mounts::{kind_name, propagation};
use super::{Endpoint, HardenedContainer, HealthCheck, Item, quote};
use workload::{Mount, MountKind, Port};

pub(super) fn write(container: &HardenedContainer) -> String {
    let mut text = format!("#!/bin/sh\n{}set -eu\n\n", container.head("#"));
    for line in &container.lines {
        if let Item::Network(endpoint) = &line.item
            && !line.is_kept
        {
            let name = quote::shell(&endpoint.network);
            text.push_str(&format!(
                "docker network inspect {name} >/dev/null 2>&1 || docker network create {name}\n"
            ));
        }
    }
    text.push_str(&format!("set -- --detach --name {}\n", quote::shell(&container.name)));
    let mut command = container.command.clone();
    for line in &container.lines {
        text.push_str(&format!("# {}\n", quote::line(&line.why)));
        let words = words(&line.item);
        let quoted: Vec<String> = words.iter().map(|word| quote::shell(word)).collect();
        text.push_str(&format!("set -- \"$@\" {}\n", quoted.join(" ")));
        if let Item::Entrypoint(entrypoint) = &line.item {
            // --entrypoint takes the program alone; its arguments come before the command.
            command = entrypoint.iter().skip(1).cloned().chain(command).collect();
        }
    }
    let mut last = vec![quote::shell(&container.image)];
    last.extend(command.iter().map(|word| quote::shell(word)));
    text.push_str(&format!("exec docker run \"$@\" {}\n", last.join(" ")));
    text
}

/// The arguments of `docker run` that make a statement.
#[must_use]
pub fn words(item: &Item) -> Vec<String> {
    let pair = |name: &str, value: String| vec![name.to_owned(), value];
    match item {
        Item::User(user) => pair("--user", user.clone()),
        Item::ReadOnlyRoot => vec!["--read-only".to_owned()],
        Item::Tmpfs { target, size_bytes, options } => {
            pair("--tmpfs", format!("{target}:{}", tmpfs_options(*size_bytes, options)))
        }
        Item::DropAllCapabilities => pair("--cap-drop", "ALL".to_owned()),
        Item::AddCapability(name) => pair("--cap-add", name.clone()),
        Item::NoNewPrivileges => pair("--security-opt", "no-new-privileges:true".to_owned()),
        Item::Seccomp(file) => pair("--security-opt", format!("seccomp={file}")),
        Item::Apparmor(profile) => pair("--security-opt", format!("apparmor={profile}")),
        Item::Memory { bytes, swap_bytes } => {
            let mut words = pair("--memory", bytes.to_string());
            // Without it, as much swap again.
            words.extend(pair("--memory-swap", swap_bytes.to_string()));
            words
        }
        Item::CpuNanos(nanos) => pair("--cpus", cpus(*nanos)),
        Item::Pids(pids) => pair("--pids-limit", pids.to_string()),
        Item::Ulimit(name, soft, hard) => pair("--ulimit", format!("{name}={soft}:{hard}")),
        Item::RestartOnFailure(count) => pair("--restart", format!("on-failure:{count}")),
        Item::NoRestart => pair("--restart", "no".to_owned()),
        Item::Network(endpoint) => pair("--network", network_option(endpoint)),
        Item::NoNetwork => pair("--network", "none".to_owned()),
        Item::Publish(port) => pair("--publish", publish(port)),
        Item::Mount(mount) => pair("--mount", mount_option(mount)),
        Item::Device { host_path, container_path, permissions } => {
            pair("--device", format!("{host_path}:{container_path}:{permissions}"))
        }
        Item::EnvironmentFile(file) => pair("--env-file", file.clone()),
        Item::Label(name, value) => pair("--label", format!("{name}={value}")),
        Item::Logging(driver, options) => {
            let mut words = pair("--log-driver", driver.clone());
            for (name, value) in options {
                words.extend(pair("--log-opt", format!("{name}={value}")));
            }
            words
        }
        Item::Init => vec!["--init".to_owned()],
        Item::Health(check) => health_options(check),
        Item::Sysctl(name, value) => pair("--sysctl", format!("{name}={value}")),
        Item::Entrypoint(words) => pair("--entrypoint", words.first().cloned().unwrap_or_default()),
        Item::Kept(kept) => kept.words.clone(),
    }
}

fn health_options(check: &HealthCheck) -> Vec<String> {
    if check.is_off() {
        return vec!["--no-healthcheck".to_owned()];
    }
    let mut words = Vec::new();
    match check.test.split_first() {
        Some((kind, rest)) if kind == "CMD-SHELL" => {
            words.extend(["--health-cmd".to_owned(), rest.join(" ")]);
        }
        Some((_, rest)) => {
            // The option takes shell text alone.
            let quoted: Vec<String> = rest.iter().map(|word| quote::shell(word)).collect();
            words.extend(["--health-cmd".to_owned(), quoted.join(" ")]);
        }
        None => {}
    }
    for (name, nanos) in &check.times {
        words.extend([format!("--health-{}", name.replace('_', "-")), duration(*nanos)]);
    }
    if let Some(retries) = check.retries {
        words.extend(["--health-retries".to_owned(), retries.to_string()]);
    }
    words
}

/// A network alone, or with what the container is in it: fields of a line of CSV (docker/cli, opts/network.go).
fn network_option(endpoint: &Endpoint) -> String {
    let mut fields: Vec<String> = endpoint.aliases.iter().map(|alias| format!("alias={alias}")).collect();
    fields.extend(endpoint.ipv4.iter().map(|address| format!("ip={address}")));
    fields.extend(endpoint.ipv6.iter().map(|address| format!("ip6={address}")));
    if fields.is_empty() {
        return endpoint.network.clone();
    }
    fields.insert(0, format!("name={}", endpoint.network));
    csv(&fields)
}

pub(super) fn tmpfs_options(size_bytes: u64, options: &[String]) -> String {
    let is_read_only = options.iter().any(|option| option == "ro");
    let mut text =
        format!("{},noexec,nosuid,nodev,size={size_bytes}", if is_read_only { "ro" } else { "rw" });
    for option in options.iter().filter(|option| *option != "ro") {
        text.push(',');
        text.push_str(option);
    }
    text
}

/// One line of CSV.
fn csv(fields: &[String]) -> String {
    let quoted = |field: &String| match field.contains([',', '"', '\n']) {
        true => format!("\"{}\"", field.replace('"', "\"\"")),
        false => field.clone(),
    };
    fields.iter().map(quoted).collect::<Vec<_>>().join(",")
}

/// `1.5` of 1,500,000,000.
pub(super) fn cpus(nanos: u64) -> String {
    let text = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// `127.0.0.1:8080:80/tcp`.
pub(super) fn publish(port: &Port) -> String {
    let host = match (port.host_port, port.host_port_end) {
        (Some(first), Some(last)) if last != first => format!("{first}-{last}"),
        (Some(first), _) => first.to_string(),
        (None, _) => String::new(),
    };
    let protocol = if port.protocol.is_empty() { "tcp" } else { &port.protocol };
    let inside = format!("{}/{protocol}", port.container_port);
    let address = match port.host_address.trim_matches(['[', ']']) {
        "" => String::new(),
        address if address.contains(':') => format!("[{address}]:"),
        address => format!("{address}:"),
    };
    if address.is_empty() && host.is_empty() { inside } else { format!("{address}{host}:{inside}") }
}

/// The value of `--mount`, fields quoted as CSV (docker/cli, opts/mount.go).
fn mount_option(mount: &Mount) -> String {
    let mut fields = vec![format!("type={}", kind_name(mount))];
    if !mount.source.is_empty() && !mount.is_anonymous {
        fields.push(format!("source={}", mount.source));
    }
    fields.push(format!("target={}", mount.target));
    if !mount.is_writable() {
        fields.push("readonly".to_owned());
    }
    if let Some(propagation) = propagation(mount) {
        fields.push(format!("bind-propagation={propagation}"));
    }
    if mount.kind == MountKind::Volume && mount.options.iter().any(|option| option == "nocopy") {
        fields.push("volume-nocopy".to_owned());
    }
    csv(&fields)
}
