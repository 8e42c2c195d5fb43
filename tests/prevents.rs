//! Promise: what did not come with a container's image executes no instruction, by whatever way it is started, as far as the kernel
//! can be told so; and where it cannot, rules tell.
//!
//! `SEAWALL_TRIES=1000` tries each way so often.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, and end by panicking"
)]
#![cfg(target_arch = "x86_64")]

mod support_watch;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use support_watch::{PROGRAMS, Watch};

/// Writes a byte by its first instructions, then ends.
const FIRST: &str = r#"
__asm__(".globl _start\n_start:\n mov $1,%eax\n mov $1,%edi\n lea byte(%rip),%rsi\n mov $1,%edx\n syscall\n"
        " mov $60,%eax\n xor %edi,%edi\n syscall\nbyte: .ascii \"x\"\n");
"#;
/// Writes a byte before the program that loads it begins.
const LIBRARY: &str = r#"
__attribute__((constructor)) static void first(void)
{
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(1), "D"(1), "S"("x"), "d"(1) : "rcx", "r11", "memory");
}
"#;
/// Executes a file from memory; it came with the image.
const MEMORY: &str = r#"
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
extern char **environ;
int main(int count, char **words)
{
    static char piece[1 << 20];
    int from = open(words[1], O_RDONLY), to = memfd_create("dropped", 0);
    long length = read(from, piece, sizeof(piece));
    if (count < 2 || length <= 0 || write(to, piece, length) != length)
        return 99;
    fexecve(to, words + 1, environ);
    return 98;
}
"#;

/// Ways to start what was dropped. Each writes one byte when it is not prevented.
const WAYS: &[(&str, &str)] = &[
    ("static", "/tmp/static"),
    ("dynamic", "/tmp/dynamic"),
    // A tmpfs, in every container.
    ("device", "/dev/static"),
    ("memory", "/bin/memory /tmp/static"),
    ("loader", "/lib64/ld-linux-x86-64.so.2 /tmp/dynamic"),
    ("preload", "LD_PRELOAD=/tmp/library /bin/true"),
    ("script", "/bin/sh /tmp/script"),
];

/// The programs, compiled; nothing without a compiler.
fn programs(directory: &Path) -> Option<testkit::Tar> {
    let mut tar = testkit::Tar::new().directory("lib64");
    for (name, source, words) in [
        ("static", FIRST, &["-nostdlib", "-static"][..]),
        ("dynamic", FIRST, &["-nostartfiles", "-pie", "-fPIE"]),
        ("library", LIBRARY, &["-nostdlib", "-shared", "-fPIC"]),
        ("memory", MEMORY, &["-static"]),
    ] {
        let (from, to) = (directory.join(format!("{name}.c")), directory.join(name));
        std::fs::write(&from, source).unwrap();
        let built = Command::new("cc").args(words).arg("-o").arg(&to).arg(&from).output();
        if !built.as_ref().is_ok_and(|output| output.status.success()) {
            println!("skipped: no program can be compiled here: {built:?}");
            return None;
        }
        tar = tar.executable(&format!("bin/{name}"), &std::fs::read(to).unwrap());
    }
    Some(tar)
}

fn tries() -> usize {
    std::env::var("SEAWALL_TRIES").ok().and_then(|tries| tries.parse().ok()).unwrap_or(20)
}

/// How often each way came through.
fn come_through(arguments: &[&str], tries: usize) -> Option<(Watch, BTreeMap<String, usize>)> {
    let directory = tempfile::tempdir().unwrap();
    let tar = programs(directory.path())?;
    let arguments = |_: &Path| arguments.iter().map(|word| (*word).to_owned()).collect();
    let watch = Watch::start_with(&arguments, PROGRAMS, tar)?;
    let ways: String = WAYS
        .iter()
        .map(|(name, way)| {
            format!("i=0; while [ $i -lt {tries} ]; do {way} >> /tmp/out 2> /tmp/errors; i=$((i+1)); done\necho {name} $(cat /tmp/out); echo > /tmp/out\n")
        })
        .collect();
    let script = format!(
        "cp /bin/static /bin/dynamic /bin/library /tmp; cp /bin/static /dev; echo 'echo -n x' > /tmp/script; echo > /tmp/out\n{ways}"
    );
    let output = watch.run(&script);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let counts: BTreeMap<String, usize> = text
        .lines()
        .filter_map(|line| line.split_once(' ').or(Some((line, ""))))
        .map(|(name, bytes)| (name.to_owned(), bytes.bytes().filter(|byte| *byte == b'x').count()))
        .collect();
    assert_eq!(counts.len(), WAYS.len(), "{text} {}", String::from_utf8_lossy(&output.stderr));
    println!("of {tries} tries came through: {counts:?}");
    Some((watch, counts))
}

#[test]
fn no_instruction_of_a_dropped_file_is_executed() {
    // One after the other: the policy is of every container of this host.
    let Some((_, counts)) = come_through(&[], 3) else { return };
    assert!(counts.values().all(|count| *count == 3), "not prevented, every way works: {counts:?}");
    let tries = tries();
    let Some((watch, counts)) = come_through(&["--drift", "kill"], tries) else { return };
    for (name, _) in WAYS {
        // The interpreter came with the image, and reads the script as it reads any file.
        let expected = if *name == "script" { tries } else { 0 };
        assert_eq!(counts[*name], expected, "{name}: {counts:?}");
    }
    let killed = watch.alert("Drift prevented");
    assert_eq!(killed["output_fields"]["killed"], true);
    // What cannot be prevented is told.
    let told = watch.wait_for("a rule about the script", |alert| {
        alert["output"].as_str().is_some_and(|text| text.contains("/tmp/script"))
    });
    println!("the script is told by '{}'", told["rule"].as_str().unwrap_or_default());
}
