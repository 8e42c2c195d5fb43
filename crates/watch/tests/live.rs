//! Rules on this machine's kernel. Needs root; says so when it cannot run.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends by panicking and starts processes"
)]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{getpid, set_child_subreaper};

use detect::{Alert, Engine, Matching, Words};
use state::Container;
use watch::{ContainerChange, Containers, Live, LiveOptions};

/// Nobody knows of containers.
struct NoContainers;

impl Containers for NoContainers {
    fn changes(&mut self) -> Vec<ContainerChange> {
        Vec::new()
    }

    fn find(&mut self, _: &str, _: &[u32]) -> Option<Container> {
        None
    }
}

fn engine(rules: &str) -> Engine {
    let mut loader = falco::Loader::new(&Words, falco::Limits::default());
    let result = loader.load("rules.yaml", rules);
    assert!(result.successful, "{}", result.text());
    Engine::new(&loader.finish(), &detect::Options { matching: Matching::All, ..detect::Options::default() })
        .unwrap()
}

/// The alerts of rules for what `act` does, until all rules have one.
fn alerts(rules: &str, act: impl FnOnce()) -> Option<Vec<Alert>> {
    if !rustix::process::geteuid().is_root() {
        println!("skipped: BPF programs need root");
        return None;
    }
    let engine = engine(rules);
    let wanted = engine.rules();
    let mut live = match Live::start(engine, &LiveOptions::default()) {
        Ok(live) => live,
        Err(error) => {
            println!("skipped: {error}");
            return None;
        }
    };
    act();
    let mut alerts: Vec<Alert> = Vec::new();
    let end = Instant::now() + Duration::from_secs(20);
    while alerts.iter().map(|alert| &alert.rule).collect::<std::collections::BTreeSet<_>>().len() < wanted {
        assert!(Instant::now() < end, "{alerts:?}");
        live.turn(
            Duration::from_millis(20),
            &mut NoContainers,
            &mut |alert, _| alerts.push(alert.clone()),
            &mut |_| {},
        )
        .unwrap();
    }
    Some(alerts)
}

#[test]
fn rules_see_who_did_what_and_who_started_it() {
    let marker = format!("marker{}", std::process::id());
    let rules = format!(
        "- rule: started\n  desc: d\n  condition: evt.type = execve and proc.args contains {marker} and proc.name = echo and proc.pname = sh\n  \
         output: \"%proc.name %proc.args %proc.pname %proc.aname[2] %user.name %proc.cwd %container.id %proc.exepath\"\n  priority: WARNING\n\
         - rule: opened\n  desc: d\n  condition: evt.type in (open, openat) and fd.name endswith {marker} and evt.is_open_write = true\n  \
         output: \"%fd.name %proc.pname %evt.arg.flags\"\n  priority: NOTICE\n"
    );
    let directory = tempfile::tempdir().unwrap();
    let script = format!("/bin/echo {marker} > ./{marker}; exit 0");
    let act = || {
        assert!(
            Command::new("sh")
                .args(["-c", &script])
                .current_dir(directory.path())
                .status()
                .unwrap()
                .success()
        );
    };
    let Some(alerts) = alerts(&rules, act) else { return };
    let of = |rule: &str| alerts.iter().find(|alert| alert.rule == rule).unwrap();
    let started = &of("started").output_fields;
    assert_eq!(started["proc.args"], marker);
    assert_eq!(started["user.name"], "root");
    assert_eq!(started["container.id"], "host");
    assert_eq!(started["proc.exepath"].as_str(), std::fs::canonicalize("/bin/echo").unwrap().to_str());
    let here = std::fs::canonicalize(directory.path()).unwrap();
    assert_eq!(started["proc.cwd"].as_str().unwrap().trim_end_matches('/'), here.to_str().unwrap());
    let opened = &of("opened").output_fields;
    assert_eq!(opened["fd.name"].as_str(), here.join(&marker).to_str());
    assert!(opened["evt.arg.flags"].as_str().unwrap().contains("O_CREAT"));
}

/// A shell that waits for a line starts a program when it comes: the shell ran before the sensor.
#[test]
fn processes_that_ran_before_have_their_arguments() {
    let marker = format!("earlier{}", std::process::id());
    let rules = format!(
        "- rule: later\n  desc: d\n  condition: evt.type = execve and proc.pcmdline contains {marker} and proc.name = true\n  \
         output: \"%proc.pcmdline %proc.pname\"\n  priority: NOTICE\n"
    );
    let script = format!("read line; /bin/true; exit 0 # {marker}");
    let mut shell = Command::new("/bin/sh").args(["-c", &script]).stdin(Stdio::piped()).spawn().unwrap();
    // It is a shell once it has begun to read.
    let line = std::path::PathBuf::from(format!("/proc/{}/cmdline", shell.id()));
    while !std::fs::read(&line).is_ok_and(|line| line.starts_with(b"/bin/sh\0-c\0")) {
        std::thread::yield_now();
    }
    let input = shell.stdin.take();
    let alerts = alerts(&rules, || drop(input));
    shell.wait().unwrap();
    let Some(alerts) = alerts else { return };
    assert_eq!(alerts[0].output_fields["proc.pcmdline"], format!("sh -c {script}"));
}

/// The process that started it ends after its child has executed its program; this one asked for orphans.
#[test]
fn orphans_have_the_parent_that_took_them_in() {
    let marker = format!("orphan{}", std::process::id());
    let rules = format!(
        "- rule: orphan\n  desc: d\n  condition: evt.type in (open, openat) and fd.name endswith {marker} and evt.is_open_write = true\n  \
         output: \"%proc.pname %proc.ppid\"\n  priority: NOTICE\n"
    );
    let directory = tempfile::tempdir().unwrap();
    let script = format!(
        "exec 3<&0; sh -c ': > ready; read line <&3; : > {marker}; exit 0' & until [ -e ready ]; do :; done; exit 0"
    );
    let act = || {
        set_child_subreaper(Some(getpid())).unwrap();
        let mut shell = Command::new("/bin/sh")
            .args(["-c", &script])
            .current_dir(directory.path())
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let input = shell.stdin.take();
        shell.wait().unwrap();
        drop(input);
        set_child_subreaper(None).unwrap();
    };
    let Some(alerts) = alerts(&rules, act) else { return };
    assert_eq!(alerts[0].output_fields["proc.ppid"], std::process::id());
    let name = std::fs::read_to_string("/proc/self/comm").unwrap();
    assert_eq!(alerts[0].output_fields["proc.pname"], name.trim());
}

/// Published rules have exceptions for users to fill, which say `evt.num=0` until then.
#[test]
fn events_are_numbered_from_one_on() {
    let marker = format!("numbered{}", std::process::id());
    let rules = format!(
        "- rule: numbered\n  desc: d\n  condition: evt.type = execve and proc.args contains {marker} and not evt.num = 0\n  \
         output: \"%evt.num\"\n  priority: NOTICE\n"
    );
    let act = || assert!(Command::new("/bin/true").arg(&marker).status().unwrap().success());
    let Some(alerts) = alerts(&rules, act) else { return };
    assert!(alerts[0].output_fields["evt.num"].as_u64().unwrap() > 0);
}

#[test]
fn connections_have_their_addresses() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let rules = format!(
        "- rule: connected\n  desc: d\n  condition: evt.type = connect and fd.sport = {port} and fd.l4proto = tcp\n  \
         output: \"%fd.name %fd.sip %fd.cip %proc.name\"\n  priority: WARNING\n\
         - rule: established\n  desc: d\n  condition: evt.type = socket_state and fd.sport = {port} and evt.arg.after = ESTABLISHED and evt.arg.call = connect\n  \
         output: \"%fd.name %proc.name\"\n  priority: WARNING\n"
    );
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port}");
    let act = || assert!(Command::new("bash").args(["-c", &script]).status().unwrap().success());
    let Some(alerts) = alerts(&rules, act) else {
        return;
    };
    for alert in &alerts {
        assert!(alert.output_fields["fd.name"].as_str().unwrap().ends_with(&format!("->127.0.0.1:{port}")));
        assert_eq!(alert.output_fields["proc.name"], "bash");
    }
    let connected = alerts.iter().find(|alert| alert.rule == "connected").unwrap();
    assert_eq!(connected.output_fields["fd.sip"], "127.0.0.1");
}

#[test]
fn connections_through_io_uring_are_told_without_a_call_for_them() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/connect_by_io_uring.py");
    let connect = || Command::new("python3").args([script, &port.to_string()]).status();
    match connect() {
        Ok(status) if status.success() => {}
        Ok(status) if status.code() == Some(77) => return println!("skipped: this kernel lends no io_uring"),
        Ok(status) => panic!("{status}"),
        Err(_) => return println!("skipped: python3 is not here"),
    }
    let rules = format!(
        "- rule: began\n  desc: d\n  condition: evt.type = socket_state and fd.sport = {port} and evt.arg.after = SYN_SENT and evt.arg.call = io_uring_enter\n  \
         output: \"%proc.name\"\n  priority: WARNING\n\
         - rule: established\n  desc: d\n  condition: evt.type = socket_state and fd.sport = {port} and evt.arg.after = ESTABLISHED and evt.arg.call = io_uring_enter\n  \
         output: \"%proc.name\"\n  priority: WARNING\n"
    );
    let Some(alerts) = alerts(&rules, || assert!(connect().unwrap().success())) else { return };
    assert!(
        alerts.iter().all(|alert| alert.output_fields["proc.name"].as_str().unwrap().starts_with("python"))
    );
}

/// Data with the first packet (RFC 7413): no call for the connection itself.
#[test]
fn connections_that_begin_with_data_are_told() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // MSG_FASTOPEN is 0x20000000.
    let script =
        format!("import socket; socket.socket().sendto(b'hello', 0x20000000, ('127.0.0.1', {port}))");
    let send = || Command::new("python3").args(["-c", &script]).stderr(Stdio::null()).status();
    match send() {
        Ok(status) if status.success() => {}
        Ok(_) => return println!("skipped: this kernel sends no data with the first packet"),
        Err(_) => return println!("skipped: python3 is not here"),
    }
    let rules = format!(
        "- rule: began\n  desc: d\n  condition: evt.type = socket_state and fd.sport = {port} and evt.arg.after = SYN_SENT and evt.arg.call = sendto\n  \
         output: \"%proc.name\"\n  priority: WARNING\n\
         - rule: established\n  desc: d\n  condition: evt.type = socket_state and fd.sport = {port} and evt.arg.after = ESTABLISHED\n  \
         output: \"%proc.name\"\n  priority: WARNING\n"
    );
    let Some(alerts) = alerts(&rules, || assert!(send().unwrap().success())) else { return };
    assert!(
        alerts.iter().all(|alert| alert.output_fields["proc.name"].as_str().unwrap().starts_with("python"))
    );
}
