//! `docker run`, as a script whose every line says why.

use super::mounts::kind_name;
use super::{HardenedContainer, Item, quote};
use workload::{Mount, Port};

pub(super) fn write(container: &HardenedContainer) -> String {
    let mut text = format!("#!/bin/sh\n{}set -eu\n\n", container.head("#"));
    for line in &container.lines {
        if let Item::Network(name) = &line.item
            && !line.is_kept
        {
            let name = quote::shell(name);
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
        Item::Tmpfs { target, size_bytes } => {
            pair("--tmpfs", format!("{target}:rw,noexec,nosuid,nodev,size={size_bytes}"))
        }
        Item::DropAllCapabilities => pair("--cap-drop", "ALL".to_owned()),
        Item::AddCapability(name) => pair("--cap-add", name.clone()),
        Item::NoNewPrivileges => pair("--security-opt", "no-new-privileges:true".to_owned()),
        Item::Seccomp(file) => pair("--security-opt", format!("seccomp={file}")),
        Item::Apparmor(profile) => pair("--security-opt", format!("apparmor={profile}")),
        Item::Memory(bytes) => {
            let mut words = pair("--memory", bytes.to_string());
            // Without it, as much swap again.
            words.extend(pair("--memory-swap", bytes.to_string()));
            words
        }
        Item::CpuNanos(nanos) => pair("--cpus", cpus(*nanos)),
        Item::Pids(pids) => pair("--pids-limit", pids.to_string()),
        Item::Ulimit(name, soft, hard) => pair("--ulimit", format!("{name}={soft}:{hard}")),
        Item::RestartOnFailure(count) => pair("--restart", format!("on-failure:{count}")),
        Item::NoRestart => pair("--restart", "no".to_owned()),
        Item::Network(name) => pair("--network", name.clone()),
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
        Item::Health(words) => match words.split_first() {
            Some((kind, rest)) if kind == "CMD-SHELL" => pair("--health-cmd", rest.join(" ")),
            Some((_, rest)) => {
                // The option takes shell text alone.
                let quoted: Vec<String> = rest.iter().map(|word| quote::shell(word)).collect();
                pair("--health-cmd", quoted.join(" "))
            }
            None => vec!["--no-healthcheck".to_owned()],
        },
        Item::Sysctl(name, value) => pair("--sysctl", format!("{name}={value}")),
        Item::Entrypoint(words) => pair("--entrypoint", words.first().cloned().unwrap_or_default()),
    }
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
    let csv = |field: &String| {
        if field.contains([',', '"', '\n']) {
            format!("\"{}\"", field.replace('"', "\"\""))
        } else {
            field.clone()
        }
    };
    fields.iter().map(csv).collect::<Vec<_>>().join(",")
}
