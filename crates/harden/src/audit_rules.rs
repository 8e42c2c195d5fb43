//! Rules of the Linux audit system for the engine's programs, configuration and state (CIS Docker 1.1.3 to 1.1.18).
//!
//! A watch is written for what is there, at the place where it is (`dockerd` lies in `/usr/sbin` on Debian and in
//! `/usr/bin` elsewhere); what is not there is left out and told, since a watch on a missing file is refused by older
//! kernels, and one for a path that nobody uses protects nothing.

use std::collections::BTreeSet;

/// Where the rules belong; augenrules(8) joins the files of the directory in the order of their names.
pub const RULES_FILE: &str = "/etc/audit/rules.d/50-seawall-docker.rules";
/// The key by which `ausearch -k` finds the records.
pub const KEY: &str = "docker";

/// A path that is to be watched, found on the host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watched {
    /// Where it is, links resolved.
    pub path: String,
    /// Programs are watched for execution too.
    pub is_program: bool,
}

/// Rules, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRules {
    /// The content of [`RULES_FILE`].
    pub text: String,
    /// Paths that cannot be written as a rule, and why.
    pub left_out: Vec<String>,
}

/// Programs whose real place is looked up: in the command lines of what runs, in units, in `PATH`.
pub const PROGRAMS: &[&str] = &[
    "containerd",
    "containerd-shim",
    "containerd-shim-runc-v1",
    "containerd-shim-runc-v2",
    "crun",
    "docker",
    "docker-proxy",
    "dockerd",
    "runc",
    "runsc",
];

/// Files and directories that are looked for. The socket is not among them: a watch sees no connections.
pub const PATHS: &[&str] = &[
    "/etc/containerd/config.toml",
    "/etc/default/docker",
    "/etc/docker",
    "/etc/sysconfig/docker",
    "/etc/systemd/system/docker.service.d",
    "/lib/systemd/system/containerd.service",
    "/lib/systemd/system/docker.service",
    "/lib/systemd/system/docker.socket",
    "/run/containerd",
    "/usr/lib/systemd/system/containerd.service",
    "/usr/lib/systemd/system/docker.service",
    "/usr/lib/systemd/system/docker.socket",
    "/var/lib/containerd",
    "/var/lib/docker",
];

/// Writes rules. A directory's watch covers everything below it, so what lies in a watched directory gets none.
#[must_use]
pub fn audit_rules(watched: &[Watched]) -> AuditRules {
    let mut left_out = Vec::new();
    let mut lines = Vec::new();
    let sorted: BTreeSet<&Watched> = watched.iter().collect();
    let mut covered: Vec<&str> = Vec::new();
    for entry in sorted {
        let path = entry.path.trim_end_matches('/');
        if let Some(reason) = refused(path) {
            let shown: String = path.chars().filter(|c| !c.is_control()).take(200).collect();
            left_out.push(format!("{shown}: {reason}"));
            continue;
        }
        let is_below =
            covered.iter().any(|above| path.strip_prefix(above).is_some_and(|rest| rest.starts_with('/')));
        if (is_below || covered.contains(&path)) && !entry.is_program {
            continue;
        }
        if !entry.is_program {
            covered.push(path);
        }
        // Reads are not watched: the daemon reads its own files all day.
        let permissions = if entry.is_program { "wax" } else { "wa" };
        lines.push(format!("-w {path} -p {permissions} -k {KEY}"));
    }
    let text = format!(
        "# Written by seawall harden audit-rules: who changes or runs what belongs to Docker.\n\
         # Load with: augenrules --load; look with: ausearch -k {KEY} -i\n{}\n",
        lines.join("\n")
    );
    AuditRules { text, left_out }
}

fn refused(path: &str) -> Option<&'static str> {
    if !path.starts_with('/') || path.len() < 2 {
        return Some("it is no absolute path, or all of the host");
    }
    // The kernel's AUDIT_PATH_MAX is PATH_MAX.
    if path.len() >= 4096 {
        return Some("it is too long");
    }
    // auditctl splits lines at blanks and knows no quotes in files (audit.rules(7)).
    if path.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Some("a rule file cannot hold a path with white space");
    }
    if path.split('/').any(|part| part == ".." || part == ".") {
        return Some("it has parts that mean other directories");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(watched: &[(&str, bool)], expected: &[&str]) -> Vec<String> {
        let watched: Vec<Watched> = watched
            .iter()
            .map(|(path, is_program)| Watched { path: (*path).into(), is_program: *is_program })
            .collect();
        let rules = audit_rules(&watched);
        let lines: Vec<&str> =
            rules.text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()).collect();
        assert_eq!(lines, expected);
        rules.left_out
    }

    #[test]
    fn programs_are_watched_where_they_are() {
        check(
            &[("/usr/sbin/dockerd", true), ("/etc/docker", false), ("/etc/docker/daemon.json", false)],
            &["-w /etc/docker -p wa -k docker", "-w /usr/sbin/dockerd -p wax -k docker"],
        );
        check(
            &[("/var/lib/docker", false), ("/var/lib/docker", false)],
            &["-w /var/lib/docker -p wa -k docker"],
        );
        check(
            &[("/etc/docker", false), ("/etc/docker-x", false)],
            &["-w /etc/docker -p wa -k docker", "-w /etc/docker-x -p wa -k docker"],
        );
    }

    #[test]
    fn a_path_never_becomes_another_rule() {
        for bad in ["/a b", "/a\n-D", "relative", "/", "", "/a/../etc/shadow"] {
            assert_eq!(check(&[(bad, false)], &[]).len(), 1, "{bad:?}");
        }
    }
}
