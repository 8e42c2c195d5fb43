//! Files: opening, reading, writing, renaming, removing, modes and owners.

use super::prelude::*;

kinds! {
    FILES;
    2 OPEN_ENTER "open" File Syscall [ENTER CREATES_FD STATE] {
        name Path, flags Flags32(&flags::FILE) Hex, mode U32 Oct
    }
    3 OPEN "open" File Syscall [CREATES_FD STATE] {
        fd Fd, name Path, flags Flags32(&flags::FILE) Hex, mode U32 Oct, dev U32 Hex, ino U64
    }
    5 CLOSE "close" Io Syscall [DESTROYS_FD USES_FD STATE] { res Errno, fd Fd }
    7 READ "read" Read Syscall [USES_FD READS] { res Errno, data Bytes, fd Fd, size U32 }
    9 WRITE "write" Write Syscall [USES_FD WRITES] { res Errno, data Bytes, fd Fd, size U32 }
    58 CREAT_ENTER "creat" File Syscall [ENTER CREATES_FD STATE] { name Path, mode U32 Oct }
    59 CREAT "creat" File Syscall [CREATES_FD STATE] {
        fd Fd, name Path, mode U32 Oct, dev U32 Hex, ino U64, creat_flags Flags16(&flags::CREAT) Hex
    }
    67 STAT "stat" File Syscall [] { res Errno, path Path }
    69 LSTAT "lstat" File Syscall [] { res Errno, path Path }
    71 FSTAT "fstat" File Syscall [USES_FD] { res Errno, fd Fd }
    73 STAT64 "stat64" File Syscall [] { res Errno, path Path }
    75 LSTAT64 "lstat64" File Syscall [] { res Errno, path Path }
    77 FSTAT64 "fstat64" File Syscall [] { res Errno }
    87 LSEEK "lseek" File Syscall [USES_FD] { res Errno, fd Fd, offset U64, whence Enum8(&flags::LSEEK_WHENCE) }
    89 LLSEEK "llseek" File Syscall [USES_FD] { res Errno, fd Fd, offset U64, whence Enum8(&flags::LSEEK_WHENCE) }
    93 GETCWD "getcwd" File Syscall [] { res Errno, path Text }
    95 CHDIR "chdir" File Syscall [STATE] { res Errno, path Text }
    97 FCHDIR "fchdir" File Syscall [USES_FD STATE] { res Errno, fd Fd }
    113 PREAD "pread" Read Syscall [USES_FD READS] { res Errno, data Bytes, fd Fd, size U32, pos U64 }
    115 PWRITE "pwrite" Write Syscall [USES_FD WRITES] { res Errno, data Bytes, fd Fd, size U32, pos U64 }
    117 READV "readv" Read Syscall [USES_FD READS] { res Errno, size U32, data Bytes, fd Fd }
    119 WRITEV "writev" Write Syscall [USES_FD WRITES] { res Errno, data Bytes, fd Fd, size U32 }
    121 PREADV "preadv" Read Syscall [USES_FD READS] { res Errno, size U32, data Bytes, fd Fd, pos U64 }
    123 PWRITEV "pwritev" Write Syscall [USES_FD WRITES] { res Errno, data Bytes, fd Fd, size U32, pos U64 }
    151 FCNTL "fcntl" Io Syscall [USES_FD STATE] { res Fd, fd Fd, cmd Enum8(&flags::FCNTL_COMMANDS), arg U64 Hex }
    167 SPLICE "splice" Io Syscall [USES_FD] {
        res Errno, fd_in Fd, fd_out Fd, size U64, flags Flags32(&flags::SPLICE) Hex
    }
    171 IOCTL "ioctl" Io Syscall [USES_FD] { res Errno, fd Fd, request U64 Hex, argument U64 Hex }
    175 RENAME "rename" File Syscall [] { res Errno, oldpath Path, newpath Path }
    177 RENAMEAT "renameat" File Syscall [] {
        res Errno, olddirfd Fd, oldpath PathAt(1), newdirfd Fd, newpath PathAt(3)
    }
    179 SYMLINK "symlink" File Syscall [] { res Errno, target Text, linkpath Path }
    181 SYMLINKAT "symlinkat" File Syscall [USES_FD] { res Errno, target Text, linkdirfd Fd, linkpath PathAt(2) }
    189 SENDFILE "sendfile" Write Syscall [USES_FD] { res Errno, offset U64, out_fd Fd, in_fd Fd, size U64 }
    237 GETDENTS "getdents" File Syscall [USES_FD] { res Errno, fd Fd }
    239 GETDENTS64 "getdents64" File Syscall [USES_FD] { res Errno, fd Fd }
    243 FLOCK "flock" File Syscall [USES_FD] { res Errno, fd Fd, operation Flags32(&flags::FLOCK) Hex }
    257 MOUNT "mount" File Syscall [STATE] {
        res Errno, dev Text, dir Path, type Text, flags Flags32(&flags::MOUNT) Hex
    }
    265 ACCESS "access" File Syscall [] { res Errno, name Path, mode Flags32(&flags::ACCESS) Hex }
    277 MKDIR "mkdir" File Syscall [] { res Errno, path Path, mode U32 Hex }
    279 RMDIR "rmdir" File Syscall [] { res Errno, path Path }
    301 UNLINK "unlink" File Syscall [] { res Errno, path Path }
    303 UNLINKAT "unlinkat" File Syscall [USES_FD] {
        res Errno, dirfd Fd, name PathAt(1), flags Flags32(&flags::UNLINKAT) Hex
    }
    305 MKDIRAT "mkdirat" File Syscall [USES_FD] { res Errno, dirfd Fd, path PathAt(1), mode U32 Hex }
    306 OPENAT_ENTER "openat" File Syscall [ENTER CREATES_FD STATE] {
        dirfd Fd, name PathAt(0), flags Flags32(&flags::FILE) Hex, mode U32 Oct
    }
    307 OPENAT "openat" File Syscall [CREATES_FD STATE] {
        fd Fd, dirfd Fd, name PathAt(1), flags Flags32(&flags::FILE) Hex, mode U32 Oct, dev U32 Hex, ino U64
    }
    309 LINK "link" File Syscall [] { res Errno, oldpath Path, newpath Path }
    311 LINKAT "linkat" File Syscall [] {
        res Errno, olddir Fd, oldpath PathAt(1), newdir Fd, newpath PathAt(3), flags Flags32(&flags::LINKAT) Hex
    }
    313 FCHMODAT "fchmodat" File Syscall [USES_FD] {
        res Errno, dirfd Fd, filename PathAt(1), mode Mode(&flags::CHMOD_MODE) Oct
    }
    315 CHMOD "chmod" File Syscall [] { res Errno, filename Path, mode Mode(&flags::CHMOD_MODE) Oct }
    317 FCHMOD "fchmod" File Syscall [USES_FD] { res Errno, fd Fd, mode Mode(&flags::CHMOD_MODE) Oct }
    319 RENAMEAT2 "renameat2" File Syscall [] {
        res Errno, olddirfd Fd, oldpath PathAt(1), newdirfd Fd, newpath PathAt(3),
        flags Flags32(&flags::RENAMEAT2) Hex
    }
    321 USERFAULTFD "userfaultfd" File Syscall [CREATES_FD STATE] { res Errno, flags Flags32(&flags::FILE) Hex }
    326 OPENAT2_ENTER "openat2" File Syscall [ENTER CREATES_FD STATE] {
        dirfd Fd, name PathAt(0), flags Flags32(&flags::FILE) Hex, mode U32 Oct, resolve Flags32(&flags::OPENAT2) Hex
    }
    327 OPENAT2 "openat2" File Syscall [CREATES_FD STATE] {
        fd Fd, dirfd Fd, name PathAt(1), flags Flags32(&flags::FILE) Hex, mode U32 Oct,
        resolve Flags32(&flags::OPENAT2) Hex, dev U32 Hex, ino U64
    }
    333 COPY_FILE_RANGE "copy_file_range" File Syscall [USES_FD READS WRITES] {
        res Errno, fdout Fd, offout U64, fdin Fd, offin U64, len U64
    }
    337 OPEN_BY_HANDLE_AT "open_by_handle_at" File Syscall [CREATES_FD STATE] {
        fd Fd, mountfd Fd, flags Flags32(&flags::FILE) Hex, path Path, dev U32 Hex, ino U64
    }
    339 IO_URING_SETUP "io_uring_setup" Io Syscall [CREATES_FD STATE] {
        res Errno, entries U32, sq_entries U32, cq_entries U32, flags Flags32(&flags::IO_URING_SETUP) Hex,
        sq_thread_cpu U32, sq_thread_idle U32, features Flags32(&flags::IO_URING_SETUP_FEATS) Hex
    }
    341 IO_URING_ENTER "io_uring_enter" Io Syscall [USES_FD] {
        res Errno, fd Fd, to_submit U32, min_complete U32, flags Flags32(&flags::IO_URING_ENTER) Hex, sig SignalSet
    }
    343 IO_URING_REGISTER "io_uring_register" Io Syscall [USES_FD] {
        res Errno, fd Fd, opcode Enum16(&flags::IO_URING_REGISTER_OPCODES), arg U64 Hex, nr_args U32
    }
    363 DUP2 "dup2" Io Syscall [CREATES_FD USES_FD STATE] { res Fd, oldfd Fd, newfd Fd }
    365 DUP3 "dup3" Io Syscall [CREATES_FD USES_FD STATE] {
        res Fd, oldfd Fd, newfd Fd, flags Flags32(&flags::FILE) Hex
    }
    367 DUP "dup" Io Syscall [CREATES_FD USES_FD STATE] { res Fd, oldfd Fd }
    379 CHOWN "chown" File Syscall [] { res Errno, path Path, uid U32, gid U32 }
    381 LCHOWN "lchown" File Syscall [] { res Errno, path Path, uid U32, gid U32 }
    383 FCHOWN "fchown" File Syscall [USES_FD] { res Errno, fd Fd, uid U32, gid U32 }
    385 FCHOWNAT "fchownat" File Syscall [USES_FD] {
        res Errno, dirfd Fd, pathname PathAt(1), uid U32, gid U32, flags Flags32(&flags::FCHOWNAT) Hex
    }
    387 UMOUNT "umount" File Syscall [STATE] { res Errno, name Path }
    391 UMOUNT2 "umount2" File Syscall [STATE] { res Errno, name Path, flags Flags32(&flags::UMOUNT) Hex }
    419 NEWFSTATAT "newfstatat" File Syscall [USES_FD] {
        res Errno, dirfd Fd, path PathAt(1), flags Flags32(&flags::NEWFSTATAT) Hex
    }
    432 TASK_FILE_PIPE "task_file_pipe" File Iterator [STATE] { fd Fd32, path Path, ino_num U64 }
    434 TASK_FILE_MEMFD "task_file_memfd" File Iterator [STATE] { fd Fd32, path Path, ino_num U64 }
    436 TASK_FILE_REGULAR "task_file_regular" File Iterator [STATE] {
        fd Fd32, path Path, flags Flags32(&flags::FILE) Hex, mnt_id U32, ino_num U64
    }
    438 TASK_FILE_DIRECTORY "task_file_directory" File Iterator [STATE] { fd Fd32, path Path, ino_num U64 }
    440 TASK_FILE_SOCKET_INET "task_file_socket_inet" File Iterator [STATE] {
        fd Fd32, sk_type U16, sk_proto U16, local_ip Ipv4 Hex, local_port Port Hex, remote_ip Ipv4 Hex,
        remote_port Port Hex, ino_num U64
    }
    442 TASK_FILE_SOCKET_INET6 "task_file_socket_inet6" File Iterator [STATE] {
        fd Fd32, sk_type U16, sk_proto U16, local_ip Ipv6 Hex, local_port Port Hex, remote_ip Ipv6 Hex,
        remote_port Port Hex, ino_num U64
    }
    444 TASK_FILE_SOCKET_UNIX "task_file_socket_unix" File Iterator [STATE] {
        fd Fd32, sk_type U16, sk_proto U16, sk_pointer U64, sun_path Path, ino_num U64
    }
    446 TASK_FILE_SOCKET_NETLINK "task_file_socket_netlink" File Iterator [STATE] {
        fd Fd32, sk_type U16, sk_proto U16, ino_num U64
    }
    448 TASK_FILE_ANON_INODE "task_file_anon_inode" File Iterator [STATE] {
        fd Fd32, fd_type Flags8(&flags::ANON_INODE_FD_TYPES), path Path, ino_num U64
    }
    451 CLOSE_RANGE "close_range" Io Syscall [STATE] {
        res Errno, first U32, last U32, flags Flags32(&flags::CLOSE_RANGE) Hex
    }
}
