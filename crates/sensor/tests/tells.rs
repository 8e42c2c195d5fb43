//! The programs on the kernel of this machine. Needs root; says so when it cannot run.
#![allow(clippy::disallowed_methods, reason = "tests start processes and look at files")]

use std::collections::HashSet;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio as Std};
use std::time::{Duration, Instant};

use sensor::{Descriptor, Kind, Options, Part, Policy, Record, Sensor};

const PATIENCE: Duration = Duration::from_secs(20);

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

/// Reads records until `find` gives something.
#[track_caller]
fn wait<T>(sensor: &mut Sensor, mut find: impl FnMut(&Record<'_>) -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    let mut found = None;
    while found.is_none() {
        assert!(Instant::now() < end, "the sensor told nothing of it");
        sensor
            .poll(Duration::from_millis(50), &mut |record| {
                if found.is_none() {
                    found = find(&record);
                }
            })
            .expect("polling works");
    }
    found.expect("found")
}

fn path_of(file: &sensor::FileInfo<'_>) -> String {
    let mut path = Vec::new();
    file.write_path(&mut path);
    String::from_utf8(path).expect("UTF-8")
}

#[test]
fn an_executed_program_is_told_with_arguments_file_directory_and_parent() {
    let Some(mut sensor) = open(&Options::default()) else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let marker = format!("marker-{}", std::process::id());
    let mut child = Command::new("/bin/sleep")
        .arg("0.001")
        .env("SEAWALL_MARKER", &marker)
        .current_dir(directory.path())
        .stdin(Std::null())
        .stdout(Std::piped())
        .spawn()
        .expect("sleep starts");
    let pid = child.id();
    let (arguments, environment, executable, working, parent, stdio, command) = wait(&mut sensor, |record| {
        if record.kind() != Kind::Exec || record.tgid() != pid {
            return None;
        }
        let (mut arguments, mut environment, mut executable, mut working) =
            (Vec::new(), Vec::new(), String::new(), String::new());
        let mut task = None;
        for part in record.parts() {
            match part {
                Part::Arguments(bytes) => arguments = bytes.to_vec(),
                Part::Environment(bytes) => environment = bytes.to_vec(),
                Part::Executable(file) => executable = path_of(&file),
                Part::Directory(file) => working = path_of(&file),
                Part::Task(info) => task = Some((info.parent_tgid(), info.stdio(), info.command().to_vec())),
                _ => {}
            }
        }
        let (parent, stdio, command) = task.expect("an exec tells its task");
        Some((arguments, environment, executable, working, parent, stdio, command))
    });
    child.wait().expect("sleep ends");
    assert_eq!(arguments, b"/bin/sleep\x000.001\0");
    assert!(String::from_utf8_lossy(&environment).contains(&format!("SEAWALL_MARKER={marker}")));
    assert_eq!(executable, std::fs::canonicalize("/bin/sleep").expect("sleep").display().to_string());
    assert_eq!(working, std::fs::canonicalize(directory.path()).expect("a directory").display().to_string());
    assert_eq!(parent, std::process::id());
    assert_eq!(stdio[1], sensor::Stdio::Pipe);
    assert_eq!(command, b"sleep");
}

#[test]
fn calls_asked_for_are_told_with_path_result_and_what_descriptors_refer_to() {
    let options =
        Options { calls: vec!["openat", "connect", "fchmod"], with_self: true, ..Options::default() };
    let Some(mut sensor) = open(&options) else { return };
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("told");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let own = std::process::id();

    let file = std::fs::File::create(&path).expect("a file");
    file.set_permissions(std::fs::Permissions::from_mode(0o600)).expect("permissions");
    std::net::TcpStream::connect(address).expect("a connection");

    let mut told = HashSet::new();
    wait(&mut sensor, |record| {
        if record.kind() != Kind::Call || record.tgid() != own {
            return None;
        }
        let name = sensor::call_by_number(record.number()).expect("a call of the table").name;
        for part in record.parts() {
            match (name, part) {
                ("openat", Part::Argument(1, text))
                    if text == path.as_os_str().as_encoded_bytes() && record.result() >= 0 =>
                {
                    told.insert("path");
                }
                ("openat", Part::Described(6, Descriptor::File(file)))
                    if path_of(&file) == path.display().to_string() =>
                {
                    told.insert("file of the result");
                }
                ("fchmod", Part::Described(0, Descriptor::File(file)))
                    if path_of(&file) == path.display().to_string() =>
                {
                    told.insert("file of a descriptor");
                }
                ("connect", Part::Described(0, Descriptor::Socket(socket)))
                    if socket.remote() == Some(address) =>
                {
                    told.insert("socket");
                }
                ("connect", Part::Argument(1, bytes))
                    if bytes.len() == 16 && bytes[2..4] == address.port().to_be_bytes() =>
                {
                    told.insert("address");
                }
                _ => {}
            }
        }
        (told.len() == 5).then_some(())
    });
}

#[test]
fn what_runs_already_is_listed() {
    let Some(mut sensor) = open(&Options::default()) else { return };
    let tasks = sensor.tasks().expect("the kernel lists tasks");
    let own = std::process::id();
    let mine = Record::all(&tasks)
        .find(|record| record.tgid() == own && record.tid() == own)
        .expect("this process is listed");
    let executable = mine
        .parts()
        .find_map(|part| if let Part::Executable(file) = part { Some(path_of(&file)) } else { None });
    assert_eq!(executable, Some(std::env::current_exe().expect("a path").display().to_string()));
    let words =
        mine.parts().find_map(|part| if let Part::Arguments(words) = part { Some(words) } else { None });
    assert_eq!(words, std::fs::read("/proc/self/cmdline").ok().as_deref());
    assert!(Record::all(&tasks).count() >= 10);
}

#[test]
fn a_policy_kills_a_memory_program_before_its_first_instruction() {
    let Some(mut sensor) = open(&Options::default()) else { return };
    let place = std::path::Path::new("/sys/fs/cgroup/unified");
    let root = if place.is_dir() { place } else { std::path::Path::new("/sys/fs/cgroup") };
    let group = root.join(format!("seawall-test-{}", std::process::id()));
    if let Err(error) = std::fs::create_dir(&group) {
        println!("skipped: cannot make a cgroup: {error}");
        return;
    }
    let id = std::os::unix::fs::MetadataExt::ino(&std::fs::metadata(&group).expect("a cgroup"));
    let directory = tempfile::tempdir().expect("a directory");
    let proof = directory.path().join("proof");
    let run = |sensor: &mut Sensor, policy: Policy| {
        sensor.policies().set(id, policy).expect("a policy");
        // A shell in the group starts a program whose file has no name any more.
        let script = format!(
            "echo $$ > {}/cgroup.procs; cp /bin/touch {d}/gone; exec 9<{d}/gone; rm {d}/gone; exec /proc/self/fd/9 {}",
            group.display(),
            proof.display(),
            d = directory.path().display()
        );
        Command::new("/bin/sh").args(["-c", &script]).status().expect("a shell")
    };
    assert!(run(&mut sensor, Policy { kills_drift: true, is_dry_run: true, ..Policy::default() }).success());
    assert!(proof.exists(), "a dry run lets it happen");
    std::fs::remove_file(&proof).expect("removable");
    let is_told = wait(&mut sensor, |record| {
        (record.kind() == Kind::Exec && record.is_against_policy()).then(|| !record.is_killed())
    });
    assert!(is_told, "a dry run tells, and kills nothing");

    let status = run(&mut sensor, Policy { kills_drift: true, ..Policy::default() });
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(9));
    assert!(!proof.exists(), "no instruction of the program ran");
    wait(&mut sensor, |record| (record.kind() == Kind::Exec && record.is_killed()).then_some(()));
    sensor.policies().clear(id);
    std::fs::remove_dir(&group).expect("an empty cgroup");
}

#[test]
fn what_finds_no_room_is_counted() {
    let options =
        Options { calls: vec!["chdir"], with_self: true, ring_bytes: 4096 * 4, ..Options::default() };
    let Some(mut sensor) = open(&options) else { return };
    for _ in 0..5000 {
        std::env::set_current_dir(".").expect("here");
    }
    let lost: u64 = sensor
        .losses()
        .expect("counters")
        .iter()
        .filter(|loss| loss.kind == Some(Kind::Call) && !loss.is_limited)
        .map(|loss| loss.records)
        .sum();
    assert!(lost > 1000, "{lost} of 5,000 calls did not fit into 16 KiB");
    assert!(
        sensor.losses().expect("counters").iter().map(|loss| loss.records).sum::<u64>() < lost,
        "they are told once"
    );
}

#[test]
fn connections_are_told_by_the_socket_with_who_asked_and_what_became_of_them() {
    let Some(mut sensor) = open(&Options { sockets: true, with_self: true, ..Options::default() }) else {
        return;
    };
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::net::TcpStream::connect(address).expect("a connection");
    drop(listener);
    assert!(std::net::TcpStream::connect(address).is_err());
    // include/net/tcp_states.h
    let (established, syn_sent, close, listen) = (1, 2, 7, 10);
    let mut told = Vec::new();
    wait(&mut sensor, |record| {
        if record.kind() != Kind::Socket || record.tgid() != std::process::id() {
            return None;
        }
        let socket = record.parts().find_map(|part| match part {
            Part::Socket(socket) => Some(socket),
            _ => None,
        })?;
        if ![socket.local(), socket.remote()].contains(&Some(address)) {
            return None;
        }
        let call = sensor::call_by_number(record.result() as u32).map(|call| call.name);
        told.push((call, record.state_before(), record.number()));
        (told.len() == 5).then_some(())
    });
    assert_eq!(
        told,
        [
            (Some("listen"), close, listen),
            (Some("connect"), close, syn_sent),
            (Some("connect"), syn_sent, established),
            (Some("connect"), close, syn_sent),
            (Some("connect"), syn_sent, close),
        ]
    );
}
