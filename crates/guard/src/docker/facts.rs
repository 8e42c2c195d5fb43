//! What decisions need to know, asked of the engine anew each time: nothing that was true a moment ago counts.

use super::images::Images;
use crate::{paths::HostPaths, upstream::Upstream};
use control::{
    ContainerFacts, EngineFacts, ExecFacts, Facts, Found, ImageFacts, Need, NetworkFacts, PathFacts,
    SwarmFacts, SwarmKind, VolumeFacts,
};
use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf};

/// Answers the needs of a decision.
pub(crate) fn gather(
    upstream: &Upstream,
    host: &HostPaths,
    images: Option<&Images>,
    needs: &[Need],
) -> Facts {
    let mut facts = Facts::default();
    let host = Host { paths: host, named: images.map_or(&[], Images::named) };
    for need in needs {
        match need {
            Need::Container(name) => {
                facts.containers.insert(name.clone(), container(upstream, host, name));
            }
            Need::Image(name) => {
                facts.images.insert(name.clone(), image(upstream, images, name));
            }
            Need::Remote(name) => {
                let found = images.map_or_else(
                    || Found::Unknown("nothing here asks registries".to_owned()),
                    |images| images.remote(name),
                );
                facts.remotes.insert(name.clone(), found);
            }
            Need::Volume(name) => {
                facts.volumes.insert(name.clone(), volume(upstream, name));
            }
            Need::Network(name) => {
                facts.networks.insert(name.clone(), network(upstream, name));
            }
            Need::Exec(id) => {
                facts.execs.insert(id.clone(), exec(upstream, host, id));
            }
            Need::Swarm(kind, name) => {
                facts.swarm_mut(*kind).insert(name.clone(), of_swarm(upstream, *kind, name));
            }
            Need::Path(path) => {
                facts.paths.insert(path.clone(), self::path(host, path));
            }
            Need::Engine => facts.engine = engine(upstream),
        }
    }
    facts
}

/// Paths of the host, and the files of the guard that its policy names.
#[derive(Clone, Copy)]
struct Host<'a> {
    paths: &'a HostPaths,
    named: &'a [PathBuf],
}

/// A container with its inspection, for those who need more than facts.
pub(crate) fn inspect_container(upstream: &Upstream, name: &str) -> Found<Value> {
    ask(upstream, &format!("/containers/{}/json", encoded(name, "")))
}

fn container(upstream: &Upstream, host: Host<'_>, name: &str) -> Found<ContainerFacts> {
    let target = format!("/containers/{}/json", encoded(name, ""));
    let bytes = match ask_bytes(upstream, &target) {
        Found::Known(bytes) => bytes,
        Found::Missing => return Found::Missing,
        Found::Unknown(why) => return Found::Unknown(why),
    };
    let read = workload::read_inspect(&bytes);
    let Some(spec) = read.ok().and_then(|read| read.specs.into_iter().next()) else {
        return Found::Unknown("the engine's description of the container is not understood".to_owned());
    };
    let Some(id) = spec.id.clone() else { return Found::Unknown("the container has no id".to_owned()) };
    let mut mounted_paths: BTreeMap<String, PathFacts> = BTreeMap::new();
    for mount in spec.mounts.iter().filter(|mount| mount.source.starts_with('/')) {
        if let Found::Known(facts) = path(host, &mount.source) {
            mounted_paths.insert(mount.source.clone(), facts);
        }
    }
    Found::Known(ContainerFacts { id, name: spec.name.clone(), spec, mounted_paths })
}

fn image(upstream: &Upstream, images: Option<&Images>, name: &str) -> Found<ImageFacts> {
    let mut found = image_here(upstream, name);
    if let (Some(images), Found::Known(image)) = (images, &mut found) {
        images.judge_local(name, image);
    }
    found
}

fn image_here(upstream: &Upstream, name: &str) -> Found<ImageFacts> {
    map(ask(upstream, &format!("/images/{}/json", encoded(name, "/:@"))), |value| {
        let repository = repository(name);
        let digests = value["RepoDigests"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let digest = digests
            .filter_map(|digest| digest.split_once('@'))
            .find(|(of, _)| self::repository(of) == repository)
            .map(|(_, digest)| digest.to_owned());
        let listed = |field: &str| value[field].as_array().into_iter().flatten().filter_map(text);
        let volumes = value["Config"]["Volumes"].as_object();
        Some(ImageFacts {
            id: text(&value["Id"])?,
            names: listed("RepoTags").chain(listed("RepoDigests")).collect(),
            digest,
            labels: texts(&value["Config"]["Labels"])?,
            user: text(&value["Config"]["User"]).unwrap_or_default(),
            volumes: volumes.map(|volumes| volumes.keys().cloned().collect()).unwrap_or_default(),
            ..ImageFacts::default()
        })
    })
}

/// The repository of a reference, without tag and digest and the names that Docker Hub goes without.
fn repository(reference: &str) -> &str {
    let name = reference.split_once('@').map_or(reference, |(name, _)| name);
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let name = name[slash..].find(':').map_or(name, |colon| &name[..slash + colon]);
    let name = name.strip_prefix("docker.io/").unwrap_or(name);
    name.strip_prefix("library/").unwrap_or(name)
}

fn volume(upstream: &Upstream, name: &str) -> Found<VolumeFacts> {
    map(ask(upstream, &format!("/volumes/{}", encoded(name, ""))), |value| {
        Some(VolumeFacts {
            name: text(&value["Name"])?,
            driver: text(&value["Driver"])?,
            options: texts(&value["Options"])?,
            labels: texts(&value["Labels"])?,
        })
    })
}

fn network(upstream: &Upstream, name: &str) -> Found<NetworkFacts> {
    map(ask(upstream, &format!("/networks/{}", encoded(name, ""))), |value| {
        Some(NetworkFacts {
            id: text(&value["Id"])?,
            name: text(&value["Name"])?,
            driver: text(&value["Driver"])?,
            labels: texts(&value["Labels"])?,
        })
    })
}

/// What the engine does by default; nothing when it does not tell.
fn engine(upstream: &Upstream) -> Option<EngineFacts> {
    let Found::Known(info) = ask(upstream, "/info") else { return None };
    // It names what every container gets (moby, daemon/info.go, `fillSecurityOptions`).
    let options = info["SecurityOptions"].as_array()?;
    let is_private = options
        .iter()
        .filter_map(Value::as_str)
        .any(|option| option.split(',').any(|part| part == "name=cgroupns"));
    Some(EngineFacts { has_host_cgroup_namespace: !is_private })
}

/// Something of a swarm; an engine that is no manager of one has nothing.
fn of_swarm(upstream: &Upstream, kind: SwarmKind, name: &str) -> Found<SwarmFacts> {
    let target = format!("/{}/{}", kind.path(), encoded(name, ""));
    let found = match upstream.get(&target) {
        Ok((503, _)) => Found::Missing,
        _ => ask(upstream, &target),
    };
    if kind != SwarmKind::Task {
        return map(found, |value| {
            Some(SwarmFacts { id: text(&value["ID"])?, labels: texts(&value["Spec"]["Labels"])? })
        });
    }
    let ids = map(found, |value| Some((text(&value["ID"])?, text(&value["ServiceID"]).unwrap_or_default())));
    match ids {
        Found::Known((id, service)) if service.is_empty() => {
            Found::Known(SwarmFacts { id, ..SwarmFacts::default() })
        }
        Found::Known((id, service)) => match of_swarm(upstream, SwarmKind::Service, &service) {
            Found::Known(service) => Found::Known(SwarmFacts { id, ..service }),
            // Whose it was cannot be told any more: it is nobody's.
            Found::Missing => Found::Known(SwarmFacts { id, ..SwarmFacts::default() }),
            unknown @ Found::Unknown(_) => unknown,
        },
        Found::Missing => Found::Missing,
        Found::Unknown(why) => Found::Unknown(why),
    }
}

fn exec(upstream: &Upstream, host: Host<'_>, id: &str) -> Found<ExecFacts> {
    let value = match ask(upstream, &format!("/exec/{}/json", encoded(id, ""))) {
        Found::Known(value) => value,
        Found::Missing => return Found::Missing,
        Found::Unknown(why) => return Found::Unknown(why),
    };
    let Some((exec, of)) = text(&value["ID"]).zip(text(&value["ContainerID"])) else {
        return Found::Unknown("the engine's description of the process is not understood".to_owned());
    };
    let container = match container(upstream, host, &of) {
        Found::Known(container) => container,
        Found::Missing => return Found::Missing,
        Found::Unknown(why) => return Found::Unknown(why),
    };
    let process = &value["ProcessConfig"];
    let arguments = process["arguments"].as_array().into_iter().flatten().filter_map(text);
    Found::Known(ExecFacts {
        id: exec,
        privileged: process["privileged"].as_bool().unwrap_or(true),
        user: text(&process["user"]).unwrap_or_default(),
        command: text(&process["entrypoint"]).into_iter().chain(arguments).collect(),
        container,
    })
}

fn path(host: Host<'_>, path: &str) -> Found<PathFacts> {
    match host.paths.look_up(path, host.named) {
        Ok(facts) => Found::Known(facts),
        Err(why) => Found::Unknown(why),
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn texts(value: &Value) -> Option<BTreeMap<String, String>> {
    match value {
        Value::Null => Some(BTreeMap::new()),
        Value::Object(members) => {
            members.iter().map(|(name, value)| Some((name.clone(), text(value)?))).collect()
        }
        _ => None,
    }
}

fn map<T>(found: Found<Value>, read: impl FnOnce(&Value) -> Option<T>) -> Found<T> {
    match found {
        Found::Known(value) => read(&value)
            .map_or_else(|| Found::Unknown("the engine's answer is not understood".to_owned()), Found::Known),
        Found::Missing => Found::Missing,
        Found::Unknown(why) => Found::Unknown(why),
    }
}

fn ask(upstream: &Upstream, target: &str) -> Found<Value> {
    match ask_bytes(upstream, target) {
        Found::Known(bytes) => match serde_json::from_slice(&bytes) {
            Ok(value) => Found::Known(value),
            Err(_) => Found::Unknown("the engine's answer is not JSON".to_owned()),
        },
        Found::Missing => Found::Missing,
        Found::Unknown(why) => Found::Unknown(why),
    }
}

fn ask_bytes(upstream: &Upstream, target: &str) -> Found<Vec<u8>> {
    match upstream.get(target) {
        Ok((200, bytes)) => Found::Known(bytes),
        Ok((404, _)) => Found::Missing,
        // Not even a name that the engine takes: there is no such thing.
        Ok((400, _)) => Found::Missing,
        Ok((status, _)) => Found::Unknown(format!("the engine answers {status}")),
        Err(error) => Found::Unknown(format!("the engine does not answer: {error}")),
    }
}

/// Percent-encodes a part of a path; `kept` stays as it is.
pub(super) fn encoded(text: &str, kept: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repositories_are_compared_without_what_docker_hub_goes_without() {
        for (reference, expected) in [
            ("alpine", "alpine"),
            ("alpine:3", "alpine"),
            ("docker.io/library/alpine:3", "alpine"),
            ("registry.example.com:5000/a/b:1", "registry.example.com:5000/a/b"),
            ("a/b@sha256:00", "a/b"),
        ] {
            assert_eq!(repository(reference), expected);
        }
    }
}
