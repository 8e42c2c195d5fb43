//! Memory, channels between processes, waiting and time.

use super::prelude::*;

kinds! {
    MEMORY;
    61 PIPE "pipe" Ipc Syscall [CREATES_FD STATE] { res Errno, fd1 Fd, fd2 Fd, ino U64 }
    63 EVENTFD "eventfd" Ipc Syscall [CREATES_FD STATE] { res Fd, initval U64, flags U32 Hex }
    65 FUTEX "futex" Ipc Syscall [] { res Errno, addr U64 Hex, op Flags16(&flags::FUTEX_OPERATIONS) Hex, val U64 }
    79 EPOLL_WAIT "epoll_wait" Wait Syscall [WAITS] { res Errno, maxevents Errno }
    81 POLL "poll" Wait Syscall [WAITS] { res Errno, fds FdList, timeout I64 }
    83 SELECT "select" Wait Syscall [WAITS] { res Errno }
    135 NANOSLEEP "nanosleep" Sleep Syscall [WAITS] { res Errno, interval Duration }
    137 TIMERFD_CREATE "timerfd_create" Time Syscall [CREATES_FD STATE] { res Fd, clockid U8, flags U8 Hex }
    139 INOTIFY_INIT "inotify_init" Ipc Syscall [CREATES_FD STATE] { res Fd, flags U8 Hex }
    159 BRK "brk" Memory Syscall [] { res U64 Hex, vm_size U32, vm_rss U32, vm_swap U32, addr U64 Hex }
    161 MMAP "mmap" Memory Syscall [USES_FD] {
        res Errno Hex, vm_size U32, vm_rss U32, vm_swap U32, addr U64 Hex, length U64, prot Flags32(&flags::PROT) Hex,
        flags Flags32(&flags::MMAP) Hex, fd Fd, offset U64
    }
    163 MMAP2 "mmap2" Memory Syscall [USES_FD] {
        res Errno Hex, vm_size U32, vm_rss U32, vm_swap U32, addr U64 Hex, length U64, prot Flags32(&flags::PROT) Hex,
        flags Flags32(&flags::MMAP) Hex, fd Fd, pgoffset U64
    }
    165 MUNMAP "munmap" Memory Syscall [] { res Errno, vm_size U32, vm_rss U32, vm_swap U32, addr U64 Hex, length U64 }
    255 PPOLL "ppoll" Wait Syscall [WAITS] { res Errno, fds FdList, timeout Duration, sigmask SignalSet }
    329 MPROTECT "mprotect" Memory Syscall [] { res Errno, addr U64 Hex, length U64, prot Flags32(&flags::PROT) Hex }
    345 MLOCK "mlock" Memory Syscall [] { res Errno, addr U64 Hex, len U64 }
    347 MUNLOCK "munlock" Memory Syscall [] { res Errno, addr U64 Hex, len U64 }
    349 MLOCKALL "mlockall" Memory Syscall [] { res Errno, flags Flags32(&flags::MLOCKALL) Hex }
    351 MUNLOCKALL "munlockall" Memory Syscall [] { res Errno }
    371 MLOCK2 "mlock2" Memory Syscall [] { res Errno, addr U64 Hex, len U64, flags Flags32(&flags::MLOCK2) Hex }
    375 EPOLL_CREATE "epoll_create" Wait Syscall [CREATES_FD STATE] { res Errno, size I32 }
    377 EPOLL_CREATE1 "epoll_create1" Wait Syscall [CREATES_FD STATE] {
        res Errno, flags Flags32(&flags::EPOLL_CREATE1) Hex
    }
    393 PIPE2 "pipe2" Ipc Syscall [CREATES_FD STATE] {
        res Errno, fd1 Fd, fd2 Fd, ino U64, flags Flags32(&flags::FILE) Hex
    }
    395 INOTIFY_INIT1 "inotify_init1" Ipc Syscall [CREATES_FD STATE] { res Fd, flags Flags16(&flags::FILE) Hex }
    397 EVENTFD2 "eventfd2" Ipc Syscall [CREATES_FD STATE] { res Fd, flags Flags16(&flags::FILE) Hex, initval U64 }
    405 MEMFD_CREATE "memfd_create" Memory Syscall [CREATES_FD STATE] {
        fd Fd, name Text, flags Flags32(&flags::MEMFD_CREATE) Hex
    }
    421 PROCESS_VM_READV "process_vm_readv" Ipc Syscall [] { res I64, pid Pid, data Bytes }
    423 PROCESS_VM_WRITEV "process_vm_writev" Ipc Syscall [] { res I64, pid Pid, data Bytes }
}
