//! The kernel's numbers, as captures number them.

use std::sync::LazyLock;

use events::flags::{self, FlagSet};

/// A bit or a number of the kernel, and its name in a [`FlagSet`].
type Row = (u64, &'static str);

/// How a number of the kernel becomes one of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conversion {
    /// `O_…` (include/uapi/asm-generic/fcntl.h).
    Open,
    /// `CLONE_…`
    Clone,
    /// `PTRACE_…`
    Ptrace,
    /// `RESOLVE_…`
    Resolve,
    /// `MFD_…`
    Memory,
    /// Bits of `chmod(2)`, with the file type where there is one.
    Mode,
    /// `SOCK_…` of `socket(2)`: without the flags in its upper bits.
    SocketType,
    /// `F_…` of `fcntl(2)`.
    Control,
    /// The same numbers.
    Same,
}

/// Translates the number.
pub(crate) fn convert(conversion: Conversion, number: u64) -> u64 {
    match conversion {
        Conversion::Open => open(number),
        Conversion::Clone => bits(&CLONE, number),
        Conversion::Ptrace => values(&PTRACE, number),
        Conversion::Resolve => bits(&RESOLVE, number),
        Conversion::Memory => bits(&MEMORY, number),
        Conversion::Mode => number & 0o7777,
        Conversion::SocketType => number & 0xf,
        Conversion::Control => values(&CONTROL, number),
        Conversion::Same => number,
    }
}

/// The access mode is a number in two bits, not a bit.
fn open(number: u64) -> u64 {
    let access = match number & 3 {
        0 => "O_RDONLY",
        1 => "O_WRONLY",
        _ => "O_RDWR",
    };
    let access = flags::FILE.number(access).map_or(0, u64::from);
    // O_TMPFILE contains O_DIRECTORY, O_SYNC contains O_DSYNC.
    bits(&OPEN, number) | access
}

fn bits(table: &[(u64, u64)], number: u64) -> u64 {
    table.iter().filter(|(bit, _)| number & bit == *bit).fold(0, |sum, (_, to)| sum | to)
}

fn values(table: &[(u64, u64)], number: u64) -> u64 {
    table.iter().find(|(from, _)| *from == number).map_or(0, |(_, to)| *to)
}

fn named(set: &FlagSet, rows: &[Row]) -> Vec<(u64, u64)> {
    rows.iter().filter_map(|(from, name)| Some((*from, u64::from(set.number(name)?)))).collect()
}

static OPEN: LazyLock<Vec<(u64, u64)>> = LazyLock::new(|| {
    // arm64 has its own numbers for three of them (arch/arm64/include/uapi/asm/fcntl.h).
    let (directory, direct, large) = if cfg!(target_arch = "aarch64") {
        (0o40000, 0o200_000, 0o400_000)
    } else {
        (0o200_000, 0o40000, 0o100_000)
    };
    named(
        &flags::FILE,
        &[
            (0o100, "O_CREAT"),
            (0o200, "O_EXCL"),
            (0o1000, "O_TRUNC"),
            (0o2000, "O_APPEND"),
            (0o4000, "O_NONBLOCK"),
            (0o10000, "O_DSYNC"),
            (0o4_010_000, "O_SYNC"),
            (direct, "O_DIRECT"),
            (large, "O_LARGEFILE"),
            (directory, "O_DIRECTORY"),
            (0o2_000_000, "O_CLOEXEC"),
            (0o20_000_000 | directory, "O_TMPFILE"),
        ],
    )
});

/// include/uapi/linux/sched.h.
static CLONE: LazyLock<Vec<(u64, u64)>> = LazyLock::new(|| {
    named(
        &flags::CLONE,
        &[
            (0x100, "CLONE_VM"),
            (0x200, "CLONE_FS"),
            (0x400, "CLONE_FILES"),
            (0x800, "CLONE_SIGHAND"),
            (0x2000, "CLONE_PTRACE"),
            (0x4000, "CLONE_VFORK"),
            (0x8000, "CLONE_PARENT"),
            (0x1_0000, "CLONE_THREAD"),
            (0x2_0000, "CLONE_NEWNS"),
            (0x4_0000, "CLONE_SYSVSEM"),
            (0x8_0000, "CLONE_SETTLS"),
            (0x10_0000, "CLONE_PARENT_SETTID"),
            (0x20_0000, "CLONE_CHILD_CLEARTID"),
            (0x80_0000, "CLONE_UNTRACED"),
            (0x100_0000, "CLONE_CHILD_SETTID"),
            (0x200_0000, "CLONE_NEWCGROUP"),
            (0x400_0000, "CLONE_NEWUTS"),
            (0x800_0000, "CLONE_NEWIPC"),
            (0x1000_0000, "CLONE_NEWUSER"),
            (0x2000_0000, "CLONE_NEWPID"),
            (0x4000_0000, "CLONE_NEWNET"),
            (0x8000_0000, "CLONE_IO"),
        ],
    )
});

/// include/uapi/linux/ptrace.h.
static PTRACE: LazyLock<Vec<(u64, u64)>> = LazyLock::new(|| {
    named(
        &flags::PTRACE_REQUESTS,
        &[
            (0, "PTRACE_TRACEME"),
            (1, "PTRACE_PEEKTEXT"),
            (2, "PTRACE_PEEKDATA"),
            (3, "PTRACE_PEEKUSR"),
            (4, "PTRACE_POKETEXT"),
            (5, "PTRACE_POKEDATA"),
            (6, "PTRACE_POKEUSR"),
            (7, "PTRACE_CONT"),
            (8, "PTRACE_KILL"),
            (9, "PTRACE_SINGLESTEP"),
            (12, "PTRACE_GETREGS"),
            (13, "PTRACE_SETREGS"),
            (14, "PTRACE_GETFPREGS"),
            (15, "PTRACE_SETFPREGS"),
            (16, "PTRACE_ATTACH"),
            (17, "PTRACE_DETACH"),
            (24, "PTRACE_SYSCALL"),
            (0x4200, "PTRACE_SETOPTIONS"),
            (0x4201, "PTRACE_GETEVENTMSG"),
            (0x4202, "PTRACE_GETSIGINFO"),
            (0x4203, "PTRACE_SETSIGINFO"),
            (0x4204, "PTRACE_GETREGSET"),
            (0x4205, "PTRACE_SETREGSET"),
            (0x4206, "PTRACE_SEIZE"),
            (0x4207, "PTRACE_INTERRUPT"),
            (0x4208, "PTRACE_LISTEN"),
            (0x4209, "PTRACE_PEEKSIGINFO"),
            (0x420a, "PTRACE_GETSIGMASK"),
            (0x420b, "PTRACE_SETSIGMASK"),
        ],
    )
});

/// include/uapi/linux/openat2.h.
static RESOLVE: LazyLock<Vec<(u64, u64)>> = LazyLock::new(|| {
    named(
        &flags::OPENAT2,
        &[
            (1, "RESOLVE_NO_XDEV"),
            (2, "RESOLVE_NO_MAGICLINKS"),
            (4, "RESOLVE_NO_SYMLINKS"),
            (8, "RESOLVE_BENEATH"),
            (0x10, "RESOLVE_IN_ROOT"),
            (0x20, "RESOLVE_CACHED"),
        ],
    )
});

/// include/uapi/linux/memfd.h.
static MEMORY: LazyLock<Vec<(u64, u64)>> = LazyLock::new(|| {
    named(&flags::MEMFD_CREATE, &[(1, "MFD_CLOEXEC"), (2, "MFD_ALLOW_SEALING"), (4, "MFD_HUGETLB")])
});

/// include/uapi/asm-generic/fcntl.h.
static CONTROL: LazyLock<Vec<(u64, u64)>> = LazyLock::new(|| {
    named(
        &flags::FCNTL_COMMANDS,
        &[
            (0, "F_DUPFD"),
            (1, "F_GETFD"),
            (2, "F_SETFD"),
            (3, "F_GETFL"),
            (4, "F_SETFL"),
            (1030, "F_DUPFD_CLOEXEC"),
        ],
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(conversion: Conversion, set: &FlagSet, number: u64, names: &[&str]) {
        let converted = u32::try_from(convert(conversion, number)).expect("small");
        assert_eq!(
            set.names(converted).collect::<std::collections::BTreeSet<_>>(),
            names.iter().copied().collect()
        );
    }

    #[test]
    #[cfg(target_arch = "x86_64")]
    fn numbers_of_the_kernel_keep_their_names() {
        check(Conversion::Open, &flags::FILE, 0, &["O_RDONLY"]);
        check(Conversion::Open, &flags::FILE, 0o2_001_101, &["O_WRONLY", "O_CREAT", "O_TRUNC", "O_CLOEXEC"]);
        check(Conversion::Open, &flags::FILE, 0o2, &["O_RDWR"]);
        check(
            Conversion::Clone,
            &flags::CLONE,
            0x6c02_0000,
            &["CLONE_NEWNS", "CLONE_NEWUTS", "CLONE_NEWIPC", "CLONE_NEWPID", "CLONE_NEWNET"],
        );
        check(Conversion::Ptrace, &flags::PTRACE_REQUESTS, 16, &["PTRACE_ATTACH"]);
        check(Conversion::Ptrace, &flags::PTRACE_REQUESTS, 0x4206, &["PTRACE_SEIZE"]);
        check(Conversion::Resolve, &flags::OPENAT2, 0x18, &["RESOLVE_BENEATH", "RESOLVE_IN_ROOT"]);
        check(Conversion::Control, &flags::FCNTL_COMMANDS, 1030, &["F_DUPFD_CLOEXEC"]);
    }
}
