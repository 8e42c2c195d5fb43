//! What is found about the origin of an image.

use crate::{BaseImage, Checked, Freshness, Outcome, ProblemKind, Verdict};
use model::{Finding, Fingerprint, Location, RuleInfo, Severity};

/// Every rule of this crate, sorted by id.
pub static RULES: &[RuleInfo] = &[
    RuleInfo {
        id: "image/base-outdated",
        title: "the base image has moved on since the image was built",
        severity: Severity::Low,
        why: "The tag that the image was built on means a newer image now. Fixes that came with it are not in \
              yours until it is built again, whatever the list of vulnerabilities says.",
        remedy: "Build the image again with the current base (docker build --pull), test and roll out; let a \
                 robot watch base images so that this happens without you.",
        references: &["https://github.com/opencontainers/image-spec/blob/main/annotations.md"],
    },
    RuleInfo {
        id: "image/not-pinned",
        title: "the image is named by tag, not by digest",
        severity: Severity::Low,
        why: "A tag can be moved to another image at any time, by a release, a mistake or an attacker. What was \
              scanned and what runs next may then differ.",
        remedy: "Deploy by digest: NAME:TAG@sha256:…; the report tells the digest that was scanned.",
        references: &["https://docs.docker.com/build/building/best-practices/#pin-base-image-versions"],
    },
    RuleInfo {
        id: "image/signature-invalid",
        title: "the image has signatures, and too few of them count",
        severity: Severity::Critical,
        why: "Somebody signed, but not with the keys you trust, not this image, or the signature was changed. \
              That happens when an image was replaced under its tag, a signature was copied from another image, \
              or a key was changed without telling you.",
        remedy: "Do not run it. Read in the evidence why each signature does not count; compare the digest with \
                 what your build made, and ask the owner of the key.",
        references: &["https://docs.sigstore.dev/cosign/verifying/verify/"],
    },
    RuleInfo {
        id: "image/unsigned",
        title: "the image is not signed",
        severity: Severity::Medium,
        why: "Without a signature, whoever can write to the registry decides what you run; nothing ties the image \
              to the build that you trust.",
        remedy: "Sign in the build: seawall sign --key cosign.key IMAGE@DIGEST (or cosign sign), and verify before \
                 running.",
        references: &["https://docs.sigstore.dev/cosign/signing/signing_with_containers/"],
    },
];

/// The finding of an outcome: none when enough keys signed, or when nothing is known but that the source failed
/// (then [`Outcome::problems`] are gaps). Who may push must not be able to turn a finding into a gap, so junk and
/// floods in the place of signatures are findings.
#[must_use]
pub fn signature_finding(outcome: &Outcome) -> Option<Finding> {
    let is_source_alone = outcome.problems.iter().all(|problem| problem.kind == ProblemKind::Source);
    let id = match outcome.verdict {
        Verdict::Verified => return None,
        Verdict::Unreadable if is_source_alone && outcome.signatures.is_empty() => return None,
        Verdict::Unsigned => "image/unsigned",
        Verdict::Invalid | Verdict::BelowThreshold | Verdict::Unreadable => "image/signature-invalid",
    };
    let mut evidence: Vec<String> = outcome.signatures.iter().map(Checked::to_string).collect();
    evidence.extend(outcome.problems.iter().map(|problem| format!("{}: {}", problem.what, problem.detail)));
    let found = evidence.len();
    evidence.truncate(EVIDENCE_MAX);
    if let Some(more) = found.checked_sub(EVIDENCE_MAX).filter(|more| *more > 0) {
        evidence.push(format!("and {more} more"));
    }
    Some(finding(
        id,
        &format!("{}: {}", rule(id).title, outcome.summary()),
        evidence,
        &[outcome.digest.as_str()],
    ))
}

/// The finding of an image that was named by tag.
#[must_use]
pub fn not_pinned_finding(reference: &str) -> Option<Finding> {
    let shown = crate::encoding::shown(reference);
    let id = "image/not-pinned";
    (!crate::is_pinned(reference))
        .then(|| finding(id, rule(id).title, vec![format!("named as {shown}")], &[&shown]))
}

/// The finding of a base image that has moved on.
#[must_use]
pub fn base_outdated_finding(base: &BaseImage, freshness: &Freshness) -> Option<Finding> {
    let Freshness::Outdated { built_on, current } = freshness else { return None };
    let id = "image/base-outdated";
    let evidence =
        vec![format!("built on {}@{built_on}", base.name), format!("{} is now {current}", base.name)];
    Some(finding(id, &format!("the base image {} has moved on", base.name), evidence, &[&base.name]))
}

const EVIDENCE_MAX: usize = 20;

fn rule(id: &str) -> &'static RuleInfo {
    RULES.iter().find(|rule| rule.id == id).expect("the ids of this file stand in RULES")
}

fn finding(id: &str, title: &str, evidence: Vec<String>, name: &[&str]) -> Finding {
    let rule = rule(id);
    Finding {
        rule: id.to_owned(),
        title: title.to_owned(),
        severity: rule.severity,
        location: Location::default(),
        evidence,
        remedy: Some(rule.remedy.to_owned()),
        references: rule.references.iter().map(|&reference| reference.to_owned()).collect(),
        fingerprint: Fingerprint::of(&[&[id], name].concat()),
        aliases: Vec::new(),
        fix: None,
        vulnerability: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_sorted() {
        assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id));
    }

    #[test]
    fn a_tag_is_reported_and_a_digest_is_not() {
        assert_eq!(not_pinned_finding("alpine:3").unwrap().rule, "image/not-pinned");
        assert_eq!(not_pinned_finding(&format!("alpine@sha256:{}", "a".repeat(64))), None);
    }
}
