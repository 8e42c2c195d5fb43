//! Whether a `seawall watch` has begun.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{ChildStderr, Command};

/// Waits until a watch writes a line that begins so. `None`, with a line that says why, where this kernel grants no sensor.
///
/// # Panics
/// When it ends for another reason: whoever skips then sees nothing of it.
#[must_use]
pub fn watch_begins(
    program: impl AsRef<Path>,
    stderr: ChildStderr,
    ready: &str,
) -> Option<BufReader<ChildStderr>> {
    let mut stderr = BufReader::new(stderr);
    let mut said = String::new();
    while stderr.read_line(&mut said).expect("its messages are text") > 0 {
        if said.lines().next_back().is_some_and(|line| line.starts_with(ready)) {
            return Some(stderr);
        }
    }
    let check = Command::new(program.as_ref()).args(["watch", "--check"]).output().expect("it can be run");
    let hooks = String::from_utf8_lossy(&check.stdout);
    let is_granted = |line: &str| line.starts_with("granted") && line.contains("sched_process_exec");
    assert!(!hooks.lines().any(is_granted), "seawall watch does not begin: {said}");
    println!("skipped: this kernel grants no sensor: {said}");
    None
}
