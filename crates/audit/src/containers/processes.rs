//! Rules that the processes of a container answer.

use super::{aliases, not_running, rule, unread};
use crate::answers::{Answers, Audit, Failure, cut};
use facts::{Container, Exec, Fact, ProcessFacts};
use std::collections::BTreeSet;

/// Judges the processes of a running container: what is fine, or what is not.
type Judge = fn(&Container, &[ProcessFacts]) -> Result<String, Failure>;

const RULES: [&str; 5] = [
    "audit/container-patched",
    "audit/descriptors-unbounded",
    "audit/privileged-exec",
    "audit/several-services",
    "audit/ssh-server-in-container",
];
/// Programs that start and watch others, or only reap.
const SUPERVISORS: [&str; 12] = [
    "supervisord",
    "s6-svscan",
    "s6-supervise",
    "runsvdir",
    "runsv",
    "systemd",
    "init",
    "monit",
    "circusd",
    "pm2",
    "openrc",
    "forego",
];
const REAPERS: [&str; 8] =
    ["tini", "docker-init", "dumb-init", "catatonit", "pause", "init", "gosu", "su-exec"];
const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "busybox", "zsh", "ksh"];
const PACKAGE_MANAGERS: [&str; 12] =
    ["apt", "apt-get", "aptitude", "dpkg", "apk", "yum", "dnf", "microdnf", "rpm", "zypper", "pacman", "pip"];
const SSH_SERVERS: [&str; 4] = ["sshd", "dropbear", "sshd-session", "tinysshd"];
/// Above this a limit holds nobody back.
const DESCRIPTORS_MAX: u64 = 1 << 24;

pub(super) fn run(container: &Container, audit: &mut Audit) {
    let object = format!("container {}", cut(&container.name));
    let processes = match container.processes.get() {
        Ok(processes) => processes,
        Err(_) if !container.is_running() => {
            RULES.iter().for_each(|id| not_running(audit, rule(id), &object));
            return;
        }
        Err(missing) => {
            RULES.iter().for_each(|id| unread(audit, rule(id), &object, missing.reason, &missing.detail));
            return;
        }
    };
    let judges: [Judge; 5] = [patched, descriptors, privileged_exec, several_services, ssh_server];
    for (id, judge) in RULES.iter().zip(judges) {
        let mut answers = Answers::new(audit, rule(id), aliases(id));
        match judge(container, processes) {
            // A process that gave up its rights, or is not seen, is still in the engine's list of what came by exec.
            Ok(detail) if *id == "audit/privileged-exec" => match container.execs.get() {
                Ok(execs) => match exec_with_rights(execs, container, processes) {
                    Some(failure) => answers.fails(&object, failure, &[]),
                    None => answers.passed(&object, detail),
                },
                Err(missing) => answers.unknown(&object, missing),
            },
            Ok(detail) => answers.passed(&object, detail),
            Err(failure) => answers.fails(&object, failure, &[]),
        }
    }
}

/// Name of the executable; what a process calls itself where that cannot be read.
fn program(process: &ProcessFacts) -> &str {
    let executable = process.executable.known().and_then(Option::as_deref);
    let name = executable.and_then(|path| path.trim_end_matches(" (deleted)").rsplit('/').next());
    // busybox is one executable for all; its process is named after what it plays.
    name.filter(|name| *name != "busybox").unwrap_or(&process.command)
}

fn patched(_: &Container, processes: &[ProcessFacts]) -> Result<String, Failure> {
    match processes.iter().find(|process| PACKAGE_MANAGERS.contains(&program(process))) {
        Some(process) => Err(Failure::new(format!("process {} is {}", process.pid, program(process)))),
        None => Ok("no package manager runs in it".to_owned()),
    }
}

fn descriptors(_: &Container, processes: &[ProcessFacts]) -> Result<String, Failure> {
    let mut greatest = 0;
    for process in processes {
        if let Fact::Known((soft, _)) = &process.open_files {
            if *soft >= DESCRIPTORS_MAX {
                return Err(Failure::new(format!(
                    "process {} ({}) may open {soft}",
                    process.pid, process.command
                )));
            }
            greatest = greatest.max(*soft);
        }
    }
    Ok(format!("no process may open more than {greatest}"))
}

fn privileged_exec(container: &Container, processes: &[ProcessFacts]) -> Result<String, Failure> {
    let Some(first) = processes.iter().find(|process| process.pid == container.pid) else {
        return Ok("its first process is not known".to_owned());
    };
    for process in processes {
        let more = process.capabilities_bounding & !first.capabilities_bounding;
        if more != 0 {
            let detail = format!(
                "process {} ({}) may have capabilities that the first process cannot have",
                process.pid, process.command
            );
            return Err(Failure::new(detail).seen(format!(
                "CapBnd {:016x}, first process {:016x}",
                process.capabilities_bounding, first.capabilities_bounding
            )));
        }
        let was_filtered = first.seccomp_mode.known() == Some(&2);
        if was_filtered && process.seccomp_mode.known() == Some(&0) {
            let detail = format!(
                "process {} ({}) has no seccomp filter, the first process has one",
                process.pid, process.command
            );
            return Err(Failure::new(detail));
        }
        // Root beside a first process that is not: it came by exec, or through a setuid program.
        if first.uids.iter().all(|uid| *uid != 0)
            && process.inner_uid() == Some(0)
            && first.inner_uid() != Some(0)
        {
            return Err(Failure::new(format!(
                "process {} ({}) is root, the first process is not",
                process.pid, process.command
            )));
        }
    }
    Ok("no process has more rights than the first".to_owned())
}

fn exec_with_rights(execs: &[Exec], container: &Container, processes: &[ProcessFacts]) -> Option<Failure> {
    let first = processes.iter().find(|process| process.pid == container.pid);
    let is_root = |user: &str| ["0", "root"].contains(&user.split(':').next().unwrap_or_default());
    for exec in execs {
        let when = if exec.is_running { "runs" } else { "is about to run, or ran," };
        if exec.is_privileged {
            return Some(Failure::new(format!("{} {when} by docker exec --privileged", exec.program)));
        }
        if is_root(&exec.user) && first.is_some_and(|first| first.inner_uid().is_some_and(|uid| uid != 0)) {
            return Some(Failure::new(format!(
                "{} {when} by docker exec --user {}",
                exec.program, exec.user
            )));
        }
    }
    None
}

fn several_services(_: &Container, processes: &[ProcessFacts]) -> Result<String, Failure> {
    if let Some(process) =
        processes.iter().find(|process| SUPERVISORS.contains(&program(process)) && processes.len() > 2)
    {
        let others: BTreeSet<&str> = processes
            .iter()
            .map(program)
            .filter(|name| !SUPERVISORS.contains(name) && !SHELLS.contains(name))
            .collect();
        if others.len() > 1 {
            let list: Vec<&str> = others.into_iter().collect();
            return Err(Failure::new(format!("{} runs {}", program(process), list.join(", "))));
        }
    }
    // Children of the first process, or of a shell or reaper in its place, that run other programs than it.
    let pids: BTreeSet<u32> = processes.iter().map(|process| process.pid).collect();
    let is_wrapper =
        |process: &ProcessFacts| REAPERS.contains(&program(process)) || SHELLS.contains(&program(process));
    let mut services: BTreeSet<&str> = BTreeSet::new();
    for process in processes.iter().filter(|process| !is_wrapper(process)) {
        let parent = processes.iter().find(|other| other.pid == process.parent);
        let is_top = !pids.contains(&process.parent) || parent.is_some_and(is_wrapper);
        if is_top {
            services.insert(program(process));
        }
    }
    if services.len() > 1 {
        let list: Vec<&str> = services.into_iter().collect();
        return Err(Failure::new(format!("side by side run {}", list.join(", "))));
    }
    Ok(format!("it runs {}", services.into_iter().next().unwrap_or("one service")))
}

fn ssh_server(container: &Container, processes: &[ProcessFacts]) -> Result<String, Failure> {
    if let Some(process) = processes.iter().find(|process| SSH_SERVERS.contains(&program(process))) {
        return Err(Failure::new(format!("process {} is {}", process.pid, program(process))));
    }
    let listens = container.listening.known().is_some_and(|ports| ports.iter().any(|port| port == "22/tcp"));
    if listens && !container.networks.iter().any(|network| network == "host") {
        return Err(Failure::new("something listens on port 22 inside"));
    }
    Ok("no process of it is an ssh server".to_owned())
}
