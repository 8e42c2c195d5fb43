//! Control groups of containers: found by their names, killed, held, let go.

use std::collections::VecDeque;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use state::container_of_name;

use super::process;

/// Why a group is left as it is.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GroupError {
    /// No directory is called after the container.
    #[error("the container has no control group (it has ended)")]
    None,
    /// Somebody in it must not be touched.
    #[error("{0} is in its control group")]
    Protected(String),
    /// This kernel has neither way.
    #[error("the kernel has neither cgroup.{0} nor a freezer")]
    Unable(&'static str),
    /// A file of the group.
    #[error("cannot write {path}: {source}")]
    Write { path: PathBuf, source: io::Error },
    /// It takes too long.
    #[error("{0}")]
    Slow(&'static str),
}

/// How deep groups of containers lie below a hierarchy, and how many directories are looked at.
const DEPTH_MAX: usize = 8;
const DIRECTORIES_MAX: usize = 50_000;
const KILL_PATIENCE: Duration = Duration::from_secs(5);
/// Other responses wait meanwhile.
const FREEZE_PATIENCE: Duration = Duration::from_millis(500);

/// Groups of a container in the hierarchies that can do something.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// In the unified hierarchy.
    unified: Option<PathBuf>,
    /// In the hierarchy of the freezer of version 1.
    freezer: Option<PathBuf>,
}

impl Groups {
    /// Finds them.
    pub(crate) fn find(container: &str) -> Result<Self, GroupError> {
        let mut groups = Self::default();
        for (kind, options, place) in hierarchies() {
            match kind.as_str() {
                "cgroup2" => groups.unified = below(&place, container),
                "cgroup" if options.split(',').any(|option| option == "freezer") => {
                    groups.freezer = below(&place, container);
                }
                _ => {}
            }
        }
        if groups.unified.is_none() && groups.freezer.is_none() { Err(GroupError::None) } else { Ok(groups) }
    }

    /// Refuses when Seawall or an engine is in it.
    pub(crate) fn check(&self) -> Result<(), GroupError> {
        for process in self.processes() {
            if let Some(what) = process::protection(process) {
                return Err(GroupError::Protected(what));
            }
        }
        Ok(())
    }

    /// Kills all processes, also those that are being made.
    pub(crate) fn kill(&self) -> Result<&'static str, GroupError> {
        self.check()?;
        if let Some(file) =
            self.unified.as_ref().map(|group| group.join("cgroup.kill")).filter(|file| file.exists())
        {
            write(&file, "1")?;
            // Version 1 of the freezer holds even those that are to die.
            self.thaw_version_1()?;
            return Ok("cgroup.kill");
        }
        // Held, nobody makes another process meanwhile.
        let is_held =
            self.freezer.as_ref().is_some_and(|group| write(&group.join("freezer.state"), "FROZEN").is_ok());
        let end = Instant::now() + KILL_PATIENCE;
        loop {
            let processes = self.processes();
            for process in &processes {
                if let Some(pid) = i32::try_from(*process).ok().and_then(Pid::from_raw) {
                    // One that has ended meanwhile is what is wanted.
                    let _ = kill_process(pid, Signal::KILL);
                }
            }
            if is_held {
                self.thaw_version_1()?;
                return Ok("signals while the freezer held them");
            }
            if processes.is_empty() {
                return Ok("signals");
            }
            if Instant::now() > end {
                return Err(GroupError::Slow("its processes come back faster than they are killed"));
            }
        }
    }

    /// Holds all processes.
    pub(crate) fn freeze(&self) -> Result<&'static str, GroupError> {
        self.check()?;
        if let Some(group) = self.unified.as_ref().filter(|group| group.join("cgroup.freeze").exists()) {
            write(&group.join("cgroup.freeze"), "1")?;
            let events = group.join("cgroup.events");
            return wait_for(|| fs::read_to_string(&events).is_ok_and(|text| text.contains("frozen 1")))
                .map(|()| "cgroup.freeze");
        }
        let Some(group) = &self.freezer else { return Err(GroupError::Unable("freeze")) };
        let state = group.join("freezer.state");
        write(&state, "FROZEN")?;
        wait_for(|| fs::read_to_string(&state).is_ok_and(|text| text.trim() == "FROZEN"))
            .map(|()| "the freezer")
    }

    /// Lets all processes go on.
    pub(crate) fn thaw(&self) -> Result<(), GroupError> {
        if let Some(file) =
            self.unified.as_ref().map(|group| group.join("cgroup.freeze")).filter(|file| file.exists())
        {
            write(&file, "0")?;
        }
        self.thaw_version_1()
    }

    /// All processes, those of groups below among them.
    pub(crate) fn processes(&self) -> Vec<i64> {
        let Some(top) = self.unified.as_ref().or(self.freezer.as_ref()) else { return Vec::new() };
        let mut processes = Vec::new();
        walk(top, &mut |group| {
            let listed = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
            processes.extend(listed.lines().filter_map(|line| line.parse::<i64>().ok()));
            false
        });
        processes
    }

    fn thaw_version_1(&self) -> Result<(), GroupError> {
        match &self.freezer {
            Some(group) => write(&group.join("freezer.state"), "THAWED"),
            None => Ok(()),
        }
    }
}

/// Kind, options and place of each hierarchy (`/proc/self/mounts`).
fn hierarchies() -> Vec<(String, String, PathBuf)> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let one = |line: &str| {
        let mut words = line.split(' ').skip(1);
        let (place, kind, options) = (words.next()?, words.next()?, words.next()?);
        kind.starts_with("cgroup").then(|| (kind.to_owned(), options.to_owned(), PathBuf::from(place)))
    };
    mounts.lines().filter_map(one).collect()
}

/// The directory that is called after a container.
fn below(hierarchy: &Path, container: &str) -> Option<PathBuf> {
    // Where Docker puts them, without and with systemd.
    let usual = [format!("docker/{container}"), format!("system.slice/docker-{container}.scope")];
    if let Some(found) = usual.iter().map(|name| hierarchy.join(name)).find(|path| path.is_dir()) {
        return Some(found);
    }
    let mut found = None;
    walk(hierarchy, &mut |directory| {
        let name = directory.file_name().unwrap_or_default().as_encoded_bytes();
        if container_of_name(name).as_deref() == Some(container) {
            found = Some(directory.to_path_buf());
        }
        found.is_some()
    });
    found
}

/// Visits directories, those above first, until one is enough.
fn walk(top: &Path, visit: &mut dyn FnMut(&Path) -> bool) {
    let mut waiting = VecDeque::from([(top.to_path_buf(), 0)]);
    let mut count = 0;
    while let Some((directory, depth)) = waiting.pop_front() {
        count += 1;
        if visit(&directory) || count > DIRECTORIES_MAX {
            return;
        }
        if depth == DEPTH_MAX {
            continue;
        }
        let entries = fs::read_dir(&directory).into_iter().flatten().filter_map(Result::ok);
        let directories = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        waiting.extend(directories.map(|entry| (entry.path(), depth + 1)));
    }
}

fn write(path: &Path, text: &str) -> Result<(), GroupError> {
    fs::write(path, text).map_err(|source| GroupError::Write { path: path.to_owned(), source })
}

fn wait_for(is_so: impl Fn() -> bool) -> Result<(), GroupError> {
    let end = Instant::now() + FREEZE_PATIENCE;
    while !is_so() {
        if Instant::now() > end {
            return Err(GroupError::Slow("it is not frozen after half a second; the order stays"));
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}
