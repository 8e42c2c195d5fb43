//! Modes and owners of the engine's files.

use super::{Action, Change, Class, Pending, Situation};
use facts::{FileFact, FileRole, HostFile};

/// The bits that a file may have: the modes of CIS Docker, section 3, and what the same kind of file needs elsewhere.
#[must_use]
pub const fn allowed_mode(role: FileRole) -> Option<u32> {
    Some(match role {
        FileRole::TlsKey | FileRole::RegistryKey => 0o400,
        FileRole::RegistryCertificate | FileRole::TlsAuthority | FileRole::TlsCertificate => 0o444,
        FileRole::EngineSocket | FileRole::ContainerdSocket => 0o660,
        FileRole::ConfigDirectory
        | FileRole::EngineBinary
        | FileRole::ContainerdBinary
        | FileRole::ShimBinary
        | FileRole::ShimRuncV1Binary
        | FileRole::ShimRuncV2Binary
        | FileRole::RuncBinary => 0o755,
        FileRole::DockerServiceUnit
        | FileRole::DockerSocketUnit
        | FileRole::UnitDropIn
        | FileRole::DaemonJson
        | FileRole::DefaultsFile
        | FileRole::SysconfigFile
        | FileRole::ContainerdConfig => 0o644,
        FileRole::DataRoot | FileRole::ContainerdRoot | FileRole::ContainerdState | FileRole::MountSource => {
            return None;
        }
    })
}

pub(super) fn plan(pending: &mut Pending, situation: &Situation<'_>) {
    for rule in ["audit/file-mode", "audit/file-owner", "audit/file-in-writable-directory"] {
        for object in pending.take(rule) {
            let path = object.strip_prefix("file ").unwrap_or(&object);
            match found(situation, path) {
                None => pending.leave(rule, &object, "the facts hold no such file"),
                Some((file, fact)) => {
                    let target = fact.resolved.clone().unwrap_or_else(|| file.path.clone());
                    match rule {
                        "audit/file-mode" => mode(pending, &object, file, fact, &target),
                        "audit/file-owner" => owner(pending, situation, &object, file, fact, &target),
                        _ => parents(pending, situation, &object, fact),
                    }
                }
            }
        }
    }
}

fn found<'a>(situation: &Situation<'a>, path: &str) -> Option<(&'a HostFile, &'a FileFact)> {
    let file = situation.facts.files.known()?.iter().find(|file| file.path == path)?;
    Some((file, file.state.known()?.as_ref()?))
}

fn mode(pending: &mut Pending, object: &str, file: &HostFile, fact: &FileFact, path: &str) {
    let Some(allowed) = allowed_mode(file.role) else {
        return pending.leave("audit/file-mode", object, "there is no mode that fits every host");
    };
    let before = fact.mode & 0o7777;
    // Bits are taken away, none is added.
    let after = before & allowed;
    if after == before {
        return pending.leave("audit/file-mode", object, "its mode is right by now");
    }
    let mut side_effects = Vec::new();
    if matches!(file.role, FileRole::EngineSocket | FileRole::ContainerdSocket) {
        side_effects.push("the daemon or its socket unit makes the socket anew on its next start: look at SocketMode= there too".to_owned());
    }
    pending.plan.changes.push(mode_change("audit/file-mode", object, path, before, after, side_effects));
}

fn mode_change(
    rule: &str,
    object: &str,
    path: &str,
    before: u32,
    after: u32,
    side_effects: Vec<String>,
) -> Change {
    Change {
        id: format!("file-mode{path}"),
        title: format!("{path}: mode {before:04o} becomes {after:04o}"),
        rules: vec![rule.to_owned()],
        object: object.to_owned(),
        class: Class::None,
        action: Action::FileMode { path: path.to_owned(), before, after },
        diff: format!("-{before:04o} {path}\n+{after:04o} {path}\n"),
        side_effects,
    }
}

fn owner(
    pending: &mut Pending,
    situation: &Situation<'_>,
    object: &str,
    file: &HostFile,
    fact: &FileFact,
    path: &str,
) {
    let engine =
        situation.facts.daemon_process.known().and_then(Option::as_ref).map_or(0, |process| process.uid);
    let docker = situation
        .facts
        .accounts
        .groups
        .known()
        .and_then(|groups| groups.iter().find(|group| group.name == "docker"))
        .map(|group| group.gid);
    let gid = if file.role == FileRole::EngineSocket { docker.unwrap_or(0) } else { 0 };
    if engine != 0 {
        return pending.leave(
            "audit/file-owner",
            object,
            "the engine runs without root: its files belong to its user",
        );
    }
    let (before, after) = ((fact.uid, fact.gid), (0, gid));
    if before == after {
        return pending.leave("audit/file-owner", object, "its owner is right by now");
    }
    let named = |id: u32, name: &Option<String>| name.clone().unwrap_or_else(|| id.to_string());
    pending.plan.changes.push(Change {
        id: format!("file-owner{path}"),
        title: format!("{path}: given to {}:{}", after.0, after.1),
        rules: vec!["audit/file-owner".to_owned()],
        object: object.to_owned(),
        class: Class::None,
        action: Action::FileOwner { path: path.to_owned(), before, after },
        diff: format!(
            "-{}:{} {path}\n+{}:{} {path}\n",
            named(before.0, &fact.user),
            named(before.1, &fact.group),
            after.0,
            after.1
        ),
        side_effects: vec!["who owned it can change it no longer".to_owned()],
    });
}

/// Directories on the way that others may write; those with the sticky bit keep others' files from being replaced.
fn parents(pending: &mut Pending, situation: &Situation<'_>, object: &str, fact: &FileFact) {
    let rule = "audit/file-in-writable-directory";
    let engine =
        situation.facts.daemon_process.known().and_then(Option::as_ref).map_or(0, |process| process.uid);
    let mut planned = false;
    for parent in &fact.parents {
        let surplus = parent.mode & 0o022;
        if surplus == 0 || parent.mode & 0o1000 != 0 || parent.uid != engine {
            continue;
        }
        // What a group that is root's alone may write is no fault, but bits of others are.
        let (before, after) = (parent.mode & 0o7777, parent.mode & 0o7777 & !0o022);
        let effects = vec!["whoever else wrote into the directory can do so no longer".to_owned()];
        pending.plan.changes.push(mode_change(rule, object, &parent.path, before, after, effects));
        planned = true;
    }
    if !planned {
        pending.leave(
            rule,
            object,
            "a directory on the way belongs to another user: move the file, or give the directory to root",
        );
    }
}
