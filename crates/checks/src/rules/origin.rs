//! Where an image comes from and how old it is.

use super::Rule;
use crate::{
    CheckHit,
    subject::{Subject, hit},
};
use model::{RuleInfo, Severity};

/// A tag that moves.
pub(super) static LATEST_TAG: Rule = Rule {
    info: RuleInfo {
        id: "image/latest-tag",
        title: "the image is known by a tag that moves",
        severity: Severity::Low,
        why: "The tag latest, or none, means another image tomorrow: nobody can say what ran last week, and a \
              rollback goes nowhere.",
        remedy: "Give every build a tag of its own and deploy by digest.",
        references: &["https://docs.docker.com/build/building/best-practices/#pin-base-image-versions"],
    },
    aliases: &["DKL-DI-0006", "DL3006", "DL3007", "DS-0001", "CKV_DOCKER_7", "CIS 5.28"],
    bad: "name registry.example.com:5000/app:latest",
    good: "name registry.example.com:5000/app:1.2\nname app@sha256:ab",
};

/// An image from elsewhere.
pub(super) static UNTRUSTED_REGISTRY: Rule = Rule {
    info: RuleInfo {
        id: "image/untrusted-registry",
        title: "the image comes from a registry that is not on the list",
        severity: Severity::Medium,
        why: "The list of trusted registries says who answers for what runs here. Nobody answers for this one.",
        remedy: "Copy the image to a registry of yours after checking it, or add its registry to the list.",
        references: &["https://www.cisecurity.org/benchmark/docker"],
    },
    aliases: &["CIS 4.2", "CIS-DI-0002", "DL3026"],
    bad: "trusted registry.example.com\nname docker.io/evil/app:1",
    good: "trusted docker.io/library\nname nginx:1.27",
};

/// An old image.
pub(super) static OLD_IMAGE: Rule = Rule {
    info: RuleInfo {
        id: "image/old-build",
        title: "the image was built long ago",
        severity: Severity::Low,
        why: "Security updates reach an image only when it is built again; what was fixed since is missing in it.",
        remedy: "Rebuild with --pull --no-cache, at least monthly, and whenever the base image changes.",
        references: &["https://docs.docker.com/build/building/best-practices/#rebuild-your-images-often"],
    },
    aliases: &["CIS 4.4", "CIS-DI-0004"],
    bad: "age 400",
    good: "age 20",
};

/// An old base image.
pub(super) static OLD_BASE: Rule = Rule {
    info: RuleInfo {
        id: "image/old-base",
        title: "the base image was built long ago",
        severity: Severity::Low,
        why: "The image itself may be new, but it carries an old base along with all of its old packages.",
        remedy: "Rebuild with --pull, and let a bot renew the digest that FROM is pinned to.",
        references: &["https://docs.docker.com/build/building/best-practices/#rebuild-your-images-often"],
    },
    aliases: &["CIS 4.4"],
    bad: "base-age 400",
    good: "base-age 20\nage 400",
};

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    for name in &subject.facts.names {
        if has_moving_tag(name) {
            hits.push(
                hit(&LATEST_TAG, LATEST_TAG.info.title)
                    .with_evidence(name.as_str())
                    .with_identity(name.as_str()),
            );
        }
        let trusted = &subject.options.trusted_registries;
        if !trusted.is_empty() && !trusted.iter().any(|front| is_below(&full_name(name), front)) {
            hits.push(
                hit(&UNTRUSTED_REGISTRY, UNTRUSTED_REGISTRY.info.title)
                    .with_evidence(name.as_str())
                    .with_identity(name.as_str()),
            );
        }
    }
    let (age, base_age) = (subject.options.age_days, subject.options.base_age_days);
    for (rule, age, what) in [(&OLD_IMAGE, age, "image"), (&OLD_BASE, base_age, "base image")] {
        let max = subject.options.age_days_max;
        if let Some(age) = age.filter(|age| *age > max) {
            let severity = if age > max.saturating_mul(4) { Severity::Medium } else { rule.info.severity };
            let title = format!("the {what} was built {age} days ago");
            hits.push(
                hit(rule, title)
                    .with_severity(severity)
                    .with_evidence(format!("more than {max} days are too old")),
            );
        }
    }
}

/// Without a digest, and with the tag `latest` or none.
fn has_moving_tag(name: &str) -> bool {
    if name.contains('@') || name.is_empty() {
        return false;
    }
    let last = name.rsplit('/').next().unwrap_or(name);
    last.rsplit_once(':').is_none_or(|(_, tag)| tag == "latest")
}

/// The name with registry and name space that Docker leaves out.
fn full_name(name: &str) -> String {
    match name.split_once('/') {
        None => format!("docker.io/library/{name}"),
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => name.to_owned(),
        Some(_) => format!("docker.io/{name}"),
    }
}

fn is_below(name: &str, front: &str) -> bool {
    let front = front.trim_end_matches('/');
    name.strip_prefix(front).is_some_and(|rest| rest.starts_with(['/', ':', '@']) || rest.is_empty())
}
