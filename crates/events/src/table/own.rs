//! Seawall's own kinds.

use super::prelude::*;

kinds! {
    OWN;
    61440 LOST "lost" Internal Meta [] { count U64, class Text, cgroup U64 }
    61441 IO_URING_OPERATION "io_uring_operation" Io Tracepoint [USES_FD] {
        opcode Enum8(&flags::IO_URING_OPCODES), fd Fd, flags U32 Hex, ring U64 Hex
    }
    61442 CGROUP_CREATED "cgroup_created" Process Tracepoint [] { cgroup U64, path Text, hierarchy U32 }
    61443 CGROUP_REMOVED "cgroup_removed" Process Tracepoint [] { cgroup U64, path Text, hierarchy U32 }
    61444 CAPABILITY_USED "capability_used" Process Tracepoint [] { capability U32, res Errno }
    61445 SOCKET_STATE "socket_state" Net Tracepoint [USES_FD] { tuple SocketTuple, before Enum8(&flags::TCP_STATES), after Enum8(&flags::TCP_STATES), call Text }
    61446 KILLED "killed" Process Meta [] { pid Pid, reason Text, rule Text }
    61447 MACHINE "machine" Internal Meta [] {
        cpus U32, memory U64, process_max U64, hostname Text, boot_time Time
    }
    61448 INTERFACE "interface" Internal Meta [] { name Text, address Bytes, prefix U8 }
}
