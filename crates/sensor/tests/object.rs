//! The committed object is what the source compiles to.
#![allow(clippy::disallowed_methods, reason = "the test reads the source and runs compilers")]

use std::path::Path;
use std::process::Command;

#[test]
fn object_is_built_from_the_source() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("bpf");
    let directory = tempfile::tempdir().expect("a directory");
    let (object, stripped) = (directory.path().join("sensor.o"), directory.path().join("sensor.bpf.o"));
    let mut clang = Command::new("clang-14");
    clang.args([
        "-g",
        "-O2",
        "-target",
        "bpf",
        "-mcpu=v3",
        "-fdebug-compilation-dir=.",
        "-Wall",
        "-Werror",
        "-Wno-unused-function",
        "-Wno-visibility",
    ]);
    let built = clang.arg("-c").arg("sensor.bpf.c").arg("-o").arg(&object).current_dir(&source).status();
    let Ok(status) = built else {
        println!("skipped: clang-14 is not installed (apt-get install clang-14 llvm-14 libbpf-dev)");
        return;
    };
    assert!(status.success(), "the source compiles");
    let Ok(status) = Command::new("llvm-strip-14")
        .args(["-g", "--remove-section=.rel.BTF.ext"])
        .arg(&object)
        .arg("-o")
        .arg(&stripped)
        .status()
    else {
        println!("skipped: llvm-strip-14 is not installed (apt-get install llvm-14)");
        return;
    };
    assert!(status.success());
    let (fresh, committed) = (
        std::fs::read(&stripped).expect("built"),
        std::fs::read(source.join("sensor.bpf.o")).expect("committed"),
    );
    assert!(fresh == committed, "bpf/sensor.bpf.o is old: cargo xtask bpf");
    assert!(committed.len() < 200 * 1024, "{} bytes", committed.len());
}
