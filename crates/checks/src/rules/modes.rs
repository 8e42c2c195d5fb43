//! Dangerous modes, owners and attributes of files.

use super::Rule;
use crate::{
    CheckHit, SeenKind, Trait, TreeEntry, decode_capabilities,
    subject::{Subject, hit, hit_at_file},
};
use model::{RuleInfo, Severity};

/// Setuid programs of packages.
pub(super) static SET_ID: Rule = Rule {
    info: RuleInfo {
        id: "image/setuid-program",
        title: "packages brought setuid or setgid programs",
        severity: Severity::Low,
        why: "Such a program runs with its owner's rights whoever starts it; a hole in one makes any user root. A \
              container hardly ever needs one.",
        remedy: "Take the bits away (find / -xdev -perm /6000 -type f -exec chmod a-s {} +), and run with \
                 no-new-privileges.",
        references: &["https://docs.docker.com/reference/cli/docker/container/run/#security-opt"],
    },
    aliases: &["CIS 4.8", "CIS-DI-0008"],
    bad: "file 4755 usr/bin/su package=util-linux",
    good: "file 755 usr/bin/su package=util-linux",
};

/// Setuid programs of nobody.
pub(super) static SET_ID_UNPACKAGED: Rule = Rule {
    info: RuleInfo {
        id: "image/setuid-program-unpackaged",
        title: "a setuid or setgid program belongs to no package",
        severity: Severity::High,
        why: "No distribution answers for it and nobody repairs it. A copy of a shell with this bit is the oldest way \
              to leave a door open.",
        remedy: "Find the instruction that made it; remove the bit or the file.",
        references: &["https://attack.mitre.org/techniques/T1548/001/"],
    },
    aliases: &["CIS 4.8", "CIS-DI-0008"],
    bad: "file 4755 opt/tool",
    good: "file 755 opt/tool\nfile 4755 usr/bin/su package=util-linux",
};

/// Files that everybody may write.
pub(super) static WORLD_WRITABLE_FILE: Rule = Rule {
    info: RuleInfo {
        id: "image/world-writable-file",
        title: "files may be written by everybody",
        severity: Severity::Medium,
        why: "Any process in the container can change them; a program or script among them is then run by others.",
        remedy: "chmod o-w in the instruction that made them.",
        references: &["https://cwe.mitre.org/data/definitions/732.html"],
    },
    aliases: &[],
    bad: "file 777 app/run.sh",
    good: "file 775 app/run.sh",
};

/// Directories that everybody may write.
pub(super) static WORLD_WRITABLE_DIRECTORY: Rule = Rule {
    info: RuleInfo {
        id: "image/world-writable-directory",
        title: "directories may be written by everybody",
        severity: Severity::Low,
        why: "Without the sticky bit everybody may also delete and replace the files of others in them.",
        remedy: "Give the directory to the user that needs it, or set the sticky bit (chmod 1777) as /tmp has it.",
        references: &["https://cwe.mitre.org/data/definitions/732.html"],
    },
    aliases: &[],
    bad: "directory 777 app/data",
    good: "directory 1777 tmp\ndirectory 755 app/data",
};

/// Files with capabilities.
pub(super) static CAPABILITY: Rule = Rule {
    info: RuleInfo {
        id: "image/file-capability",
        title: "a file carries capabilities",
        severity: Severity::Low,
        why: "Whoever starts it gets these rights, as with setuid; some of them are as good as root.",
        remedy: "Remove them with setcap -r, or give the container the capability it needs and no other.",
        references: &["https://man7.org/linux/man-pages/man7/capabilities.7.html"],
    },
    aliases: &["CIS 4.8"],
    bad: "file 755 usr/bin/tool caps=0100000200002000000000000000000000000000",
    good: "file 755 usr/bin/tool",
};

/// Device nodes.
pub(super) static DEVICE: Rule = Rule {
    info: RuleInfo {
        id: "image/device-node",
        title: "the image holds device nodes",
        severity: Severity::Low,
        why: "Devices come from the engine. One that is baked in reaches the host's disk or memory as soon as a \
              container may use devices.",
        remedy: "Remove it; start containers with --device when they need one.",
        references: &["https://cwe.mitre.org/data/definitions/732.html"],
    },
    aliases: &[],
    bad: "device block dev/sda",
    good: "device character dev/null",
};

/// Programs that belong to a user.
pub(super) static USER_OWNED: Rule = Rule {
    info: RuleInfo {
        id: "image/program-owned-by-user",
        title: "programs in system directories belong to a user",
        severity: Severity::Low,
        why: "A process of that user may replace them, and root runs them next.",
        remedy: "chown root:root, or copy them without --chown.",
        references: &["https://cwe.mitre.org/data/definitions/732.html"],
    },
    aliases: &[],
    bad: "file 755 usr/local/bin/tool uid=1000",
    good: "file 755 usr/local/bin/tool",
};

/// Capabilities that are as good as root (capabilities(7)).
const LIKE_ROOT: [&str; 14] = [
    "cap_chown",
    "cap_dac_override",
    "cap_dac_read_search",
    "cap_fowner",
    "cap_mknod",
    "cap_setfcap",
    "cap_setgid",
    "cap_setpcap",
    "cap_setuid",
    "cap_sys_admin",
    "cap_sys_module",
    "cap_sys_ptrace",
    "cap_sys_rawio",
    "cap_bpf",
];

/// Devices that every root file system made by hand has (Linux, Documentation/admin-guide/devices.txt).
const HARMLESS_DEVICES: [&str; 14] = [
    "null", "zero", "full", "random", "urandom", "tty", "console", "ptmx", "fd", "stdin", "stdout", "stderr",
    "tty0", "tty1",
];

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    let Some(tree) = subject.tree() else { return };
    let (packaged, own): (Vec<_>, Vec<_>) =
        tree.with(Trait::SetId).partition(|entry| !subject.is_unpackaged(entry));
    together(&SET_ID, &packaged, "setuid or setgid programs", hits);
    for entry in own {
        let bits = if entry.mode & 0o4000 != 0 { "setuid" } else { "setgid" };
        // Setgid to a group of its own gives little.
        let severity =
            if entry.mode & 0o4000 != 0 && entry.uid == 0 { Severity::High } else { Severity::Medium };
        let title = format!("a {bits} program belongs to no package");
        hits.push(
            hit_at_file(&SET_ID_UNPACKAGED, entry, title).with_severity(severity).with_evidence(facts(entry)),
        );
    }
    let files: Vec<_> = tree
        .with(Trait::WorldWritableFile)
        .filter(|entry| !entry.path.as_str().starts_with("dev/"))
        .collect();
    together(&WORLD_WRITABLE_FILE, &files, "files may be written by everybody", hits);
    let directories: Vec<_> =
        tree.with(Trait::WorldWritableDirectory).filter(|entry| entry.package.is_none()).collect();
    together(&WORLD_WRITABLE_DIRECTORY, &directories, "directories may be written by everybody", hits);
    let users: Vec<_> = tree.with(Trait::UserOwnedProgram).filter(|entry| entry.package.is_none()).collect();
    together(&USER_OWNED, &users, "files in system directories belong to a user", hits);
    for entry in tree.with(Trait::FileCapability) {
        capability(subject, entry, hits);
    }
    for entry in tree.with(Trait::Device) {
        let name = entry.path.file_name();
        if entry.path.as_str().starts_with("dev/") && HARMLESS_DEVICES.contains(&name) {
            continue;
        }
        let is_grave =
            entry.kind == SeenKind::BlockDevice || matches!(name, "mem" | "kmem" | "port" | "kmsg");
        let severity = if is_grave { Severity::Medium } else { DEVICE.info.severity };
        hits.push(
            hit_at_file(&DEVICE, entry, "the image holds a device node")
                .with_severity(severity)
                .with_evidence(facts(entry)),
        );
    }
}

fn capability(subject: &Subject<'_>, entry: &TreeEntry, hits: &mut Vec<CheckHit>) {
    let Some(read) = decode_capabilities(&entry.capability) else { return };
    let names: Vec<&str> = read.permitted.iter().chain(&read.inheritable).copied().collect();
    if names.is_empty() {
        return;
    }
    let is_grave = read.permitted.iter().any(|name| LIKE_ROOT.contains(name));
    let severity = match (is_grave, subject.is_unpackaged(entry)) {
        (true, true) => Severity::High,
        (true, false) => Severity::Medium,
        (false, _) => CAPABILITY.info.severity,
    };
    let title = format!("a file carries {}", names.join(", "));
    hits.push(hit_at_file(&CAPABILITY, entry, title).with_severity(severity).with_evidence(facts(entry)));
}

/// One hit for all entries of one layer: a package may bring a hundred of them.
fn together(rule: &'static Rule, entries: &[&TreeEntry], what: &str, hits: &mut Vec<CheckHit>) {
    const SHOWN_MAX: usize = 20;
    let mut layers: Vec<Option<usize>> = entries.iter().map(|entry| entry.layer_index).collect();
    layers.sort_unstable();
    layers.dedup();
    for layer in layers {
        let of_layer: Vec<_> = entries.iter().filter(|entry| entry.layer_index == layer).collect();
        let mut found = match of_layer.as_slice() {
            [one] => hit_at_file(rule, one, rule.info.title),
            many => {
                let mut found = hit(rule, format!("{} {what}", many.len()));
                found.layer_index = layer;
                found
            }
        };
        for entry in of_layer.iter().take(SHOWN_MAX) {
            found = found.with_evidence(facts(entry));
        }
        if of_layer.len() > SHOWN_MAX {
            found = found.with_evidence(format!("and {} more", of_layer.len() - SHOWN_MAX));
        }
        let first = of_layer.first().map_or("", |entry| entry.path.as_str());
        hits.push(found.with_identity(first));
    }
}

fn facts(entry: &TreeEntry) -> String {
    let mut text = format!("{} {:04o} {}:{}", entry.path, entry.mode & 0o7777, entry.uid, entry.gid);
    if let Some(package) = &entry.package {
        text.push_str(&format!(" of {package}"));
    }
    text
}
