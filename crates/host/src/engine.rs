//! The engine: everything that its API tells, within limits of number and time.

use crate::{
    container::{exec_ids, read_container, read_exec},
    images, info,
    info::text,
    swarm,
};
use docker::{DockerError, Document, Engine};
use facts::{Container, DiskUsage, DiskUsageItem, EngineFacts, Exec, Fact, Image, Network};
use model::{Gap, GapReason};
use serde_json::Value;
use std::time::Instant;

/// Containers, images and networks that are asked for one by one.
const OBJECTS_MAX: usize = 20_000;
/// Answers in a row that do not come, after which nothing more is asked.
const FAILURES_MAX: usize = 3;

/// The answers, and the document of `/version` for the components.
pub(crate) struct Asked {
    pub(crate) facts: EngineFacts,
    pub(crate) version: Fact<Value>,
}

/// Asks until `deadline`; what was not asked by then is missing, and told.
pub(crate) fn ask(engine: Result<&Engine, String>, deadline: Instant, gaps: &mut Vec<Gap>) -> Asked {
    let engine = match engine {
        Ok(engine) => engine,
        Err(why) => {
            let gone = || why.clone();
            return Asked {
                facts: EngineFacts {
                    address: unreachable(gone()),
                    info: unreachable(gone()),
                    networks: unreachable(gone()),
                    disk_usage: unreachable(gone()),
                    swarm: unreachable(gone()),
                    images: unreachable(gone()),
                    containers: unreachable(gone()),
                    ..EngineFacts::default()
                },
                version: unreachable(gone()),
            };
        }
    };
    let mut patience = Patience { deadline, failures: 0 };
    let info_document = patience.ask("/info", || engine.document(Document::Info));
    let info = match &info_document {
        Fact::Known(document) if document.is_object() => Fact::Known(info::read(document)),
        Fact::Known(_) => Fact::missing(GapReason::Malformed, "the answer for /info is no object"),
        Fact::Missing(missing) => Fact::Missing(missing.clone()),
    };
    let version = patience.ask("/version", || engine.document(Document::Version));
    let containers = containers(engine, &mut patience, gaps);
    let networks = networks(engine, &mut patience, gaps);
    let images = images(engine, &mut patience, gaps);
    let swarm = match &info_document {
        Fact::Known(document) => swarm::read(engine, document),
        Fact::Missing(missing) => Fact::Missing(missing.clone()),
    };
    let disk_usage =
        patience.ask("/system/df", || engine.document(Document::DiskUsage)).map(|d| disk_usage(&d));
    let facts = EngineFacts {
        address: Fact::Known(engine.address().to_string()),
        info,
        networks,
        disk_usage,
        swarm,
        images,
        containers,
        ..EngineFacts::default()
    };
    Asked { facts, version }
}

fn unreachable<T>(why: String) -> Fact<T> {
    Fact::missing(GapReason::Unreadable, why)
}

struct Patience {
    deadline: Instant,
    failures: usize,
}

impl Patience {
    fn ask<T>(&mut self, what: &str, call: impl FnOnce() -> Result<T, DockerError>) -> Fact<T> {
        if let Some(why) = self.is_over() {
            return Fact::missing(GapReason::LimitReached, format!("{what} was not asked: {why}"));
        }
        match call() {
            Ok(answer) => {
                self.failures = 0;
                Fact::Known(answer)
            }
            Err(error) => {
                if matches!(error, DockerError::Unreachable { .. }) {
                    self.failures += 1;
                }
                let reason = match error {
                    DockerError::Malformed { .. } => GapReason::Malformed,
                    _ => GapReason::Unreadable,
                };
                Fact::missing(reason, error.to_string().lines().next().unwrap_or_default())
            }
        }
    }

    fn is_over(&self) -> Option<&'static str> {
        if self.failures >= FAILURES_MAX {
            Some("the engine does not answer any more")
        } else if Instant::now() >= self.deadline {
            Some("time is up")
        } else {
            None
        }
    }
}

fn containers(engine: &Engine, patience: &mut Patience, gaps: &mut Vec<Gap>) -> Fact<Vec<Container>> {
    let listed = match patience.ask("/containers/json", || engine.containers()) {
        Fact::Known(listed) => listed,
        Fact::Missing(missing) => return Fact::Missing(missing),
    };
    let mut list = Vec::new();
    for (at, listing) in listed.iter().enumerate() {
        if too_many(at, listed.len(), "containers", patience, gaps) {
            break;
        }
        let name = listing.names.first().map_or(listing.id.as_str(), |name| name.trim_start_matches('/'));
        match patience.ask("container", || engine.container_document(&listing.id)) {
            Fact::Known(document) => {
                let mut container = read_container(&document, gaps);
                // An engine that answers about another container than was asked is not believed.
                if container.id != listing.id {
                    gaps.push(Gap::new(
                        format!("container {name}"),
                        GapReason::Malformed,
                        "the answer is about another container",
                    ));
                    continue;
                }
                if container.name.is_empty() {
                    name.clone_into(&mut container.name);
                }
                if container.is_running() {
                    container.execs = execs(engine, &document, patience);
                }
                list.push(container);
            }
            // A container that is gone by now is no gap.
            Fact::Missing(missing) if missing.detail.contains("answers 404") => {}
            Fact::Missing(missing) => {
                gaps.push(Gap::new(format!("container {name}"), missing.reason, missing.detail));
            }
        }
    }
    list.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Fact::Known(list)
}

fn execs(engine: &Engine, document: &Value, patience: &mut Patience) -> Fact<Vec<Exec>> {
    let mut list = Vec::new();
    for id in exec_ids(document) {
        match patience.ask("exec", || engine.exec_document(&id)) {
            Fact::Known(document) => list.push(read_exec(&document)),
            // The engine forgets those that ended.
            Fact::Missing(missing) if missing.detail.contains("answers 404") => {}
            Fact::Missing(missing) => return Fact::Missing(missing),
        }
    }
    Fact::Known(list)
}

fn too_many(at: usize, all: usize, what: &str, patience: &Patience, gaps: &mut Vec<Gap>) -> bool {
    let why = if at == OBJECTS_MAX { Some("there are too many") } else { patience.is_over() };
    if let Some(why) = why {
        let detail = format!("{} of {all} were not asked for: {why}", all - at);
        gaps.push(Gap::new(what, GapReason::LimitReached, detail));
    }
    why.is_some()
}

fn images(engine: &Engine, patience: &mut Patience, gaps: &mut Vec<Gap>) -> Fact<Vec<Image>> {
    let listed = match patience.ask("/images/json", || engine.images()) {
        Fact::Known(listed) => listed,
        Fact::Missing(missing) => return Fact::Missing(missing),
    };
    let all = listed.len();
    let mut list = Vec::new();
    for (at, listing) in listed.into_iter().enumerate() {
        if too_many(at, all, "images", patience, gaps) {
            break;
        }
        list.push(images::read(engine, listing));
    }
    list.sort_by(|a, b| (a.name(), &a.id).cmp(&(b.name(), &b.id)));
    Fact::Known(list)
}

fn networks(engine: &Engine, patience: &mut Patience, gaps: &mut Vec<Gap>) -> Fact<Vec<Network>> {
    let listed = match patience.ask("/networks", || engine.document(Document::Networks)) {
        Fact::Known(listed) => listed,
        Fact::Missing(missing) => return Fact::Missing(missing),
    };
    let listed = info::list(Some(&listed));
    let mut list = Vec::new();
    for (at, listing) in listed.iter().enumerate() {
        if too_many(at, listed.len(), "networks", patience, gaps) {
            break;
        }
        // The list does not tell which containers are on a network.
        match patience.ask("network", || engine.network_document(&text(listing, "Id"))) {
            Fact::Known(document) => list.push(network(&document)),
            Fact::Missing(missing) => {
                gaps.push(Gap::new(
                    format!("network {}", text(listing, "Name")),
                    missing.reason,
                    missing.detail,
                ));
                list.push(network(listing));
            }
        }
    }
    list.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    Fact::Known(list)
}

fn network(document: &Value) -> Network {
    let containers = document.get("Containers").and_then(Value::as_object);
    let mut names: Vec<String> = containers
        .into_iter()
        .flatten()
        .take(OBJECTS_MAX)
        .map(|(_, container)| text(container, "Name"))
        .collect();
    names.sort();
    Network {
        name: text(document, "Name"),
        id: text(document, "Id"),
        driver: text(document, "Driver"),
        scope: text(document, "Scope"),
        is_internal: document.get("Internal").and_then(Value::as_bool).unwrap_or(false),
        options: info::map(document.get("Options")),
        subnets: info::list(document.pointer("/IPAM/Config"))
            .iter()
            .map(|config| text(config, "Subnet"))
            .collect(),
        containers: names,
    }
}

// moby, api/swagger.yaml, SystemDataUsageResponse before version 1.52.
fn disk_usage(document: &Value) -> DiskUsage {
    let number = |value: &Value, pointer: &str| value.pointer(pointer).and_then(Value::as_i64);
    let item = |key: &str, size: &str, is_active: &dyn Fn(&Value) -> bool| {
        let mut item = DiskUsageItem::default();
        for value in info::list(document.get(key)) {
            let bytes = number(value, size).and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0);
            item.count += 1;
            item.size_bytes = item.size_bytes.saturating_add(bytes);
            if is_active(value) {
                item.active += 1;
            } else {
                item.reclaimable_bytes = item.reclaimable_bytes.saturating_add(bytes);
            }
        }
        item
    };
    DiskUsage {
        images: item("Images", "/Size", &|value| number(value, "/Containers").is_some_and(|count| count > 0)),
        containers: item("Containers", "/SizeRw", &|value| text(value, "State") == "running"),
        volumes: item("Volumes", "/UsageData/Size", &|value| {
            number(value, "/UsageData/RefCount").is_some_and(|c| c > 0)
        }),
        build_cache: item("BuildCache", "/Size", &|value| {
            value.get("InUse").and_then(Value::as_bool) == Some(true)
        }),
    }
}
