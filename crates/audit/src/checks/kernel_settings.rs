//! What the kernel keeps from those who are not root: the modern stand-ins of grsecurity.

use super::HOST;
use crate::{
    Aspect,
    answers::{Answers, Failure},
    rule::{Check, Subject, info},
};
use facts::Fact;
use model::Severity;

pub(crate) static CHECKS: &[Check] = &[
    Check {
        info: info(
            "audit/weak-kernel-setting",
            "a kernel setting leaves open what makes escapes easier",
            Severity::Low,
            "Escapes from containers begin with a leaked kernel address, a reachable subsystem or a traced process. These \
             settings stand in for grsecurity, which distributions do not ship.",
            "Set the value in /etc/sysctl.d and load it with sysctl --system; try it first where profilers, debuggers or \
             rootless engines run.",
        ),
        aspect: Aspect::Kernel,
        aliases: &[],
        run: settings,
    },
    Check {
        info: info(
            "audit/kernel-not-locked-down",
            "root can change the running kernel",
            Severity::Low,
            "Without lockdown a container that became root of the host loads modules, reads kernel memory and stays \
             for good.",
            "Boot with lockdown=integrity, or with Secure Boot on a distribution that ties the two.",
        ),
        aspect: Aspect::Kernel,
        aliases: &[],
        run: lockdown,
    },
    Check {
        info: info(
            "audit/subordinate-ids-overlap",
            "ranges of subordinate ids overlap",
            Severity::Medium,
            "Two users with the same range, or a range over real accounts, own each other's files and processes outside \
             their namespaces.",
            "Give each user a range of its own in /etc/subuid and /etc/subgid, above all real accounts.",
        ),
        aspect: Aspect::Kernel,
        aliases: &[],
        run: subordinate_ids,
    },
];

/// What a value must be.
enum Wanted {
    AtLeast(i64),
    OneOf(&'static [i64]),
}

/// Name, what it must be, what it keeps away (kernel documentation, admin-guide/sysctl).
const SETTINGS: [(&str, Wanted, &str); 14] = [
    ("fs.protected_fifos", Wanted::AtLeast(1), "tricks with pipes in shared directories"),
    ("fs.protected_hardlinks", Wanted::AtLeast(1), "hard links to files of others"),
    ("fs.protected_regular", Wanted::AtLeast(1), "tricks with files in shared directories"),
    ("fs.protected_symlinks", Wanted::AtLeast(1), "links in shared directories"),
    ("fs.suid_dumpable", Wanted::OneOf(&[0, 2]), "memory of privileged programs in dumps"),
    ("kernel.dmesg_restrict", Wanted::AtLeast(1), "kernel addresses in the log"),
    ("kernel.kexec_load_disabled", Wanted::AtLeast(1), "replacing the kernel"),
    ("kernel.kptr_restrict", Wanted::AtLeast(1), "kernel addresses in /proc"),
    ("kernel.perf_event_paranoid", Wanted::AtLeast(2), "measuring the kernel"),
    ("kernel.randomize_va_space", Wanted::AtLeast(2), "known addresses"),
    ("kernel.unprivileged_bpf_disabled", Wanted::AtLeast(1), "programs in the kernel by anybody"),
    ("kernel.yama.ptrace_scope", Wanted::AtLeast(1), "tracing other processes"),
    ("net.core.bpf_jit_harden", Wanted::AtLeast(1), "code planted through the compiler of filters"),
    ("kernel.io_uring_disabled", Wanted::AtLeast(1), "io_uring by anybody"),
];

fn settings(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let sysctls = &subject.facts.kernel.sysctls;
    if sysctls.get("kernel.grsecurity.grsec_lock").and_then(Fact::known).is_some_and(Option::is_some) {
        return answers.passed(HOST, "the kernel has grsecurity");
    }
    for (name, wanted, keeps_away) in &SETTINGS {
        let object = format!("sysctl {name}");
        match sysctls.get(*name).unwrap_or(&Fact::default()) {
            Fact::Missing(missing) => answers.unknown(&object, missing),
            Fact::Known(None) => answers.not_applicable(&object, "this kernel does not have it"),
            Fact::Known(Some(text)) => match (text.parse::<i64>(), wanted) {
                (Ok(value), Wanted::AtLeast(least)) if value >= *least => {
                    answers.passed(&object, format!("it is {text}"));
                }
                (Ok(value), Wanted::OneOf(values)) if values.contains(&value) => {
                    answers.passed(&object, format!("it is {text}"));
                }
                (_, Wanted::AtLeast(least)) => {
                    let failure =
                        Failure::new(format!("it is {text}, {least} or more keeps away {keeps_away}"));
                    answers.fails(&object, failure, &[]);
                }
                (_, Wanted::OneOf(values)) => {
                    let failure =
                        Failure::new(format!("it is {text}, one of {values:?} keeps away {keeps_away}"));
                    answers.fails(&object, failure, &[]);
                }
            },
        }
    }
}

fn lockdown(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    match subject.facts.kernel.lockdown.get() {
        Ok(mode) if mode == "none" => answers.failed(HOST, "lockdown is none"),
        Ok(mode) => answers.passed(HOST, format!("lockdown is {mode}")),
        Err(missing) => answers.unknown(HOST, missing),
    }
}

fn subordinate_ids(subject: &Subject<'_>, answers: &mut Answers<'_>) {
    let accounts = &subject.facts.accounts;
    for (object, ranges) in
        [("/etc/subuid", &accounts.subordinate_uids), ("/etc/subgid", &accounts.subordinate_gids)]
    {
        let ranges = match ranges.get() {
            Ok(ranges) => ranges,
            Err(missing) => {
                answers.unknown(object, missing);
                continue;
            }
        };
        let end = |range: &facts::SubordinateRange| u64::from(range.first) + u64::from(range.count);
        let mut sorted: Vec<_> = ranges.iter().filter(|range| range.count > 0).collect();
        sorted.sort_by_key(|range| range.first);
        let clash = sorted
            .windows(2)
            .find(|pair| pair[0].name != pair[1].name && end(pair[0]) > u64::from(pair[1].first));
        let users = accounts.users.known().map_or(&[][..], Vec::as_slice);
        let over_account = sorted.iter().find_map(|range| {
            let hit = users.iter().find(|user| {
                user.uid >= range.first
                    && u64::from(user.uid) < end(range)
                    && user.uid < 65_534
                    && object == "/etc/subuid"
            })?;
            Some((range, hit))
        });
        match (clash, over_account) {
            (Some(pair), _) => {
                answers
                    .failed(object, format!("the ranges of {} and {} overlap", pair[0].name, pair[1].name));
            }
            (None, Some((range, user))) => {
                answers.failed(
                    object,
                    format!("the range of {} holds the account {} ({})", range.name, user.name, user.uid),
                );
            }
            (None, None) => answers.passed(object, format!("{} ranges, each apart", sorted.len())),
        }
    }
}
