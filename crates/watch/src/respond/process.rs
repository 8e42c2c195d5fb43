//! One process: who it is, and its end.

use std::fs;
use std::io;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use state::container_of_cgroups;

/// A process as an event told of it. Its number alone may meanwhile be another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessIdentity {
    /// Its number on the host.
    pub process: i64,
    /// When it began, in nanoseconds since the host did; nothing when nobody told.
    pub started_ns: Option<u64>,
    /// Its container; nothing on the host.
    pub container: Option<String>,
}

/// Why a process is left alone.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Spared {
    /// There is none any more.
    #[error("it has ended")]
    Ended,
    /// Its number is another's.
    #[error("its number is that of another process meanwhile")]
    Another,
    /// It cannot be told from another.
    #[error("when it began is not known, so that it cannot be told from another of its number")]
    Unknown,
    /// Seawall, its parents, a program of an engine.
    #[error("it is {0}")]
    Protected(String),
    /// The kernel says no.
    #[error("{0}")]
    Refused(io::Error),
}

/// Times in `/proc/PID/stat` are in hundredths of a second (proc_pid_stat(5); USER_HZ is 100 everywhere).
const TICK_NS: u64 = 10_000_000;
/// Between the beginning of a process and the record that tells of it.
const LATE_NS: u64 = 200_000_000;
/// Programs of engines: without them no container can be ended in order.
const ENGINE_PROGRAMS: &[&str] = &["dockerd", "containerd", "podman", "crio", "conmon", "runc", "crun"];

/// Kills a process if it is still the one that is meant.
pub(crate) fn kill(identity: &ProcessIdentity) -> Result<(), Spared> {
    let pid = i32::try_from(identity.process).ok().and_then(Pid::from_raw).ok_or(Spared::Ended)?;
    // From here on the descriptor means one process, whatever becomes of the number; what is read by the number after this is
    // of that process, or shows a beginning that is not the one that is meant.
    let process = pidfd_open(pid, PidfdFlags::empty()).map_err(|error| match error {
        rustix::io::Errno::SRCH => Spared::Ended,
        other => Spared::Refused(other.into()),
    })?;
    check(identity)?;
    pidfd_send_signal(&process, Signal::KILL).map_err(|error| match error {
        rustix::io::Errno::SRCH => Spared::Ended,
        other => Spared::Refused(other.into()),
    })
}

/// Whether a number still means the process, and whether that may be touched.
pub(crate) fn check(identity: &ProcessIdentity) -> Result<(), Spared> {
    let directory = format!("/proc/{}", identity.process);
    let stat = fs::read(format!("{directory}/stat")).map_err(|_| Spared::Ended)?;
    let told_ns = identity.started_ns.ok_or(Spared::Unknown)?;
    let started_ns = started_ns(&stat).ok_or(Spared::Ended)?;
    // The file cuts to whole ticks; the record came a little later.
    if told_ns + 2 * TICK_NS < started_ns || started_ns + LATE_NS < told_ns {
        return Err(Spared::Another);
    }
    if container(identity.process) != identity.container {
        return Err(Spared::Another);
    }
    match protection(identity.process) {
        Some(what) => Err(Spared::Protected(what)),
        None => Ok(()),
    }
}

/// What forbids that a process of the host is touched.
pub(crate) fn protection(process: i64) -> Option<String> {
    let own = i64::from(std::process::id());
    if process == own {
        return Some("Seawall itself".to_owned());
    }
    if process == 1 {
        return Some("process 1 of the host".to_owned());
    }
    let mut parent = own;
    for _ in 0..100 {
        parent = parent_of(parent)?;
        if parent <= 1 {
            break;
        }
        if parent == process {
            return Some("a parent of Seawall".to_owned());
        }
    }
    let name = fs::read_link(format!("/proc/{process}/exe")).ok()?;
    let name = name.file_name()?.to_string_lossy().into_owned();
    let is_engine = ENGINE_PROGRAMS.contains(&name.as_str()) || name.starts_with("containerd-shim");
    (is_engine && is_of_host(process)).then(|| format!("a program of an engine ({name})"))
}

/// Whether a process sees the files of the host: those of the first process, or of Seawall where the kernel hides that one.
pub(crate) fn is_of_host(process: i64) -> bool {
    let namespace = |process: &str| fs::read_link(format!("/proc/{process}/ns/mnt")).ok();
    let of_host = namespace("1").or_else(|| namespace("self"));
    of_host.is_some() && namespace(&process.to_string()) == of_host
}

fn parent_of(process: i64) -> Option<i64> {
    fields(&fs::read(format!("/proc/{process}/stat")).ok()?)?.get(1)?.parse().ok()
}

/// The container that a process is in, as the kernel says.
pub(crate) fn container(process: i64) -> Option<String> {
    let groups = fs::read(format!("/proc/{process}/cgroup")).ok()?;
    let listed: Vec<u8> = groups.iter().map(|byte| if *byte == b'\n' { 0 } else { *byte }).collect();
    container_of_cgroups(&listed).map(|id| id.to_string())
}

/// When a process began, in nanoseconds since the host did (`/proc/PID/stat`, field 22).
fn started_ns(stat: &[u8]) -> Option<u64> {
    fields(stat)?.get(19)?.parse::<u64>().ok()?.checked_mul(TICK_NS)
}

/// Fields from the third on; the second, the name, may hold blanks and parentheses.
fn fields(stat: &[u8]) -> Option<Vec<String>> {
    let end = stat.iter().rposition(|byte| *byte == b')')?;
    Some(String::from_utf8_lossy(&stat[end + 1..]).split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command, Stdio};

    fn sleeper() -> (Child, ProcessIdentity) {
        let child = Command::new("sleep").arg("600").stdout(Stdio::null()).spawn().unwrap();
        let process = i64::from(child.id());
        let stat = fs::read(format!("/proc/{process}/stat")).unwrap();
        let identity =
            ProcessIdentity { process, started_ns: started_ns(&stat), container: container(process) };
        (child, identity)
    }

    #[test]
    fn the_process_that_is_meant_is_killed() {
        let (mut child, identity) = sleeper();
        kill(&identity).unwrap();
        assert!(!child.wait().unwrap().success());
    }

    #[test]
    fn a_number_that_is_used_again_is_left_alone() {
        let (mut child, identity) = sleeper();
        let earlier = |started_ns| ProcessIdentity { started_ns, ..identity.clone() };
        let before = identity.started_ns.map(|started| started.saturating_sub(1_000_000_000));
        assert!(matches!(kill(&earlier(before)), Err(Spared::Another)));
        assert!(matches!(kill(&earlier(None)), Err(Spared::Unknown)));
        let elsewhere = ProcessIdentity { container: Some("ab".repeat(32)), ..identity.clone() };
        assert!(matches!(kill(&elsewhere), Err(Spared::Another)));
        assert!(child.try_wait().unwrap().is_none(), "it lives");
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(matches!(kill(&identity), Err(Spared::Ended)));
    }

    #[test]
    fn seawall_and_its_parents_and_the_first_process_are_protected() {
        let parent = parent_of(i64::from(std::process::id())).unwrap();
        for process in [1, i64::from(std::process::id()), parent] {
            assert!(protection(process).is_some(), "{process}");
        }
    }

    #[test]
    fn names_with_parentheses_do_not_confuse() {
        let mut stat = b"7 (a) b) c) S 1 ".to_vec();
        stat.extend_from_slice(&b"0 ".repeat(17));
        stat.extend_from_slice(b"250 0");
        assert_eq!(started_ns(&stat), Some(2_500_000_000));
    }
}
