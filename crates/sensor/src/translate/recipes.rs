//! Which argument of a system call becomes which parameter of an event.

use events::Kind;

use super::numbers::Conversion;
use super::numbers::Conversion::{Clone, Control, Memory, Mode, Open, Ptrace, Resolve, Same, SocketType};

/// Where a parameter comes from. Numbers are those of the call's arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// What the call returned.
    Result,
    /// An argument, converted.
    Number(usize, Conversion),
    /// An argument that is 32 bits wide and may be negative: a descriptor, a process.
    Signed(usize),
    /// Text that the argument pointed to.
    Text(usize),
    /// Bytes that the argument pointed to.
    Bytes(usize),
    /// A word of eight bytes of the structure that the argument pointed to.
    Word(usize, usize, Conversion),
    /// One of two numbers of four bytes that the argument pointed to.
    Half(usize, usize),
    /// Device of the file that the result refers to.
    Device,
    /// Its inode.
    Inode,
    /// Flags of an opened file: those asked for, and what the kernel knows of the file.
    Opened(usize),
    /// The socket address that the argument pointed to.
    Address(usize),
    /// Both ends of the socket of the argument; this end began it.
    Client(usize),
    /// Both ends of the socket of the argument; the other end sent.
    Server(usize),
    /// Both ends of the socket that the result refers to; the other end began it.
    Accepted,
    /// Not known here.
    Nothing,
}

use Origin::{
    Accepted, Address, Bytes, Client, Device, Half, Inode, Nothing, Number, Opened, Result as Returned,
    Server, Signed, Text, Word,
};

/// A call, its kind of event and the parameters in the order of the event table.
pub(crate) type Recipe = (&'static str, Kind, &'static [Origin]);

/// Calls that have a kind of their own, in order of their names. The others become [`Kind::GENERIC`].
pub(crate) const RECIPES: &[Recipe] = &[
    ("accept", Kind::ACCEPT, &[Returned, Accepted]),
    ("accept4", Kind::ACCEPT4, &[Returned, Accepted, Nothing, Nothing, Nothing, Number(3, Same)]),
    ("bind", Kind::BIND, &[Returned, Address(1), Signed(0)]),
    ("bpf", Kind::BPF, &[Returned, Number(0, Same)]),
    ("capset", Kind::CAPSET, &[Returned]),
    ("chdir", Kind::CHDIR, &[Returned, Text(0)]),
    ("chmod", Kind::CHMOD, &[Returned, Text(0), Number(1, Mode)]),
    ("chown", Kind::CHOWN, &[Returned, Text(0), Number(1, Same), Number(2, Same)]),
    ("chroot", Kind::CHROOT, &[Returned, Text(0)]),
    ("close", Kind::CLOSE, &[Returned, Signed(0)]),
    ("connect", Kind::CONNECT, &[Returned, Client(0), Signed(0), Address(1)]),
    ("creat", Kind::CREAT, &[Returned, Text(0), Number(1, Mode), Device, Inode]),
    ("dup", Kind::DUP, &[Returned, Signed(0)]),
    ("dup2", Kind::DUP2, &[Returned, Signed(0), Signed(1)]),
    ("dup3", Kind::DUP3, &[Returned, Signed(0), Signed(1), Number(2, Open)]),
    ("fchdir", Kind::FCHDIR, &[Returned, Signed(0)]),
    ("fchmod", Kind::FCHMOD, &[Returned, Signed(0), Number(1, Mode)]),
    ("fchmodat", Kind::FCHMODAT, &[Returned, Signed(0), Text(1), Number(2, Mode)]),
    ("fchown", Kind::FCHOWN, &[Returned, Signed(0), Number(1, Same), Number(2, Same)]),
    ("fchownat", Kind::FCHOWNAT, &[Returned, Signed(0), Text(1), Number(2, Same), Number(3, Same)]),
    ("fcntl", Kind::FCNTL, &[Returned, Signed(0), Number(1, Control), Number(2, Same)]),
    ("finit_module", Kind::FINIT_MODULE, &[Returned, Signed(0), Text(1), Number(2, Same)]),
    ("init_module", Kind::INIT_MODULE, &[Returned, Nothing, Number(1, Same), Text(2)]),
    ("io_uring_setup", Kind::IO_URING_SETUP, &[Returned, Number(0, Same)]),
    ("kill", Kind::KILL, &[Returned, Signed(0), Number(1, Same)]),
    ("lchown", Kind::LCHOWN, &[Returned, Text(0), Number(1, Same), Number(2, Same)]),
    ("link", Kind::LINK, &[Returned, Text(0), Text(1)]),
    ("linkat", Kind::LINKAT, &[Returned, Signed(0), Text(1), Signed(2), Text(3), Number(4, Same)]),
    ("listen", Kind::LISTEN, &[Returned, Signed(0), Signed(1)]),
    ("memfd_create", Kind::MEMFD_CREATE, &[Returned, Text(0), Number(1, Memory)]),
    ("mkdir", Kind::MKDIR, &[Returned, Text(0), Number(1, Mode)]),
    ("mkdirat", Kind::MKDIRAT, &[Returned, Signed(0), Text(1), Number(2, Mode)]),
    ("mknod", Kind::MKNOD, &[Returned, Text(0), Number(1, Same), Number(2, Same)]),
    ("mknodat", Kind::MKNODAT, &[Returned, Signed(0), Text(1), Number(2, Same), Number(3, Same)]),
    ("mount", Kind::MOUNT, &[Returned, Text(0), Text(1), Text(2), Number(3, Same)]),
    ("mprotect", Kind::MPROTECT, &[Returned, Number(0, Same), Number(1, Same), Number(2, Same)]),
    ("open", Kind::OPEN, &[Returned, Text(0), Opened(1), Number(2, Mode), Device, Inode]),
    ("open_by_handle_at", Kind::OPEN_BY_HANDLE_AT, &[Returned, Signed(0), Opened(2), Nothing, Device, Inode]),
    ("openat", Kind::OPENAT, &[Returned, Signed(0), Text(1), Opened(2), Number(3, Mode), Device, Inode]),
    (
        "openat2",
        Kind::OPENAT2,
        &[
            Returned,
            Signed(0),
            Text(1),
            Word(2, 0, Open),
            Word(2, 1, Mode),
            Word(2, 2, Resolve),
            Device,
            Inode,
        ],
    ),
    ("pipe", Kind::PIPE, &[Returned, Half(0, 0), Half(0, 1)]),
    ("pipe2", Kind::PIPE2, &[Returned, Half(0, 0), Half(0, 1), Nothing, Number(1, Open)]),
    ("prctl", Kind::PRCTL, &[Returned, Number(0, Same), Nothing, Number(1, Same)]),
    ("process_vm_readv", Kind::PROCESS_VM_READV, &[Returned, Signed(0)]),
    ("process_vm_writev", Kind::PROCESS_VM_WRITEV, &[Returned, Signed(0)]),
    ("ptrace", Kind::PTRACE, &[Returned, Nothing, Nothing, Number(0, Ptrace), Signed(1)]),
    ("read", Kind::READ, &[Returned, Bytes(1), Signed(0), Number(2, Same)]),
    ("recvfrom", Kind::RECVFROM, &[Returned, Bytes(1), Server(0), Signed(0), Number(2, Same)]),
    ("recvmsg", Kind::RECVMSG, &[Returned, Returned, Nothing, Server(0), Nothing, Signed(0)]),
    ("rename", Kind::RENAME, &[Returned, Text(0), Text(1)]),
    ("renameat", Kind::RENAMEAT, &[Returned, Signed(0), Text(1), Signed(2), Text(3)]),
    ("renameat2", Kind::RENAMEAT2, &[Returned, Signed(0), Text(1), Signed(2), Text(3), Number(4, Same)]),
    ("rmdir", Kind::RMDIR, &[Returned, Text(0)]),
    ("seccomp", Kind::SECCOMP, &[Returned, Number(0, Same), Number(1, Same)]),
    ("sendmsg", Kind::SENDMSG, &[Returned, Nothing, Signed(0), Nothing, Client(0)]),
    ("sendto", Kind::SENDTO, &[Returned, Bytes(1), Signed(0), Number(2, Same), Client(0)]),
    ("setgid", Kind::SETGID, &[Returned, Number(0, Same)]),
    ("setns", Kind::SETNS, &[Returned, Signed(0), Number(1, Clone)]),
    ("setpgid", Kind::SETPGID, &[Returned, Signed(0), Signed(1)]),
    ("setregid", Kind::SETREGID, &[Returned, Number(0, Same), Number(1, Same)]),
    ("setresgid", Kind::SETRESGID, &[Returned, Number(0, Same), Number(1, Same), Number(2, Same)]),
    ("setresuid", Kind::SETRESUID, &[Returned, Number(0, Same), Number(1, Same), Number(2, Same)]),
    ("setreuid", Kind::SETREUID, &[Returned, Number(0, Same), Number(1, Same)]),
    ("setsid", Kind::SETSID, &[Returned]),
    ("setuid", Kind::SETUID, &[Returned, Number(0, Same)]),
    ("socket", Kind::SOCKET, &[Returned, Number(0, Same), Number(1, SocketType), Number(2, Same)]),
    (
        "socketpair",
        Kind::SOCKETPAIR,
        &[
            Returned,
            Half(3, 0),
            Half(3, 1),
            Nothing,
            Nothing,
            Number(0, Same),
            Number(1, SocketType),
            Number(2, Same),
        ],
    ),
    ("symlink", Kind::SYMLINK, &[Returned, Text(0), Text(1)]),
    ("symlinkat", Kind::SYMLINKAT, &[Returned, Text(0), Signed(1), Text(2)]),
    ("tgkill", Kind::TGKILL, &[Returned, Signed(0), Signed(1), Number(2, Same)]),
    ("tkill", Kind::TKILL, &[Returned, Signed(0), Number(1, Same)]),
    ("umount2", Kind::UMOUNT2, &[Returned, Text(0), Number(1, Same)]),
    ("unlink", Kind::UNLINK, &[Returned, Text(0)]),
    ("unlinkat", Kind::UNLINKAT, &[Returned, Signed(0), Text(1), Number(2, Same)]),
    ("unshare", Kind::UNSHARE, &[Returned, Number(0, Clone)]),
    ("userfaultfd", Kind::USERFAULTFD, &[Returned, Number(0, Open)]),
    ("write", Kind::WRITE, &[Returned, Bytes(1), Signed(0), Number(2, Same)]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recipes_name_calls_of_the_sensor_and_fit_the_event_table() {
        assert!(RECIPES.is_sorted_by_key(|recipe| recipe.0));
        for (name, kind, parameters) in RECIPES {
            let info = kind.info().expect("a kind of the table");
            assert_eq!(info.name, *name);
            assert!(parameters.len() <= info.parameters.len(), "{name}");
            #[cfg(target_arch = "x86_64")]
            assert!(crate::call(name).is_some(), "{name}");
        }
    }
}
