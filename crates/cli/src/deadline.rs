//! The time that a scan may take.

use crate::exit;
use model::Limits;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// What a scan that was told to stop may take to do so: it looks between files, and a file may be large. Longer
/// means that it waits for something that never comes, such as an engine that does not answer.
const GRACE: Duration = Duration::from_secs(5);

/// Stops the scan when its time is over, and ends the process when the scan does not stop. Dropped when the scan
/// is done.
pub(crate) struct Deadline {
    cancelled: Arc<AtomicBool>,
    _scan_is_running: Sender<()>,
}

impl Deadline {
    /// Starts the clock.
    pub(crate) fn start(target: &str, limits: &Limits) -> Self {
        let secs = limits.scan_secs_max;
        let cancelled = Arc::new(AtomicBool::new(secs == 0));
        let (running, done) = channel::<()>();
        let flag = cancelled.clone();
        let target = target.to_owned();
        std::thread::spawn(move || {
            if done.recv_timeout(Duration::from_secs(secs)) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            flag.store(true, Ordering::Relaxed);
            if done.recv_timeout(GRACE) == Err(RecvTimeoutError::Timeout) {
                let error = anyhow::anyhow!(
                    "cannot scan {target}: it was not read within {secs} s (scan_secs_max), and the scan hangs (hint: pass --limit \
                     scan_secs_max=SECONDS when the target is sound but slow)"
                );
                exit::report_error(&error);
                std::process::exit(2);
            }
        });
        Self { cancelled, _scan_is_running: running }
    }

    /// Set when the time is over.
    pub(crate) fn cancelled(&self) -> Arc<AtomicBool> {
        self.cancelled.clone()
    }
}
