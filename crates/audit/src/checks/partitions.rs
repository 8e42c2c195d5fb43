//! Where the engine's data lies.

use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
};
use facts::{Fact, FileRole, Mount};
use model::Severity;

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/data-root-shares-partition",
            "data of containers lies on the partition of the system",
            Severity::Low,
            "A container that fills its layer or a volume fills the disk of the host: logging stops first, then everything \
             else.",
            "Put the data root on a file system of its own (mount it there, or set data-root in daemon.json); with the \
             containerd image store also containerd's root.",
        ),
        aspect: Aspect::Host,
        aliases: &["CIS-Docker-1.1.1"],
        run: own_partition,
    },
    Check {
        info: info(
            "audit/data-root-nearly-full",
            "the file system of the containers is nearly full",
            Severity::Medium,
            "When it is full, containers fail in ways of their own, logs are lost and nothing can be started.",
            "Remove what nothing uses (docker system df shows it), or enlarge the file system.",
        ),
        aspect: Aspect::Host,
        aliases: &[],
        run: room,
    },
];

fn own_partition(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let facts = subject.facts;
    let (files, mounts) = match (facts.files.get(), facts.mounts.get()) {
        (Ok(files), Ok(mounts)) => (files, mounts),
        (Err(missing), _) | (_, Err(missing)) => return answers.unknown("data root", missing),
    };
    let has_containerd_store = facts.engine.info.known().is_some_and(|info| {
        info.driver_status
            .iter()
            .any(|(key, value)| key == "driver-type" && value.starts_with("io.containerd.snapshotter"))
    });
    for (role, object) in [(FileRole::DataRoot, "data root"), (FileRole::ContainerdRoot, "containerd root")] {
        let Some(file) = files.iter().find(|file| file.role == role) else {
            answers.unknown(
                object,
                &facts::Missing {
                    reason: model::GapReason::Unsupported,
                    detail: "its place is not known".to_owned(),
                },
            );
            continue;
        };
        if role == FileRole::ContainerdRoot && !has_containerd_store {
            answers.not_applicable(object, "images lie in the engine's own store");
            continue;
        }
        let path = match &file.state {
            Fact::Known(Some(found)) => found.resolved.as_deref().unwrap_or(&file.path),
            Fact::Known(None) => {
                answers.not_applicable(object, format!("{} does not exist", file.path));
                continue;
            }
            Fact::Missing(missing) => {
                answers.unknown(object, missing);
                continue;
            }
        };
        match mount_of(mounts, path) {
            // A directory `200000.200000` of a remapped engine lies below the data root that is mounted.
            Some(mount) if mount.point == "/" => {
                answers.failed(object, format!("{path} lies on the root file system"));
            }
            Some(mount) if OF_SYSTEM.contains(&mount.point.as_str()) => {
                answers.failed(object, format!("{path} lies on {}, which others fill too", mount.point));
            }
            Some(mount) => match shared_with(mounts, mount) {
                Some(other) => {
                    let why = "is mounted over itself: it has no room of its own, but shares";
                    let (point, source, other) = (&mount.point, &mount.source, &other.point);
                    answers.failed(object, format!("{point} {why} {source} with {other}"));
                }
                None => {
                    answers.passed(object, format!("{path} lies on {} ({})", mount.point, mount.source));
                }
            },
            None => answers.unknown(
                object,
                &facts::Missing {
                    reason: model::GapReason::Malformed,
                    detail: format!("no mount holds {path}"),
                },
            ),
        }
    }
}

/// Where others write too.
const OF_SYSTEM: [&str; 5] = ["/", "/var", "/var/lib", "/usr", "/home"];

/// The mount of the system whose file system this one is a part of: engines mount their data root over itself to make it
/// private (moby, daemon/daemon_linux.go, `setupDaemonRoot`), and a subvolume of btrfs shares the room of all others.
fn shared_with<'m>(mounts: &'m [Mount], mount: &Mount) -> Option<&'m Mount> {
    // Sources such as `tmpfs` and `overlay` are no names of one file system.
    if !mount.source.starts_with('/') {
        return None;
    }
    mounts.iter().find(|other| OF_SYSTEM.contains(&other.point.as_str()) && other.source == mount.source)
}

/// The mount that holds a path: the longest point above it, the last of equals.
pub(crate) fn mount_of<'m>(mounts: &'m [Mount], path: &str) -> Option<&'m Mount> {
    let holds = |point: &str| {
        point == "/" || path == point || path.strip_prefix(point).is_some_and(|rest| rest.starts_with('/'))
    };
    mounts.iter().filter(|mount| holds(&mount.point)).max_by_key(|mount| mount.point.len())
}

fn room(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    if subject.facts.space.is_empty() {
        let missing = facts::Missing {
            reason: model::GapReason::Unsupported,
            detail: "the room on file systems was not read".to_owned(),
        };
        return answers.unknown("data root", &missing);
    }
    for space in &subject.facts.space {
        let percent = |free: u64, all: u64| 100_u64.saturating_sub(free.saturating_mul(100) / all.max(1));
        let bytes = percent(space.free_bytes, space.size_bytes);
        let inodes = if space.inodes == 0 { 0 } else { percent(space.free_inodes, space.inodes) };
        let detail = format!("{bytes} % of the bytes and {inodes} % of the inodes are taken");
        if bytes >= 90 || inodes >= 90 {
            answers.fails(&space.path, Failure::new(detail), &[]);
        } else {
            answers.passed(&space.path, detail);
        }
    }
}
