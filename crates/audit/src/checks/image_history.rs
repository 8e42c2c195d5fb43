//! What the history of an image in use tells of its Dockerfile.

use super::ENGINE;
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
};
use facts::HistoryStep;
use model::Severity;
use regex::Regex;
use std::{collections::BTreeSet, sync::LazyLock};

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/image-updates-index-alone",
            "an image in use was built with an update of the package index in a step of its own",
            Severity::Low,
            "The step is cached: later builds install old packages from an old index, without the fixes since.",
            "Write update and install in one RUN instruction.",
        ),
        aspect: Aspect::Image,
        aliases: &["CIS-Docker-4.7"],
        run: |subject, answers| each(subject, answers, index_alone, "no step updates an index alone"),
    },
    Check {
        info: info(
            "audit/image-uses-add",
            "an image in use was built with ADD",
            Severity::Low,
            "ADD also fetches addresses and unpacks archives: what arrives is not verified.",
            "Use COPY; for addresses ADD --checksum=sha256:…",
        ),
        aspect: Aspect::Image,
        aliases: &["CIS-Docker-4.9"],
        run: |subject, answers| each(subject, answers, uses_add, "no step is ADD but that of the base"),
    },
];

fn each(
    subject: &Subject<'_>,
    answers: &mut Answers<'_>,
    fault: fn(&[HistoryStep]) -> Option<String>,
    passed: &str,
) {
    let engine = &subject.facts.engine;
    let (images, containers) = match (engine.images.get(), engine.containers.get()) {
        (Ok(images), Ok(containers)) => (images, containers),
        (Err(missing), _) | (_, Err(missing)) => return answers.unknown(ENGINE, missing),
    };
    let used: BTreeSet<&str> = containers.iter().map(|container| container.image_id.as_str()).collect();
    let mut found = 0;
    for image in images.iter().filter(|image| used.contains(image.id.as_str())) {
        found += 1;
        let object = format!("image {}", image.name());
        match image.history.get() {
            Ok(steps) => match fault(steps) {
                Some(detail) => answers.fails(&object, Failure::new(detail), &[]),
                None => answers.passed(&object, passed),
            },
            Err(missing) => answers.unknown(&object, missing),
        }
    }
    if found == 0 {
        answers.not_applicable(ENGINE, "no container uses an image");
    }
}

/// The shell text of a RUN step, as the classic builder (`/bin/sh -c TEXT`) and BuildKit (`RUN /bin/sh -c TEXT # buildkit`)
/// write it; none for other steps.
fn run_text(step: &HistoryStep) -> Option<&str> {
    let text = step.created_by.trim();
    let text = text.strip_prefix("RUN ").unwrap_or(text);
    // Build arguments stand ahead: `|1 NAME=VALUE /bin/sh -c …`.
    let at = text.find("/bin/sh -c ").filter(|at| *at == 0 || text.starts_with('|'))?;
    let text = text[at + "/bin/sh -c ".len()..].trim();
    (!text.starts_with("#(nop)")).then_some(text.trim_end_matches("# buildkit").trim())
}

fn index_alone(steps: &[HistoryStep]) -> Option<String> {
    static UPDATE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b(?:apt-get|apt|aptitude|apk|yum|dnf|microdnf|zypper|pacman)(?:\s+-[-\w=]+)*\s+(?:update|makecache|refresh|-Sy)(?:\s|;|&|$)")
            .expect("a constant pattern")
    });
    static INSTALL: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b(?:apt-get|apt|aptitude|apk|yum|dnf|microdnf|zypper|pacman)\b[^;&|]*\s(?:install|add|upgrade|dist-upgrade|full-upgrade|build-dep|-Syu?|up|dup)\b")
            .expect("a constant pattern")
    });
    // For yum and dnf `update` is an upgrade, which installs.
    static UPGRADE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\b(?:yum|dnf|microdnf|zypper)(?:\s+-[-\w=]+)*\s+update\b").expect("a constant pattern")
    });
    steps.iter().filter_map(run_text).find_map(|text| {
        let alone = UPDATE.is_match(text) && !INSTALL.is_match(text) && !UPGRADE.is_match(text);
        alone.then(|| format!("RUN {}", text.chars().take(120).collect::<String>()))
    })
}

fn uses_add(steps: &[HistoryStep]) -> Option<String> {
    // The first steps of a base put its root file system in place (`ADD file:… in /`), which is no choice of its user.
    steps.iter().map(|step| step.created_by.trim()).find_map(|text| {
        let text = text.strip_prefix("/bin/sh -c #(nop)").unwrap_or(text).trim();
        let is_add = text.starts_with("ADD ");
        let is_root = text.starts_with("ADD file:")
            && text.trim_end_matches("# buildkit").trim().ends_with(" in /")
            || text.starts_with("ADD ")
                && text.trim_end_matches("# buildkit").trim().ends_with(" /")
                && text.contains("rootfs");
        (is_add && !is_root).then(|| text.chars().take(160).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(texts: &[&str]) -> Vec<HistoryStep> {
        texts
            .iter()
            .map(|text| HistoryStep { created_by: (*text).to_owned(), ..HistoryStep::default() })
            .collect()
    }

    #[test]
    fn only_an_update_without_an_installation_is_told() {
        for (text, is_fault) in [
            ("/bin/sh -c apt-get update", true),
            ("RUN /bin/sh -c apt-get -qq update # buildkit", true),
            ("|1 A=b /bin/sh -c apk update", true),
            ("/bin/sh -c apt-get update && apt-get install -y curl", false),
            ("/bin/sh -c yum -y update", false),
            ("/bin/sh -c #(nop)  CMD [\"update\"]", false),
            ("/bin/sh -c echo please update the documentation", false),
            ("/bin/sh -c ./update", false),
            ("ENV MODE=update", false),
        ] {
            assert_eq!(index_alone(&steps(&[text])).is_some(), is_fault, "{text}");
        }
    }

    #[test]
    fn add_of_the_base_and_words_that_hold_add_are_none() {
        for (text, is_fault) in [
            ("/bin/sh -c #(nop) ADD file:abc in / ", false),
            ("/bin/sh -c #(nop) ADD file:abc in /app ", true),
            ("ADD https://example.com/x.tar.gz /opt # buildkit", true),
            ("ADD alpine-minirootfs-3.20.tar.gz / # buildkit", false),
            ("ENV ADDR=1", false),
            ("RUN /bin/sh -c useradd ADD x", false),
            ("COPY ADD /x # buildkit", false),
        ] {
            assert_eq!(uses_add(&steps(&[text])).is_some(), is_fault, "{text}");
        }
    }
}
