//! Where images come from.

use super::ENGINE;
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
};
use model::Severity;

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/insecure-registry",
            "images are pulled without verifying the registry",
            Severity::High,
            "Whoever is on the way to such a registry answers in its place, and what he sends is run.",
            "Remove it from \"insecure-registries\" (a reload is enough) and give the registry a certificate; put a private \
             authority into /etc/docker/certs.d/HOST/ca.crt.",
        ),
        aspect: Aspect::Network,
        aliases: &["CIS-Docker-2.5"],
        run: insecure,
    },
    Check {
        info: info(
            "audit/image-from-untrusted-registry",
            "an image comes from a registry that is not trusted by name",
            Severity::Medium,
            "Anybody can push to public registries, under names that look like others'.",
            "Mirror what is needed into a registry of your own, or name the registry in trusted_registries of the settings.",
        ),
        aspect: Aspect::Image,
        aliases: &["CIS-Docker-4.2"],
        run: trusted,
    },
    Check {
        info: info(
            "audit/content-trust",
            "Docker Content Trust (obsolete)",
            Severity::Negligible,
            "Docker ends the service behind it (Notary v1) on 8 December 2026; asking for it then stops pulls.",
            "Unset DOCKER_CONTENT_TRUST and verify signatures of cosign or Notation (seawall verify, a policy for scan).",
        ),
        aspect: Aspect::Image,
        aliases: &["CIS-Docker-4.5"],
        run: |_, answers| {
            answers.not_applicable(ENGINE, "obsolete: Notary v1 shuts down on 8 December 2026; verify signatures instead (seawall verify)");
        },
    },
    Check {
        info: info(
            "audit/registry-version-1",
            "registries of version 1 (obsolete)",
            Severity::Negligible,
            "Engines since 17.12 do not speak to registries of version 1.",
            "Nothing to do.",
        ),
        aspect: Aspect::Network,
        aliases: &["CIS-Docker-C.2"],
        run: |_, answers| {
            answers.not_applicable(ENGINE, "obsolete: engines since 17.12 do not speak version 1");
        },
    },
];

fn insecure(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let info = match subject.facts.engine.info.get() {
        Ok(info) => info,
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    // The engine always adds loopback.
    let is_own = |entry: &str| matches!(entry, "127.0.0.0/8" | "::1/128" | "localhost" | "127.0.0.1" | "::1");
    let others: Vec<&String> = info.insecure_registries.iter().filter(|entry| !is_own(entry)).collect();
    if others.is_empty() {
        return answers.passed(ENGINE, "only loopback is reached without verification");
    }
    for entry in others {
        answers.failed(&format!("registry {entry}"), "it is reached without verification");
    }
}

fn trusted(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let engine = &subject.facts.engine;
    let images = match engine.images.get() {
        Ok(images) => images,
        Err(missing) => return answers.unknown(ENGINE, missing),
    };
    if images.is_empty() {
        return answers.not_applicable(ENGINE, "there are no images");
    }
    let trusted = &subject.settings.trusted_registries;
    if trusted.is_empty() {
        let mut hosts: Vec<String> = images
            .iter()
            .flat_map(|image| image.digests.iter().chain(&image.tags))
            .map(|name| full_name(name))
            .map(|name| name.split('/').next().unwrap_or_default().to_owned())
            .collect();
        hosts.sort();
        hosts.dedup();
        return answers
            .manual(ENGINE, format!("no trusted_registries are set; images come from {}", hosts.join(", ")));
    }
    for image in images {
        let object = format!("image {}", image.name());
        let names: Vec<String> =
            image.digests.iter().chain(&image.tags).map(|name| full_name(name)).collect();
        let strange = names.iter().find(|name| !trusted.iter().any(|entry| begins(name, entry)));
        match strange {
            Some(name) => {
                answers.fails(&object, Failure::new(format!("{name} is not of a trusted registry")), &[]);
            }
            None if names.is_empty() => {
                answers.failed(&object, "it has no name, so nobody knows where it comes from");
            }
            None => answers.passed(&object, "every name of it is of a trusted registry"),
        }
    }
}

/// The name with its registry: a first part without dot, colon or `localhost` belongs to Docker Hub
/// (distribution/reference, normalize.go).
pub(crate) fn full_name(name: &str) -> String {
    match name.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => name.to_owned(),
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    }
}

fn begins(name: &str, entry: &str) -> bool {
    let entry = entry.trim_end_matches('/');
    name.strip_prefix(entry).is_some_and(|rest| rest.starts_with(['/', ':', '@']))
}
