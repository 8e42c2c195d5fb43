//! Execution of files that are not of the image, refused: whoever tries is told that it is not permitted, and lives on.
//!
//! fanotify(7), `FAN_OPEN_EXEC_PERM` on the file system of a container's root. The kernel waits for an answer; when Seawall
//! ends, also by kill -9, everything that waits is allowed, and so is everything after it. Not seen are files of volumes (other
//! file systems), files without a file system (memfd), and what the loader or an interpreter opens: these the policy in
//! the kernel kills, or rules tell.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::sys::fanotify::{
    EventFFlags, Fanotify, FanotifyResponse, InitFlags, MarkFlags, MaskFlags, Response,
};

use super::process;

/// Refuses; ends with the value, and allows everything then.
pub(crate) struct ExecutionGuard {
    group: Arc<Fanotify>,
    uppers: Arc<Mutex<HashMap<u64, PathBuf>>>,
}

/// What was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedExecution {
    /// The process that tried.
    pub process: i64,
    /// Its container, when its group tells.
    pub container: Option<String>,
    /// The file, as the container names it.
    pub file: String,
    /// How many before it were not told, because there were too many.
    pub untold: u64,
}

const CONTAINERS_MAX: usize = 4096;
/// Refusals that are told in a second.
const TOLD_MAX: u32 = 100;

impl ExecutionGuard {
    /// Begins with no container. `told` takes what was refused, and must not wait.
    ///
    /// # Errors
    /// When the kernel has no fanotify, or refuses it.
    pub(crate) fn start(told: Box<dyn Fn(RefusedExecution) + Send>) -> io::Result<Self> {
        let group = Fanotify::init(
            InitFlags::FAN_CLASS_CONTENT | InitFlags::FAN_CLOEXEC,
            EventFFlags::O_RDONLY | EventFFlags::O_CLOEXEC | EventFFlags::O_LARGEFILE,
        )?;
        let group = Arc::new(group);
        let uppers = Arc::new(Mutex::new(HashMap::new()));
        let (listening, known) = (Arc::clone(&group), Arc::clone(&uppers));
        std::thread::Builder::new()
            .name("execution".to_owned())
            .spawn(move || answer(&listening, &known, told.as_ref()))?;
        Ok(Self { group, uppers })
    }

    /// Refuses from now on in the container that a process is in.
    pub(crate) fn add(&self, process: i64) -> io::Result<()> {
        let root = format!("/proc/{process}/root");
        let upper = upper_directory(process)
            .ok_or_else(|| io::Error::other("the root of the container is no overlay with an upper layer"))?;
        let device = fs::metadata(&root)?.dev();
        let mut uppers = self.uppers.lock().unwrap_or_else(PoisonError::into_inner);
        if uppers.len() >= CONTAINERS_MAX {
            return Err(io::Error::other("too many containers are guarded so"));
        }
        uppers.insert(device, upper);
        drop(uppers);
        let mark = MarkFlags::FAN_MARK_ADD | MarkFlags::FAN_MARK_FILESYSTEM;
        self.group.mark(mark, MaskFlags::FAN_OPEN_EXEC_PERM, rustix::fs::CWD, Some(root.as_str()))?;
        Ok(())
    }
}

impl Drop for ExecutionGuard {
    fn drop(&mut self) {
        let flush = MarkFlags::FAN_MARK_FLUSH | MarkFlags::FAN_MARK_FILESYSTEM;
        // Without marks nothing is asked any more; the thread waits until the process ends.
        let _ = self.group.mark(flush, MaskFlags::empty(), rustix::fs::CWD, None::<&str>);
    }
}

fn answer(group: &Fanotify, uppers: &Mutex<HashMap<u64, PathBuf>>, told: &dyn Fn(RefusedExecution)) {
    let (mut since, mut count, mut untold) = (Instant::now(), 0, 0);
    loop {
        let events = match group.read_events() {
            Ok(events) => events,
            Err(nix::errno::Errno::EINTR) => continue,
            // Nobody listens any more: the kernel allows what waits.
            Err(_) => return,
        };
        for event in events {
            let Some(fd) = event.fd() else { continue };
            let path = fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).unwrap_or_default();
            let is_refused = is_dropped(fd, &path, uppers);
            // It waits for the answer; afterwards it may be gone.
            let container = if is_refused { process::container(i64::from(event.pid())) } else { None };
            let response = if is_refused { Response::FAN_DENY } else { Response::FAN_ALLOW };
            if group.write_response(FanotifyResponse::new(fd, response)).is_ok() && is_refused {
                if since.elapsed() >= Duration::from_secs(1) {
                    (since, count) = (Instant::now(), 0);
                }
                count += 1;
                if count > TOLD_MAX {
                    untold += 1;
                    continue;
                }
                let file = path.to_string_lossy().into_owned();
                told(RefusedExecution { process: i64::from(event.pid()), container, file, untold });
                untold = 0;
            }
        }
    }
}

/// Whether a file was not there when the container was made: it has no name any more, or is in the upper layer.
fn is_dropped(fd: std::os::fd::BorrowedFd<'_>, path: &Path, uppers: &Mutex<HashMap<u64, PathBuf>>) -> bool {
    let Ok(status) = rustix::fs::fstat(fd) else { return false };
    if status.st_nlink == 0 {
        return true;
    }
    let uppers = uppers.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(upper) = uppers.get(&status.st_dev) else { return false };
    let inside = path.strip_prefix("/").unwrap_or(path);
    fs::symlink_metadata(upper.join(inside)).is_ok()
}

/// The directory of the upper layer of the root of a process (`/proc/PID/mountinfo`, proc_pid_mountinfo(5)).
pub(crate) fn upper_directory(process: i64) -> Option<PathBuf> {
    let mounts = fs::read_to_string(format!("/proc/{process}/mountinfo")).ok()?;
    let root = mounts.lines().find(|line| line.split(' ').nth(4) == Some("/"))?;
    let (_, options) = root.split_once(" - overlay ")?;
    let upper = options.rsplit(' ').next()?.split(',').find_map(|option| option.strip_prefix("upperdir="))?;
    // Octal escapes of blanks; colons and commas are escaped by a backslash.
    Some(PathBuf::from(upper.replace("\\040", " ").replace('\\', "")))
}
