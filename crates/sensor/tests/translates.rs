//! Records of this machine's kernel as events. Needs root; says so when it cannot run.
#![allow(clippy::disallowed_methods, reason = "tests start processes and look at files")]

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use events::{Event, Value};
use sensor::{Options, Sensor, Translator};

const PATIENCE: Duration = Duration::from_secs(20);

#[track_caller]
fn events_of(
    calls: &[&'static str],
    act: impl FnOnce(),
    wanted: &[&'static str],
    mut check: impl FnMut(&Event<'_>) -> Option<&'static str>,
) {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: BPF programs need root");
        return;
    }
    let options = Options { calls: calls.to_vec(), with_self: true, ..Options::default() };
    let mut sensor = match Sensor::open(&options) {
        Ok(sensor) => sensor,
        Err(error) => {
            println!("skipped: {error}");
            return;
        }
    };
    let mut translator = Translator::new(0);
    act();
    let wanted: BTreeSet<_> = wanted.iter().copied().collect();
    let mut seen = BTreeSet::new();
    let end = Instant::now() + PATIENCE;
    while seen != wanted {
        assert!(Instant::now() < end, "{seen:?} of {wanted:?}");
        sensor
            .poll(Duration::from_millis(50), &mut |record| {
                if let Some(event) = translator.event(&record) {
                    seen.extend(check(&event));
                }
            })
            .expect("polling works");
    }
}

fn is(event: &Event<'_>, parameter: &str, value: Value<'_>) -> bool {
    event.parameter(parameter) == Some(value)
}

#[test]
fn an_execution_has_the_parameters_of_captures() {
    let act = || {
        drop(
            Command::new("/bin/echo")
                .args(["one", "two words"])
                .env_clear()
                .env("KEY", "value")
                .current_dir("/usr")
                .output()
                .expect("echo runs"),
        );
    };
    events_of(&[], act, &["execve", "clone", "procexit"], |event| match event.name() {
        "execve" if is(event, "exe", Value::Text(b"/bin/echo")) => {
            assert_eq!(event.raw(2), Some(&b"one\0two words\0"[..]));
            assert_eq!(event.parameter("comm"), Some(Value::Text(b"echo")));
            assert_eq!(event.parameter("cwd"), Some(Value::Text(b"/usr")));
            assert_eq!(event.parameter("filename"), Some(Value::Text(b"/bin/echo")));
            assert_eq!(event.text(27).map(|path| path.ends_with(b"/bin/echo")), Some(true));
            assert!(event.raw(15).is_some_and(|environment| environment == b"KEY=value\0"));
            let extension = event.extension().expect("the sensor adds its own");
            assert_eq!(extension.parent, std::process::id());
            assert_ne!(extension.exe_inode, 0);
            let file = std::fs::metadata("/bin/echo").expect("echo is there");
            let at = |seconds: i64, nanos: i64| Some((seconds * 1_000_000_000 + nanos).cast_unsigned());
            assert_eq!(event.unsigned(23), Some(file.ino()));
            assert_eq!(event.unsigned(24), at(file.ctime(), file.ctime_nsec()));
            assert_eq!(event.unsigned(25), at(file.mtime(), file.mtime_nsec()));
            Some("execve")
        }
        "clone" if event.result() == Some(0) => Some("clone"),
        "procexit" => Some("procexit"),
        _ => None,
    });
}

#[test]
fn calls_have_the_parameters_of_captures() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("file");
    let other = directory.path().join("other");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let bytes = path.as_os_str().as_encoded_bytes();
    let act = || {
        std::fs::write(&path, "x").expect("writable");
        std::os::unix::fs::symlink(&path, &other).expect("a link");
        std::fs::rename(&other, directory.path().join("third")).expect("renamed");
        drop(std::net::TcpStream::connect(("127.0.0.1", port)).expect("a connection"));
        drop(listener.accept().expect("accepted"));
    };
    let calls = ["openat", "symlink", "symlinkat", "rename", "renameat2", "connect", "accept4", "accept"];
    events_of(&calls, act, &["openat", "symlink", "rename", "connect", "accept"], |event| {
        match event.name() {
            "openat" if is(event, "name", Value::Text(bytes)) => {
                let flags: Vec<_> =
                    events::flags::FILE.names(u32::try_from(event.unsigned(3)?).ok()?).collect();
                assert!(
                    flags.contains(&"O_WRONLY") && flags.contains(&"O_CREAT") && flags.contains(&"O_TRUNC"),
                    "{flags:?}"
                );
                assert_ne!(event.unsigned(6), Some(0));
                Some("openat")
            }
            "symlink" | "symlinkat" if is(event, "target", Value::Text(bytes)) => Some("symlink"),
            "rename" | "renameat2" if event.result() == Some(0) => Some("rename"),
            "connect" => match event.parameter("tuple") {
                Some(Value::Tuple(events::SocketTuple::Ip { destination, .. }))
                    if destination.port == port =>
                {
                    Some("connect")
                }
                _ => None,
            },
            "accept" | "accept4" => match event.parameter("tuple") {
                Some(Value::Tuple(events::SocketTuple::Ip { destination, .. }))
                    if destination.port == port =>
                {
                    Some("accept")
                }
                _ => None,
            },
            _ => None,
        }
    });
}
