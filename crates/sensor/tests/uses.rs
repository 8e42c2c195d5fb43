//! What containers use and do, on the kernel of this machine. Needs root; says so when it cannot run.
#![allow(clippy::disallowed_methods, reason = "tests start processes and make groups")]

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use sensor::{FileInfo, Kind, Options, Part, Sensor};

const PATIENCE: Duration = Duration::from_secs(20);

/// A group as engines make them for a container: its name is 64 hexadecimal digits.
struct Group(PathBuf);

impl Group {
    fn make() -> Option<Self> {
        let name = format!("{:064x}", std::process::id());
        let parents = ["/sys/fs/cgroup/pids", "/sys/fs/cgroup"];
        let path = parents
            .iter()
            .map(|parent| PathBuf::from(parent).join(&name))
            .find(|path| std::fs::create_dir(path).is_ok() && path.join("cgroup.procs").exists());
        if path.is_none() {
            println!("skipped: no control group can be made here");
        }
        path.map(Self)
    }

    /// Runs a script in the group; what the shell does before it is in the group is not the group's.
    fn run(&self, script: &str) {
        let script = format!("echo $$ > {}/cgroup.procs; exec /bin/sh -c '{script}'", self.0.display());
        assert!(Command::new("/bin/sh").args(["-c", &script]).status().expect("sh starts").success());
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}

fn open(options: &Options) -> Option<Sensor> {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: BPF programs need root");
        return None;
    }
    match Sensor::open(options) {
        Ok(sensor) => Some(sensor),
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}

fn path_of(file: &FileInfo<'_>) -> String {
    let mut path = Vec::new();
    file.write_path(&mut path);
    String::from_utf8(path).expect("UTF-8")
}

#[test]
fn files_mapped_for_execution_are_told_once_and_loaders_with_the_program() {
    let Some(mut sensor) = open(&Options { uses: true, ..Options::default() }) else { return };
    let Some(group) = Group::make() else { return };
    group.run("cat /dev/null; cat /dev/null; cat /dev/null");
    let (mut mapped, mut loaders): (HashMap<String, u32>, Vec<String>) = (HashMap::new(), Vec::new());
    let end = Instant::now() + PATIENCE;
    let is_whole = |mapped: &HashMap<String, u32>, loaders: &[String]| {
        mapped.keys().any(|path| path.contains("libc.so")) && loaders.len() >= 4
    };
    while !is_whole(&mapped, &loaders) {
        assert!(Instant::now() < end, "{mapped:?} {loaders:?}");
        let visit = &mut |record: sensor::Record<'_>| {
            for part in record.parts() {
                match part {
                    Part::File(file) if record.kind() == Kind::Used => {
                        *mapped.entry(path_of(&file)).or_default() += 1;
                    }
                    Part::Loader(file) => loaders.push(path_of(&file)),
                    _ => {}
                }
            }
        };
        sensor.poll(Duration::from_millis(50), visit).expect("polling works");
    }
    assert!(mapped.values().all(|count| *count == 1), "{mapped:?}");
    assert!(loaders.iter().all(|path| path.contains("/ld-")), "{loaders:?}");
}

#[test]
fn system_calls_and_capabilities_of_a_container_are_kept() {
    let Some(sensor) = open(&Options { learns: true, ..Options::default() }) else { return };
    let Some(group) = Group::make() else { return };
    let directory = tempfile::tempdir().expect("a directory");
    group.run(&format!("chroot / true; mkdir {}/made", directory.path().display()));
    let is_granted = sensor.granted().iter().all(|hook| hook.refusal.is_none());
    let number = |name: &str| sensor::call(name).expect("a known call").number;
    let learned = sensor.learned().expect("the table is read");
    let did = |name: &str| learned.iter().any(|group| group.call_numbers().any(|call| call == number(name)));
    assert!(did("chroot") && did("mkdir"), "{learned:?}");
    assert!(!did("pivot_root"), "what nobody did is not there");
    if is_granted {
        // CAP_SYS_CHROOT (linux/capability.h).
        assert!(
            learned.iter().any(|group| group.capability_numbers().any(|number| number == 18)),
            "{learned:?}"
        );
    }
}
