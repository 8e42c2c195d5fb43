//! Processes and threads: life cycle, identities, signals, limits.

use super::prelude::*;

kinds! {
    PROCESSES;
    127 SIGNALFD "signalfd" Signal Syscall [CREATES_FD STATE] { res Fd, fd Fd, mask U32 Hex, flags U8 Hex }
    129 KILL "kill" Signal Syscall [] { res Errno, pid Pid, sig Signal }
    131 TKILL "tkill" Signal Syscall [] { res Errno, tid Pid, sig Signal }
    133 TGKILL "tgkill" Signal Syscall [] { res Errno, pid Pid, tid Pid, sig Signal }
    141 GETRLIMIT "getrlimit" Process Syscall [] {
        res Errno, cur I64, max I64, resource Enum8(&flags::RLIMIT_RESOURCES)
    }
    143 SETRLIMIT "setrlimit" Process Syscall [] {
        res Errno, cur I64, max I64, resource Enum8(&flags::RLIMIT_RESOURCES)
    }
    145 PRLIMIT "prlimit" Process Syscall [] {
        res Errno, newcur I64, newmax I64, oldcur I64, oldmax I64, pid I64, resource Enum8(&flags::RLIMIT_RESOURCES)
    }
    169 PTRACE "ptrace" Process Syscall [] {
        res Errno, addr Dynamic(Dynamic::Ptrace) Hex, data Dynamic(Dynamic::Ptrace) Hex,
        request Enum16(&flags::PTRACE_REQUESTS), pid Pid
    }
    186 PROCEXIT "procexit" Process Tracepoint [STATE] { status Errno, ret Errno, sig Signal, core U8, reaper_tid Pid }
    191 QUOTACTL "quotactl" User Syscall [] {
        res Errno, special Text, quotafilepath Text, dqb_bhardlimit U64, dqb_bsoftlimit U64, dqb_curspace U64,
        dqb_ihardlimit U64, dqb_isoftlimit U64, dqb_btime Duration, dqb_itime Duration, dqi_bgrace Duration,
        dqi_igrace Duration, dqi_flags Flags8(&flags::QUOTACTL_DQI),
        quota_fmt_out Flags8(&flags::QUOTACTL_QUOTA_FMTS), cmd Flags16(&flags::QUOTACTL_CMDS),
        type Flags8(&flags::QUOTACTL_TYPES), id U32, quota_fmt Flags8(&flags::QUOTACTL_QUOTA_FMTS)
    }
    193 SETRESUID "setresuid" User Syscall [STATE] { res Errno, ruid Uid, euid Uid, suid Uid }
    195 SETRESGID "setresgid" User Syscall [STATE] { res Errno, rgid Gid, egid Gid, sgid Gid }
    199 SETUID "setuid" User Syscall [STATE] { res Errno, uid Uid }
    201 SETGID "setgid" User Syscall [STATE] { res Errno, gid Gid }
    203 GETUID "getuid" User Syscall [] { uid Uid }
    205 GETEUID "geteuid" User Syscall [] { euid Uid }
    207 GETGID "getgid" User Syscall [] { gid Gid }
    209 GETEGID "getegid" User Syscall [] { egid Gid }
    211 GETRESUID "getresuid" User Syscall [] { res Errno, ruid Uid, euid Uid, suid Uid }
    213 GETRESGID "getresgid" User Syscall [] { res Errno, rgid Gid, egid Gid, sgid Gid }
    223 CLONE "clone" Process Syscall [STATE] {
        res Pid, exe Text, args Bytes, tid Pid, pid Pid, ptid Pid, cwd Text, fdlimit I64, pgft_maj U64, pgft_min U64,
        vm_size U32, vm_rss U32, vm_swap U32, comm Text, cgroups Bytes, flags Flags32(&flags::CLONE) Hex, uid U32,
        gid U32, vtid Pid, vpid Pid, pidns_init_start_ts U64
    }
    225 FORK "fork" Process Syscall [STATE] {
        res Pid, exe Text, args Bytes, tid Pid, pid Pid, ptid Pid, cwd Text, fdlimit I64, pgft_maj U64, pgft_min U64,
        vm_size U32, vm_rss U32, vm_swap U32, comm Text, cgroups Bytes, flags Flags32(&flags::CLONE) Hex, uid U32,
        gid U32, vtid Pid, vpid Pid, pidns_init_start_ts U64
    }
    227 VFORK "vfork" Process Syscall [STATE] {
        res Pid, exe Text, args Bytes, tid Pid, pid Pid, ptid Pid, cwd Text, fdlimit I64, pgft_maj U64, pgft_min U64,
        vm_size U32, vm_rss U32, vm_swap U32, comm Text, cgroups Bytes, flags Flags32(&flags::CLONE) Hex, uid U32,
        gid U32, vtid Pid, vpid Pid, pidns_init_start_ts U64
    }
    232 SIGNALDELIVER "signaldeliver" Signal Tracepoint [] { spid Pid, dpid Pid, sig Signal }
    241 SETNS "setns" Process Syscall [USES_FD] { res Errno, fd Fd, nstype Flags32(&flags::CLONE) Hex }
    251 SEMOP "semop" Process Syscall [] {
        res Errno, nsops U32, sem_num_0 U16, sem_op_0 I16, sem_flg_0 Flags16(&flags::SEMOP) Hex, sem_num_1 U16,
        sem_op_1 I16, sem_flg_1 Flags16(&flags::SEMOP) Hex, semid I32
    }
    253 SEMCTL "semctl" Process Syscall [] {
        res Errno, semid I32, semnum I32, cmd Flags16(&flags::SEMCTL_COMMANDS) Hex, val I32
    }
    263 SEMGET "semget" Process Syscall [] { res Errno, key I32 Hex, nsems I32, semflg Flags32(&flags::SEMGET) Hex }
    267 CHROOT "chroot" Process Syscall [STATE] { res Errno, path Path }
    275 SETSID "setsid" Process Syscall [STATE] { res Pid }
    285 UNSHARE "unshare" Process Syscall [] { res Errno, flags Flags32(&flags::CLONE) Hex }
    293 EXECVE "execve" Process Syscall [STATE] {
        res Errno, exe Text, args Bytes, tid Pid, pid Pid, ptid Pid, cwd Text, fdlimit U64, pgft_maj U64,
        pgft_min U64, vm_size U32, vm_rss U32, vm_swap U32, comm Text, cgroups Bytes, env Bytes, tty U32, vpgid Pid,
        loginuid Uid, flags Flags32(&flags::EXECVE) Hex, cap_inheritable U64 Hex, cap_permitted U64 Hex,
        cap_effective U64 Hex, exe_ino U64, exe_ino_ctime Time, exe_ino_mtime Time, uid Uid, trusted_exepath Path,
        pgid Pid, gid Gid, filename Path
    }
    295 SETPGID "setpgid" Process Syscall [] { res Errno, pid Pid, pgid Pid }
    324 CONTAINER "container" Process Meta [STATE LARGE] { json Text }
    331 EXECVEAT "execveat" Process Syscall [STATE] {
        res Errno, exe Text, args Bytes, tid Pid, pid Pid, ptid Pid, cwd Text, fdlimit U64, pgft_maj U64,
        pgft_min U64, vm_size U32, vm_rss U32, vm_swap U32, comm Text, cgroups Bytes, env Bytes, tty U32, vpgid Pid,
        loginuid Uid, flags Flags32(&flags::EXECVE) Hex, cap_inheritable U64 Hex, cap_permitted U64 Hex,
        cap_effective U64 Hex, exe_ino U64, exe_ino_ctime Time, exe_ino_mtime Time, uid Uid, trusted_exepath Path,
        pgid Pid, gid Gid
    }
    335 CLONE3 "clone3" Process Syscall [STATE] {
        res Pid, exe Text, args Bytes, tid Pid, pid Pid, ptid Pid, cwd Text, fdlimit I64, pgft_maj U64, pgft_min U64,
        vm_size U32, vm_rss U32, vm_swap U32, comm Text, cgroups Bytes, flags Flags32(&flags::CLONE) Hex, uid U32,
        gid U32, vtid Pid, vpid Pid, pidns_init_start_ts U64
    }
    353 CAPSET "capset" Process Syscall [STATE] {
        res Errno, cap_inheritable U64 Hex, cap_permitted U64 Hex, cap_effective U64 Hex
    }
    354 USERADDED "useradded" Process Meta [STATE] {
        uid U32, gid U32, name Text, home Text, shell Text, container_id Text
    }
    356 USERDELETED "userdeleted" Process Meta [STATE] {
        uid U32, gid U32, name Text, home Text, shell Text, container_id Text
    }
    358 GROUPADDED "groupadded" Process Meta [STATE] { gid U32, name Text, container_id Text }
    360 GROUPDELETED "groupdeleted" Process Meta [STATE] { gid U32, name Text, container_id Text }
    399 SIGNALFD4 "signalfd4" Signal Syscall [CREATES_FD STATE] {
        res Fd, flags Flags16(&flags::FILE) Hex, fd Fd, mask U32 Hex
    }
    401 PRCTL "prctl" Process Syscall [STATE] {
        res Errno, option Enum32(&flags::PRCTL_OPTIONS), arg2_str Text, arg2_int I64
    }
    407 PIDFD_GETFD "pidfd_getfd" Process Syscall [CREATES_FD STATE] { fd Fd, pid_fd Fd, target_fd Fd, flags U32 Hex }
    409 PIDFD_OPEN "pidfd_open" Process Syscall [CREATES_FD STATE] {
        fd Fd, pid Pid, flags Flags32(&flags::PIDFD_OPEN) Hex
    }
    427 SETREUID "setreuid" User Syscall [STATE] { res Errno, ruid Uid, euid Uid }
    429 SETREGID "setregid" User Syscall [STATE] { res Errno, rgid Uid, egid Uid }
    430 TASK "task" Process Iterator [STATE] {
        ppid Pid32, pgid Pid32, vpgid Pid32, sid Pid32, comm Text, argv TextList, exepath Path,
        flags Flags32(&flags::EXECVE) Hex, env TextList, cwd Text, fdlimit U64, euid Uid, egid Gid,
        cap_permitted U64 Hex, cap_effective U64 Hex, cap_inheritable U64 Hex, exe_ino_num U64, exe_ino_ctime Time,
        exe_ino_mtime Time, vm_size U32, vm_rss U32, vm_swap U32, pgft_maj U64, pgft_min U64, vtgid Pid32, vpid Pid32,
        pidns_init_start_ts U64, cgroups TextList, root Path, start_time Time, tty U32, loginuid Uid
    }
}
