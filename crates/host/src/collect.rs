//! All facts of a host.

use crate::{
    Roots, accounts, audit_rules, cgroup, components, container_processes, daemon, daemon_file, endpoints,
    endpoints::Probe,
    engine,
    files::{self, Names},
    firewall, kernel, mounts, process_status,
    processes::{self, Entry},
    read,
    roles::{self, Known},
    sockets,
};
use docker::{Address, Engine};
use facts::{Container, Fact, HostFacts, OsRelease, SCHEMA_VERSION};
use model::{Gap, GapReason};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use workload::MountKind;

/// How facts are collected.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the host is seen.
    pub roots: Roots,
    /// The time (RFC 3339, UTC), which the caller tells.
    pub now: String,
    /// When the audit before this one ran, when the caller knows.
    pub last_audit: Fact<Option<String>>,
    /// Time for all answers of the engine.
    pub engine_time_max: Duration,
    /// Where the engine's own ports are connected to.
    pub probe: Probe,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            roots: Roots::default(),
            now: "1970-01-01T00:00:00Z".to_owned(),
            last_audit: Fact::default(),
            engine_time_max: Duration::from_secs(120),
            probe: Probe::default(),
        }
    }
}

/// Sources of bind mounts whose links are followed.
const MOUNT_SOURCES_MAX: usize = 5_000;

/// Collects all facts. Without an engine, why there is none.
#[must_use]
pub fn collect(options: &Options, engine: Result<&Engine, String>) -> HostFacts {
    let roots = &options.roots;
    let mut gaps = Vec::new();
    let is_local = engine.as_ref().map_or(true, |engine| engine.address().is_local());
    let socket = match engine.as_ref().map(|engine| engine.address()) {
        Ok(Address::Unix(path)) => Some(path.display().to_string()),
        _ => None,
    };
    let asked = engine::ask(engine, Instant::now() + options.engine_time_max, &mut gaps);
    let mut engine = asked.facts;
    let entries = processes::entries(roots);
    if is_local {
        join_processes(roots, &entries, &mut engine.containers, &mut gaps);
    } else {
        gaps.push(Gap::new(
            "processes of containers",
            GapReason::Unsupported,
            "the engine is on another machine",
        ));
    }
    let daemon_process = daemon::find(roots, &entries, socket.as_deref());
    engine.configuration = daemon_file::collect(roots, &daemon_process);
    let accounts = accounts::collect(roots);
    let kernel = kernel::collect(roots);
    let known = Known {
        engine: &engine,
        process: daemon_process.known().and_then(Option::as_ref),
        socket: socket.as_deref(),
        mount_sources: mount_sources(&engine.containers),
    };
    let host_files = roles::collect(roots, &known, &names(&accounts));
    let (data_root, containerd_root) = (roles::data_root(&known), roles::containerd_root(roots));
    let containers = engine.containers.known().map_or(&[][..], Vec::as_slice);
    let ids: Vec<&str> = containers.iter().map(|container| container.id.as_str()).collect();
    let sockets = sockets::collect(roots, &entries);
    let name = read::text(&roots.proc_at("sys/kernel/hostname")).unwrap_or_default().trim().to_owned();
    HostFacts {
        schema_version: SCHEMA_VERSION.to_owned(),
        collected: Fact::Known(options.now.clone()),
        name,
        is_engine_local: is_local,
        os_release: os_release(roots),
        components: components::collect(roots, &asked.version, &host_files, containers, &kernel),
        kernel,
        accounts,
        files: Fact::Known(host_files),
        mounts: mounts::collect(roots),
        space: [&data_root, &containerd_root]
            .iter()
            .filter_map(|path| mounts::space(roots, &files::resolved(roots, path)))
            .collect(),
        audit_rules: audit_rules::loaded(roots),
        audit_status: audit_rules::status(roots),
        audit_rules_on_disk: audit_rules::on_disk(roots),
        engine_endpoints: endpoints::collect(roots, options.probe, &sockets, &daemon_process, containers),
        sockets,
        firewall: firewall::collect(roots),
        processes: processes::collect(roots, &entries, &ids),
        daemon_process,
        init_namespaces: process_status::namespaces(roots, 1),
        engine,
        last_audit: options.last_audit.clone(),
        benchmark_node: Fact::missing(GapReason::Unsupported, "no benchmark was named when it was collected"),
        gaps,
    }
}

fn join_processes(
    roots: &Roots,
    entries: &Fact<Vec<Entry>>,
    containers: &mut Fact<Vec<Container>>,
    gaps: &mut Vec<Gap>,
) {
    let Fact::Known(containers) = containers else { return };
    let host = process_status::namespace(roots, 1, "pid");
    for container in containers.iter_mut().filter(|container| container.is_running()) {
        let entries = match entries.get() {
            Ok(entries) => entries,
            Err(missing) => {
                container.processes = Fact::Missing(missing.clone());
                continue;
            }
        };
        if container.pid == 0 {
            container.processes =
                Fact::missing(GapReason::Malformed, "the engine says that it runs and names no process");
            continue;
        }
        container.processes =
            container_processes::collect(roots, entries, &container.id, container.pid, host, gaps);
        let cgroup =
            entries.iter().find(|entry| entry.pid == container.pid).map_or("", |entry| &entry.cgroup);
        container.cgroup = cgroup::limits(roots, cgroup);
        container.listening = sockets::listening_ports(roots, container.pid);
    }
}

fn mount_sources(containers: &Fact<Vec<Container>>) -> BTreeSet<String> {
    let mut sources = BTreeSet::new();
    for container in containers.known().into_iter().flatten() {
        let Some(spec) = container.spec.known() else { continue };
        let binds =
            spec.mounts.iter().filter(|mount| mount.kind == MountKind::Bind && mount.source.starts_with('/'));
        sources.extend(binds.map(|mount| mount.source.clone()));
        if sources.len() > MOUNT_SOURCES_MAX {
            break;
        }
    }
    sources
}

pub(crate) fn names(accounts: &facts::Accounts) -> Names {
    let mut names = Names::default();
    for user in accounts.users.known().into_iter().flatten() {
        names.users.entry(user.uid).or_insert_with(|| user.name.clone());
    }
    for group in accounts.groups.known().into_iter().flatten() {
        names.groups.entry(group.gid).or_insert_with(|| group.name.clone());
    }
    names
}

fn os_release(roots: &Roots) -> Fact<OsRelease> {
    let paths = [roots.at("/etc/os-release"), roots.at("/usr/lib/os-release")];
    let text = match read::text(&paths[0]).or_else(|_| read::text(&paths[1])) {
        Ok(text) => text,
        Err(error) => return read::missing(&paths[0], &error),
    };
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
        line.unwrap_or_default().trim_matches(['"', '\'']).to_owned()
    };
    Fact::Known(OsRelease {
        id: field("ID"),
        version: field("VERSION_ID"),
        pretty_name: field("PRETTY_NAME"),
        like: field("ID_LIKE").split_whitespace().map(str::to_owned).collect(),
    })
}
