//! Programs that are started, and processes that are told.

use crate::RepairError;
use rustix::process::{Pid, Signal};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Bytes of what a program says that are kept.
const SAID_BYTES_MAX: u64 = 64 << 10;

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// Whether it ended with status 0.
    pub is_success: bool,
    /// The beginning of what it said, standard error last.
    pub said: String,
}

/// Runs a program and waits for it; it is killed when its time is over.
///
/// # Errors
/// When it cannot be started, or its time was over.
pub fn run(program: &Path, arguments: &[&str], time_max: Duration) -> Result<Finished, RepairError> {
    let failed = |reason: String| RepairError::Program { program: program.display().to_string(), reason };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    let readers = [child.stdout.take().map(read_all), child.stderr.take().map(read_all)];
    let deadline = Instant::now() + time_max;
    let status = loop {
        match child.try_wait().map_err(|error| failed(error.to_string()))? {
            Some(status) => break status,
            None if Instant::now() >= deadline => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(failed(format!("it did not end within {} s", time_max.as_secs())));
            }
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    // A child of the program may keep its output open; what is not there by then is not waited for.
    let mut said = String::new();
    for reader in readers.into_iter().flatten() {
        if let Ok(bytes) = reader.recv_timeout(Duration::from_secs(1)) {
            said.push_str(&String::from_utf8_lossy(&bytes));
        }
    }
    Ok(Finished { is_success: status.success(), said: said.trim().to_owned() })
}

fn read_all<R: std::io::Read + Send + 'static>(stream: R) -> std::sync::mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let mut stream = stream;
        let _ = stream.by_ref().take(SAID_BYTES_MAX).read_to_end(&mut bytes);
        let _ = sender.send(bytes);
        // The rest is taken, so that the program does not wait for a reader.
        let _ = std::io::copy(&mut stream, &mut std::io::sink());
    });
    receiver
}

/// Looks a program up in the directories of system programs, then in `PATH`.
#[must_use]
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"]
        .into_iter()
        .map(PathBuf::from)
        .chain(std::env::split_paths(&path).filter(|directory| directory.is_absolute()))
        .map(|directory| directory.join(name))
        .find(|file| file.is_file())
}

/// Tells a daemon to read its configuration again. `executable` is what the process ran when it was looked at: another
/// one by that number is not told.
///
/// # Errors
/// When there is no such process.
pub fn reload(pid: u32, executable: &Path) -> Result<(), RepairError> {
    let failed = |reason: &str| RepairError::Program {
        program: executable.display().to_string(),
        reason: reason.to_owned(),
    };
    let there =
        std::fs::read_link(format!("/proc/{pid}/exe")).map_err(|_| failed("it does not run any more"))?;
    // An update replaces the file below a running daemon.
    let name = there.to_string_lossy();
    if Path::new(name.trim_end_matches(" (deleted)")) != executable {
        return Err(failed("its process is another program's by now"));
    }
    let pid = i32::try_from(pid)
        .ok()
        .and_then(Pid::from_raw)
        .ok_or_else(|| failed("its number is none of a process"))?;
    rustix::process::kill_process(pid, Signal::HUP)
        .map_err(|error| failed(&format!("it cannot be told: {error}")))
}

/// Whether a process is there.
#[must_use]
pub fn is_alive(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}/exe")).exists() || std::fs::read_link(format!("/proc/{pid}/exe")).is_ok()
}
