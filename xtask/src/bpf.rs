//! Compiles the sensor's programs for the kernel.

use anyhow::{Context, Result, bail};
use std::process::Command;

/// Writes `crates/sensor/bpf/sensor.bpf.o`, which is committed. A test of the crate compiles with the same words.
pub(crate) fn run() -> Result<()> {
    let directory = crate::workspace().join("crates/sensor/bpf");
    let mut clang = Command::new("clang-14");
    clang.args(["-g", "-O2", "-target", "bpf", "-mcpu=v3", "-Wall", "-Werror"]);
    // Where the work tree lies must not matter.
    clang.arg("-fdebug-compilation-dir=.");
    clang.args(["-Wno-unused-function", "-Wno-visibility", "-c", "sensor.bpf.c", "-o", "sensor.bpf.o"]);
    let hint = "cannot run clang-14 (hint: apt-get install clang-14 llvm-14 libbpf-dev)";
    if !clang.current_dir(&directory).status().context(hint)?.success() {
        bail!("the programs do not compile");
    }
    let mut strip = Command::new("llvm-strip-14");
    let hint = "cannot run llvm-strip-14 (hint: apt-get install llvm-14)";
    if !strip
        .args(["-g", "--remove-section=.rel.BTF.ext", "sensor.bpf.o"])
        .current_dir(&directory)
        .status()
        .context(hint)?
        .success()
    {
        bail!("the object cannot be stripped");
    }
    Ok(())
}
