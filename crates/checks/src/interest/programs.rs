//! Programs that rules ask for.

use super::Trait;

/// Directories that hold the system's programs and libraries.
const SYSTEM_DIRECTORIES: [&str; 10] = [
    "bin/",
    "sbin/",
    "lib/",
    "lib64/",
    "usr/bin/",
    "usr/sbin/",
    "usr/lib/",
    "usr/lib64/",
    "usr/local/bin/",
    "usr/local/sbin/",
];

/// Whether a path lies where the system's programs and libraries are.
pub(super) fn is_system_program(path: &str) -> bool {
    SYSTEM_DIRECTORIES.iter().any(|directory| path.starts_with(directory))
}

/// What a program is, by its name and where it lies.
pub(super) fn of_program(directory: &str, name: &str) -> Option<Trait> {
    let is_program_directory = matches!(
        directory,
        "bin"
            | "sbin"
            | "usr/bin"
            | "usr/sbin"
            | "usr/local/bin"
            | "usr/local/sbin"
            | "usr/local/go/bin"
            | "usr/libexec"
    ) || directory.ends_with("cargo/bin")
        || directory.starts_with("usr/libexec/gcc/")
        || directory.starts_with("usr/lib/gcc/");
    if !is_program_directory {
        return None;
    }
    Some(match name {
        "apt" | "apt-get" | "aptitude" | "dpkg" | "apk" | "yum" | "dnf" | "dnf5" | "microdnf" | "tdnf"
        | "rpm" | "zypper" | "pacman" | "opkg" | "emerge" => Trait::PackageManager,
        "gcc" | "g++" | "cc" | "c++" | "cc1" | "cc1plus" | "clang" | "clang++" | "tcc" | "make" | "cmake"
        | "go" | "rustc" | "cargo" | "javac" | "gfortran" | "ghc" | "nasm" | "swiftc" => Trait::Compiler,
        "nmap" | "ncat" | "nc.traditional" | "nc.openbsd" | "socat" | "tcpdump" | "tshark" | "gdb"
        | "gdbserver" | "strace" | "ltrace" | "masscan" | "hydra" | "msfconsole" | "sqlmap" | "hping3"
        | "john" | "arpspoof" | "ettercap" => Trait::AnalysisTool,
        "sudo" | "doas" => Trait::Sudo,
        "sshd" | "dropbear" | "dropbearmulti" => Trait::SshServer,
        "telnetd" | "in.telnetd" | "utelnetd" | "vsftpd" | "proftpd" | "pure-ftpd" | "in.ftpd" | "ftpd"
        | "in.rshd" | "in.rlogind" | "in.rexecd" | "rshd" | "rlogind" | "in.tftpd" | "tftpd" | "atftpd"
        | "ypserv" | "xinetd" => Trait::LegacyServer,
        _ if is_versioned_compiler(name) => Trait::Compiler,
        _ => return None,
    })
}

/// `gcc-12`, `x86_64-linux-gnu-g++-12`, `clang-16`.
fn is_versioned_compiler(name: &str) -> bool {
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let name = name.strip_suffix('-').unwrap_or(name);
    ["gcc", "g++", "clang", "clang++"].iter().any(|compiler| {
        let front = name.strip_suffix(compiler);
        front.is_some_and(|front| front.is_empty() || front.ends_with("gnu-") || front.ends_with("musl-"))
    })
}
