//! What really runs, laid over what was asked for.

use facts::{CgroupLimits, Container, Fact, HostFacts, Namespaces, ProcessFacts};
use std::collections::BTreeSet;
use workload::{CAPABILITIES, ContainerSpec, DEFAULT_CAPABILITIES, Namespace, Profile, Stated, User};

/// A specification after `/proc` was asked, and what it said where the two differ.
pub(crate) struct Effective {
    pub(crate) spec: ContainerSpec,
    /// A part of the ids of the rules that it concerns, and what was seen.
    pub(crate) notes: Vec<(&'static str, String)>,
    /// Whether root of the container is somebody else on the host; none when that is not known.
    pub(crate) is_user_remapped: Option<bool>,
}

/// Links of `container:NAME` that are followed.
const CHAIN_MAX: usize = 16;

/// Lays the facts of a container's processes over its specification.
pub(crate) fn overlay(facts: &HostFacts, container: &Container, spec: &ContainerSpec) -> Effective {
    let mut effective = Effective { spec: spec.clone(), notes: Vec::new(), is_user_remapped: None };
    follow_chains(facts, &mut effective);
    if let Some(processes) = container.processes.known().filter(|processes| !processes.is_empty()) {
        capabilities(processes, &mut effective);
        seccomp(processes, &mut effective);
        no_new_privileges(processes, &mut effective);
        labels(processes, &mut effective);
        users(processes, &mut effective);
        namespaces(processes, facts.init_namespaces.known(), &mut effective);
        read_only_root(processes, &mut effective);
    }
    if let Some(limits) = container.cgroup.known() {
        control_group(limits, &mut effective);
    }
    effective
}

// `--network container:X` is whatever X has.
fn follow_chains(facts: &HostFacts, effective: &mut Effective) {
    let containers = facts.engine.containers.known().map_or(&[][..], Vec::as_slice);
    type Part = fn(&mut ContainerSpec) -> &mut Stated<Namespace>;
    let parts: [(&'static str, Part); 3] = [
        ("host-network", |spec| &mut spec.namespaces.network),
        ("host-pid", |spec| &mut spec.namespaces.pid),
        ("host-ipc", |spec| &mut spec.namespaces.ipc),
    ];
    for (rules, part) in parts {
        let mut current = part(&mut effective.spec).clone();
        for _ in 0..CHAIN_MAX {
            let Stated::Given(Namespace::Container(name)) = &current else { break };
            let target = containers.iter().find(|container| container.name == *name || container.id == *name);
            let Some(next) = target.and_then(|container| container.spec.known()) else { break };
            let name = name.clone();
            current = part(&mut next.clone()).clone();
            if matches!(current, Stated::Given(Namespace::Host)) {
                *part(&mut effective.spec) = Stated::Given(Namespace::Host);
                effective.notes.push((rules, format!("shared with container {name}, which has the host's")));
            }
        }
    }
}

fn bits(names: &[&str]) -> u64 {
    CAPABILITIES
        .iter()
        .enumerate()
        .filter(|(_, name)| names.contains(name))
        .fold(0, |bits, (at, _)| bits | 1 << at)
}

fn names(bits: u64) -> Vec<String> {
    CAPABILITIES
        .iter()
        .enumerate()
        .filter(|(at, _)| bits >> at & 1 == 1)
        .map(|(_, name)| (*name).to_owned())
        .collect()
}

fn capabilities(processes: &[ProcessFacts], effective: &mut Effective) {
    let default = bits(&DEFAULT_CAPABILITIES);
    let held = processes
        .iter()
        .fold(0, |sum, p| sum | p.capabilities_effective | p.capabilities_permitted | p.capabilities_ambient);
    let beyond = names(held & !default);
    let spec = &mut effective.spec;
    let asked: BTreeSet<String> = spec.capabilities_added.given().into_iter().flatten().cloned().collect();
    if !beyond.is_empty() && !asked.contains("ALL") && !spec.privileged.is_true() {
        let new: Vec<String> = beyond.iter().filter(|name| !asked.contains(*name)).cloned().collect();
        if !new.is_empty() {
            let who = processes
                .iter()
                .find(|p| (p.capabilities_effective | p.capabilities_permitted) & !default != 0);
            let who = who.map_or_else(String::new, |p| format!(" (process {}, {})", p.pid, p.command));
            effective.notes.push((
                "capabilit",
                format!("/proc shows {}, which were not asked for{who}", new.join(", ")),
            ));
            let mut all: Vec<String> = asked.into_iter().collect();
            all.extend(new);
            spec.capabilities_added = Stated::Given(all);
        }
    }
    // What no process can ever get is dropped, however that came about.
    let bounding = processes.iter().fold(0, |sum, p| sum | p.capabilities_bounding);
    let dropped = names(default & !bounding & !held);
    if bounding == 0 && held == 0 {
        spec.capabilities_dropped = Stated::Given(vec!["ALL".to_owned()]);
    } else if !dropped.is_empty() && spec.capabilities_dropped.unknown().is_none() {
        let mut all: BTreeSet<String> =
            spec.capabilities_dropped.given().into_iter().flatten().cloned().collect();
        all.extend(dropped);
        spec.capabilities_dropped = Stated::Given(all.into_iter().collect());
    }
}

fn seccomp(processes: &[ProcessFacts], effective: &mut Effective) {
    let modes: Vec<(&ProcessFacts, u8)> =
        processes.iter().filter_map(|process| Some((process, *process.seccomp_mode.known()?))).collect();
    if let Some((process, _)) = modes.iter().find(|(_, mode)| *mode == 0) {
        effective
            .notes
            .push(("seccomp", format!("/proc/{}/status: Seccomp 0 ({})", process.pid, process.command)));
        effective.spec.security.seccomp = Stated::Given(Profile::Unconfined);
    } else if modes.len() == processes.len()
        && !matches!(effective.spec.security.seccomp, Stated::Given(Profile::Named(_)))
    {
        effective.spec.security.seccomp = Stated::Given(Profile::Default);
    }
}

fn no_new_privileges(processes: &[ProcessFacts], effective: &mut Effective) {
    let known: Vec<bool> =
        processes.iter().filter_map(|process| process.has_no_new_privileges.known().copied()).collect();
    if let Some(process) = processes.iter().find(|p| p.has_no_new_privileges.known() == Some(&false)) {
        effective.notes.push((
            "new-privileges",
            format!("/proc/{}/status: NoNewPrivs 0 ({})", process.pid, process.command),
        ));
        effective.spec.security.no_new_privileges = Stated::Given(false);
    } else if known.len() == processes.len() {
        effective.notes.push(("new-privileges", "/proc: NoNewPrivs 1 for every process".to_owned()));
        effective.spec.security.no_new_privileges = Stated::Given(true);
    }
}

// `docker-default (enforce)` is AppArmor's form, `user:role:type:level` SELinux's.
fn labels(processes: &[ProcessFacts], effective: &mut Effective) {
    let mut labels = Vec::new();
    for process in processes {
        let Fact::Known(label) = &process.label else { return };
        labels.push((process, label.as_deref().unwrap_or_default()));
    }
    let is_weak = |label: &str| {
        label.is_empty()
            || label.starts_with("unconfined")
            || label.contains("(complain)")
            || label.contains(":spc_t:")
            || label.contains(":unconfined_t:")
    };
    if let Some((process, label)) = labels.iter().find(|(_, label)| is_weak(label)) {
        let shown = if label.is_empty() { "nothing" } else { label };
        effective.notes.push((
            "mandatory",
            format!("/proc/{}/attr/current: {shown} ({})", process.pid, process.command),
        ));
        effective.spec.applied_apparmor = Stated::Given(String::new());
        effective.spec.applied_selinux = Stated::Given(String::new());
        if label.starts_with("unconfined") {
            effective.notes.push(("apparmor", format!("/proc/{}/attr/current: {label}", process.pid)));
            effective.spec.security.apparmor = Stated::Given(Profile::Unconfined);
        }
        return;
    }
    let Some((_, label)) = labels.first() else { return };
    if label.split(':').count() >= 4 {
        effective.spec.applied_selinux = Stated::Given((*label).to_owned());
    } else {
        let profile = label.split(" (").next().unwrap_or(label);
        effective.spec.applied_apparmor = Stated::Given(profile.to_owned());
    }
}

fn users(processes: &[ProcessFacts], effective: &mut Effective) {
    let map = processes.iter().find_map(|process| process.uid_map.known());
    effective.is_user_remapped =
        map.and_then(|map| map.iter().find(|entry| entry.inside == 0)).map(|entry| entry.outside != 0);
    let inner: Vec<(&ProcessFacts, Option<u32>)> =
        processes.iter().map(|process| (process, process.inner_uid())).collect();
    // Real root that came in from outside the map is root all the more.
    let root = inner.iter().find(|(process, uid)| *uid == Some(0) || process.uids[1] == 0);
    if let Some((process, _)) = root {
        if !effective.spec.user.given().is_none_or(User::is_root) {
            effective.notes.push((
                "runs-as-root",
                format!("process {} ({}) runs as root", process.pid, process.command),
            ));
        }
        effective.spec.user = Stated::Given(User("0".to_owned()));
    } else if let Some((_, Some(uid))) = inner.first()
        && inner.iter().all(|(_, uid)| uid.is_some())
    {
        if effective.spec.user.given().is_none_or(User::is_root) {
            effective
                .notes
                .push(("runs-as-root", format!("no process runs as root, the first has user {uid}")));
        }
        let group = effective
            .spec
            .user
            .given()
            .and_then(User::group)
            .map_or(String::new(), |group| format!(":{group}"));
        effective.spec.user = Stated::Given(User(format!("{uid}{group}")));
    }
}

fn namespaces(processes: &[ProcessFacts], host: Option<&Namespaces>, effective: &mut Effective) {
    let Some(host) = host else { return };
    type Part = fn(&mut ContainerSpec) -> &mut Stated<Namespace>;
    let parts: [(&str, &'static str, Part); 5] = [
        ("net", "host-network", |spec| &mut spec.namespaces.network),
        ("pid", "host-pid", |spec| &mut spec.namespaces.pid),
        ("ipc", "host-ipc", |spec| &mut spec.namespaces.ipc),
        ("uts", "host-uts", |spec| &mut spec.namespaces.uts),
        ("cgroup", "host-cgroup", |spec| &mut spec.namespaces.cgroup),
    ];
    for (kind, rules, part) in parts {
        let Some(inode) = host.0.get(kind) else { continue };
        let same = processes.iter().find(|process| {
            process.namespaces.known().is_some_and(|namespaces| namespaces.0.get(kind) == Some(inode))
        });
        if let Some(process) = same
            && !matches!(part(&mut effective.spec), Stated::Given(Namespace::Host))
        {
            effective.notes.push((
                rules,
                format!("/proc/{}/ns/{kind} is that of process 1 ({})", process.pid, process.command),
            ));
            *part(&mut effective.spec) = Stated::Given(Namespace::Host);
        }
    }
}

fn read_only_root(processes: &[ProcessFacts], effective: &mut Effective) {
    let known: Vec<bool> =
        processes.iter().filter_map(|process| process.is_root_read_only.known().copied()).collect();
    if known.iter().any(|is_read_only| !is_read_only) {
        if effective.spec.read_only_root.is_true() {
            effective
                .notes
                .push(("writable-root", "mountinfo of a process shows a writable root".to_owned()));
        }
        effective.spec.read_only_root = Stated::Given(false);
    } else if known.len() == processes.len() {
        effective.spec.read_only_root = Stated::Given(true);
    }
}

fn control_group(limits: &CgroupLimits, effective: &mut Effective) {
    let asked = |value: &Stated<i64>| value.given().is_some_and(|value| *value > 0);
    let signed = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let spec = &mut effective.spec.limits;
    match (limits.memory_bytes, asked(&spec.memory_bytes)) {
        (Some(bytes), false) => {
            effective.notes.push(("memory", format!("its control groups allow {bytes} bytes")));
            spec.memory_bytes = Stated::Given(signed(bytes));
        }
        (None, true) => {
            effective.notes.push(("memory", format!("control group {} has no memory.max", limits.path)));
            spec.memory_bytes = Stated::Given(0);
        }
        _ => {}
    }
    match (limits.pids, asked(&spec.pids)) {
        (Some(pids), false) => {
            effective.notes.push(("pids", format!("its control groups allow {pids} processes")));
            spec.pids = Stated::Given(signed(pids));
        }
        (None, true) => {
            effective.notes.push(("pids", format!("control group {} has no pids.max", limits.path)));
            spec.pids = Stated::Given(0);
        }
        _ => {}
    }
    if let Some(milli) = limits.cpu_milli
        && !asked(&spec.cpu_nanos)
        && !asked(&spec.cpu_quota_micros)
    {
        effective.notes.push(("cpu", format!("its control groups allow {milli} thousandths of a processor")));
        spec.cpu_nanos = Stated::Given(signed(milli).saturating_mul(1_000_000));
    }
}
