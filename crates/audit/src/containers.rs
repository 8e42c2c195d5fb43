//! Containers: the rules of crate `workload` on what really runs, and rules that only running processes can answer.

use crate::{
    Aspect,
    answers::{Answers, Audit, cut},
    checks::setting,
    effects,
    rule::{Subject, info},
};
use facts::{Container, Fact, HostFacts};
use model::{Gap, GapReason, Outcome, OutcomeState, RuleInfo, Severity};
use std::sync::LazyLock;
use workload::{MountKind, Surroundings};

mod processes;

/// Rules about running containers.
pub(crate) static RULES: &[RuleInfo] = &[
    info(
        "audit/container-patched",
        "software is installed inside a running container",
        Severity::Medium,
        "Containers are rebuilt, not patched: what is installed into a running one is gone with it, is in no scan, and is \
         what an attacker does first.",
        "Find out who does that; put the packages into the Dockerfile.",
    ),
    info(
        "audit/descriptors-unbounded",
        "processes of a container may open practically any number of files",
        Severity::Low,
        "A leak then takes the descriptors of the whole host, and programs that close all of them at start hang.",
        "Set --ulimit nofile=1024:524288, or default-ulimits in daemon.json.",
    ),
    info(
        "audit/no-io-control",
        "nothing holds the container's disk traffic back",
        Severity::Negligible,
        "One container that writes without end slows every other.",
        "Set --blkio-weight or --device-write-bps for containers that write much.",
    ),
    info(
        "audit/privileged-exec",
        "a process in a container has more rights than the container was started with",
        Severity::High,
        "docker exec --privileged or --user root, or an escape that got half way: the container's configuration does not \
         show it.",
        "Look at the process and its parent; forbid such exec with a proxy before the socket.",
    ),
    info(
        "audit/several-services",
        "a container runs several services",
        Severity::Low,
        "When one of them is taken over, it has the files and network of the others; the engine sees only the first \
         process end.",
        "One service a container; let the engine restart it.",
    ),
    info(
        "audit/ssh-server-in-container",
        "an ssh server runs inside a container",
        Severity::Medium,
        "It needs keys, users and updates of its own, and leads around the engine's access control.",
        "Remove it; docker exec opens a shell where one is needed.",
    ),
    info(
        "audit/writable-volumes",
        "volumes that can be written",
        Severity::Low,
        "What nothing needs to write should be mounted read-only: it survives the container, and others see it.",
        "Mount with :ro what nothing writes.",
    ),
];

/// Answers all rules for all containers.
pub(crate) fn run(subject: &Subject<'_>, audit: &mut Audit) {
    let facts = subject.facts;
    let containers = match facts.engine.containers.get() {
        Ok(containers) => containers,
        Err(missing) => return without(audit, |answers| answers.unknown("containers", missing)),
    };
    if containers.is_empty() {
        return without(audit, |answers| answers.not_applicable("containers", "there are no containers"));
    }
    let surroundings = surroundings(facts);
    for container in containers {
        one(subject, container, &surroundings, audit);
        processes::run(container, audit);
    }
}

fn without(audit: &mut Audit, answer: impl Fn(&mut Answers<'_>)) {
    for rule in workload::rules() {
        answer(&mut Answers::new(audit, &rule.info, rule.aliases));
    }
    for rule in RULES {
        answer(&mut Answers::new(audit, rule, aliases(rule.id)));
    }
}

/// What benchmarks call the rules of this file.
pub(crate) fn aliases(rule: &str) -> &'static [&'static str] {
    match rule {
        "audit/ssh-server-in-container" => &["CIS-Docker-5.7"],
        "audit/descriptors-unbounded" => &["CIS-Docker-5.19"],
        "audit/privileged-exec" => &["CIS-Docker-5.23", "CIS-Docker-5.24"],
        _ => &[],
    }
}

fn one(subject: &Subject<'_>, container: &Container, surroundings: &Surroundings, audit: &mut Audit) {
    let object = format!("container {}", cut(&container.name));
    let spec = match container.spec.get() {
        Ok(spec) => spec,
        Err(missing) => {
            for rule in workload::rules() {
                Answers::new(audit, &rule.info, rule.aliases).unknown(&object, missing);
            }
            return;
        }
    };
    if container.is_running()
        && let Err(missing) = container.processes.get()
    {
        let detail = format!("judged by what was asked of the engine alone: {}", missing.detail);
        audit.gaps.push(Gap::new(format!("processes of {object}"), missing.reason, detail));
    }
    let effective = effects::overlay(subject.facts, container, spec);
    let mut spec = effective.spec;
    resolve_mounts(subject.facts, &mut spec);
    spec.object.clone_from(&object);
    let mut surroundings = surroundings.clone();
    if let Some(is_remapped) = effective.is_user_remapped {
        surroundings.is_user_remapped = is_remapped;
    }
    let mut judged = workload::report(&spec, None, &surroundings);
    for finding in &mut judged.findings {
        for (_, note) in effective.notes.iter().filter(|(part, _)| finding.rule.contains(part)) {
            finding.evidence.push(cut(note));
        }
    }
    for outcome in &mut judged.outcomes {
        if let Some((_, note)) = effective.notes.iter().find(|(part, _)| outcome.rule.contains(part)) {
            outcome.detail = cut(&format!("{} ({note})", outcome.detail));
        } else {
            outcome.detail = cut(&outcome.detail);
        }
    }
    audit.findings.extend(judged.findings);
    audit.outcomes.extend(judged.outcomes);
    audit.gaps.extend(judged.gaps);
    writable_volumes(&object, &spec, audit);
    io_control(&object, container, &spec, audit);
}

// A link `/srv/engine → /var/run` mounts the engine's socket all the same.
fn resolve_mounts(facts: &HostFacts, spec: &mut workload::ContainerSpec) {
    let files = facts.files.known().map_or(&[][..], Vec::as_slice);
    for mount in spec.mounts.iter_mut().filter(|mount| mount.kind == MountKind::Bind) {
        let file =
            files.iter().find(|file| file.role == facts::FileRole::MountSource && file.path == mount.source);
        if let Some(Fact::Known(Some(found))) = file.map(|file| &file.state)
            && let Some(resolved) = &found.resolved
        {
            mount.source.clone_from(resolved);
        }
    }
}

fn writable_volumes(object: &str, spec: &workload::ContainerSpec, audit: &mut Audit) {
    let rule = rule("audit/writable-volumes");
    let mut answers = Answers::new(audit, rule, &[]);
    let writable: Vec<&str> = spec
        .mounts
        .iter()
        .filter(|mount| matches!(mount.kind, MountKind::Bind | MountKind::Volume) && mount.is_writable())
        .map(|mount| mount.target.as_str())
        .collect();
    if writable.is_empty() {
        answers.passed(object, "no volume of it can be written");
    } else {
        answers.manual(object, format!("does it write to {}", writable.join(", ")));
    }
}

fn io_control(object: &str, container: &Container, spec: &workload::ContainerSpec, audit: &mut Audit) {
    let rule = rule("audit/no-io-control");
    let mut answers = Answers::new(audit, rule, &[]);
    let asked = spec.limits.has_block_io_limit
        || spec.limits.block_io_weight.given().is_some_and(|weight| *weight > 0);
    if asked || container.cgroup.known().is_some_and(|limits| limits.has_io_control) {
        answers.passed(object, "its disk traffic is weighted or limited");
    } else {
        answers.failed(object, "neither weight nor limit is set");
    }
}

pub(crate) fn rule(id: &str) -> &'static RuleInfo {
    RULES.iter().find(|rule| rule.id == id).expect("the id is one of this file")
}

/// What the engine gives to every container.
fn surroundings(facts: &HostFacts) -> Surroundings {
    let info = facts.engine.info.known();
    let has = |name: &str| info.is_some_and(|info| info.security_option(name).is_some());
    let told = |key: &str| setting(facts, key).ok().flatten();
    let default = Surroundings::default();
    let start = facts.kernel.sysctls.get("net.ipv4.ip_unprivileged_port_start").and_then(Fact::known);
    Surroundings {
        no_new_privileges: has("no-new-privileges")
            || told("no-new-privileges") == Some(serde_json::Value::Bool(true)),
        is_user_remapped: has("userns") || has("rootless"),
        seccomp_unconfined: info.is_some_and(|info| {
            info.security_option("seccomp").is_none_or(|option| option.value("profile") == Some("unconfined"))
        }),
        has_file_limit: told("default-ulimits").is_some_and(|limits| limits.get("nofile").is_some()),
        log_driver: info
            .map(|info| info.log_driver.clone())
            .filter(|driver| !driver.is_empty())
            .unwrap_or(default.log_driver.clone()),
        are_logs_bounded: told("log-opts").is_some_and(|options| options.get("max-size").is_some()),
        // A host that lets everybody open low ports has none that mean anything; the port of a container is judged by
        // the usual border unless the host sets a stricter one.
        unprivileged_port_start: start
            .and_then(|value| value.as_deref()?.parse().ok())
            .filter(|port| *port > 0)
            .unwrap_or(1024),
        has_no_selinux: facts
            .kernel
            .lsm
            .known()
            .is_some_and(|modules| !modules.iter().any(|module| module == "selinux")),
        ..default
    }
}

/// The aspect of a rule about containers.
pub(crate) fn aspect_of(rule: &str) -> Aspect {
    static KERNEL: LazyLock<[&str; 11]> = LazyLock::new(|| {
        [
            "capabilit",
            "net-raw",
            "seccomp",
            "apparmor",
            "selinux",
            "mandatory",
            "namespace",
            "new-privileges",
            "sysctl",
            "cgroup",
            "unmasked",
        ]
    });
    const NETWORK: [&str; 4] = ["host-network", "port", "default-bridge", "ports"];
    let Some(state) = rule.strip_prefix("container/") else {
        return match rule {
            "audit/known-vulnerable" | "audit/engine-outdated" => Aspect::Host,
            "audit/container-patched" => Aspect::Image,
            _ => Aspect::Container,
        };
    };
    if NETWORK.iter().any(|word| state.contains(word)) {
        Aspect::Network
    } else if KERNEL.iter().any(|word| state.contains(word)) {
        Aspect::Kernel
    } else if state.starts_with("image") {
        Aspect::Image
    } else if state.starts_with("log") {
        Aspect::Other
    } else if state.contains("mounted") {
        Aspect::Host
    } else {
        Aspect::Container
    }
}

/// The outcome of a rule that no one could answer for a container that does not run.
pub(crate) fn not_running(audit: &mut Audit, rule: &RuleInfo, object: &str) {
    audit.outcomes.push(Outcome {
        rule: rule.id.to_owned(),
        object: object.to_owned(),
        state: OutcomeState::NotApplicable,
        detail: "the container does not run".to_owned(),
        aliases: aliases(rule.id).iter().map(|alias| (*alias).to_owned()).collect(),
    });
}

/// A gap of a container that runs and whose processes could not be read.
pub(crate) fn unread(audit: &mut Audit, rule: &RuleInfo, object: &str, reason: GapReason, detail: &str) {
    let missing = facts::Missing { reason, detail: detail.to_owned() };
    Answers::new(audit, rule, aliases(rule.id)).unknown(object, &missing);
}
