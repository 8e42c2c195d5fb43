//! `ADD`.

use super::Rule;
use crate::{
    CheckHit,
    subject::{Subject, hit_at_step},
};
use dockerfile::{Keyword, Step};
use model::{RuleInfo, Severity};

/// `ADD` where `COPY` would do.
pub(super) static ADD: Rule = Rule {
    info: RuleInfo {
        id: "image/add-instruction",
        title: "a file was brought in by ADD instead of COPY",
        severity: Severity::Low,
        why: "ADD unpacks archives and fetches addresses by itself, so what lands in the image depends on what the \
              source happens to be.",
        remedy: "Use COPY, or ADD --checksum for a remote file.",
        references: &["https://docs.docker.com/build/building/best-practices/#add-or-copy"],
    },
    aliases: &["CIS 4.9", "CIS-DI-0009", "DL3020", "DS-0005", "CKV_DOCKER_4"],
    bad: "history ADD rootfs.tar /\nhistory ADD app.py /app/ # buildkit",
    good: "history /bin/sh -c #(nop) ADD file:4e3f in / \nhistory COPY app.py /app/ # buildkit\nhistory ADD app.tar.gz /opt/ # buildkit",
};

/// Remote files without a checksum.
pub(super) static REMOTE: Rule = Rule {
    info: RuleInfo {
        id: "image/remote-file-unchecked",
        title: "a remote file was added without a checksum",
        severity: Severity::Medium,
        why: "What the address gives today is not what it gives tomorrow, and whoever controls it or the way there \
              controls the image.",
        remedy: "Write ADD --checksum=sha256:…, or fetch and verify the file in a RUN.",
        references: &["https://docs.docker.com/reference/dockerfile/#add---checksum"],
    },
    aliases: &["CIS 4.9", "CIS 4.11"],
    bad: "history ADD https://example.com/a.bin /a # buildkit",
    good: "history ADD --checksum=sha256:ab https://example.com/a.bin /a # buildkit",
};

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    let first_layer = subject.steps.iter().position(|step| step.layer.is_some());
    for step in subject.own_steps().filter(|step| step.keyword == Keyword::Add) {
        let remote = step.sources().iter().find(|source| source.contains("://") && !source.ends_with(".git"));
        if let Some(address) = remote {
            if !step.flags.iter().any(|flag| flag.name == "checksum") {
                let shown = super::hide_credentials(address);
                hits.push(
                    hit_at_step(&REMOTE, step, REMOTE.info.title)
                        .with_evidence(format!("ADD {shown}"))
                        .with_identity(shown),
                );
            }
        // The root file system of a base image is what ADD is for.
        } else if Some(step.index) != first_layer && !is_archive(step) {
            let what = step.destination().unwrap_or_default();
            hits.push(hit_at_step(&ADD, step, ADD.info.title).with_evidence(step.line()).with_identity(what));
        }
    }
}

/// Whether it unpacks an archive, as far as the names tell.
fn is_archive(step: &Step) -> bool {
    const ENDS: [&str; 7] = [".tar", ".tar.gz", ".tgz", ".tar.xz", ".txz", ".tar.bz2", ".tar.zst"];
    !step.sources().is_empty()
        && step.sources().iter().all(|source| ENDS.iter().any(|end| source.ends_with(end)))
}
