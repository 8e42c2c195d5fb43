/// A place in the kernel that a program is attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hook {
    /// As the kernel names it.
    pub name: &'static str,
    /// What it tells, and so what is lost without it.
    pub gives: &'static str,
    pub(crate) program: &'static str,
    pub(crate) kind: HookKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HookKind {
    RawTracepoint,
    Iterator,
    Map,
    Learn,
    Sockets,
}

/// What the kernel said of one hook.
#[derive(Debug, Clone)]
pub struct Granted {
    /// Its name: of a [`Hook`], or `syscalls/sys_exit_<call>`.
    pub name: String,
    /// What it tells.
    pub gives: String,
    /// Why not, in the kernel's words; `None` when it is attached.
    pub refusal: Option<String>,
}

/// Every hook but those of single system calls.
#[must_use]
pub fn hooks() -> &'static [Hook] {
    const fn raw(name: &'static str, program: &'static str, gives: &'static str) -> Hook {
        Hook { name, gives, program, kind: HookKind::RawTracepoint }
    }
    const HOOKS: &[Hook] = &[
        raw(
            "sched_process_exec",
            "on_exec",
            "programs executed, with arguments, file, layer and container; killing of drift",
        ),
        raw("sched_process_fork", "on_fork", "who started whom"),
        raw("sched_process_exit", "on_exit", "ends of processes"),
        raw("cgroup_mkdir", "on_cgroup_mkdir", "containers before their first process"),
        raw("cgroup_rmdir", "on_cgroup_rmdir", "ends of containers"),
        raw("cgroup_attach_task", "on_cgroup_attach", "processes moved into a container"),
        raw(
            "io_uring_submit_req",
            "on_uring",
            "file and network operations of io_uring, which are no system calls",
        ),
        Hook {
            name: "inet_sock_set_state",
            gives: "connections of TCP however they are asked for (io_uring, data sent with the first packet), and what became of them",
            program: "on_socket_state",
            kind: HookKind::Sockets,
        },
        Hook {
            name: "iter/task",
            gives: "processes that ran before the sensor",
            program: "on_task",
            kind: HookKind::Iterator,
        },
        Hook {
            name: "syscalls/sys_enter_mmap",
            gives: "files mapped for execution: dropped ones, killing of these, and which of the image are in use",
            program: "on_map",
            kind: HookKind::Map,
        },
        Hook {
            name: "sys_enter",
            gives: "which system calls a container makes, for learned profiles",
            program: "on_enter",
            kind: HookKind::Learn,
        },
        Hook {
            name: "cap_capable",
            gives: "which capabilities a container uses, for learned profiles",
            program: "on_capable",
            kind: HookKind::Learn,
        },
    ];
    HOOKS
}
