//! What is left over: ended containers, unused images, reclaimable space.

use super::{ENGINE, HOST};
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
    time,
};
use facts::ContainerState;
use model::Severity;
use std::collections::BTreeSet;

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/too-many-containers",
            "the host holds more containers than are looked after",
            Severity::Low,
            "Containers that nobody remembers are not updated; ended ones keep their data, secrets included.",
            "Remove ended containers (docker container prune), spread the others over more hosts.",
        ),
        aspect: Aspect::Other,
        aliases: &["CIS-Docker-6.2"],
        run: containers,
    },
    Check {
        info: info(
            "audit/stale-container",
            "a container ended long ago and still lies there",
            Severity::Low,
            "Its writable layer keeps what it wrote, its configuration keeps its secrets, and its image stays in use.",
            "docker rm it when nobody needs its data.",
        ),
        aspect: Aspect::Host,
        aliases: &[],
        run: stale,
    },
    Check {
        info: info(
            "audit/unused-images",
            "more images lie there than containers use",
            Severity::Low,
            "Old images are started again by mistake, with the holes that newer ones closed.",
            "docker image prune --all removes what no container uses.",
        ),
        aspect: Aspect::Image,
        aliases: &["CIS-Docker-6.1"],
        run: images,
    },
    Check {
        info: info(
            "audit/reclaimable-space",
            "much of the engine's storage is used by nothing",
            Severity::Low,
            "Leftovers fill the disk at the worst time.",
            "docker system df shows them, docker system prune removes them; do it regularly.",
        ),
        aspect: Aspect::Host,
        aliases: &[],
        run: space,
    },
];

fn containers(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let list = match subject.facts.engine.containers.get() {
        Ok(list) => list,
        Err(missing) => return answers.unknown(HOST, missing),
    };
    let running = list.iter().filter(|container| container.is_running()).count();
    let detail = format!("{} containers, {running} of them running", list.len());
    if list.len() as u64 > subject.settings.containers_max {
        answers.failed(HOST, format!("{detail}; {} are allowed", subject.settings.containers_max));
    } else {
        answers.passed(HOST, detail);
    }
}

fn stale(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let facts = subject.facts;
    let (list, now) = match (facts.engine.containers.get(), facts.collected.get()) {
        (Ok(list), Ok(now)) => (list, now),
        (Err(missing), _) | (_, Err(missing)) => return answers.unknown(HOST, missing),
    };
    let ended: Vec<_> = list
        .iter()
        .filter(|container| {
            matches!(container.state, ContainerState::Exited | ContainerState::Dead | ContainerState::Created)
        })
        .collect();
    if ended.is_empty() {
        return answers.passed(HOST, "every container runs");
    }
    for container in ended {
        let object = format!("container {}", container.name);
        // One that was never started has no end.
        let since = if time::seconds(&container.finished).is_some() {
            &container.finished
        } else {
            &container.created
        };
        match time::days_between(since, now) {
            Some(days) if days > subject.settings.stopped_days_max => {
                answers.failed(&object, format!("it has not run for {days} days"));
            }
            Some(days) => answers.passed(&object, format!("it has not run for {days} days")),
            None => answers.unknown_because(
                &object,
                model::GapReason::Malformed,
                "the engine does not tell when it ended",
            ),
        }
    }
}

fn images(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let engine = &subject.facts.engine;
    let (images, containers) = match (engine.images.get(), engine.containers.get()) {
        (Ok(images), Ok(containers)) => (images, containers),
        (Err(missing), _) | (_, Err(missing)) => return answers.unknown(ENGINE, missing),
    };
    let used: BTreeSet<&str> = containers.iter().map(|container| container.image_id.as_str()).collect();
    let unused: Vec<_> = images.iter().filter(|image| !used.contains(image.id.as_str())).collect();
    let nameless = unused.iter().filter(|image| image.tags.is_empty()).count();
    let detail =
        format!("{} images, {} unused, {nameless} of them without a name", images.len(), unused.len());
    if unused.len() as u64 > subject.settings.unused_images_max {
        let names: Vec<String> = unused.iter().take(5).map(|image| image.name()).collect();
        answers.fails(ENGINE, Failure::new(detail).seen(format!("among them {}", names.join(", "))), &[]);
    } else {
        answers.passed(ENGINE, detail);
    }
}

fn space(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let usage = match subject.facts.engine.disk_usage.get() {
        Ok(usage) => usage,
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    let parts = [
        ("images", usage.images),
        ("containers", usage.containers),
        ("volumes", usage.volumes),
        ("build cache", usage.build_cache),
    ];
    let sum = parts.iter().fold(0_u64, |sum, (_, item)| sum.saturating_add(item.reclaimable_bytes));
    let words: Vec<String> = parts
        .iter()
        .map(|(name, item)| format!("{name} {} MB", item.reclaimable_bytes / 1_000_000))
        .collect();
    let detail = format!("{} MB could be freed: {}", sum / 1_000_000, words.join(", "));
    if sum > subject.settings.reclaimable_bytes_max {
        answers.failed(ENGINE, detail);
    } else {
        answers.passed(ENGINE, detail);
    }
}
