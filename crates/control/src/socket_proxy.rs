//! The environment of docker-socket-proxy, read as it is.

use crate::policy::{Policy, PolicyError, Warning};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A variable, and the calls whose path begins with its section.
const SECTIONS: [(&str, &str); 21] = [
    ("AUTH", "system.auth"),
    ("BUILD", "build.run build.prune build.cancel"),
    ("COMMIT", "images.commit"),
    ("CONFIGS", "configs.*"),
    ("CONTAINERS", "containers.*"),
    ("DISTRIBUTION", "distribution.*"),
    ("EVENTS", "system.events"),
    ("EXEC", "exec.*"),
    ("GRPC", "build.grpc"),
    ("IMAGES", "images.*"),
    ("INFO", "system.info"),
    ("NETWORKS", "networks.*"),
    ("NODES", "nodes.*"),
    ("PING", "system.ping system.ping.head"),
    ("PLUGINS", "plugins.*"),
    ("SECRETS", "secrets.*"),
    ("SERVICES", "services.*"),
    ("SESSION", "build.session"),
    ("SWARM", "swarm.*"),
    ("SYSTEM", "system.df"),
    ("TASKS", "tasks.*"),
];
const MORE: [(&str, &str); 2] = [("VERSION", "system.version"), ("VOLUMES", "volumes.*")];
/// Calls that are let through whatever `POST` says.
const ALWAYS: [(&str, &str); 6] = [
    ("ALLOW_START", "containers.start"),
    ("ALLOW_STOP", "containers.stop"),
    ("ALLOW_RESTARTS", "containers.stop containers.restart containers.kill"),
    ("ALLOW_PAUSE", "containers.pause"),
    ("ALLOW_UNPAUSE", "containers.unpause"),
    ("ALLOW_PRUNE", "containers.prune images.prune networks.prune volumes.prune build.prune"),
];
/// On unless told otherwise.
const DEFAULT_ON: [&str; 3] = ["EVENTS", "PING", "VERSION"];
/// What is no matter of access.
const IGNORED: [&str; 5] = ["BIND_CONFIG", "DISABLE_IPV6", "LOG_LEVEL", "SOCKET_PATH", "TIMEOUT"];
/// Reading of contents and input by GET, which its sections let through.
const NOT_READING: &str = "containers.attach.websocket, containers.archive.get, containers.export";

impl Policy {
    /// A policy that lets through what docker-socket-proxy lets through with these variables, and no more: everybody who
    /// reaches the socket is one client. Rules of `guarded` hold for what is written.
    ///
    /// # Errors
    /// A value is neither 0 nor 1, or a variable looks like one of its own and is not.
    pub fn from_socket_proxy(
        variables: &BTreeMap<String, String>,
    ) -> Result<(Self, Vec<Warning>), PolicyError> {
        let yaml = socket_proxy_yaml(variables)?;
        let (policy, mut warnings) = Self::parse(&yaml)?;
        if is_on(variables, "CONTAINERS")? && !is_on(variables, "POST")? {
            let message = format!("with POST=0 these are refused although they are GETs: {NOT_READING}");
            warnings.push(Warning { line: 0, message });
        }
        // An environment holds many variables; one letter off is worth a word.
        let names: Vec<&str> = SECTIONS.iter().chain(&MORE).map(|(name, _)| *name).collect();
        for name in variables.keys().filter(|name| !names.contains(&name.as_str())) {
            if let Some(near) = names.iter().find(|other| crate::document::distance(name, other) == 1) {
                let message = format!(
                    "{} is no variable of docker-socket-proxy, did you mean '{near}'?",
                    crate::document::shown(name)
                );
                warnings.push(Warning { line: 0, message });
            }
        }
        for name in ["GRPC", "SESSION"] {
            if is_on(variables, name)? {
                let message =
                    format!("{name}=1 lets BuildKit's own protocol through, which rules do not see");
                warnings.push(Warning { line: 0, message });
            }
        }
        Ok((policy, warnings))
    }
}

/// The same as the text of a policy, to go on from.
///
/// # Errors
/// As [`Policy::from_socket_proxy`].
pub fn socket_proxy_yaml(variables: &BTreeMap<String, String>) -> Result<String, PolicyError> {
    let known =
        || SECTIONS.iter().chain(&MORE).chain(&ALWAYS).map(|(name, _)| *name).chain(["POST"]).chain(IGNORED);
    for name in variables.keys().filter(|name| name.starts_with("ALLOW_")) {
        let names: Vec<&str> = known().collect();
        if !names.contains(&name.as_str()) {
            let hint = crate::document::hint(name, &names);
            let message =
                format!("'{}' is no variable of docker-socket-proxy{hint}", crate::document::shown(name));
            return Err(PolicyError { line: 0, message });
        }
    }
    let writes = is_on(variables, "POST")?;
    let mut yaml = String::from(
        "version: 1\nprofile: guarded\nclients:\n  - name: everyone\n    match: {any: true}\n    allow:\n      - system.ping*\n",
    );
    let mut line = |calls: &str, method: &str| {
        let list = calls.replace(' ', ", ");
        writeln!(yaml, "      - {{call: [{list}]{method}}}").expect("memory takes every line");
    };
    for (name, calls) in SECTIONS.iter().chain(&MORE) {
        if is_on(variables, name)? {
            line(calls, if writes { "" } else { ", method: [GET, HEAD]" });
        }
    }
    for (name, calls) in &ALWAYS {
        if is_on(variables, name)? {
            line(calls, "");
        }
    }
    if !writes {
        writeln!(yaml, "    deny: [{NOT_READING}]").expect("memory takes every line");
    }
    let session = is_on(variables, "SESSION")? || is_on(variables, "GRPC")?;
    if session {
        yaml.push_str("rules:\n  - {id: guard/build-session, mode: warn}\n");
    }
    Ok(yaml)
}

fn is_on(variables: &BTreeMap<String, String>, name: &str) -> Result<bool, PolicyError> {
    match variables.get(name).map(|value| value.trim().to_ascii_lowercase()) {
        None => Ok(DEFAULT_ON.contains(&name)),
        Some(value) => match value.as_str() {
            "1" | "true" | "yes" | "on" => Ok(true),
            "0" | "false" | "no" | "off" | "" => Ok(false),
            other => Err(PolicyError {
                line: 0,
                message: format!("{name} is '{}', neither 0 nor 1", crate::document::shown(other)),
            }),
        },
    }
}
