//! Programs that tests start.

use std::{
    path::PathBuf,
    process::Child,
    time::{Duration, Instant},
};

/// Says on stderr that something is not tested, and why. With `SEAWALL_NO_SKIP` set it panics instead, for
/// machines that are meant to have everything.
pub fn skip(reason: &str) {
    assert!(std::env::var_os("SEAWALL_NO_SKIP").is_none(), "not to be skipped: {reason}");
    eprintln!("skipped: {reason}");
}

/// Looks a program up in `PATH` and the directories of system programs.
#[must_use]
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(["/usr/sbin", "/usr/bin", "/sbin"].map(PathBuf::from))
        .map(|directory| directory.join(name))
        .find(|file| file.is_file())
}

/// A server that is ended when dropped: asked to first, since it may have children and mounts of its own.
pub(crate) struct Server(pub(crate) Child);

impl Server {
    /// Waits until it is ready or has ended; false when it ended or took longer than 30 seconds.
    pub(crate) fn wait_until(&mut self, mut is_ready: impl FnMut() -> bool) -> bool {
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            if is_ready() {
                return true;
            }
            if !matches!(self.0.try_wait(), Ok(None)) {
                return false;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = i32::try_from(self.0.id()).ok().and_then(rustix::process::Pid::from_raw);
        if let Some(pid) = pid {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let deadline = Instant::now() + Duration::from_secs(15);
        while Instant::now() < deadline {
            if !matches!(self.0.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
