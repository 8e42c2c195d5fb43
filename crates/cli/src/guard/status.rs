//! `seawall guard docker status`: does the guard stand before the engine?

use super::{install, say};
use crate::arguments::GuardStatusArguments;
use crate::exit::Outcome;
use anyhow::{Context, Result, anyhow, bail};
use facts::{Protocol, Socket};
use guard::Upstream;
use host::{Roots, listening_sockets};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Ports of a swarm, where nothing is asked of the engine that its certificate does not allow.
const SWARM_PORTS: [u16; 2] = [2377, 7946];

#[derive(Serialize)]
struct Status {
    schema_version: &'static str,
    /// Clients meet the guard, and nothing leads around it.
    in_place: bool,
    problems: Vec<String>,
    /// What install wrote; none when it did not run.
    installed: Option<Vec<Written>>,
    sockets: Vec<Door>,
    /// What the guard says of itself.
    guard: Option<Value>,
}

#[derive(Serialize)]
struct Written {
    path: PathBuf,
    state: &'static str,
}

/// A socket of clients or of the engine.
#[derive(Serialize)]
struct Door {
    path: PathBuf,
    /// `0660 0:998`; none when there is no such file.
    mode_and_owner: Option<String>,
    /// Others than root can connect.
    is_open_to_others: bool,
    held_by: Option<Holder>,
}

#[derive(Serialize)]
struct Holder {
    pid: u32,
    command: String,
    unit: Option<String>,
}

pub(super) fn run(arguments: &GuardStatusArguments) -> Result<Outcome> {
    if !rustix::process::geteuid().is_root() {
        bail!("the guard tells root alone about itself (hint: sudo)");
    }
    let socket = arguments.socket.strip_prefix("unix://").map(Path::new);
    let socket = socket.with_context(|| format!("'{}' is no unix socket", arguments.socket))?;
    let status = look(socket, &arguments.place.root)?;
    if arguments.json {
        say(&serde_json::to_string_pretty(&status).context("cannot write the status")?);
    } else {
        for line in text(&status).lines() {
            say(&report::neutral(line));
        }
    }
    Ok(if status.in_place { Outcome::Clean } else { Outcome::Findings })
}

fn look(socket: &Path, root: &Path) -> Result<Status> {
    let installed = install::written(root)?
        .map(|files| files.into_iter().map(|(path, state)| Written { path, state }).collect::<Vec<_>>());
    let sockets = listening_sockets(&Roots::default());
    let sockets = sockets.get().map_err(|missing| anyhow!("cannot see who listens: {}", missing.detail))?;
    let mut problems = Vec::new();
    for file in installed.iter().flatten().filter(|file| file.state != "as written") {
        problems.push(format!("{}, which install wrote, is {}", file.path.display(), file.state));
    }
    let guard = match ask(socket) {
        Ok(page) => Some(page),
        Err(problem) => {
            problems.push(format!("no guard answers on {}: {problem}", socket.display()));
            None
        }
    };
    let engine = guard.as_ref().and_then(|page| page["engine"]["socket"].as_str());
    let engine = engine.or(installed.is_some().then_some(install::ENGINE_SOCKET)).map(Path::new);
    let mut doors = vec![Door::at(socket, sockets)];
    if let Some(page) = &guard {
        told(page, &mut problems);
    }
    if let Some(engine) = engine {
        let door = Door::at(engine, sockets);
        if door.is_open_to_others {
            problems.push(format!("{} can be opened by others than root", engine.display()));
        }
        problems.extend(around(&door, engine, sockets));
        doors.push(door);
    }
    let in_place = problems.is_empty();
    Ok(Status { schema_version: "1.0", in_place, problems, installed, sockets: doors, guard })
}

fn ask(socket: &Path) -> Result<Value, String> {
    match Upstream::new(socket).get("/_seawall/status") {
        Ok((200, bytes)) => serde_json::from_slice(&bytes).map_err(|error| error.to_string()),
        Ok((status, _)) => Err(format!("what listens there answers {status} to what a guard is asked")),
        Err(error) => Err(error.to_string()),
    }
}

/// What of the guard's own words is a problem.
fn told(page: &Value, problems: &mut Vec<String>) {
    if let Some(problem) = page["policy"]["problem"].as_str() {
        problems.push(format!("there is no policy, and all calls are refused: {problem}"));
    }
    if let Some(problem) = page["engine"]["problem"].as_str() {
        problems.push(format!("the engine: {problem}"));
    }
    if page["ledger"]["is_broken"] == true {
        problems.push("the audit log cannot be written, and calls are refused".to_owned());
    }
    if let Some(lost @ 1..) = page["ledger"]["lost"].as_u64() {
        problems.push(format!("{lost} records of the audit log were lost"));
    }
}

/// Ways to the engine that do not lead through the guard.
fn around(door: &Door, engine: &Path, sockets: &[Socket]) -> Vec<String> {
    let Some(holder) = &door.held_by else { return Vec::new() };
    // With socket activation systemd holds the engine's socket as well, and many others.
    let pids: Vec<u32> = match holder.command.as_str() {
        "systemd" => sockets
            .iter()
            .filter(|socket| socket.unit.as_deref() == Some("docker.service"))
            .filter_map(|socket| socket.pid)
            .collect(),
        _ => vec![holder.pid],
    };
    let is_way = |socket: &&Socket| match socket.protocol {
        Protocol::Tcp => !SWARM_PORTS.contains(&socket.port),
        Protocol::Udp => false,
        // It has others for its own programs, which root alone can open.
        Protocol::Unix => {
            let path = Path::new(&socket.address);
            path != engine && (!path.is_absolute() || is_open_to_others(path))
        }
    };
    let of_engine = sockets.iter().filter(|socket| socket.pid.is_some_and(|pid| pids.contains(&pid)));
    of_engine
        .filter(is_way)
        .map(|socket| {
            let address = match socket.protocol {
                Protocol::Unix => socket.address.clone(),
                _ => format!("{}:{}", socket.address, socket.port),
            };
            format!("the engine listens on {address} as well, where no guard stands before it")
        })
        .collect()
}

impl Door {
    fn at(path: &Path, sockets: &[Socket]) -> Self {
        let found = std::fs::metadata(path).ok();
        let mode_and_owner = found
            .as_ref()
            .map(|found| format!("{:04o} {}:{}", found.mode() & 0o7777, found.uid(), found.gid()));
        let same = |socket: &&Socket| {
            let plain = |path: &Path| {
                path.strip_prefix("/var").map_or_else(|_| path.to_owned(), |rest| Path::new("/").join(rest))
            };
            socket.protocol == Protocol::Unix && plain(Path::new(&socket.address)) == plain(path)
        };
        let held_by = sockets.iter().rfind(same).and_then(|socket| {
            Some(Holder { pid: socket.pid?, command: socket.command.clone()?, unit: socket.unit.clone() })
        });
        Self { path: path.to_owned(), mode_and_owner, is_open_to_others: is_open_to_others(path), held_by }
    }
}

/// Whether others than root can connect: that needs the right to write, and to go through each directory above.
fn is_open_to_others(path: &Path) -> bool {
    let has = |path: &Path, rights: u32| {
        std::fs::metadata(path).is_ok_and(|found| found.mode() & rights != 0 || found.uid() != 0)
    };
    has(path, 0o022) && path.ancestors().skip(1).all(|directory| has(directory, 0o011))
}

fn text(status: &Status) -> String {
    let mut out = String::new();
    let mut line = |what: &str, text: String| {
        let _ = writeln!(out, "{what:<12}{text}");
    };
    line("in place", if status.in_place { "yes" } else { "no" }.to_owned());
    for problem in &status.problems {
        line("problem", problem.clone());
    }
    for file in status.installed.iter().flatten() {
        line("installed", format!("{} ({})", file.path.display(), file.state));
    }
    if status.installed.is_none() {
        line("installed", "not by seawall guard docker install".to_owned());
    }
    for door in &status.sockets {
        let file = door.mode_and_owner.as_deref().unwrap_or("there is no such file");
        let holder = door.held_by.as_ref().map_or_else(String::new, |holder| {
            let unit = holder.unit.as_ref().map_or_else(String::new, |unit| format!(", {unit}"));
            format!(", held by {} (pid {}{unit})", holder.command, holder.pid)
        });
        line("socket", format!("{}: {file}{holder}", door.path.display()));
    }
    if let Some(page) = &status.guard {
        let word = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        line(
            "guard",
            format!("{} since {}, pid {}", word(&page["version"]), word(&page["started"]), page["pid"]),
        );
        let policy = &page["policy"];
        line("policy", format!("{}, sha256 {}", word(&policy["source"]), word(&policy["sha256"])));
        let engine = &page["engine"];
        line("engine", format!("{}, API {}", word(&engine["version"]), word(&engine["api_version"])));
        let ledger = &page["ledger"];
        line("audit log", format!("{}, verified by {}", word(&ledger["file"]), word(&ledger["key"])));
        line("records", format!("{} written, {} lost", ledger["written"], ledger["lost"]));
        let calls = &page["calls"];
        line(
            "calls",
            format!(
                "{} passed on, {} refused, {} connections open",
                calls["passed_on"], calls["refused"], calls["connections"]
            ),
        );
    }
    out
}
