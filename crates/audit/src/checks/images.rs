//! Images that are in use.

use super::ENGINE;
use crate::{
    Aspect, Settings,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
    time,
};
use facts::{Fact, Image, ImageSignature, ScanRecord};
use model::{OutcomeState, Severity};
use std::collections::BTreeSet;

const fn image_check(
    info: model::RuleInfo,
    aliases: &'static [&'static str],
    run: fn(&Subject<'_>, &mut Answers<'_>),
) -> Check {
    Check { info, aspect: Aspect::Image, aliases, run }
}

pub(crate) static CHECKS: &[Check] = &[
    image_check(
        info(
            "audit/image-not-scanned",
            "an image in use was not scanned lately, or has serious vulnerabilities",
            Severity::Medium,
            "What was clean when it was built is not clean for long.",
            "seawall scan the image and give the report to the audit (--scan-report FILE); rebuild it on an updated base.",
        ),
        &["CIS-Docker-4.4"],
        |subject, answers| with_scan(subject, answers, scanned),
    ),
    image_check(
        info(
            "audit/image-holds-secrets",
            "an image in use holds credentials",
            Severity::High,
            "Whoever can pull the image has them, also from layers that later ones hide.",
            "Revoke them, rebuild with build secrets (RUN --mount=type=secret).",
        ),
        &["CIS-Docker-4.10"],
        |subject, answers| {
            with_scan(subject, answers, |_, scan, object, answers| match (scan.has_content, scan.secrets) {
                (false, _) => {
                    answers.manual(object, "the scan did not look inside files: scan it with content");
                }
                (true, 0) => answers.passed(object, "the scan found none"),
                (true, number) => answers.failed(object, format!("the scan found {number}")),
            });
        },
    ),
    image_check(
        info(
            "audit/image-holds-setuid-files",
            "an image in use holds setuid programs that nobody expects",
            Severity::Low,
            "They turn a taken-over service into root of the container.",
            "Remove the bits in the Dockerfile, or start with no-new-privileges.",
        ),
        &["CIS-Docker-4.8"],
        |subject, answers| {
            with_scan(subject, answers, |_, scan, object, answers| {
                match (scan.has_content, scan.setuid_files) {
                    (false, _) => {
                        answers.manual(object, "the scan did not look inside files: scan it with content");
                    }
                    (true, 0) => answers.passed(object, "the scan reported none"),
                    (true, number) => answers.failed(object, format!("the scan reported {number}")),
                }
            });
        },
    ),
    image_check(
        info(
            "audit/image-packages-unverified",
            "files in an image in use are not what its packages installed",
            Severity::Medium,
            "A replaced program is the plainest sign of tampering, or of packages that were installed unverified.",
            "Look at the scan's findings on integrity; rebuild from a base that you trust.",
        ),
        &["CIS-Docker-4.11"],
        |subject, answers| {
            with_scan(subject, answers, |_, scan, object, answers| match scan.integrity {
                _ if !scan.has_content => {
                    answers.manual(object, "the scan did not look inside files: scan it with content");
                }
                0 => answers.passed(object, "every packaged file is what its record says"),
                number => answers.failed(object, format!("{number} findings on integrity")),
            });
        },
    ),
    image_check(
        info(
            "audit/image-not-minimal",
            "what an image in use needs cannot be told by a program",
            Severity::Low,
            "Each package that is not needed brings vulnerabilities and tools for an attacker.",
            "Build on a minimal base, in several stages; look at the list of packages.",
        ),
        &["CIS-Docker-4.3"],
        |subject, answers| {
            with_scan(subject, answers, |_, scan, object, answers| {
                if scan.packages <= 30 {
                    answers.passed(object, format!("it has {} packages", scan.packages));
                } else {
                    answers
                        .manual(object, format!("it has {} packages: are all of them needed", scan.packages));
                }
            });
        },
    ),
    image_check(
        info(
            "audit/image-without-health-check",
            "an image in use tells nobody how to see that it works",
            Severity::Low,
            "The engine takes a hung service for a running one.",
            "Add HEALTHCHECK to the Dockerfile, or --health-cmd to the container.",
        ),
        &["CIS-Docker-4.6"],
        |subject, answers| {
            each_used(subject, answers, |_, image, object, answers| match image.has_health_check.get() {
                Ok(true) => answers.passed(object, "it has a health check"),
                Ok(false) => answers.failed(object, "it has no health check"),
                Err(missing) => answers.unknown(object, missing),
            });
        },
    ),
    image_check(
        info(
            "audit/image-old",
            "an image in use was built long ago",
            Severity::Low,
            "Images are rebuilt, not patched: what was fixed since is not in it.",
            "Rebuild it on a current base (docker build --pull), or pull the newer tag, and recreate the container.",
        ),
        &["CIS-Docker-5.28"],
        |subject, answers| each_used(subject, answers, age),
    ),
    image_check(
        info(
            "audit/image-without-digest",
            "an image in use has no digest of a registry",
            Severity::Negligible,
            "It was built or loaded here: nobody else can say whether it is what was released.",
            "Push it, and run it by digest (NAME@sha256:…).",
        ),
        &[],
        |subject, answers| {
            each_used(subject, answers, |_, image, object, answers| {
                if image.digests.is_empty() {
                    answers.failed(object, "it came from no registry");
                } else {
                    answers.passed(object, "it came from a registry, which verified its digest");
                }
            });
        },
    ),
    image_check(
        info(
            "audit/image-unsigned",
            "an image in use is not signed by those who are trusted",
            Severity::Low,
            "A signature tells who released an image; without one, whoever can push can replace it.",
            "Sign images when they are built (seawall sign) and verify them before they run (seawall verify, a policy).",
        ),
        &["CIS-Docker-4.12"],
        |subject, answers| {
            each_used(subject, answers, |_, image, object, answers| signed(image, object, answers));
        },
    ),
];

fn each_used(
    subject: &Subject<'_>,
    answers: &mut Answers<'_>,
    judge: impl Fn(&Subject<'_>, &Image, &str, &mut Answers<'_>),
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
        judge(subject, image, &format!("image {}", image.name()), answers);
    }
    if found == 0 {
        answers.not_applicable(ENGINE, "no container uses an image");
    }
}

fn with_scan(
    subject: &Subject<'_>,
    answers: &mut Answers<'_>,
    judge: impl Fn(&Subject<'_>, &ScanRecord, &str, &mut Answers<'_>),
) {
    each_used(subject, answers, |subject, image, object, answers| match &image.scan {
        Fact::Known(Some(scan)) => judge(subject, scan, object, answers),
        Fact::Known(None) => answers.outcome(
            object,
            OutcomeState::Manual,
            "none of the reports given is about it: seawall scan it".to_owned(),
            &[],
        ),
        Fact::Missing(missing) => answers.unknown(object, missing),
    });
}

fn scanned(subject: &Subject<'_>, scan: &ScanRecord, object: &str, answers: &mut Answers<'_>) {
    let Settings { scan_days_max, .. } = subject.settings;
    let now = subject.facts.collected.known();
    let days = scan.scanned.as_ref().zip(now).and_then(|(then, now)| time::days_between(then, now));
    let counts = format!("{} critical and {} high vulnerabilities", scan.critical, scan.high);
    match days {
        Some(days) if days > *scan_days_max => {
            answers.failed(object, format!("it was scanned {days} days ago"));
        }
        _ if scan.critical > 0 => {
            answers.fails(object, Failure::new(counts).severity(Severity::High), &[]);
        }
        _ if scan.high > 0 => answers.failed(object, counts),
        Some(days) => answers.passed(object, format!("scanned {days} days ago: {counts}")),
        None => answers.unknown_because(
            object,
            model::GapReason::Unsupported,
            "the report does not tell when it was written",
        ),
    }
}

fn signed(image: &Image, object: &str, answers: &mut Answers<'_>) {
    if image.digests.is_empty() {
        return answers.failed(object, "it came from no registry, so there is no signature to verify");
    }
    match image.signature.get() {
        Ok(ImageSignature::Verified) => {
            answers.passed(object, "its signature is verified by a key that was given");
        }
        Ok(ImageSignature::Unverified { documents }) => answers.manual(
            object,
            format!(
                "its registry holds {documents} signatures: give the key that verifies them (--signature-key)"
            ),
        ),
        Ok(ImageSignature::Unsigned) => answers.failed(object, "its registry holds no signature of it"),
        Ok(ImageSignature::Refused(why)) => {
            answers.fails(object, Failure::new(why.as_str()).severity(Severity::High), &[]);
        }
        Err(missing) => answers.unknown(object, missing),
    }
}

fn age(subject: &Subject<'_>, image: &Image, object: &str, answers: &mut Answers<'_>) {
    let now = match subject.facts.collected.get() {
        Ok(now) => now,
        Err(missing) => return answers.unknown(object, missing),
    };
    // Reproducible builds date their images back to 1970 or 1980.
    let Some(now) = time::seconds(now).filter(|_| image.created_secs > 400_000_000) else {
        return answers
            .manual(object, "it tells no date of its build: compare its digest with the registry's");
    };
    let days = (now - image.created_secs) / 86_400;
    if days > subject.settings.image_days_max {
        answers.failed(object, format!("it was built {days} days ago"));
    } else {
        answers.passed(object, format!("it was built {days} days ago"));
    }
}
