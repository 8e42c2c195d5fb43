//! Which files matter, and where they really lie.

use crate::{
    Roots, daemon_file,
    files::{self, Names},
    read, units,
};
use facts::{DaemonProcess, EngineFacts, Fact, FileRole, HostFile};
use std::collections::BTreeSet;

/// Registry certificates that are looked at.
const CERTIFICATES_MAX: usize = 1_000;
/// Where binaries are looked for.
const BINARY_DIRECTORIES: [&str; 6] = [
    "/usr/bin",
    "/usr/sbin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/libexec/docker",
    "/opt/containerd/bin",
];

/// What decides where files lie.
pub(crate) struct Known<'f> {
    pub(crate) engine: &'f EngineFacts,
    pub(crate) process: Option<&'f DaemonProcess>,
    pub(crate) socket: Option<&'f str>,
    pub(crate) mount_sources: BTreeSet<String>,
}

/// Every file that a check asks for; those that are not there too.
pub(crate) fn collect(roots: &Roots, known: &Known<'_>, names: &Names) -> Vec<HostFile> {
    let mut list: Vec<(FileRole, String)> = Vec::new();
    let mut push = |role: FileRole, path: String| {
        if !list.contains(&(role, path.clone())) {
            list.push((role, path));
        }
    };
    let or = |path: Option<String>, default: &str| path.unwrap_or_else(|| default.to_owned());
    push(
        FileRole::DockerServiceUnit,
        or(units::file(roots, "docker.service"), "/lib/systemd/system/docker.service"),
    );
    push(
        FileRole::DockerSocketUnit,
        or(units::file(roots, "docker.socket"), "/lib/systemd/system/docker.socket"),
    );
    for unit in ["docker.service", "docker.socket", "containerd.service"] {
        for path in units::drop_ins(roots, unit) {
            push(FileRole::UnitDropIn, path);
        }
    }
    push(FileRole::ConfigDirectory, "/etc/docker".to_owned());
    push(FileRole::DaemonJson, known.engine.configuration.path.clone());
    push(FileRole::DefaultsFile, "/etc/default/docker".to_owned());
    push(FileRole::SysconfigFile, "/etc/sysconfig/docker".to_owned());
    push(FileRole::ContainerdConfig, "/etc/containerd/config.toml".to_owned());
    push(FileRole::ContainerdState, "/run/containerd".to_owned());
    for (role, path) in certificates(roots) {
        push(role, path);
    }
    for (role, path) in tls(known) {
        push(role, path);
    }
    for path in engine_sockets(known) {
        push(FileRole::EngineSocket, path);
    }
    for path in containerd_sockets(roots, known) {
        push(FileRole::ContainerdSocket, path);
    }
    push(FileRole::DataRoot, data_root(known));
    push(FileRole::ContainerdRoot, containerd_root(roots));
    let engine_binary = known.process.and_then(|process| process.executable.clone());
    for (role, name, found) in [
        (FileRole::EngineBinary, "dockerd", engine_binary),
        (FileRole::ContainerdBinary, "containerd", None),
        (FileRole::ShimBinary, "containerd-shim", None),
        (FileRole::ShimRuncV1Binary, "containerd-shim-runc-v1", None),
        (FileRole::ShimRuncV2Binary, "containerd-shim-runc-v2", None),
        (FileRole::RuncBinary, "runc", None),
    ] {
        push(role, found.or_else(|| binary(roots, name)).unwrap_or_else(|| format!("/usr/bin/{name}")));
    }
    for path in &known.mount_sources {
        push(FileRole::MountSource, path.clone());
    }
    list.into_iter()
        .map(|(role, path)| HostFile { role, state: files::look(roots, &path, names), path })
        .collect()
}

/// A program in the directories of the administrator.
pub(crate) fn binary(roots: &Roots, name: &str) -> Option<String> {
    BINARY_DIRECTORIES
        .iter()
        .map(|directory| format!("{directory}/{name}"))
        .find(|path| roots.at(path).is_file())
}

/// The engine's own data root, before the directory of a remapped user is added.
pub(crate) fn data_root(known: &Known<'_>) -> String {
    match known.engine.info.known() {
        Some(info) if !info.data_root.is_empty() => info.data_root.clone(),
        _ => setting(known, "data-root", &["--data-root", "-g", "--graph"])
            .pop()
            .unwrap_or_else(|| "/var/lib/docker".to_owned()),
    }
}

/// The data root of containerd, as its configuration says.
pub(crate) fn containerd_root(roots: &Roots) -> String {
    let text = read::text(&roots.at("/etc/containerd/config.toml")).unwrap_or_default();
    let table = text.parse::<toml::Table>().unwrap_or_default();
    let root = table.get("root").and_then(toml::Value::as_str).filter(|root| root.starts_with('/'));
    root.unwrap_or("/var/lib/containerd").to_owned()
}

// Values of daemon.json and of the words of the process.
fn setting(known: &Known<'_>, key: &str, options: &[&str]) -> Vec<String> {
    let mut values = Vec::new();
    if let Fact::Known(Some(content)) = &known.engine.configuration.content {
        match content.get(key) {
            Some(serde_json::Value::String(value)) => values.push(value.clone()),
            Some(serde_json::Value::Array(list)) => {
                values.extend(list.iter().filter_map(|item| item.as_str().map(str::to_owned)));
            }
            _ => {}
        }
    }
    if let Some(words) = known.process.and_then(|process| process.arguments.known()) {
        values.extend(daemon_file::arguments(words, options));
    }
    values
}

// moby, daemon/command/docker_unix.go: certificates lie in ~/.docker unless named; they count once TLS is on.
fn tls(known: &Known<'_>) -> Vec<(FileRole, String)> {
    let flag =
        |name: &str| {
            let in_file =
                known.engine.configuration.content.known().and_then(Option::as_ref).is_some_and(|content| {
                    content.get(name).and_then(serde_json::Value::as_bool) == Some(true)
                });
            let words = known.process.and_then(|process| process.arguments.known());
            let option = format!("--{name}");
            in_file
                || words
                    .is_some_and(|words| words.iter().any(|w| *w == option || *w == format!("{option}=true")))
        };
    let is_on = flag("tls") || flag("tlsverify");
    let mut list = Vec::new();
    for (role, key, file) in [
        (FileRole::TlsAuthority, "tlscacert", "ca.pem"),
        (FileRole::TlsCertificate, "tlscert", "cert.pem"),
        (FileRole::TlsKey, "tlskey", "key.pem"),
    ] {
        match setting(known, key, &[&format!("--{key}")]).pop() {
            Some(path) => list.push((role, path)),
            None if is_on => list.push((role, format!("/root/.docker/{file}"))),
            None => {}
        }
    }
    list
}

fn engine_sockets(known: &Known<'_>) -> Vec<String> {
    let mut paths: Vec<String> = setting(known, "hosts", &["-H", "--host"])
        .iter()
        .filter_map(|host| host.strip_prefix("unix://").map(str::to_owned))
        .filter(|path| !path.is_empty())
        .collect();
    paths.extend(known.socket.map(str::to_owned));
    if paths.is_empty() {
        paths.push("/var/run/docker.sock".to_owned());
    }
    paths
}

fn containerd_sockets(roots: &Roots, known: &Known<'_>) -> Vec<String> {
    let mut paths = setting(known, "containerd", &["--containerd"]);
    for path in ["/run/containerd/containerd.sock", "/run/docker/containerd/containerd.sock"] {
        if roots.at(path).exists() {
            paths.push(path.to_owned());
        }
    }
    if paths.is_empty() {
        paths.push("/run/containerd/containerd.sock".to_owned());
    }
    paths
}

fn certificates(roots: &Roots) -> Vec<(FileRole, String)> {
    let base = "/etc/docker/certs.d";
    let mut list = Vec::new();
    for registry in read::names(&roots.at(base)).unwrap_or_default() {
        for name in read::names(&roots.at(&format!("{base}/{registry}"))).unwrap_or_default() {
            let path = format!("{base}/{registry}/{name}");
            if name.ends_with(".crt") || name.ends_with(".cert") {
                list.push((FileRole::RegistryCertificate, path));
            } else if name.ends_with(".key") {
                list.push((FileRole::RegistryKey, path));
            }
        }
    }
    list.truncate(CERTIFICATES_MAX);
    list
}
