//! What a plan is made of: facts, findings, and the daemon's configuration.

use crate::{clock, target::read_bounded};
use anyhow::{Context, Result};
use facts::HostFacts;
use harden::daemon_json::Hardening;
use harden::plan::{Plan, Situation};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Bytes of a document of facts.
const FACTS_BYTES_MAX: u64 = 1 << 30;

/// A host that was looked at.
pub(super) struct Looked {
    pub(super) facts: HostFacts,
    pub(super) engine: Option<docker::Engine>,
    pub(super) daemon_json: String,
    pub(super) plan: Plan,
}

/// Looks at this host.
pub(super) fn look() -> Result<Looked> {
    let engine = docker::Engine::connect(docker::Options::from_env()).map_err(|error| error.to_string());
    let options = host::Options { now: clock::timestamp(), ..host::Options::default() };
    let facts = host::collect(&options, engine.as_ref().map_err(Clone::clone));
    let engine = engine.ok();
    let path = configuration_path(&facts);
    let daemon_json = match repair::read(&path)? {
        Some(content) => {
            String::from_utf8(content.bytes).with_context(|| format!("{} is not text", path.display()))?
        }
        None => String::new(),
    };
    let seen = engine.as_ref().map(|engine| seen(engine, &facts)).unwrap_or_default();
    let plan = make(&facts, &daemon_json, seen);
    Ok(Looked { facts, engine, daemon_json, plan })
}

/// Plans from recorded facts; what was not recorded is not changed.
pub(super) fn from_facts(path: &Path) -> Result<Looked> {
    let facts = HostFacts::read(&read_bounded(path, FACTS_BYTES_MAX)?)
        .with_context(|| format!("cannot use {}", path.display()))?;
    let content = facts.engine.configuration.content.known().and_then(Option::as_ref);
    let daemon_json = content.map(|value| format!("{value:#}\n")).unwrap_or_default();
    let plan = make(&facts, &daemon_json, Seen::default());
    Ok(Looked { facts, engine: None, daemon_json, plan })
}

/// The daemon's configuration file, links resolved.
pub(super) fn configuration_path(facts: &HostFacts) -> PathBuf {
    let path = match facts.engine.configuration.path.as_str() {
        "" => "/etc/docker/daemon.json",
        path => path,
    };
    std::fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path))
}

fn make(facts: &HostFacts, daemon_json: &str, seen: Seen) -> Plan {
    let audited = audit::audit(facts, &audit::Settings::default(), &audit::Tables::built_in(), &[]);
    let hardening = hardening(facts);
    let Seen { memory_bytes: memory_seen_bytes, inspected } = seen;
    let situation = Situation { facts, daemon_json, hardening, memory_seen_bytes, inspected };
    harden::plan::plan(&audited.findings, &situation)
}

/// What the host is, as far as `daemon.json` depends on it.
pub(super) fn hardening(facts: &HostFacts) -> Hardening {
    let info = facts.engine.info.known();
    let process = facts.daemon_process.known().and_then(Option::as_ref);
    Hardening {
        is_swarm_member: facts.engine.swarm.known().is_some_and(Option::is_some),
        has_selinux: facts
            .kernel
            .lsm
            .known()
            .is_some_and(|modules| modules.iter().any(|name| name == "selinux")),
        has_cgroup_v1: info.is_some_and(|info| info.cgroup_version == "1"),
        is_rootless: info.is_some_and(|info| info.security_option("rootless").is_some()),
        command_line: process.and_then(|process| process.arguments.known().cloned()).unwrap_or_default(),
        ..Hardening::default()
    }
}

/// What the engine tells of its containers beside the facts.
#[derive(Default)]
struct Seen {
    memory_bytes: BTreeMap<String, u64>,
    inspected: BTreeMap<String, (Value, Option<Value>)>,
}

fn seen(engine: &docker::Engine, facts: &HostFacts) -> Seen {
    let mut seen = Seen::default();
    let mut images: BTreeMap<String, Option<Value>> = BTreeMap::new();
    // A thousand answers take seconds; those behind get no limit proposed, and less is carried over.
    for container in facts.engine.containers.known().into_iter().flatten().take(1000) {
        if container.is_running()
            && let Ok(Some(bytes)) = engine.container_memory_bytes(&container.id)
        {
            seen.memory_bytes.insert(container.id.clone(), bytes);
        }
        if let Ok(document) = engine.container_document(&container.id) {
            let image = container.image_id.clone();
            let image = images.entry(image).or_insert_with_key(|image| engine.image_document(image).ok());
            seen.inspected.insert(container.id.clone(), (document, image.clone()));
        }
    }
    seen
}
