//! Everything else: the generic system call, modules, BPF, meta events, iterators.

use super::prelude::*;

kinds! {
    OTHER;
    1 GENERIC "syscall" Other Syscall [] { ID Syscall, nativeID U16 }
    148 DROP_ENTER "drop" Internal Meta [] { ratio U32 }
    149 DROP "drop" Internal Meta [] { ratio U32 }
    152 SWITCH "switch" Scheduler Tracepoint [] {
        next Pid, pgft_maj U64, pgft_min U64, vm_size U32, vm_rss U32, vm_swap U32
    }
    196 SCAPEVENT "scapevent" Internal Meta [] { event_type U32, event_data U64 }
    234 PROCINFO "procinfo" Internal Meta [] { cpu_usr U64, cpu_sys U64 }
    244 CPU_HOTPLUG "cpu_hotplug" System Meta [STATE] { cpu U32, action U32 }
    280 NOTIFICATION "notification" Other Meta [] { id Text, desc Text }
    286 INFRA "infra" Internal Meta [] { source Text, name Text, description Text, scope Text }
    290 PAGE_FAULT "page_fault" Other Tracepoint [] { addr U64 Hex, ip U64 Hex, error Flags32(&flags::PF) Hex }
    299 SECCOMP "seccomp" Other Syscall [] { res Errno, op U64, flags U64 Hex }
    322 PLUGINEVENT "pluginevent" Other Plugin [LARGE] { plugin_id U32, event_data Bytes }
    369 BPF "bpf" Other Syscall [CREATES_FD] { fd Fd, cmd Enum32(&flags::BPF_COMMANDS) }
    373 FSCONFIG "fsconfig" System Syscall [USES_FD] {
        res Errno, fd Fd, cmd Enum32(&flags::FSCONFIG_CMDS), key Text, value_bytebuf Bytes, value_charbuf Text,
        aux I32
    }
    402 ASYNCEVENT "asyncevent" Other Meta [LARGE] { plugin_id U32, name Text, data Bytes }
    411 INIT_MODULE "init_module" Other Syscall [] { res Errno, img Bytes, length U64, uargs Text }
    413 FINIT_MODULE "finit_module" Other Syscall [USES_FD READS] {
        res Errno, fd Fd, uargs Text, flags Flags32(&flags::FINIT_MODULE) Hex
    }
    415 MKNOD "mknod" Other Syscall [] { res Errno, path Path, mode Mode(&flags::MKNOD_MODE) Oct, dev U32 }
    417 MKNODAT "mknodat" Other Syscall [USES_FD] {
        res Errno, dirfd Fd, path PathAt(1), mode Mode(&flags::MKNOD_MODE) Oct, dev U32
    }
    425 DELETE_MODULE "delete_module" Other Syscall [] {
        res Errno, name Text, flags Flags32(&flags::DELETE_MODULE) Hex
    }
    453 KEYCTL "keyctl" Other Syscall [] {
        res Errno, operation Enum32(&flags::KEYCTL_OPERATIONS), arg2 Dynamic(Dynamic::Keyctl),
        arg3 Dynamic(Dynamic::Keyctl), arg4 Dynamic(Dynamic::Keyctl), arg5 Dynamic(Dynamic::Keyctl)
    }
}
