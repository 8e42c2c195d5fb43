//! Findings about containers: what the engine changes while they run, and what takes a new one.

use super::{Action, Change, Class, Pending, Situation};
use crate::container::{Form, Wish, harden_container};
use facts::Container;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use workload::ContainerSpec;

/// Rules that `POST /containers/{id}/update` repairs (moby, api/swagger.yaml, ContainerUpdate).
const LIVE: &[&str] = &[
    "container/no-cpu-limit",
    "container/no-memory-limit",
    "container/no-pids-limit",
    "container/restarts-without-bound",
];
/// Rules that a new container does not repair either: the image has to be built anew, or a person decides.
const NOT_BY_RECREATION: &[&str] = &[
    "container/image-tag-latest",
    "container/image-without-digest",
    "container/no-health-check",
    "container/no-mandatory-access-control",
    "container/no-storage-quota",
    "container/starts-ssh-server",
];
const MEMORY_BYTES_MIN: u64 = 64 << 20;

pub(super) fn plan(pending: &mut Pending, situation: &Situation<'_>) {
    let containers = situation.facts.engine.containers.known().map_or(&[][..], Vec::as_slice);
    for rule in LIVE {
        for object in pending.take(rule) {
            match found(containers, &object) {
                None => pending.leave(rule, &object, "the facts hold no such container"),
                Some((container, spec)) => live(pending, situation, rule, &object, container, spec),
            }
        }
    }
    let mut recreated: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let rules: Vec<String> = pending
        .by_rule
        .keys()
        .filter(|rule| rule.starts_with("container/") && !NOT_BY_RECREATION.contains(&rule.as_str()))
        .cloned()
        .collect();
    for rule in rules {
        for object in pending.take(&rule) {
            if found(containers, &object).is_some() {
                recreated.entry(object).or_default().insert(rule.clone());
            } else {
                pending.leave(&rule, &object, "the facts hold no such container");
            }
        }
    }
    for (object, rules) in recreated {
        if let Some((container, spec)) = found(containers, &object) {
            pending.plan.changes.push(recreation(situation, &object, rules, container, spec));
        }
    }
}

fn found<'a>(containers: &'a [Container], object: &str) -> Option<(&'a Container, &'a ContainerSpec)> {
    let name = object.strip_prefix("container ")?;
    let container = containers.iter().find(|container| container.name == name || container.id == name)?;
    Some((container, container.spec.known()?))
}

fn live(
    pending: &mut Pending,
    situation: &Situation<'_>,
    rule: &str,
    object: &str,
    container: &Container,
    spec: &ContainerSpec,
) {
    let before_number = |value: Option<&i64>| json!(value.copied().unwrap_or(0));
    let limits = &spec.limits;
    let (what, update, before, effect) = match rule {
        "container/no-memory-limit" => {
            let seen = situation.memory_seen_bytes.get(&container.id).copied();
            // A limit below what it needs kills it: without a measurement nobody can name one.
            let Some(seen) = seen.filter(|bytes| *bytes > 0) else {
                let why = "its use of memory was not measured: set a limit by hand (docker update --memory 512m --memory-swap 512m NAME)";
                return pending.leave(rule, object, why);
            };
            let bytes = seen.saturating_mul(2).max(MEMORY_BYTES_MIN).div_ceil(1 << 20) << 20;
            (
                "memory",
                vec![("Memory", json!(bytes)), ("MemorySwap", json!(bytes))],
                vec![
                    ("Memory", before_number(limits.memory_bytes.given())),
                    ("MemorySwap", before_number(limits.memory_swap_bytes.given())),
                ],
                format!(
                    "it is killed when it needs more than {} MiB, twice of what it uses ({} MiB)",
                    bytes >> 20,
                    seen >> 20
                ),
            )
        }
        "container/no-cpu-limit" => (
            "cpu",
            vec![("NanoCpus", json!(1_000_000_000_u64))],
            vec![("NanoCpus", before_number(limits.cpu_nanos.given()))],
            "it gets one processor at most, a guess: look at docker stats".to_owned(),
        ),
        "container/no-pids-limit" => {
            let running = container.processes.known().map_or(0, Vec::len);
            let pids = (running * 4).max(256);
            (
                "pids",
                vec![("PidsLimit", json!(pids))],
                vec![("PidsLimit", before_number(limits.pids.given()))],
                format!("it has {pids} processes and threads at most; it runs {running} processes"),
            )
        }
        _ => (
            "restart",
            vec![("RestartPolicy", json!({"Name": "on-failure", "MaximumRetryCount": 5}))],
            vec![("RestartPolicy", restart_before(spec))],
            "after a clean end or five failures in a row it stays down until somebody looks".to_owned(),
        ),
    };
    let owned = |pairs: Vec<(&str, Value)>| -> BTreeMap<String, Value> {
        pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    };
    let (update, before) = (owned(update), owned(before));
    let lines = |sign: char, pairs: &BTreeMap<String, Value>| -> String {
        pairs.iter().map(|(name, value)| format!("{sign}{name}: {value}\n")).collect()
    };
    pending.plan.changes.push(Change {
        id: format!("container/{}/{what}", container.name),
        title: format!("{object}: {what} is limited while it runs"),
        rules: vec![rule.to_owned()],
        object: object.to_owned(),
        class: Class::None,
        diff: lines('-', &before) + &lines('+', &update),
        action: Action::UpdateContainer { id: container.id.clone(), update, before },
        side_effects: vec![
            effect,
            "counts until the container is made anew: say the same where it is described".to_owned(),
        ],
    });
}

fn restart_before(spec: &ContainerSpec) -> Value {
    use workload::Restart;
    match spec.restart.given() {
        Some(Restart::Always) => json!({"Name": "always", "MaximumRetryCount": 0}),
        Some(Restart::UnlessStopped) => json!({"Name": "unless-stopped", "MaximumRetryCount": 0}),
        Some(Restart::OnFailure(count)) => {
            json!({"Name": "on-failure", "MaximumRetryCount": count.unwrap_or(0)})
        }
        Some(Restart::No) | None => json!({"Name": "no", "MaximumRetryCount": 0}),
    }
}

fn recreation(
    situation: &Situation<'_>,
    object: &str,
    rules: BTreeSet<String>,
    container: &Container,
    spec: &ContainerSpec,
) -> Change {
    let image = situation
        .facts
        .engine
        .images
        .known()
        .and_then(|images| images.iter().find(|image| image.id == container.image_id));
    let mut wish = match situation.inspected.get(&container.id) {
        Some((document, image)) => Wish::of(document.clone(), image.as_ref()),
        None => Wish::default(),
    };
    wish.memory_seen_bytes = situation.memory_seen_bytes.get(&container.id).copied();
    if wish.pinned_image.is_none() {
        wish.pinned_image = image.and_then(|image| image.digests.first().cloned());
    }
    let mut hardened = harden_container(spec, &wish);
    if wish.inspected.is_none() {
        hardened.notes.push("names, name servers, times and the like are not in the facts (hint: seawall harden run, compose or quadlet beside the engine)".to_owned());
    }
    let mut texts = Vec::new();
    for (name, form) in [
        ("run.sh", Form::Run),
        ("compose.yaml", Form::Compose),
        ("quadlet.container", Form::Quadlet),
        ("pod.yaml", Form::Kubernetes),
    ] {
        texts.push((name.to_owned(), hardened.write(form)));
    }
    let diff = hardened
        .lines
        .iter()
        .filter(|line| !line.is_kept)
        .map(|line| format!("+{}  # {}\n", crate::container::arguments(&line.item).join(" "), line.why))
        .collect();
    Change {
        id: format!("container/{}/recreate", container.name),
        title: format!("{object}: has to be made anew; the text is written out, nothing is done"),
        rules: rules.into_iter().collect(),
        object: object.to_owned(),
        class: Class::Recreate,
        action: Action::Write { texts },
        diff,
        side_effects: hardened.notes,
    }
}
