//! Containers that start as root.

use super::Rule;
use crate::{
    CheckHit,
    subject::{Subject, hit},
};
use model::{RuleInfo, Severity};

/// Containers that start as root.
pub(super) static RULE: Rule = Rule {
    info: RuleInfo {
        id: "image/runs-as-root",
        title: "containers of this image start as root",
        severity: Severity::Medium,
        why: "Whoever takes over the process is root in the container: they may change every file in it, and a \
              mistake in the kernel, the runtime or a mount makes them root on the host.",
        remedy: "Create a user in the Dockerfile and end it with USER and that user's number, such as USER 10001:10001. \
                 A base image is exempt when every image built on it does so.",
        references: &["https://docs.docker.com/build/building/best-practices/#user"],
    },
    aliases: &["CIS 4.1", "CIS-DI-0001", "DL3002", "DS-0002", "CKV_DOCKER_3", "CKV_DOCKER_8"],
    bad: "user 0:0",
    good: "user 10001",
};

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    let user = subject.facts.config.user.trim();
    if !is_root(user)
        || subject.facts.platform.as_deref().is_some_and(|platform| platform.starts_with("windows"))
    {
        return;
    }
    let shown = if user.is_empty() { "no USER is set".to_owned() } else { format!("USER {user}") };
    let mut hit = hit(&RULE, RULE.info.title).with_evidence(shown);
    hit.history_index = subject
        .steps
        .iter()
        .rev()
        .find(|step| step.keyword == dockerfile::Keyword::User)
        .map(|step| step.index);
    hits.push(hit);
}

/// `root`, `0`, `00`, each with any group, and nothing at all.
fn is_root(user: &str) -> bool {
    let name = user.split(':').next().unwrap_or_default().trim();
    name.is_empty() || name == "root" || name.parse() == Ok(0_u64)
}
