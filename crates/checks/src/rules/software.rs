//! Software that a container does not need.

use super::Rule;
use crate::{
    CheckHit, SeenKind, Trait, TreeEntry,
    subject::{Subject, hit, hit_at_file},
};
use model::{RuleInfo, Severity};

/// Package managers.
pub(super) static PACKAGE_MANAGER: Rule = Rule {
    info: RuleInfo {
        id: "image/package-manager-left",
        title: "package managers are in the image",
        severity: Severity::Negligible,
        why: "An intruder installs their tools with it, and operators patch running containers instead of building \
              again.",
        remedy: "Build in one stage and copy the result onto an image without a package manager (distroless, scratch).",
        references: &[
            "https://docs.docker.com/build/building/best-practices/#dont-install-unnecessary-packages",
        ],
    },
    aliases: &["CIS 4.3", "CIS-DI-0003"],
    bad: "file 755 usr/bin/apt-get package=apt",
    good: "file 755 usr/bin/env package=coreutils",
};

/// Compilers.
pub(super) static COMPILER: Rule = Rule {
    info: RuleInfo {
        id: "image/compiler-left",
        title: "compilers or build tools are in the image",
        severity: Severity::Low,
        why: "They make the image large, bring packages with vulnerabilities along, and build exploits on the spot.",
        remedy: "Compile in a stage of its own and copy the result into the last one.",
        references: &["https://docs.docker.com/build/building/multi-stage/"],
    },
    aliases: &["CIS 4.3", "CIS-DI-0003"],
    bad: "file 755 usr/bin/gcc-12 package=gcc-12",
    good: "file 755 usr/bin/gcore package=gdb",
};

/// Network and debugging tools.
pub(super) static ANALYSIS_TOOL: Rule = Rule {
    info: RuleInfo {
        id: "image/analysis-tool-left",
        title: "network or debugging tools are in the image",
        severity: Severity::Low,
        why: "They are what an intruder looks for first: to look around the network, open tunnels and read other \
              processes.",
        remedy: "Remove them; debug with an ephemeral container that brings its own tools.",
        references: &[
            "https://kubernetes.io/docs/tasks/debug/debug-application/debug-running-pod/#ephemeral-container",
        ],
    },
    aliases: &["CIS 4.3", "CIS-DI-0003"],
    bad: "file 755 usr/bin/nmap package=nmap",
    good: "file 755 usr/bin/curl package=curl",
};

/// SSH servers.
pub(super) static SSH_SERVER: Rule = Rule {
    info: RuleInfo {
        id: "image/ssh-server",
        title: "an SSH server is in the image",
        severity: Severity::Medium,
        why: "A container is entered through the engine. An SSH server needs accounts, keys and patches of its own, \
              and opens a way in that nobody watches.",
        remedy: "Remove it; use docker exec or kubectl exec.",
        references: &["https://www.cisecurity.org/benchmark/docker"],
    },
    aliases: &["CIS 5.7"],
    bad: "file 755 usr/sbin/sshd package=openssh-server",
    good: "file 755 usr/bin/ssh package=openssh-client",
};

/// Servers of unencrypted protocols.
pub(super) static LEGACY_SERVER: Rule = Rule {
    info: RuleInfo {
        id: "image/unencrypted-server",
        title: "a server of an unencrypted protocol is in the image",
        severity: Severity::Medium,
        why: "telnet, FTP, rsh and TFTP send passwords and data in clear, and their servers are old.",
        remedy: "Remove it; move files and sessions over TLS or SSH.",
        references: &["https://www.cisecurity.org/benchmark/docker"],
    },
    aliases: &["CIS 4.3"],
    bad: "file 755 usr/sbin/vsftpd package=vsftpd",
    good: "file 755 usr/bin/ftp package=ftp",
};

pub(super) fn check(subject: &Subject<'_>, hits: &mut Vec<CheckHit>) {
    let Some(tree) = subject.tree() else { return };
    let is_program = |entry: &&TreeEntry| entry.kind == SeenKind::Symlink || entry.mode & 0o111 != 0;
    for (rule, wanted, what) in [
        (&PACKAGE_MANAGER, Trait::PackageManager, "package managers"),
        (&COMPILER, Trait::Compiler, "compilers or build tools"),
        (&ANALYSIS_TOOL, Trait::AnalysisTool, "network or debugging tools"),
    ] {
        let found: Vec<&TreeEntry> = tree.with(wanted).filter(is_program).collect();
        let Some(first) = found.first() else { continue };
        let mut hit = hit(rule, format!("{what} are in the image"));
        hit.layer_index = first.layer_index;
        for entry in found.iter().take(20) {
            hit = hit.with_evidence(entry.path.to_string());
        }
        hits.push(hit);
    }
    for (rule, wanted) in [(&SSH_SERVER, Trait::SshServer), (&LEGACY_SERVER, Trait::LegacyServer)] {
        for entry in tree.with(wanted).filter(is_program) {
            let evidence = entry
                .package
                .as_ref()
                .map_or_else(|| "of no package".to_owned(), |package| format!("of {package}"));
            hits.push(
                hit_at_file(rule, entry, format!("{}: {}", rule.info.title, entry.path.file_name()))
                    .with_evidence(evidence),
            );
        }
    }
}
