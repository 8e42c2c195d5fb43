//! Promise: what a watch sees can be looked at: live on a terminal, which is given back as it was, and as metrics.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "tests start programs, and end by panicking"
)]

use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcgetattr, tcsetwinsize};
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
/// What makes a terminal leave the other screen.
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seawall"));
    command.args(["watch", "--no-integrity"]).env("TERM", "xterm").env("DOCKER_HOST", "unix:///nowhere");
    command
}

/// Waits until the watch has begun; `false`, with the reason told, when this kernel does not let it.
fn has_begun(stderr: &mut BufReader<ChildStderr>, lines: &mut Vec<String>) -> bool {
    let mut line = String::new();
    while stderr.read_line(&mut line).unwrap() > 0 {
        lines.push(line.trim().to_owned());
        if line.starts_with("watching:") {
            return true;
        }
        line.clear();
    }
    println!("skipped: seawall watch does not start here: {lines:?}");
    false
}

#[track_caller]
fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// A view on a terminal of its own.
struct Shown {
    child: Child,
    terminal: File,
    /// Everything that was written to the terminal.
    screen: Arc<Mutex<String>>,
    before: String,
}

impl Shown {
    fn start(columns: u16, lines: u16) -> Option<Self> {
        let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&terminal).unwrap();
        unlockpt(&terminal).unwrap();
        let name = ptsname(&terminal, Vec::new()).unwrap();
        let inner = OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        let terminal = File::from(terminal);
        resize(&terminal, columns, lines);
        let before = settings(&terminal);
        let mut child = command()
            .arg("--top")
            .stdin(inner.try_clone().unwrap())
            .stdout(inner)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        if !has_begun(&mut stderr, &mut Vec::new()) {
            let _ = child.wait();
            return None;
        }
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        let screen = Arc::new(Mutex::new(String::new()));
        let (mut reading, written) = (terminal.try_clone().unwrap(), Arc::clone(&screen));
        std::thread::spawn(move || {
            let mut room = [0; 4096];
            // EIO: nobody has the other side any more.
            while let Ok(size @ 1..) = reading.read(&mut room) {
                written.lock().unwrap().push_str(&String::from_utf8_lossy(&room[..size]));
            }
        });
        Some(Self { child, terminal, screen, before })
    }

    /// The last whole frame.
    fn frame(&self) -> String {
        let screen = self.screen.lock().unwrap();
        let end = screen.rfind("\x1b[J").unwrap_or(0);
        let begin = screen[..end].rfind("\x1b[H").unwrap_or(0);
        screen[begin..end].to_owned()
    }

    #[track_caller]
    fn wait_for_frame(&self, holds: impl Fn(&str) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(&self.frame()) {
            assert!(Instant::now() < end, "{}", self.frame());
            std::thread::park_timeout(Duration::from_millis(20));
        }
    }

    #[track_caller]
    fn ends_and_gives_the_terminal_back(mut self) -> ExitStatus {
        let mut status = None;
        wait_for("the view does not end", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        wait_for("the other screen is not left", || self.screen.lock().unwrap().ends_with(LEAVE));
        assert_eq!(settings(&self.terminal), self.before);
        status.unwrap()
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn resize(terminal: &File, columns: u16, lines: u16) {
    let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(terminal, size).unwrap();
}

fn settings(terminal: &File) -> String {
    format!("{:?}", tcgetattr(terminal).unwrap())
}

#[test]
fn the_view_shows_sorts_follows_its_size_and_ends_by_q() {
    let Some(mut shown) = Shown::start(80, 24) else { return };
    shown.wait_for_frame(|frame| {
        frame.contains("EVENTS/S*") && frame.contains("host ") && frame.contains("IMAGE")
    });
    assert_eq!(shown.frame().split("\r\n").count(), 24);
    shown.terminal.write_all(b"s").unwrap();
    shown.wait_for_frame(|frame| frame.contains("EVENTS*") && frame.contains("s sort (events)"));
    shown.terminal.write_all(b"p").unwrap();
    shown.wait_for_frame(|frame| frame.contains("paused"));
    resize(&shown.terminal, 50, 10);
    shown.wait_for_frame(|frame| !frame.contains("IMAGE") && frame.split("\r\n").count() == 10);
    shown.terminal.write_all(b"q").unwrap();
    let status = shown.ends_and_gives_the_terminal_back();
    assert!(matches!(status.code(), Some(0 | 1)), "{status}");
}

#[test]
fn a_signal_ends_the_view_and_gives_the_terminal_back() {
    let Some(shown) = Shown::start(80, 24) else { return };
    shown.wait_for_frame(|frame| frame.contains("host "));
    let pid = Pid::from_raw(i32::try_from(shown.child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::TERM).unwrap();
    shown.ends_and_gives_the_terminal_back();
}

#[test]
fn without_a_terminal_the_view_says_so() {
    let output = command().arg("--top").stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("--top needs a terminal") && output.stdout.is_empty(), "{said}");
}

#[test]
fn metrics_count_events_alerts_and_sinks() {
    let directory = tempfile::tempdir().unwrap();
    let rules = directory.path().join("rules.yaml");
    let rule = "- rule: Marked\n  desc: d\n  condition: evt.type = execve and evt.arg.res = 0 and proc.args contains marked-for-metrics\n  output: \"%proc.cmdline\"\n  priority: NOTICE\n";
    std::fs::write(&rules, rule).unwrap();
    let mut child = command()
        .args(["--metrics", "127.0.0.1:0", "--rules"])
        .arg(&rules)
        .arg("--to")
        .arg(format!("file:{}", directory.path().join("alerts").display()))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stderr, mut lines) = (BufReader::new(child.stderr.take().unwrap()), Vec::new());
    if !has_begun(&mut stderr, &mut lines) {
        let _ = child.wait();
        return;
    }
    let mut address = String::new();
    while !address.starts_with("metrics: ") {
        address.clear();
        assert!(stderr.read_line(&mut address).unwrap() > 0, "no address is told");
    }
    let address = address.trim().trim_start_matches("metrics: ").to_owned();
    let get = |path: &str| {
        let mut answer = ureq::get(address.replace("/metrics", path)).call().unwrap();
        assert_eq!(answer.status(), 200);
        answer.body_mut().read_to_string().unwrap()
    };
    assert_eq!(get("/healthz"), "ok");
    let run = || Command::new("sh").args(["-c", "exec true marked-for-metrics"]).status().unwrap();
    let expected = "seawall_watch_alerts_total{rule=\"Marked\",priority=\"Notice\"} ";
    let mut page = String::new();
    wait_for("the alert is not counted", || {
        run();
        page = get("/metrics");
        page.contains(expected)
    });
    for part in [
        "seawall_watch_events_total{kind=\"exec\"} ",
        "seawall_watch_alert_delay_seconds_bucket{le=\"+Inf\"} ",
        "seawall_watch_sink_alerts_total{sink=\"1-file\"} ",
        "seawall_watch_sink_waiting_bytes{sink=\"1-file\"} 0",
        "seawall_watch_containers ",
        "process_resident_memory_bytes ",
    ] {
        assert!(page.contains(part), "{part} is missing: {page}");
    }
    // Each family is declared, and once.
    for line in page.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let name =
            ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert_eq!(page.matches(&format!("# TYPE {name} ")).count(), 1, "{name}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
}
