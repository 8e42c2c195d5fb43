//! Sockets.

use super::prelude::*;

kinds! {
    NETWORK;
    19 SOCKET "socket" Net Syscall [CREATES_FD STATE] {
        fd Fd, domain Enum32(&flags::SOCKET_FAMILIES), type U32, proto U32, flags Flags32(&flags::FILE) Hex
    }
    21 BIND "bind" Net Syscall [USES_FD STATE] { res Errno, addr SocketAddress, fd Fd }
    22 CONNECT_ENTER "connect" Net Syscall [ENTER USES_FD STATE] { fd Fd, addr SocketAddress }
    23 CONNECT "connect" Net Syscall [USES_FD STATE] { res Errno, tuple SocketTuple, fd Fd, addr SocketAddress }
    25 LISTEN "listen" Net Syscall [USES_FD] { res Errno, fd Fd, backlog I32 }
    29 SEND "send" Write Syscall [USES_FD WRITES] { res Errno, data Bytes, fd Fd, size U32, tuple SocketTuple }
    31 SENDTO "sendto" Write Syscall [USES_FD WRITES STATE] {
        res Errno, data Bytes, fd Fd, size U32, tuple SocketTuple
    }
    33 RECV "recv" Read Syscall [USES_FD READS] { res Errno, data Bytes, fd Fd, size U32, tuple SocketTuple }
    35 RECVFROM "recvfrom" Read Syscall [USES_FD READS STATE] {
        res Errno, data Bytes, tuple SocketTuple, fd Fd, size U32
    }
    37 SHUTDOWN "shutdown" Net Syscall [USES_FD STATE] { res Errno, fd Fd, how Enum8(&flags::SHUTDOWN_HOW) Hex }
    39 GETSOCKNAME "getsockname" Net Syscall [] {}
    41 GETPEERNAME "getpeername" Net Syscall [] {}
    43 SOCKETPAIR "socketpair" Ipc Syscall [CREATES_FD STATE] {
        res Errno, fd1 Fd, fd2 Fd, source U64 Hex, peer U64 Hex, domain Enum32(&flags::SOCKET_FAMILIES), type U32,
        proto U32
    }
    45 SETSOCKOPT "setsockopt" Net Syscall [USES_FD] {
        res Errno, fd Fd, level Enum8(&flags::SOCKOPT_LEVELS), optname Enum8(&flags::SOCKOPT_OPTIONS),
        val Dynamic(Dynamic::SocketOption), optlen U32
    }
    47 GETSOCKOPT "getsockopt" Net Syscall [USES_FD STATE] {
        res Errno, fd Fd, level Enum8(&flags::SOCKOPT_LEVELS), optname Enum8(&flags::SOCKOPT_OPTIONS),
        val Dynamic(Dynamic::SocketOption), optlen U32
    }
    49 SENDMSG "sendmsg" Write Syscall [USES_FD WRITES STATE] {
        res Errno, data Bytes, fd Fd, size U32, tuple SocketTuple
    }
    51 SENDMMSG "sendmmsg" Write Syscall [USES_FD WRITES STATE] {
        res Errno, fd Fd, size U32, data Bytes, tuple SocketTuple
    }
    53 RECVMSG "recvmsg" Read Syscall [USES_FD READS STATE] {
        res Errno, size U32, data Bytes, tuple SocketTuple, msgcontrol Bytes, fd Fd
    }
    55 RECVMMSG "recvmmsg" Read Syscall [USES_FD READS STATE] {
        res Errno, fd Fd, size U32, data Bytes, tuple SocketTuple, msgcontrol Bytes
    }
    247 ACCEPT "accept" Net Syscall [CREATES_FD STATE] {
        fd Fd, tuple SocketTuple, queuepct U8, queuelen U32, queuemax U32
    }
    389 ACCEPT4 "accept4" Net Syscall [CREATES_FD STATE] {
        fd Fd, tuple SocketTuple, queuepct U8, queuelen U32, queuemax U32, flags I32 Hex
    }
}
