//! A seccomp profile from the system calls that a container was seen to make, in Docker's format.
//!
//! **Never wider than the engine's default**: the profile is the default's own rules, cut down to names that were
//! seen, conditions kept. A call that the default refuses is refused here too, and told. That holds for the first
//! stage as well: what the default allows and nobody was seen to use is allowed *and logged*
//! (`SCMP_ACT_LOG`, audit records of type SECCOMP); the second stage refuses it.

mod builtin;
mod observed;

pub use builtin::{Condition, Group, builtin};
pub use observed::{Observed, ObservedError, call_name};

use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Which stage a profile is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Calls that were not seen are allowed and logged.
    Log,
    /// They are refused.
    Enforce,
}

/// Which machine the profile is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architectures {
    /// As the default: each machine with the older ones that it can run (x86 and x32 on x86-64).
    WithCompatible,
    /// Programs of the machine's own kind alone; a 32-bit program cannot start.
    NativeOnly,
}

/// What a profile is made of.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The calls that were seen.
    pub observed: &'a Observed,
    /// Which stage.
    pub stage: Stage,
    /// For which machines.
    pub architectures: Architectures,
}

/// A profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// The JSON document for `--security-opt seccomp=FILE`.
    pub text: String,
    /// Names that are allowed.
    pub allowed: BTreeSet<String>,
    /// Names that the default allows and that were not seen.
    pub cut: BTreeSet<String>,
    /// Seen, but refused by the default in every container, with a reason.
    pub refused: Vec<String>,
    /// Seen, and allowed with a capability alone: `mount: with CAP_SYS_ADMIN`.
    pub conditional: Vec<String>,
}

/// What runc does between the filter and the program (runc, libcontainer/standard_init_linux.go: capabilities, user,
/// directory, `execve`), what every program does when it starts and ends, and what signals need. Without these a
/// container does not start, or hangs when it is stopped.
pub const RUNTIME_CALLS: &[&str] = &[
    "access",
    "arch_prctl",
    "brk",
    "capget",
    "capset",
    "chdir",
    "clone",
    "clone3",
    "close",
    "close_range",
    "dup2",
    "dup3",
    "epoll_create1",
    "epoll_ctl",
    "epoll_pwait",
    "eventfd2",
    "execve",
    "execveat",
    "exit",
    "exit_group",
    "faccessat",
    "faccessat2",
    "fcntl",
    "fstat",
    "fstatfs",
    "futex",
    "getcwd",
    "getdents64",
    "getegid",
    "geteuid",
    "getgid",
    "getpgrp",
    "getpid",
    "getppid",
    "getrandom",
    "gettid",
    "getuid",
    "kill",
    "lseek",
    "lstat",
    "madvise",
    "mmap",
    "mprotect",
    "munmap",
    "nanosleep",
    "newfstatat",
    "open",
    "openat",
    "openat2",
    "pipe2",
    "ppoll",
    "prctl",
    "pread64",
    "prlimit64",
    "read",
    "readlink",
    "readlinkat",
    "restart_syscall",
    "rseq",
    "rt_sigaction",
    "rt_sigprocmask",
    "rt_sigreturn",
    "sched_getaffinity",
    "sched_yield",
    "seccomp",
    "set_robust_list",
    "set_tid_address",
    "setgid",
    "setgroups",
    "setresgid",
    "setresuid",
    "setsid",
    "setuid",
    "sigaltstack",
    "stat",
    "statfs",
    "statx",
    "tgkill",
    "uname",
    "wait4",
    "waitid",
    "write",
    "writev",
];

/// Makes a profile.
#[must_use]
pub fn generate(request: &Request<'_>) -> Generated {
    let mut wanted: BTreeSet<&str> = request.observed.names().iter().map(String::as_str).collect();
    wanted.extend(RUNTIME_CALLS);
    let groups = builtin();
    let mut rules = Vec::new();
    let (mut allowed, mut cut) = (BTreeSet::new(), BTreeSet::new());
    for group in &groups {
        if group.errno().is_some() {
            // Refused with an error that makes programs fall back (clone3 with ENOSYS); never left out.
            rules.push(rule(group, &group.names, "SCMP_ACT_ERRNO"));
            continue;
        }
        let (seen, unseen): (Vec<String>, Vec<String>) =
            group.names.iter().cloned().partition(|name| wanted.contains(name.as_str()));
        if !seen.is_empty() {
            rules.push(rule(group, &seen, "SCMP_ACT_ALLOW"));
        }
        if request.stage == Stage::Log && !unseen.is_empty() {
            rules.push(rule(group, &unseen, "SCMP_ACT_LOG"));
        }
        allowed.extend(seen);
        cut.extend(unseen);
    }
    let architectures: Vec<Value> = builtin::ARCHITECTURES
        .iter()
        .map(|(native, compatible)| match request.architectures {
            Architectures::WithCompatible => json!({"architecture": native, "subArchitectures": compatible}),
            Architectures::NativeOnly => json!({"architecture": native, "subArchitectures": []}),
        })
        .collect();
    let document = json!({
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": 1,
        "archMap": architectures,
        "syscalls": rules,
    });
    let text = serde_json::to_string_pretty(&document).expect("a JSON value can be written") + "\n";
    let (refused, conditional) = judged(request.observed, &groups);
    Generated { text, allowed, cut, refused, conditional }
}

fn judged(observed: &Observed, groups: &[Group]) -> (Vec<String>, Vec<String>) {
    let (mut refused, mut conditional) = (Vec::new(), Vec::new());
    for name in observed.names() {
        let holding: Vec<&Group> =
            groups.iter().filter(|group| group.errno().is_none() && group.names.contains(name)).collect();
        if holding.is_empty() {
            refused.push(format!("{name}: the engine's default refuses it to every container"));
        } else if holding.iter().all(|group| !group.needed_capabilities().is_empty()) {
            let mut needed: Vec<&str> =
                holding.iter().flat_map(|group| group.needed_capabilities()).collect();
            needed.sort_unstable();
            needed.dedup();
            conditional.push(format!("{name}: with {}", needed.join(" or ")));
        }
    }
    (refused, conditional)
}

fn rule(group: &Group, names: &[String], action: &str) -> Value {
    let mut rule = json!({"names": names, "action": action});
    let (mut includes, mut excludes, mut arguments) = (json!({}), json!({}), Vec::new());
    for condition in &group.conditions {
        match condition {
            Condition::Capabilities(names) => includes["caps"] = json!(names),
            Condition::Machines(names) => includes["arches"] = json!(names),
            Condition::Kernel(version) => includes["minKernel"] = json!(version),
            Condition::NotCapabilities(names) => excludes["caps"] = json!(names),
            Condition::NotMachines(names) => excludes["arches"] = json!(names),
            Condition::Argument { index, operator, value } => {
                arguments.push(json!({"index": index, "value": value, "op": operator}));
            }
            Condition::Errno(number) => rule["errnoRet"] = json!(number),
        }
    }
    for (name, value) in [("includes", includes), ("excludes", excludes)] {
        if value.as_object().is_some_and(|value| !value.is_empty()) {
            rule[name] = value;
        }
    }
    if !arguments.is_empty() {
        rule["args"] = Value::Array(arguments);
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generated(calls: &str, stage: Stage) -> Generated {
        let observed = Observed::parse(calls).unwrap();
        generate(&Request { observed: &observed, stage, architectures: Architectures::WithCompatible })
    }

    /// Every rule of a profile as (name, conditions), by action.
    fn rules(text: &str, actions: &[&str]) -> BTreeSet<(String, String)> {
        let document: Value = serde_json::from_str(text).unwrap();
        let mut all = BTreeSet::new();
        for rule in document["syscalls"].as_array().unwrap() {
            if actions.contains(&rule["action"].as_str().unwrap()) {
                for name in rule["names"].as_array().unwrap() {
                    let conditions = format!("{} {} {}", rule["includes"], rule["excludes"], rule["args"]);
                    all.insert((name.as_str().unwrap().to_owned(), conditions));
                }
            }
        }
        all
    }

    fn everything() -> String {
        builtin().iter().flat_map(|group| group.names.clone()).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn no_profile_is_wider_than_the_default_in_any_stage() {
        let default = rules(&generated(&everything(), Stage::Enforce).text, &["SCMP_ACT_ALLOW"]);
        assert_eq!(
            default.len(),
            builtin().iter().filter(|g| g.errno().is_none()).map(|g| g.names.len()).sum::<usize>()
        );
        for calls in ["", "accept\nmount\nclone\nsocket", "open_tree_attr\nkexec_load\nbpf", &everything()] {
            for stage in [Stage::Log, Stage::Enforce] {
                let text = generated(calls, stage).text;
                let document: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(document["defaultAction"], "SCMP_ACT_ERRNO");
                let wide = rules(&text, &["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"]);
                assert!(wide.is_subset(&default), "{calls:.20} {stage:?}");
            }
        }
    }

    #[test]
    fn the_first_stage_allows_all_of_the_default_and_logs_what_was_not_seen() {
        let default = rules(&generated(&everything(), Stage::Enforce).text, &["SCMP_ACT_ALLOW"]);
        let first = generated("accept", Stage::Log);
        assert_eq!(rules(&first.text, &["SCMP_ACT_ALLOW", "SCMP_ACT_LOG"]), default);
        let logged = rules(&first.text, &["SCMP_ACT_LOG"]);
        assert!(
            logged.iter().any(|(name, _)| name == "mknod")
                && !logged.iter().any(|(name, _)| name == "accept")
        );
        let second = generated("accept", Stage::Enforce);
        assert!(!second.text.contains("mknod") && second.cut.contains("mknod"));
    }

    #[test]
    fn what_was_seen_and_the_default_refuses_is_told_and_stays_refused() {
        let result = generated("kexec_load\nmount\naccept\n", Stage::Enforce);
        assert_eq!(result.refused, ["kexec_load: the engine's default refuses it to every container"]);
        assert_eq!(result.conditional, ["mount: with CAP_SYS_ADMIN"]);
        assert!(!result.text.contains("kexec_load"));
    }

    #[test]
    fn kernel_crypto_sockets_and_clone3_stay_as_the_default_has_them() {
        let text = generated("socket", Stage::Enforce).text;
        let sockets: Vec<String> = rules(&text, &["SCMP_ACT_ALLOW"])
            .into_iter()
            .filter(|(name, _)| name == "socket")
            .map(|(_, c)| c)
            .collect();
        assert_eq!(sockets.len(), 3);
        assert!(sockets.iter().all(|conditions| !conditions.contains("null null null")), "AF_ALG is 38");
        assert!(rules(&text, &["SCMP_ACT_ERRNO"]).iter().any(|(name, _)| name == "clone3"));
    }

    #[test]
    fn runtime_calls_are_of_the_default() {
        let names: BTreeSet<String> = builtin().into_iter().flat_map(|group| group.names).collect();
        for call in RUNTIME_CALLS {
            assert!(names.contains(*call), "{call}");
        }
    }
}
