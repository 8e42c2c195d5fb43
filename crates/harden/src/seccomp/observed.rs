//! Lists of system calls that somebody saw.

use std::collections::BTreeSet;

/// Bytes of a list.
const BYTES_MAX: usize = 64 << 20;
/// Numbers of x86-64 and of the machines that came later (arm64, riscv64, loongarch64), a name a line: the kernel's
/// arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
static NUMBERS: &str = include_str!("../../data/syscall_numbers.txt");

/// Names of system calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    names: BTreeSet<String>,
    not_understood: Vec<String>,
}

/// A list that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ObservedError {
    /// Too long.
    #[error("the list of system calls has more than {limit_bytes} bytes")]
    TooLong {
        /// The limit.
        limit_bytes: usize,
    },
    /// Not one name in it.
    #[error(
        "no system call is named (hint: one name a line, a strace -c or -f log, or audit records of type SECCOMP)"
    )]
    Empty,
}

impl Observed {
    /// Reads a list: names, one a line or separated by commas and spaces; the table of `strace -c`; a log of
    /// `strace -f`; audit records of type SECCOMP, by number or interpreted. Lists are joined by reading them one
    /// behind the other. An empty text is an empty list.
    ///
    /// # Errors
    /// When it is too long, or holds lines and no name.
    pub fn parse(text: &str) -> Result<Self, ObservedError> {
        if text.len() > BYTES_MAX {
            return Err(ObservedError::TooLong { limit_bytes: BYTES_MAX });
        }
        let mut observed = Self::default();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            observed.read_line(line);
        }
        if observed.names.is_empty() && !observed.not_understood.is_empty() {
            return Err(ObservedError::Empty);
        }
        Ok(observed)
    }

    /// The names.
    #[must_use]
    pub const fn names(&self) -> &BTreeSet<String> {
        &self.names
    }

    /// Lines that hold no name, cut; at most 20.
    #[must_use]
    pub fn not_understood(&self) -> &[String] {
        &self.not_understood
    }

    fn read_line(&mut self, line: &str) {
        if let Some(name) = audit_record(line).or_else(|| strace_call(line)).or_else(|| strace_summary(line))
        {
            self.names.insert(name);
            return;
        }
        if is_noise(line) {
            return;
        }
        let words: Vec<&str> =
            line.split([',', ' ', '\t', '"', '[', ']']).filter(|word| !word.is_empty()).collect();
        if !words.is_empty() && words.iter().all(|word| is_name(word)) {
            self.names.extend(words.iter().map(|word| (*word).to_owned()));
        } else if self.not_understood.len() < 20 {
            self.not_understood.push(line.chars().filter(|c| !c.is_control()).take(80).collect());
        }
    }
}

/// The name of a system call by its number on the machine this was built for.
#[must_use]
pub fn call_name(number: u32) -> Option<&'static str> {
    static NAMES: std::sync::LazyLock<Vec<Option<&'static str>>> = std::sync::LazyLock::new(|| {
        let column = if cfg!(target_arch = "x86_64") { 1 } else { 2 };
        let mut names = vec![None; 1024];
        for line in NUMBERS.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&'static str> = line.split(' ').collect();
            let slot = words.get(column).and_then(|word| names.get_mut(word.parse::<usize>().ok()?));
            if let Some(slot) = slot {
                *slot = words.first().copied();
            }
        }
        names
    });
    NAMES.get(number as usize).copied().flatten()
}

/// `type=SECCOMP … arch=c000003e syscall=41 …` or, interpreted, `arch=x86_64 syscall=socket`.
fn audit_record(line: &str) -> Option<String> {
    if !line.contains("SECCOMP") && !line.contains("type=1326") {
        return None;
    }
    let field =
        |name: &str| line.split_whitespace().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    let call = field("syscall")?;
    let Ok(number) = call.parse::<u32>() else {
        return is_name(call).then(|| call.to_owned());
    };
    // The kernel's include/uapi/linux/audit.h: machine, 64 bits, little endian.
    let column = match field("arch")? {
        "c000003e" | "x86_64" => 1,
        "c00000b7" | "aarch64" | "c00000f3" | "riscv64" | "c0000102" => 2,
        _ => return None,
    };
    NUMBERS.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let words: Vec<&str> = line.split(' ').collect();
        (words.get(column)?.parse() == Ok(number)).then(|| words[0].to_owned())
    })
}

/// `1234  openat(AT_FDCWD, …`, also with `[pid 1234]` and times in front.
fn strace_call(line: &str) -> Option<String> {
    let before = line.split('(').next().filter(|before| before.len() < line.len())?;
    let name = before.rsplit([' ', '\t']).next()?;
    let in_front = &before[..before.len() - name.len()];
    let is_front = |c: char| c.is_ascii_digit() || " \t.:[]pid".contains(c);
    (is_name(name) && in_front.chars().all(is_front)).then(|| name.to_owned())
}

/// ` 12.34    0.000123           4        31           openat` of `strace -c`.
fn strace_summary(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (name, numbers) = words.split_last()?;
    let is_number = |word: &&str| word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    ((4..=5).contains(&numbers.len()) && numbers.iter().all(is_number) && is_name(name) && *name != "total")
        .then(|| (*name).to_owned())
}

fn is_noise(line: &str) -> bool {
    let ruler = line.chars().all(|c| matches!(c, '-' | ' '));
    ruler
        || line.starts_with("% time")
        || line.ends_with(" total")
        || line.contains("+++ exited")
        || line.contains("+++ killed")
        || line.contains("--- SIG")
        || line.contains(" resumed>")
        || line.starts_with("strace: ")
}

fn is_name(word: &str) -> bool {
    word.len() <= 40
        && word.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let observed = Observed::parse(text).unwrap();
        assert_eq!(observed.names().iter().map(String::as_str).collect::<Vec<_>>(), expected);
        assert!(observed.not_understood().is_empty(), "{:?}", observed.not_understood());
    }

    #[test]
    fn lists_of_all_kinds_are_read() {
        check("openat\n# comment\nread, write\n", &["openat", "read", "write"]);
        check("[\"openat\", \"read\"]", &["openat", "read"]);
        check(
            "% time     seconds  usecs/call     calls    errors syscall\n------ -----------\n 50.00    0.000020           4         5           mmap\n 0.00 0.0 0 1 1 access\n100.00    0.000040           4         6         1 total\n",
            &["access", "mmap"],
        );
        check(
            "123   execve(\"/bin/sh\", [\"sh\"], 0x7) = 0\n[pid 7] 10:00:01.5 openat(AT_FDCWD, \"/x\") = 3\n123 +++ exited with 0 +++\n1 <... wait4 resumed>) = 7\n--- SIGCHLD {si_signo=SIGCHLD} ---\n",
            &["execve", "openat"],
        );
        check(
            "type=SECCOMP msg=audit(1700000000.1:1): auid=0 pid=1 comm=\"x\" sig=0 arch=c000003e syscall=41 compat=0 ip=0x7 code=0x7ffc0000\ntype=SECCOMP msg=audit(1700000000.1:2): arch=aarch64 syscall=198 code=log\ntype=SECCOMP arch=x86_64 syscall=mknod\n",
            &["mknod", "socket"],
        );
        check("", &[]);
    }

    #[test]
    fn what_is_no_list_is_told() {
        assert!(Observed::parse("\u{1b}[31mHello World!\n").is_err());
        let mixed = Observed::parse("read\nHELLO\n").unwrap();
        assert_eq!(mixed.not_understood(), ["HELLO"]);
    }

    #[test]
    fn damaged_lists_do_not_panic() {
        let good =
            b"123 execve(\"/bin/sh\") = 0\ntype=SECCOMP arch=c000003e syscall=41 \n 0.00 0.0 0 1 1 access\n";
        for at in 0..good.len() * 8 {
            let mut bytes = good.to_vec();
            bytes[at / 8] ^= 1 << (at % 8);
            let _ = Observed::parse(&String::from_utf8_lossy(&bytes));
        }
    }
}
