//! System calls that can be told, and how their arguments are written.

/// A system call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// Its name, as tracefs has it.
    pub name: &'static str,
    /// Its number on the machine this was built for.
    pub number: u32,
    /// How each argument is written; [`Form::None`] ends the list.
    pub forms: [Form; 6],
    pub(crate) flags: u8,
}

/// How an argument is written; `enum form` of `bpf/record.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Form {
    /// No argument.
    None = 0,
    /// The number itself, eight bytes.
    Number = 1,
    /// Text in user memory, at most 1,023 bytes.
    Path = 2,
    /// A socket address whose length is the next argument.
    Address = 3,
    /// A buffer whose length is the next argument.
    Bytes = 4,
    /// A descriptor: the number, and in a part of its own what it refers to.
    Descriptor = 5,
    /// A list of texts, each ended by a zero byte.
    Strings = 6,
    /// A socket address that the kernel filled.
    AddressOut = 7,
    /// Two descriptors, four bytes each.
    Pair = 8,
    /// The address of a `struct msghdr`.
    Message = 9,
    /// 24 bytes of a structure.
    Words = 10,
    /// A descriptor of a directory, described when it is not `AT_FDCWD`.
    Directory = 11,
}

const ON_SUCCESS: u8 = 1;
const RESULT: u8 = 2;
const ON_FAILURE: u8 = 8;

/// Every call of the table that this machine's architecture has, in order of their names.
#[must_use]
pub fn calls() -> &'static [Call] {
    static CALLS: std::sync::LazyLock<Vec<Call>> = std::sync::LazyLock::new(|| {
        let mut calls: Vec<Call> = TABLE.iter().filter_map(of_row).collect();
        calls.sort_by_key(|call| call.name);
        calls
    });
    &CALLS
}

/// The call of that name.
#[must_use]
pub fn call(name: &str) -> Option<&'static Call> {
    let calls = calls();
    calls.binary_search_by(|call| call.name.cmp(name)).ok().map(|at| &calls[at])
}

/// The call of that number.
#[must_use]
pub fn call_by_number(number: u32) -> Option<&'static Call> {
    static BY_NUMBER: std::sync::LazyLock<Vec<Option<&'static Call>>> = std::sync::LazyLock::new(|| {
        let mut table = vec![None; 512];
        for call in calls() {
            table[call.number as usize] = Some(call);
        }
        table
    });
    BY_NUMBER.get(number as usize).copied().flatten()
}

fn of_row(row: &Row) -> Option<Call> {
    let number = if cfg!(target_arch = "aarch64") { row.2 } else { row.1 };
    let mut forms = [Form::None; 6];
    for (form, letter) in forms.iter_mut().zip(row.3.bytes()) {
        *form = form_of(letter);
    }
    Some(Call { name: row.0, number: number?, forms, flags: row.4 })
}

fn form_of(letter: u8) -> Form {
    match letter {
        b'n' => Form::Number,
        b'p' => Form::Path,
        b'a' => Form::Address,
        b'b' => Form::Bytes,
        b'd' => Form::Descriptor,
        b's' => Form::Strings,
        b'o' => Form::AddressOut,
        b'i' => Form::Pair,
        b'm' => Form::Message,
        b'w' => Form::Words,
        b'f' => Form::Directory,
        _ => Form::None,
    }
}

/// Name, number on x86-64 (arch/x86/entry/syscalls/syscall_64.tbl), number on arm64 (include/uapi/asm-generic/unistd.h), forms, flags.
type Row = (&'static str, Option<u32>, Option<u32>, &'static str, u8);

const TABLE: &[Row] = &[
    ("accept", Some(43), Some(202), "non", RESULT),
    ("accept4", Some(288), Some(242), "nonn", RESULT),
    ("bind", Some(49), Some(200), "da", 0),
    ("bpf", Some(321), Some(280), "nnn", 0),
    ("capset", Some(126), Some(91), "ww", 0),
    ("chdir", Some(80), Some(49), "p", 0),
    ("chmod", Some(90), None, "pn", 0),
    ("chown", Some(92), None, "pnn", 0),
    ("chroot", Some(161), Some(51), "p", 0),
    ("close", Some(3), Some(57), "n", 0),
    ("connect", Some(42), Some(203), "da", 0),
    ("creat", Some(85), None, "pn", RESULT),
    ("dup", Some(32), Some(23), "n", RESULT),
    ("dup2", Some(33), None, "nn", RESULT),
    ("dup3", Some(292), Some(24), "nnn", RESULT),
    ("execve", Some(59), Some(221), "ps", ON_FAILURE),
    ("execveat", Some(322), Some(281), "fpsnn", ON_FAILURE),
    ("fchdir", Some(81), Some(50), "d", 0),
    ("fchmod", Some(91), Some(52), "dn", 0),
    ("fchmodat", Some(268), Some(53), "fpn", 0),
    ("fchown", Some(93), Some(55), "dnn", 0),
    ("fchownat", Some(260), Some(54), "fpnnn", 0),
    ("fcntl", Some(72), Some(25), "nnn", 0),
    ("finit_module", Some(313), Some(273), "dpn", 0),
    ("fsopen", Some(430), Some(430), "pn", 0),
    ("init_module", Some(175), Some(105), "nnp", 0),
    ("io_uring_setup", Some(425), Some(425), "nn", RESULT),
    ("kill", Some(62), Some(129), "nn", 0),
    ("lchown", Some(94), None, "pnn", 0),
    ("link", Some(86), None, "pp", 0),
    ("linkat", Some(265), Some(37), "fpfpn", 0),
    ("listen", Some(50), Some(201), "dn", 0),
    ("memfd_create", Some(319), Some(279), "pn", RESULT),
    ("mkdir", Some(83), None, "pn", 0),
    ("mkdirat", Some(258), Some(34), "fpn", 0),
    ("mknod", Some(133), None, "pnn", 0),
    ("mknodat", Some(259), Some(33), "fpnn", 0),
    ("mount", Some(165), Some(40), "pppnn", 0),
    ("move_mount", Some(429), Some(429), "fpfpn", 0),
    ("mprotect", Some(10), Some(226), "nnn", 0),
    ("open", Some(2), None, "pnn", RESULT),
    ("open_by_handle_at", Some(304), Some(265), "dnn", RESULT),
    ("openat", Some(257), Some(56), "fpnn", RESULT),
    ("openat2", Some(437), Some(437), "fpwn", RESULT),
    ("perf_event_open", Some(298), Some(241), "nnnnn", RESULT),
    ("pipe", Some(22), None, "i", 0),
    ("pipe2", Some(293), Some(59), "in", 0),
    ("pivot_root", Some(155), Some(41), "pp", 0),
    ("prctl", Some(157), Some(167), "nnnnn", 0),
    ("process_vm_readv", Some(310), Some(270), "nnnnnn", 0),
    ("process_vm_writev", Some(311), Some(271), "nnnnnn", 0),
    ("ptrace", Some(101), Some(117), "nnnn", 0),
    ("read", Some(0), Some(63), "dbn", 0),
    ("recvfrom", Some(45), Some(207), "dbnnon", 0),
    ("recvmsg", Some(47), Some(212), "dnn", 0),
    ("rename", Some(82), None, "pp", 0),
    ("renameat", Some(264), Some(38), "fpfp", 0),
    ("renameat2", Some(316), Some(276), "fpfpn", 0),
    ("rmdir", Some(84), None, "p", 0),
    ("seccomp", Some(317), Some(277), "nn", 0),
    ("sendmsg", Some(46), Some(211), "dmn", 0),
    ("sendto", Some(44), Some(206), "dbnnan", 0),
    ("setgid", Some(106), Some(144), "n", 0),
    ("setns", Some(308), Some(268), "dn", 0),
    ("setpgid", Some(109), Some(154), "nn", ON_SUCCESS),
    ("setregid", Some(114), Some(143), "nn", 0),
    ("setresgid", Some(119), Some(149), "nnn", 0),
    ("setresuid", Some(117), Some(147), "nnn", 0),
    ("setreuid", Some(113), Some(145), "nn", 0),
    ("setsid", Some(112), Some(157), "", ON_SUCCESS),
    ("setuid", Some(105), Some(146), "n", 0),
    ("socket", Some(41), Some(198), "nnn", RESULT),
    ("socketpair", Some(53), Some(199), "nnni", 0),
    ("symlink", Some(88), None, "pp", 0),
    ("symlinkat", Some(266), Some(36), "pfp", 0),
    ("tgkill", Some(234), Some(131), "nnn", 0),
    ("tkill", Some(200), Some(130), "nn", 0),
    ("umount2", Some(166), Some(39), "pn", 0),
    ("unlink", Some(87), None, "p", 0),
    ("unlinkat", Some(263), Some(35), "fpn", 0),
    ("unshare", Some(272), Some(97), "n", 0),
    ("userfaultfd", Some(323), Some(282), "n", RESULT),
    ("write", Some(1), Some(64), "dbn", 0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_call_is_found_by_name_and_by_number() {
        for known in calls() {
            assert_eq!(call(known.name), Some(known));
            assert_eq!(call_by_number(known.number), Some(known));
        }
        assert_eq!(call("no_such_call"), None);
        assert_eq!(call_by_number(9999), None);
    }
}
